"""The checker's own proof: shown for compiled weights, and for nothing that makes a difference.

What a model runs with beside its weights is refused where it is not the program's. Variables start
with their exact codes, which the format has.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import alta
from alta.lang.program import program_text
from alta.lang.rules import Atom, Rule
from alta.nn.model import Model
from alta_verify.abstraction import is_categorical
from alta_verify.check.numbers import FORMATS
from alta_verify.check.program import bits_of
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from alta_verify.check.theorem import Theorem, _check_storable
from tests.alta_verify.check.theorems import (
    LONG,
    MUTATED,
    PROGRAMS,
    RUNS,
    compiled,
    evidence_of,
    files_of,
    is_shown,
    mutated,
    saved,
    theorem,
    theorem_of,
)
from tests.alta_verify.exhaustive import Exhaustive, record
from tests.alta_verify.mutants import (
    filled_zeros,
    sampled,
    swapped_columns,
    weight_mutants,
    with_arrays,
)
from tests.cases import CASES
from tests.properties.running import courses, differences

SHORTEST = 5
"""The bound where inputs are run one by one."""


MUTANTS = {"changed": weight_mutants, "filled": filled_zeros, "exchanged": swapped_columns}


@cache
def oracle(name: str) -> Callable[[Model], bool]:
    """Says whether a model does what the program does on every input, in all layers."""
    program, _ = mutated(name)
    if is_categorical(program):
        exhaustive = Exhaustive(program, LONG)
        return lambda model: exhaustive.difference(model) is None
    known = courses(program, SHORTEST)
    return lambda model: not any(differences(model, one) for one in known)


@pytest.mark.parametrize("name", MUTATED)
def test_the_oracle_finds_compiled_weights_right(name):
    assert oracle(name)(mutated(name)[1])


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
@pytest.mark.parametrize("name", MUTATED)
def test_compiled_weights_are_shown_in_every_format(name, dtype):
    program, _ = mutated(name)
    assert is_shown(theorem_of(program, alta.compile(program, max_len=LONG, dtype=dtype), LONG))


@pytest.mark.parametrize("name", alta.programs.names())
def test_shipped_programs_are_shown(name):
    max_len = {"sort_unique": 5, "subleq": 4}.get(name, 20)
    sizes = {"subleq": {"cells": 4, "max_value": 3}}.get(name, {})
    program = alta.programs.get(name, **sizes)
    assert is_shown(theorem_of(program, None, max_len, RUNS.get(name, ())))


def check_mutants(name, kind, count, record_property):
    """What is shown makes no difference on any input; most of the rest does."""
    program, model = mutated(name)
    outcomes: Counter[str] = Counter()
    for mutant in sampled(MUTANTS[kind](model), count):
        equal = oracle(name)(mutant.model)
        shown = is_shown(theorem_of(program, mutant.model, LONG))
        assert equal or not shown, mutant.name
        outcomes[f"{'equal' if equal else 'different'}, {'shown' if shown else 'refused'}"] += 1
    record(f"checked: {name}, {kind}", outcomes, record_property)
    assert outcomes["different, refused"]


@pytest.mark.parametrize("kind", MUTANTS)
@pytest.mark.parametrize("name", MUTATED)
def test_no_weights_that_make_a_difference_are_shown(name, kind, record_property):
    check_mutants(name, kind, 6 if kind == "exchanged" else 8, record_property)


@pytest.mark.campaign
@pytest.mark.parametrize("kind", MUTANTS)
@pytest.mark.parametrize("name", MUTATED)
def test_none_of_many_weights_that_make_a_difference_are_shown(name, kind, record_property):
    check_mutants(name, kind, 1500, record_property)


@pytest.mark.campaign
@pytest.mark.parametrize("name", CASES)
def test_broken_models_of_the_cases_are_refused(name):
    case = CASES[name]
    program = case.build()
    model = alta.compile(program, max_len=case.max_len)
    if not is_shown(theorem_of(program, model, case.max_len)):
        pytest.skip("what the value sets leave open has to be run")
    for broken in case.models:
        assert not is_shown(theorem_of(program, broken.change(model), case.max_len)), broken.name


def test_a_rule_that_the_weights_lack_is_missed():
    program, model = mutated("relative")
    extra = Rule((Atom("done", 0), Atom("parity", 1)), "parity", 0)
    assert not is_shown(
        theorem_of(alta.replace(program, rules=(*program.rules, extra)), model, LONG)
    )


def test_without_inputs_there_is_nothing_to_show():
    program, model = mutated("relative")
    empty = replace(program, inputs=alta.inputs.sequences([[]]).bind(program.vocab))
    evidence = evidence_of(program, model, LONG)
    with pytest.raises(Refused, match="no inputs"):
        theorem_of(empty, model, LONG, evidence=evidence)


@pytest.mark.parametrize("where", ["program", "model", "its program"])
def test_longer_inputs_than_program_or_model_take_are_refused(where):
    text, manifest = program_text(compiled("sum")[0]), dict(saved("sum")[1])
    limits = {"program": "positions 3", "model": "positions -", "its program": "positions 4"}
    text = text.replace("positions 4", limits[where])
    manifest["program"] = text.splitlines()
    if where == "model":
        manifest["max_len"] = 3
    if where == "its program":
        manifest["program"] = text.replace("positions 4", "positions 3").splitlines()
    with pytest.raises(Refused, match="take no more than 3 tokens, not 4"):
        theorem("sum", program=text, model=manifest)


def test_subnormal_weights_and_numbers_that_overflow_are_refused():
    _, model = compiled("relative")
    for number in (2.0**-140, -(2.0**-127), 2.0**127):
        out = np.array(model.weights.mlp.lookup_in)
        out[0, :] = np.float32(number)
        subject = theorem("relative", with_arrays(model, {"mlp.lookup_in": out}))
        with pytest.raises(Refused, match="subnormal" if abs(number) < 1 else "too large"):
            subject.show("rounding")


# --- what a model runs with beside its weights ----------------------------------------------------


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
        (
            "relative",
            "head done_left query - key - value done mask [-1]",
            "head done_left query - key - value done mask before",
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


def test_masks_that_differ_beyond_the_longest_input_are_the_same():
    old = "head done_left query - key - value done mask [-1]"
    alike = running_as("relative", old, old.replace("[-1]", "[-99,-1]"))
    assert alike.show("architecture") == "compared"


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


@pytest.mark.parametrize(
    ("mask", "other"),
    [([-1], [-2]), (alta.causal(), alta.before()), (alta.before(), None)],
    ids=str,
)
def test_a_model_with_another_mask_is_refused(mask, other):
    program, model = mutated("relative")

    def reading(mask):
        heads = {**program.heads, "done_left": replace(program.heads["done_left"], mask=mask)}
        return replace(program, heads=heads)

    with pytest.raises(Refused, match="masks"):
        theorem_of(reading(mask), replace(model, program=reading(other)), LONG).show("architecture")


# --- codes at the start and the end ---------------------------------------------------------------


@pytest.mark.parametrize("array", ["token_embedding", "position_embedding"])
@pytest.mark.parametrize("amount", [1.0, -1.0, 2.0**-20])
def test_no_number_of_the_embedding_is_off(array, amount):
    _, model = compiled("sorting")
    right = np.array(getattr(model.weights, array))
    for row in range(right.shape[0]):
        for column in range(0, right.shape[1], 3):
            wrong = right.copy()
            wrong[row, column] += np.float32(amount)
            subject = theorem("sorting", with_arrays(model, {array: wrong}))
            # START comes first, and the others after it: not every pair of token and position does.
            with pytest.raises(Refused, match="does not start with its code"):
                subject.show("embedding")


def test_embeddings_that_cancel_are_fine_except_in_head_outputs():
    _, model = compiled("sorting")
    tokens, positions = (
        np.array(one) for one in (model.weights.token_embedding, model.weights.position_embedding)
    )
    columns = model.layout.columns
    for name, fine in (("token", True), ("fetched", False)):
        left, right = tokens.copy(), positions.copy()
        left[:, columns[name][0]] += 1
        right[:, columns[name][0]] -= 1
        subject = theorem(
            "sorting", with_arrays(model, {"token_embedding": left, "position_embedding": right})
        )
        if fine:
            assert "have exactly their codes" in subject.show("embedding")
        else:
            with pytest.raises(Refused, match="fetched does not start"):
                subject.show("embedding")


def test_values_that_the_format_lacks_are_refused():
    text = program_text(compiled("sum")[0]).replace("[0.0,0.0,1.0]", "[0.0,0.0,1e-40]")
    subject = theorem("sum", program=text)
    with pytest.raises(Refused, match="has no code for a value of start"):
        subject.show("decoding")


def test_a_halt_value_that_is_one_with_another_in_the_format_is_refused():
    text = program_text(compiled("sum")[0]).replace("halt -", "halt start=1.0")
    near = text.replace("[0.0,0.0,1.0]", "[0.0,1.0000000001,1.0]")
    assert near != text
    for dtype, wrong in (("float64", False), ("float32", True)):
        columns = dict.fromkeys(compiled("sum")[0].variables, (0,))
        program = read_program(near).stored(columns, FORMATS[dtype])
        occurring = {n: bits_of(range(len(v.values))) for n, v in program.variables.items()}
        if wrong:
            with pytest.raises(Refused, match="float32 does not tell the halt value of start from"):
                _check_storable(program, occurring, dtype, FORMATS[dtype])
        else:
            assert _check_storable(program, occurring, dtype, FORMATS[dtype])


def test_a_halt_value_that_never_occurs_is_refused():
    text = program_text(compiled("sum")[0]).replace("halt -", "halt start=0.5")
    subject = theorem("sum", program=text)
    with pytest.raises(Refused, match="the halt value of 'start' never occurs"):
        subject.show("decoding")


def test_more_numbers_in_codes_than_can_be_written_down_are_refused(monkeypatch):
    program = theorem("sum").program
    numbers = sum(len(variable.values) * variable.width for variable in program.variables.values())
    monkeypatch.setattr("alta_verify.check.theorem.MAX_CODES", numbers)
    theorem("sum")
    monkeypatch.setattr("alta_verify.check.theorem.MAX_CODES", numbers - 1)
    with pytest.raises(Refused, match=f"have {numbers} numbers, more than {numbers - 1}"):
        theorem("sum")
