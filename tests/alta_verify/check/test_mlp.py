"""What is left of a head output after the MLP is exactly 0, or it is refused."""

from __future__ import annotations

import numpy as np
import pytest

from alta_verify.check.refused import Refused
from tests.alta_verify.check.theorems import (
    LONG,
    MUTATED,
    compiled,
    is_shown,
    mutated,
    theorem,
    theorem_of,
)
from tests.alta_verify.mutants import (
    expansions_permuted,
    neurons_permuted,
    with_arrays,
    with_idle_units,
)


def test_a_head_output_that_is_not_taken_away_exactly_is_refused():
    _, model = compiled("relative")
    out, column = np.array(model.weights.mlp.lookup_out), model.layout.columns["done_left"][0]
    (units,) = np.nonzero(out[:, column])
    for unit in units:
        for factor in (0.0, 0.75, -1.0, 2.0, 3.0):
            number = out[unit, column] * np.float32(factor)
            wrong = out.copy()
            wrong[unit, column] = number
            subject = theorem("relative", with_arrays(model, {"mlp.lookup_out": wrong}))
            with pytest.raises(Refused, match="takes the output of done_left away"):
                subject.show("reset[done_left]")
    bias = np.array(model.weights.mlp.lookup_out_bias)
    bias[column] = 1
    subject = theorem("relative", with_arrays(model, {"mlp.lookup_out_bias": bias}))
    with pytest.raises(Refused, match="takes the output of done_left away"):
        subject.show("reset[done_left]")


@pytest.mark.parametrize("name", MUTATED)
def test_the_order_of_hidden_units_does_not_matter(name):
    program, model = mutated(name)
    mlp = model.weights.mlp
    model = neurons_permuted(model, reversed(range(mlp.lookup_in.shape[1])))
    e, f = mlp.expand_out.shape
    assert is_shown(
        theorem_of(program, expansions_permuted(model, range(e)[::-1], range(f)[::-1]), LONG)
    )


def test_a_sum_that_nothing_reads_may_not_overflow():
    _, model = compiled("relative")
    (_, column) = model.layout.columns["done"]
    theorem("relative", with_idle_units(model, column, 1e38 / 2)).show("rounding")
    with pytest.raises(Refused, match="overflow"):
        theorem("relative", with_idle_units(model, column, 2e38)).show("rounding")
