"""Codes: batches of one-time packaging codes, and the scans that claim them."""
