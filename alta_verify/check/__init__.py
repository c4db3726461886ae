"""Checks certificates of PROVED verdicts, with code that shares nothing with the prover."""
