"""The interpreter: what a program means, one run at a time and in batches."""
