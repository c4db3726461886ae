"""Proofs that are kept: lemmas that every verdict rests on, certificates of shipped programs."""
