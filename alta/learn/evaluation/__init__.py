"""Evaluation: how often outputs are right, by length and split."""
