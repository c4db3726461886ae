"""Writes certificates: what a proof leaves behind for `alta_verify.check` to check."""
