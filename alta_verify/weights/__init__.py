"""Weights: what people do to the weights of a model, before they have it verified."""
