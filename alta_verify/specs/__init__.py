"""Specifications: what outputs were meant to be, for `satisfies` and `verify(..., spec=)`.

A function of the tokens is one as it is, and so is another program. Others are made by the
functions here:

    specs.function(lambda tokens: sum(tokens) % 2, at=-1)
    specs.predicate(lambda tokens, outputs: sorted(tokens) == outputs)
    specs.accepts("(0|1)* 1", output=1, at=-1)
    specs.transducer(lambda state, token: state ^ token, 0)
    specs.always(lambda z: z["pointer"] < 8)
    specs.always(lambda z, after: z["done"] == 0 or after["done"] == 1)
    specs.simulates(first_state, next_state, lambda z: (z["pc"][0], z["memory"]), every=4)
"""

from __future__ import annotations

from alta_verify.specs.invariants import always
from alta_verify.specs.meant import Meant
from alta_verify.specs.simulation import simulates
from alta_verify.specs.specification import (
    Specification,
    SpecificationError,
    accepts,
    function,
    predicate,
    transducer,
)

__all__ = [
    "Meant",
    "Specification",
    "SpecificationError",
    "accepts",
    "always",
    "function",
    "predicate",
    "simulates",
    "transducer",
]
