"""The cache: what was shown before, of exactly the same theorem, by exactly the same code."""
