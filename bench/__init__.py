"""The bench: what was promised about speed, measured; both sides of each ratio in the same run on the same machine."""
