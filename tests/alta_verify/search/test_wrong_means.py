"""Means next to an edge: a threshold that was moved a little is refuted by an input with one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest

import alta
from alta.lang.program import Program
from alta.nn.model import Model
from alta.nn.weights import named
from alta_verify import Verdict, verify
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.reach.answer import Reachable
from alta_verify.search.counterexample import find_difference
from alta_verify.search.guided import GuidedFalsification
from alta_verify.search.wrong_means import _boxes, unused_name, wrong_means
from tests.alta_verify.mutants import with_arrays
from tests.properties.running import nothing_sampled

# So many inputs that they are not run one by one.
LONGEST = 15

# The least mean above a half is 8/15, to which 7/13 is nearest.
ONES = (1,) * LONGEST


@cache
def majority() -> Program:
    """Says whether more than half of the bits are ones."""

    def compare(z: Any) -> None:
        z["most"] = int(z["share"] > 0.5)

    return alta.program_spec(
        name="majority",
        variables={
            "one": alta.var(2, default=1),
            "bit": alta.numeric_var(input_init_fn=lambda token: token),
            "most": alta.var(2),
        },
        heads={
            "share": alta.qkv(
                "one", "one", "bit", output_spec=alta.numeric_var(values=[0.5, 0.5 + 0.5 / LONGEST])
            )
        },
        ffn_fn=compare,
        output_name="most",
        input_range=2,
        layers=1,
    )


@cache
def right(dtype: str = "float32") -> Model:
    return alta.compile(majority(), max_len=LONGEST, dtype=dtype)


def moved(model: Model, by: float) -> Model:
    """The model whose only threshold has another bias."""
    arrays = {name: np.array(array) for name, array in named(model.dense().weights)}
    (column,) = model.layout.columns["share"]
    (step,) = np.flatnonzero(arrays["mlp.expand_in"][column].astype(float) > 2)
    bias = arrays["mlp.expand_in_bias"]
    bias[step] = bias[step] + np.asarray(by, bias.dtype)
    return with_arrays(model.dense(), {"mlp.expand_in_bias": bias})


def task(model: Model) -> Task:
    return Task(majority(), model, LONGEST, None, Deadline.after(None))


def shares(subject: Task, local: dict[str, int], witness: Sequence[int] = ONES) -> set[Any]:
    """The questions about a local state, by the means that they ask for."""
    asked = set()
    for program, pattern in wrong_means(subject, Reachable(tuple(witness), 1, 0), local):
        twin = program.domains["share, exactly"]
        assert isinstance(twin, alta.Numerical)
        values = twin.values
        assert {name: pattern[name] for name in local} == {n: {i} for n, i in local.items()}
        asked.add(tuple(round(values[index], 4) for index in sorted(pattern["share, exactly"])))
    return asked


def decoded_otherwise(by: float) -> list[Fraction]:
    """The means above a half at which the moved threshold gives less than a half."""
    means = {Fraction(k, n) for n in range(1, LONGEST + 1) for k in range(n + 1) if 2 * k > n}
    (bias, *_) = np.asarray(moved(right(), by).weights.compiled_mlp.expand_in_bias).tolist()
    return sorted(mean for mean in means if 64 * mean + Fraction(bias) <= Fraction(1, 2))


@pytest.mark.parametrize("by", [-0.5, -1.2, -1.5, -2.6, 0.9])
def test_asked_for_are_the_means_at_which_something_else_is_decoded(by):
    asked = shares(task(moved(right(), by)), {"share": 1, "most": 0})
    means = decoded_otherwise(by)
    assert bool(asked) == bool(means)
    # Of a run of means only the ends are told from the others.
    ends = sorted({round(float(end), 4) for end in (means[:1] + means[-1:])})
    assert not means or tuple(ends) in asked


def test_below_the_threshold_too():
    zeros = (0,) * LONGEST
    assert shares(task(moved(right(), 1.9)), {"share": 0, "most": 0}, zeros) == {(0.5,)}
    assert not shares(task(moved(right(), 0.2)), {"share": 0, "most": 0}, zeros)


@pytest.mark.parametrize("dtype", ["float32", pytest.param("bfloat16", marks=pytest.mark.campaign)])
def test_an_input_with_such_a_mean_is_found(dtype):
    model = moved(right(dtype), -1.2)
    guided = GuidedFalsification(task(model))
    found = guided.means(Reachable(ONES, 1, 0), {"share": 1})
    assert found is not None
    assert (sum(found.tokens), len(found.tokens)) == (8, 15)
    assert found == find_difference(majority(), model, found.tokens, None)


def test_of_a_right_model_nothing_is_asked():
    assert wrong_means(task(right()), Reachable(ONES, 1, 0), {"share": 1}) == []


def test_without_means_in_the_local_state_nothing_is_asked():
    assert wrong_means(task(moved(right(), -1.9)), Reachable(ONES, 1, 0), {"most": 0}) == []


def test_verify_refutes_what_is_wrong_at_one_mean_and_proves_what_is_wrong_at_none():
    with nothing_sampled():
        report = verify(majority(), moved(right(), -1.2), max_len=LONGEST)
        assert verify(majority(), moved(right(), -0.5), max_len=LONGEST).proved
    assert report.verdict is Verdict.REFUTED, report
    assert sum(report.counterexample.tokens) == 8
    assert report.counterexample.replay().confirmed


@pytest.mark.parametrize("seed", range(4))
def test_products_of_places_are_together_those_that_are_wrong(seed):
    wrong = np.random.default_rng(seed).random((4, 3, 2)[: seed + 1]) < 0.6
    covered = np.zeros_like(wrong)
    for box in _boxes(wrong):
        assert wrong[np.ix_(*box)].all()
        covered[np.ix_(*box)] = True
    assert (covered == wrong).all()


def test_names_are_told_apart():
    assert unused_name(majority(), "share, exactly") == "share, exactly"
    assert unused_name(majority(), "share") == "share'"
