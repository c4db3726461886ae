"""Proves a compiled Transformer equivalent to the ALTA program that it was compiled from."""
