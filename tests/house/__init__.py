"""The house: what holds of the tree of sources as a whole, and is read off it."""
