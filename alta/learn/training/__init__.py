"""Training of MLP blocks on traces."""
