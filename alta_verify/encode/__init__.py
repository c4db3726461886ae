"""Encoding: what the weights do, in exact intervals over the discrete states of a position."""
