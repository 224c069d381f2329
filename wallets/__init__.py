"""Wallets: the double-entry ledger, what waits and what is set aside, lots that expire, statements, the verifier."""
