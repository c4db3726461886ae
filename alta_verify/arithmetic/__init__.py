"""Arithmetic: exact intervals, floating-point formats and what rounding may add."""
