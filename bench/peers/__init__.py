"""Peers: the same things done by another open-source engine, on the same machine, in the same run."""
