"""Emptiness: what is said of nothing shows nothing, whatever part of the evidence is empty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alta
from alta.inputs import InputSpec
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify import verify
from alta_verify.certificate.writing import lay_out
from alta_verify.check.language import Language
from alta_verify.check.occurrence import InRuns
from alta_verify.check.refused import Refused
from alta_verify.check.run import WAYS, Outcome, check
from alta_verify.check.runs import Runs

LONGEST = 3


def copying(halt: int | None = None, inputs: InputSpec | None = None) -> Program:
    """A program that copies x to y, in one layer, with a head that reads x as well."""
    return alta.program_spec_from_rules(
        variables={"x": alta.input_var(2), "y": alta.var(2), "done": alta.var(2, default=1)},
        heads={"left": alta.v_relative("x", -1)},
        rules=[alta.rule({"x": 1, "y": 0}, "y", 1)],
        output_name="y",
        input_range=2,
        layers=1,
        halt=None if halt is None else alta.halt_spec("done", halt),
        inputs=inputs or alta.inputs.regex("(0|1){1,3}"),
    )


def silenced(program: Program) -> Model:
    """A model of a program in which no rule writes anything."""
    model = alta.compile(program, max_len=LONGEST)
    weights = model.dense().weights
    out = np.array(weights.mlp.lookup_out)
    out[:, list(model.layout.columns["y"])] = 0
    return model.with_weights(replace(weights, mlp=replace(weights.mlp, lookup_out=out)))


def sets(**changed: list[int]) -> dict[str, Any]:
    """Value sets that hold, but for those that are changed."""
    row = {"x": [0, 1], "y": [0, 1], "done": [1], "left": [-1, 0, 1], **changed}
    return {"value_sets": [row] * LONGEST, "runs": [], "excluded": []}


def slices(
    *runs: tuple[list[str], list[str], str], excluded: list[dict[str, int]], **changed: list[int]
) -> dict[str, Any]:
    """Evidence with slices to run, and states of y that are said not to occur."""
    return {
        **sets(**changed),
        "runs": [{"names": names, "defined": heads, "by": by} for names, heads, by in runs],
        "excluded": [{"variable": "y", "states": excluded}],
    }


WRONG = {"x": 1, "y": 0}
"""The local state in which the silenced model is wrong."""

EVIDENCE: dict[str, dict[str, Any]] = {
    "nothing": sets(),
    "no rows": {**sets(), "value_sets": []},
    "rows without names": {**sets(), "value_sets": [{}] * LONGEST},
    "a row without a name": {**sets(), "value_sets": [{"x": [0, 1]}] * LONGEST},
    "x has no values": sets(x=[]),
    "y has no values": sets(y=[]),
    "the head gives nothing": sets(left=[]),
    "no name has values": sets(x=[], y=[], done=[], left=[]),
    "no names, by words": slices(([], [], "words"), excluded=[{}]),
    "no names, by censuses": slices(([], [], "censuses"), excluded=[{}]),
    "no names, and the state": slices(([], [], "words"), excluded=[WRONG]),
    "no names, twice": slices(([], [], "words"), ([], [], "censuses"), excluded=[{}, WRONG]),
    "only whether a head is defined": slices(([], ["left"], "words"), excluded=[{}]),
    "a name, and no state": slices((["x"], [], "words"), excluded=[{}]),
    "a name, and another's state": slices((["x"], [], "words"), excluded=[{"y": 0}]),
    "all names, and no state": slices((["x", "y", "left"], [], "words"), excluded=[{}]),
    "all names, and the state": slices((["x", "y", "left"], [], "words"), excluded=[WRONG]),
    "no order of runs": slices((["x", "y"], [], ""), excluded=[{}]),
    "no slice at all": slices(excluded=[{}]),
    "value sets without values, and no names": slices(([], [], "words"), excluded=[{}], x=[]),
}


def laid_out(folder: Path, program: Program, model: Model, said: Any, **bounds: Any) -> Outcome:
    """Checks a certificate with some evidence, of which all the rest is derived."""
    fields = {"max_len": LONGEST, "max_layers": None, "prover": {}, **bounds}
    text = alta.program_text(program)
    try:
        lay_out(folder, program=text, model=model, evidence=lambda _: said, **fields)
    except Refused as refused:
        return Outcome(str(folder), str(refused), "", (), {}, (), ("cases",), 0.0)
    return check(folder, by=WAYS)


def test_the_silenced_model_is_wrong():
    assert alta.run(copying(), [1]).outputs == (1,)
    assert silenced(copying()).run([1]).outputs == (0,)
    assert verify(copying(), silenced(copying()), max_len=LONGEST).counterexample is not None


@pytest.mark.parametrize("what", EVIDENCE)
def test_no_evidence_about_nothing_hides_what_is_wrong(what, tmp_path):
    assert not laid_out(tmp_path, copying(), silenced(copying()), EVIDENCE[what]).checked


@pytest.mark.parametrize("what", EVIDENCE)
def test_evidence_about_nothing_is_refused_of_right_weights_as_well(what, tmp_path):
    outcome = laid_out(tmp_path, copying(), alta.compile(copying()), EVIDENCE[what])
    assert outcome.checked == (what == "nothing"), outcome.reason


@pytest.mark.parametrize("what", EVIDENCE)
def test_no_evidence_about_nothing_hides_that_rules_conflict(what, tmp_path):
    again = alta.rule({"x": 1}, "y", 1)
    program = replace(copying(), mlp=(*copying().rules, again))
    with pytest.raises(alta.ConflictError):
        alta.run(program, [1])
    outcome = laid_out(tmp_path, program, alta.compile(copying()), EVIDENCE[what])
    assert not outcome.checked


# --- where no run takes a layer, everything holds of all local states -----------------------------

NO_LAYER = {
    "none is asked for": (copying(), 0),
    "all inputs are halted": (copying(halt=1), None),
}


@pytest.mark.parametrize("names", [[], ["x", "y"]], ids=["no names", "names"])
@pytest.mark.parametrize("by", ["words", "censuses"])
@pytest.mark.parametrize("what", NO_LAYER)
def test_where_no_run_takes_a_layer_no_local_state_occurs(what, by, names, tmp_path):
    program, layers = NO_LAYER[what]
    names = sorted({*names, *(["done"] if program.halt else [])})
    said = slices((names, [], by), excluded=[{}])
    assert laid_out(tmp_path, program, silenced(program), said, max_layers=layers).checked


@pytest.mark.parametrize("by", ["words", "censuses"])
def test_where_some_run_takes_a_layer_local_states_occur(by, tmp_path):
    program = copying(halt=0)
    said = slices((["done"], [], by), excluded=[{}])
    outcome = laid_out(tmp_path, program, silenced(program), said)
    assert "it is not shown that any state occurs in no run" in str(outcome.reason)


# --- nothing that is derived is empty either ------------------------------------------------------

DERIVED: dict[str, tuple[object, str, Callable[..., object]]] = {
    "words": (Language, "words", lambda *_: set()),
    "censuses": (Language, "parikh_vectors", lambda *_: set()),
    "classes": (Runs, "_classes", lambda *_: iter(())),
    "tokens": (Language, "live", lambda _, length: (frozenset[int](),) * length),
    "inputs": (Language, "live", lambda *_: None),
}


@pytest.mark.parametrize("what", DERIVED)
def test_nothing_that_is_derived_is_empty(what, tmp_path, monkeypatch):
    by = what if what in {"words", "censuses"} else "words"
    said = slices((["x", "y"], [], by), excluded=[{}, WRONG])
    monkeypatch.setattr(*DERIVED[what])
    outcome = laid_out(tmp_path, copying(), silenced(copying()), said)
    assert "there are no " in str(outcome.reason)


def test_all_local_states_cannot_be_excluded_where_runs_take_layers(tmp_path, monkeypatch):
    monkeypatch.setattr(InRuns, "is_absent", lambda _, pattern: bool(pattern))
    said = slices(excluded=[{"y": 0}, {"y": 1}])
    outcome = laid_out(tmp_path, copying(), silenced(copying()), said)
    assert "no local state satisfies the premises" in str(outcome.reason)
