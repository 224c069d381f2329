"""Receipts: fiscal documents of any till, read, proven, matched to the maker's goods and paid once."""
