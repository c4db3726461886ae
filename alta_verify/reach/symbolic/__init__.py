"""Reachability by symbolic runs: one and-inverter graph for all inputs of a length."""
