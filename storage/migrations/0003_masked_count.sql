-- How many credentials and addresses were replaced in a text before it was hashed.
ALTER TABLE documents ADD COLUMN masked_count BIGINT;
