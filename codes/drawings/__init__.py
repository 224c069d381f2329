"""Drawings: codes as symbols on pictures, label sheets, cartons and pallets."""
