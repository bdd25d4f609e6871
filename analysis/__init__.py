"""The questions: one .sql per question, statistics, published tables, the report."""
