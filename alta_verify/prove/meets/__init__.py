"""The theorem that a program does what was meant."""
