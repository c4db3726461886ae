"""What a model runs with beside its weights is refused where it is not the program's."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

import alta
from alta.lang.program import program_text
from alta_verify.check.refused import Refused
from alta_verify.check.theorem import Theorem
from tests.alta_verify.check.theorems import (
    LONG,
    PROGRAMS,
    evidence_of,
    files_of,
    mutated,
    saved,
    theorem,
    theorem_of,
)


def running_as(name: str, old: str, new: str, **other: Any) -> Theorem:
    """The theorem with a line of the model's own program replaced."""
    manifest = json.loads(json.dumps(saved(name)[1]))
    assert old in manifest["program"]
    manifest["program"] = [new if line == old else line for line in manifest["program"]]
    return theorem(name, model=manifest, **other)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_model_of_the_same_program_runs_like_it(name):
    assert theorem(name).show("architecture") == "compared"


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("relative", "output parity", "output done", "halt or output"),
        ("relative", "halt done=1", "halt done=0", "halt or output"),
        ("relative", "halt done=1", "halt parity=1", "halt or output"),
        ("relative", "halt done=1", "halt -", "halt or output"),
        ("sum", "halt -", "halt counted=1", "halt or output"),
        ("relative", "layers -", "layers 3", "other numbers of layers"),
        ("sum", "layers 1", "layers 2", "other numbers of layers"),
        ("sum", "layers 1", "layers [1,1,1,1,2]", "other numbers of layers"),
        (
            "relative",
            "head done_left query - key - value done mask [-1]",
            "head done_left query - key - value done mask [-1,0]",
            "masks",
        ),
        ("sum", 'vocab ["0","1","START"]', 'vocab ["0","1"]', "be read"),
        ("sum", 'vocab ["0","1","START"]', 'vocab ["1","0","START"]', "tokens"),
        ("sum", 'vocab ["0","1","START"]', 'vocab ["0","1","BEGIN"]', "tokens"),
        (
            "sum",
            "variable start values - token [0.0,0.0,1.0]",
            "variable start range 1 token [0,0,0]",
            "be read",
        ),
        (
            "relative",
            "variable done range 2 token [0,0,1]",
            "variable done subsets [[0],[1]] of 2 token [[0],[0],[1]]",
            "be read",
        ),
    ],
)
def test_a_model_that_would_run_differently_is_refused(name, old, new, reason):
    with pytest.raises(Refused, match=reason):
        running_as(name, old, new).show("architecture")


def test_models_with_other_kinds_of_variables_or_tokens_are_refused():
    manifest = json.loads(json.dumps(saved("sum")[1]))
    lines = "\n".join(manifest["program"])
    for old, new, reason in (
        (
            "variable parity range 2 default [0]",
            "variable parity range 3 default [0]",
            "variables",
        ),
        ("tokens 3", "tokens 4", "tokens"),
    ):
        more = lines.replace(old, new)
        if "tokens" in old:
            more = more.replace('"START"]', '"START","more"]')
            for table in ("[0,1,1]", "[0.0,0.0,1.0]"):
                more = more.replace(table, f"{table[:-1]},{table[1:].split(',')[0]}]")
        assert more != lines
        changed = {**manifest, "program": more.splitlines()}
        with pytest.raises(Refused, match=reason):
            theorem("sum", model=changed).show("architecture")


def taken_for(variable, value=None) -> alta.Program:
    """A program whose variable has one coordinate, whatever kind it is of."""
    return alta.program_spec_from_rules(
        variables={"x": variable, "y": alta.var(2)},
        heads={},
        rules=[alta.rule({}, "y", 1)],
        output_name="y",
        input_range=2,
        layers=2,
        halt=None if value is None else alta.halt_spec("x", value),
    )


NUMBER = alta.numeric_var(default=0.0)


CATEGORY = alta.var(1)


MEMBER = alta.set_var(1, [set(), {0}], default=set())


@pytest.mark.parametrize(
    ("mine", "theirs", "reason"),
    [
        (taken_for(NUMBER, 0.0), taken_for(CATEGORY, 0), "other kinds"),
        (taken_for(CATEGORY, 0), taken_for(NUMBER, 0.0), "other kinds"),
        (taken_for(MEMBER, set()), taken_for(NUMBER, 0.0), "other kinds"),
        (taken_for(MEMBER), taken_for(CATEGORY), "other kinds"),
        (
            taken_for(MEMBER),
            taken_for(alta.set_var(1, [set()], default=set())),
            "other kinds",
        ),
        (taken_for(NUMBER, 0.0), taken_for(NUMBER, 7.0), "never occurs"),
    ],
)
def test_what_takes_coordinates_for_other_values_is_refused(mine, theirs, reason):
    model = alta.compile(mine, max_len=2)
    weights, manifest = files_of(alta.compile(theirs, max_len=2).with_weights(model.weights))
    files = {"weights": weights, "max_len": 2, "max_layers": None}
    files["evidence"] = evidence_of(mine, model, 2)
    known = Theorem(program=program_text(mine), model=files_of(model)[1], **files)
    assert known.show("architecture") == "compared"
    with pytest.raises(Refused, match=reason):
        Theorem(program=program_text(mine), model=manifest, **files).show("architecture")


def test_numbers_of_layers_do_not_matter_where_they_are_given():
    limited = running_as("sum", "layers 1", "layers 2", max_layers=1)
    assert limited.show("architecture") == "compared"


def test_a_model_of_another_program_is_refused_where_it_would_run_differently():
    program, model = mutated("relative")
    heads = dict(program.heads)
    heads["done_left"] = replace(heads["done_left"], mask=(-2,))
    theorem = theorem_of(replace(program, heads=heads), model, LONG)
    with pytest.raises(Refused, match="masks"):
        theorem.show("architecture")
