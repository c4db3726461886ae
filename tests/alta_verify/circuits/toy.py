"""A program with parts that are dead for each reason there is, and twins where they are live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import alta
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.prove.computes.context import Context
from alta_verify.prove.computes.theorem import Computes

__all__ = ["LENGTH", "context_of", "toy"]

LENGTH = 3


def toy(*, other_matters: bool = False, spare_read: bool = False) -> alta.Program:
    """Returns a program that says of each position whether the token to the left is odd.

    `other` says whether the token is large. It is tested by two rules that do the same, or not; and
    written to `spare`, which nothing reads, or something does.
    """
    variables = {
        "odd": alta.input_var(2, lambda token: token % 2),
        "other": alta.input_var(2, lambda token: token // 2),
        "first": alta.position_var(2, lambda position: int(position == 0)),
        "spare": alta.var(2),
        "left_odd": alta.var(2),
    }
    tests = {"first": 0, "left": 1}
    rules = [
        _rule({**tests, "other": 0}, "left_odd", 1),
        _rule({**tests, "other": 1}, "left_odd", 0 if other_matters else 1),
        _rule({"other": 1}, "spare", 1),
    ]
    if other_matters:
        rules.pop(1)
    if spare_read:
        rules.append(_rule({"first": 1, "spare": 1}, "left_odd", 1))
    return alta.program_spec_from_rules(
        variables=variables,
        heads={"left": alta.v_relative("odd", -1)},
        rules=rules,
        output_name="left_odd",
        input_range=4,
        position_range=LENGTH,
        layers=2,
        name="toy",
    )


def _rule(where: Mapping[str, int], name: str, value: int) -> alta.Rule:
    return alta.rule(dict(where), name, value)


def context_of(program: alta.Program, model: Any = None) -> Context:
    """Returns what is known of a compiled model, or another one, before anything is proved."""
    model = alta.compile(program, max_len=LENGTH) if model is None else model
    return Computes(Task(program, model, LENGTH, None, Deadline.after(None))).context
