"""Dense blocks, such as trained ones: bounds on what they do to boxes of residual streams."""
