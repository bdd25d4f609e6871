"""Fetch fresh material from GitHub, arXiv and Common Crawl. Knows the web, not the database."""
