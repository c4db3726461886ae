"""The compiler: from a program to the weights of a Transformer, one pass a file."""
