"""Weights: what people do to the weights of a model, before they have it verified.

    from alta_verify.weights import cast, hidden_layers, permuted, quantised, split

    verify(program, quantised(model, bits=8))

All of it returns another model and leaves the given one as it is. Nothing of it is trusted.
"""

from alta_verify.weights.hidden import HiddenLayer, hidden_layers, permuted, rescaled, split
from alta_verify.weights.numbers import Scales, cast, pruned, quantised

__all__ = [
    "HiddenLayer",
    "Scales",
    "cast",
    "hidden_layers",
    "permuted",
    "pruned",
    "quantised",
    "rescaled",
    "split",
]
