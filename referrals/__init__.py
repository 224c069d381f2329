"""Referrals: agents nobody knows, what they proved, what it earned them, and why."""
