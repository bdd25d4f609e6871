-- What is dropped in the rounds that follow, for which text, and their similarity as it is printed.
CREATE OR REPLACE TEMP TABLE near_duplicates (key BIGINT, kept_key BIGINT, measured_value VARCHAR)
