"""Inductive invariants of the runs on inputs of every length, as patterns of neighbours."""
