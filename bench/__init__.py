"""The bench: what DESIGN promises about speed, measured; both sides of each ratio in the same run on the same machine."""
