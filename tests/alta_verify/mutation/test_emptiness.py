"""Whatever of all that a proof derives is emptied, nothing is proved from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import alta
from alta.inputs.dfa import Dfa
from alta.inputs.language import InputLanguage
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify import Verdict, equivalent, satisfies, verify
from alta_verify.boxes import reachable_transitions
from alta_verify.claim.computes import Task
from alta_verify.claim.equivalent import Pair
from alta_verify.claim.meets import Meets
from alta_verify.encode.relation import Relation
from alta_verify.prove.computes import ffn, runs
from alta_verify.prove.computes import program as program_runs
from alta_verify.prove.equivalence import comparison, faults
from alta_verify.prove.meets import sampling, specification
from alta_verify.reach.answer import Undecided, Unreachable
from alta_verify.reach.enumeration import Enumeration
from alta_verify.reach.portfolio import Portfolio
from alta_verify.reach.sets import parikh
from alta_verify.reach.sets.abstract_transformer import AbstractTransformer
from alta_verify.reach.sets.value_sets import ValueSets
from alta_verify.reach.symbolic.graph import Graph
from alta_verify.reach.symbolic.run import SymbolicEngine, SymbolicRun
from alta_verify.solver.query import MlpQuery
from alta_verify.specs import transducer
from tests.alta_verify.boxes.learned_blocks import rectified
from tests.alta_verify.obligations import show_instead, shown_in_pairs_instead
from tests.alta_verify.secret_words import DEAD, at_the_end, secret_word, word_of

Emptied = tuple[object, str, Any]
"""What is emptied: an attribute of something, with what is in its place."""

WORD = word_of("10110")

RIGHT = secret_word(WORD, [at_the_end(WORD), at_the_end(WORD, left=DEAD)])
"""A program of which value sets alone do not say that it never conflicts."""

CONFLICTING = secret_word(WORD, [at_the_end(WORD), at_the_end(WORD, bit=WORD[-1])])

ENGINES = {"enumeration": 1 << 15, "counting and symbolic runs": -1}


def silenced(program: Program) -> Model:
    """A model in which no rule writes the output."""
    model = alta.compile(program).dense()
    out = np.array(model.weights.mlp.lookup_out)
    out[:, list(model.layout.columns[program.output_name])] = 0
    return model.with_weights(
        replace(model.weights, mlp=replace(model.weights.mlp, lookup_out=out))
    )


SUBJECTS: dict[str, tuple[Program, Model]] = {
    "right": (RIGHT, alta.compile(RIGHT)),
    "conflicting": (CONFLICTING, alta.compile(CONFLICTING)),
    "silenced": (RIGHT, silenced(RIGHT)),
}


def none(*_: object, **__: object) -> Any:
    return iter(())


def no_values(abstraction: Any, *_: object) -> ValueSets:
    return ValueSets((dict.fromkeys(abstraction.finite.domains, frozenset()),))


EVERYWHERE: dict[str, Emptied] = {
    "lengths": (Task, "lengths", ()),
    "positions with tokens": (Task, "live", ()),
    "tokens": (Task, "live", (frozenset[int](),) * len(WORD)),
    "pairs of token and position": (Task, "pairs", []),
    "value sets": (runs, "value_sets", lambda *_: ValueSets(())),
    "values": (runs, "value_sets", no_values),
    "local states": (ValueSets, "distinct", lambda _: []),
    "values that occur": (ValueSets, "anywhere", lambda _: {}),
    "ways to fail": (program_runs, "patterns_of", none),
    "values of queries, keys and what is read": (Relation, "codes", defaultdict(dict)),
    "cases": (ffn, "split", none),
    "coordinates": (ffn, "coordinates_after", lambda *_: ()),
    "expectations": (MlpQuery, "expect_variable", lambda *_: None),
}

SOMEWHERE: dict[str, dict[str, Emptied]] = {
    "enumeration": {
        "words": (Dfa, "enumerate_words", none),
        "lengths of words": (InputLanguage, "lengths", none),
    },
    "counting and symbolic runs": {
        "Parikh vectors": (parikh, "parikh_image", lambda *_: frozenset[Any]()),
        "tokens of positions": (InputLanguage, "live_tokens", lambda *_: ()),
        "tokens of a position": (
            InputLanguage,
            "live_tokens",
            lambda _, length: (frozenset[int](),) * length,
        ),
        "values that are possible": (AbstractTransformer, "_read", lambda *_: ()),
        "guards of tokens": (Dfa, "live_tokens", lambda *_: ()),
        "lengths of runs": (InputLanguage, "lengths", none),
    },
}

ALL = [
    (engine, what)
    for engine, own in SOMEWHERE.items()
    for what in [*EVERYWHERE, *own]
]  # fmt: skip


def emptied(patch: pytest.MonkeyPatch, target: Emptied) -> None:
    owner, name, value = target
    if isinstance(owner, type) and not isinstance(value, Callable):
        value = property(lambda _: target[2])
    patch.setattr(owner, name, value)


def verdict_of(subject: str, engine: str, patch: pytest.MonkeyPatch, *targets: Emptied) -> Verdict:
    """What is said of a subject without sampling, by one of the engines."""
    program, model = SUBJECTS[subject]
    patch.setattr(runs, "_ENUMERABLE", ENGINES[engine])
    show_instead(patch, "sampling", lambda *_: "no inputs run")
    for target in targets:
        emptied(patch, target)
    return verify(program, model, max_len=len(WORD)).verdict


@pytest.mark.parametrize("engine", ENGINES)
def test_as_long_as_nothing_is_emptied_what_is_right_is_proved(engine, monkeypatch):
    assert verdict_of("right", engine, monkeypatch) is Verdict.PROVED
    assert verdict_of("conflicting", engine, monkeypatch) is Verdict.REFUTED
    assert verdict_of("silenced", engine, monkeypatch) is Verdict.REFUTED


@pytest.mark.parametrize("subject", ["conflicting", "silenced"])
@pytest.mark.parametrize(("engine", "what"), ALL)
def test_whatever_is_emptied_nothing_wrong_is_proved(engine, what, subject, monkeypatch):
    target = {**EVERYWHERE, **SOMEWHERE[engine]}[what]
    assert verdict_of(subject, engine, monkeypatch, target) is not Verdict.PROVED


UNUSED = {
    # What all inputs show at once is not asked way by way.
    ("enumeration", "ways to fail"),
    # Where one engine has nothing, the other may know.
    ("counting and symbolic runs", "Parikh vectors"),
    ("counting and symbolic runs", "values that are possible"),
}


@pytest.mark.parametrize(("engine", "what"), [one for one in ALL if one not in UNUSED])
def test_whatever_is_emptied_nothing_right_is_proved_from_it(engine, what, monkeypatch):
    target = {**EVERYWHERE, **SOMEWHERE[engine]}[what]
    assert verdict_of("right", engine, monkeypatch, target) is not Verdict.PROVED


def test_nothing_right_is_proved_from_counting_alone_where_there_are_none(monkeypatch):
    monkeypatch.setattr(SymbolicEngine, "find", lambda *_: Undecided("not asked"))
    target = SOMEWHERE["counting and symbolic runs"]["Parikh vectors"]
    verdict = verdict_of("right", "counting and symbolic runs", monkeypatch, target)
    assert verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("engine", [Enumeration, Portfolio])
def test_an_engine_that_knows_of_no_state_is_not_believed_where_a_run_has_it(engine, monkeypatch):
    monkeypatch.setattr(engine, "find", lambda *_, **__: Unreachable())
    name = "enumeration" if engine is Enumeration else "counting and symbolic runs"
    assert verdict_of("silenced", name, monkeypatch) is Verdict.UNKNOWN
    assert verdict_of("right", name, monkeypatch) is Verdict.PROVED


# --- learned blocks -------------------------------------------------------------------------------


def test_a_learned_block_is_not_proved_from_no_local_states(monkeypatch):
    program = alta.programs.parity_sequential_relative()
    model = alta.compile(program, max_len=3)
    learned = model.with_mlp(rectified(model))
    assert verify(program, learned, max_len=3).proved
    monkeypatch.setattr(reachable_transitions, "_states", none)
    assert not verify(program, learned, max_len=3).proved
    # Even where no run was looked at that would have shown it.
    monkeypatch.setattr(runs, "sampled_transitions", lambda *_: [])
    assert not verify(program, learned, max_len=3).proved


# --- two programs ---------------------------------------------------------------------------------

COMPARED: dict[str, tuple[int, Emptied]] = {
    "lengths": (1 << 15, (Pair, "lengths", ())),
    "words": (1 << 15, (Dfa, "enumerate_words", none)),
    "outputs": (-1, (SymbolicRun, "outputs", lambda *_: {})),
    "tokens": (-1, (Dfa, "live_tokens", lambda *_: ())),
    "value sets": (-1, (comparison, "value_sets", lambda *_: ValueSets(()))),
    "values": (-1, (comparison, "value_sets", no_values)),
    "ways to fail": (-1, (faults, "patterns_of", none)),
}


@pytest.mark.parametrize("what", COMPARED)
def test_two_programs_are_not_proved_equivalent_from_nothing(what, monkeypatch):
    size, target = COMPARED[what]
    monkeypatch.setattr(comparison, "_ENUMERABLE", size)
    shown_in_pairs_instead(monkeypatch, "sampling", lambda *_: "no inputs run")
    assert equivalent(RIGHT, RIGHT, max_len=len(WORD)).proved
    emptied(monkeypatch, target)
    assert not equivalent(RIGHT, RIGHT, max_len=len(WORD)).proved
    assert not equivalent(RIGHT, CONFLICTING, max_len=len(WORD)).proved


MEANT: dict[str, tuple[int, Emptied]] = {
    "lengths": (1 << 15, (Meets, "lengths", ())),
    "words": (1 << 15, (Dfa, "enumerate_words", none)),
    "outputs": (-1, (SymbolicRun, "outputs", lambda *_: {})),
    "tokens": (-1, (Dfa, "live_tokens", lambda *_: ())),
    "values of an output": (-1, (Graph, "union", lambda *_: {})),
}


@pytest.mark.parametrize("what", MEANT)
def test_a_program_is_not_proved_to_do_what_was_meant_from_nothing(what, monkeypatch):
    size, target = MEANT[what]
    monkeypatch.setattr(specification, "ENUMERABLE", size)
    monkeypatch.setattr(sampling, "show", lambda *_: "no inputs run")
    parity = alta.programs.parity_sequential_relative()
    right = transducer(lambda state, token: state ^ (token == 1), 0)
    wrong = transducer(lambda state, token: state ^ (token == 0), 0)
    assert satisfies(parity, right, max_len=4).proved
    emptied(monkeypatch, target)
    assert not satisfies(parity, right, max_len=4).proved
    assert not satisfies(parity, wrong, max_len=4).proved
