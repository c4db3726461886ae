"""The commands alta and alta-verify."""
