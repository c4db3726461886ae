"""The theorem that two programs give the same outputs."""
