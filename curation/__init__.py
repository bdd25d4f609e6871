"""Decide what is worth scoring: pure functions over records, and the SQL of the reduce side."""
