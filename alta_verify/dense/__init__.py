"""Dense blocks, such as trained ones: what they do to boxes of residual streams, bounded soundly."""
