"""Rows in, rows out: records, the lake, migrations, and one module of verbs per table."""
