"""Fiscal formats: what tills of different countries print, read and judged without a network; one module a country."""
