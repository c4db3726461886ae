"""Compares the outputs of two programs on the inputs that they have in common."""
