"""The Transformer in JAX: weights, forward pass, decoding, files."""
