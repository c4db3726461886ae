"""Reports: what was claimed, what was shown of it, and how."""
