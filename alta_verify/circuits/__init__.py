"""Circuits: which parts of a proved model matter to its outputs, with proof or with two inputs."""
