"""Execution traces: what a program does at every position of every layer, as data."""
