"""Sources: who is asked what a receipt holds, one module for each, and what keeps us from asking too much."""
