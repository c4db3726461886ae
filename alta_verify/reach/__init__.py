"""Computes the states that a program can reach, as Boolean functions of its input."""
