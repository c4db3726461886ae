"""Minimal rule sets: the rules that training inputs show to be needed."""
