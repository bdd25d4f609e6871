"""The formats in which others write benchmark results: each reader yields claims, one per model and benchmark."""
