"""Proofs that are kept: the lemmas that every verdict rests on."""
