"""What a model does with values that never occur is of no consequence; with others it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import alta
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify import Verdict, verify
from alta_verify.arithmetic.interval import ZERO
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.encode.embedding import encode_embedding
from alta_verify.encode.linear import Linear
from alta_verify.prove.computes import context
from alta_verify.solver.query import FailingState, MlpQuery
from tests.alta_verify.check.theorems import is_shown, theorem_of
from tests.alta_verify.mutants import with_arrays, with_heads

LONGEST = 4


def averaging(
    *, ruled: bool = True, alive: bool = False, start: float = -1.0, other: float = 2.0
) -> Program:
    """A program that averages x, which is always the same unless a rule fires.

    Args:
        ruled: whether there is the rule that makes x another number.
        alive: whether it fires, which it does where the token is 1.
        start: what x starts with.
        other: what the rule makes of it.
    """
    rules = [alta.rule({"mean": 1}, "high", 1)]
    if ruled:
        rules.append(alta.rule({"now": 1}, "x", other))
    return alta.program_spec_from_rules(
        variables={
            "x": alta.numeric_var(values=(-1.0, 2.0), default=start),
            "high": alta.var(2),
            "now": alta.input_var(2, init_fn=lambda token: token if alive else 0),
        },
        heads={"mean": alta.qkv(None, None, "x", output_spec=alta.numeric_var((-4.0, 4.0)))},
        rules=rules,
        output_name="x",
        input_range=2,
    )


def compiled(program: Program) -> Model:
    return alta.compile(program, max_len=LONGEST)


def verdict(program: Program, model: Model) -> Verdict:
    return verify(program, model, max_len=LONGEST).verdict


@pytest.mark.parametrize(("start", "other"), [(-1.0, 2.0), (2.0, -1.0)], ids=["below", "above"])
@pytest.mark.parametrize("meant", [False, True], ids=["meant without", "meant with"])
@pytest.mark.parametrize("made", [False, True], ids=["made without", "made with"])
def test_a_number_that_only_a_dead_rule_assigns_may_be_provided_for_or_not(
    meant, made, start, other
):
    # Weights for numbers of one sign take a mean away by one neuron; those for both, by two.
    program = averaging(ruled=meant, start=start, other=other)
    model = compiled(averaging(ruled=made, start=start, other=other))
    report = verify(program, model, max_len=LONGEST)
    assert report.proved, report
    assert is_shown(theorem_of(program, model, LONGEST))


@pytest.mark.parametrize("start", [-1.0, 2.0])
def test_the_same_rule_has_to_be_provided_for_where_it_fires(start):
    with_rule, without = (
        averaging(ruled=ruled, alive=True, start=start, other=1.0 - start)
        for ruled in (True, False)
    )
    assert verdict(with_rule, compiled(with_rule)) is Verdict.PROVED
    assert verdict(with_rule, compiled(without)) is Verdict.REFUTED
    assert verdict(without, compiled(with_rule)) is Verdict.REFUTED


def keeping_the_positive_part(model: Model) -> Model:
    """The model with nothing that takes away what is positive of the mean."""
    mlp = model.weights.mlp
    (column,) = model.layout.columns["mean"]
    out = mlp.lookup_out.copy()
    assert (out[:, column] < 0).sum() == 1
    out[out[:, column] < 0, column] = 0
    return with_arrays(model, {"mlp.lookup_out": out})


def test_a_mean_is_taken_away_as_far_as_it_can_occur_and_no_less():
    never, sometimes = averaging(), averaging(alive=True)
    for program, outcome in ((never, True), (sometimes, False)):
        model = compiled(program)
        assert verify(program, model, max_len=LONGEST).proved
        broken = keeping_the_positive_part(model)
        assert verify(program, broken, max_len=LONGEST).proved is outcome
        assert is_shown(theorem_of(program, broken, LONGEST)) is outcome


def asking(*, tokens: int = 3, rare: int = 2) -> Program:
    """A program that looks the token of the next position up by what the position asks for."""
    return alta.program_spec_from_rules(
        variables={
            "asked": alta.var(4, default=1),
            "key": alta.input_var(4, init_fn=lambda token: min(token, rare)),
            "seen": alta.var(2),
        },
        heads={"found": alta.qkv("asked", "key", "key", relative_position_mask=[0, 1])},
        rules=[alta.rule({"seen": 0, "key": 0, "asked": 3, "found": 1}, "seen", 1)],
        output_name="seen",
        input_range=tokens,
    )


def confusing(model: Model, one: int, other: int) -> Model:
    """The model with the same key for two values."""
    head = model.weights.heads["found"]
    columns = model.layout.columns["key"]
    key = np.array(head.key)
    key[columns[other]] = key[columns[one]]
    return with_heads(model, {"found": replace(head, key=key)})


def test_keys_that_never_occur_may_have_any_score():
    program = asking()
    model = compiled(program)
    # The value 3 never occurs, and 2 does.
    assert verify(program, confusing(model, 1, 3), max_len=LONGEST).proved
    assert is_shown(theorem_of(program, confusing(model, 1, 3), LONGEST))
    assert not verify(program, confusing(model, 1, 2), max_len=LONGEST).proved
    assert not is_shown(theorem_of(program, confusing(model, 1, 2), LONGEST))


def test_value_sets_that_are_said_to_be_smaller_than_they_are_prove_nothing(monkeypatch):
    def smaller(model, abstraction, pairs, values):
        # The relation is made for less than what the cases go through.
        return encode_embedding(model, abstraction, pairs, values | {"x": {min(values["x"])}})

    program = averaging(alive=True)
    assert verify(program, max_len=LONGEST).proved
    monkeypatch.setattr(context, "encode_embedding", smaller)
    report = verify(program, max_len=LONGEST)
    assert report.verdict is Verdict.UNKNOWN
    assert any("the relation has no box for it" in reason for reason in report.reasons), report


@pytest.mark.parametrize(("known", "right"), [((0, 1), True), ((0,), False), ((1,), False)])
def test_a_value_without_an_interval_is_no_value_to_get_or_to_keep(known, right):
    program = alta.program_spec_from_rules(
        variables={"x": alta.var(2), "now": alta.var(2)},
        heads={},
        rules=[alta.rule({"x": 0, "now": 1}, "x", 1)],
        output_name="x",
        input_range=2,
    )
    query = MlpQuery(
        program,
        [{"x": frozenset({0}), "now": frozenset({0, 1})}],
        calls=SolverCalls(),
        deadline=Deadline.after(None),
    )
    # One coordinate, which is 0 after the MLP, as the code of every value that is known.
    query.expect_variable("x", program.rules, (Linear(ZERO),), dict.fromkeys(known, (ZERO,)))
    assert isinstance(query.search(), FailingState) is not right
