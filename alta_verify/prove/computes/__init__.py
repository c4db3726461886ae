"""The theorem that a model computes a program."""
