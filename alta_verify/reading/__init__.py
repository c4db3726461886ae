"""Reads plain Python functions for all inputs at once, into the graph of symbolic runs."""
