"""A small local internet and a ladder of tiny models, so that the main job runs anywhere."""
