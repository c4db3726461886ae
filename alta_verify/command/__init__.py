"""The command alta-verify."""
