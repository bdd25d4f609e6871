"""How many bits a language model needs for a text. Knows torch, not the database."""
