"""Speed and quality beside the peers, one row per figure."""
