"""Boxes: bounds on what a learned block computes, propagated through its layers."""
