"""Models near a given one: what was done is said, and what should make no difference makes none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, note, settings

import alta
from alta.errors import AltaError
from alta.nn.model import Model
from alta.nn.weights import named
from alta_verify import Verdict, verify
from alta_verify.strategies import EXACT_WAYS, WAYS, Mutation, mutations, weights_near
from tests.properties.running import cases, course, differences, words_of

PATIENT = settings(
    max_examples=1000,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

MODEL = alta.compile(alta.programs.parity_sequential_relative(), dtype="bfloat16")

SMALL = alta.compile(alta.programs.parity_sequential_absolute(max_length=3))

COURSES = [course(SMALL.program, word) for word in words_of(SMALL.program, 3)]


def same_numbers(one: Model, other: Model) -> bool:
    mine, theirs = dict(named(one.weights)), dict(named(other.weights))
    return mine.keys() == theirs.keys() and all(
        mine[name].dtype == theirs[name].dtype and np.array_equal(mine[name], theirs[name])
        for name in mine
    )


@cases(100)
@given(mutations(MODEL))
def test_a_mutation_changes_the_weights_that_it_names_and_no_others(mutation) -> None:
    changed = 0
    for (name, old), (other, new) in zip(
        named(MODEL.weights), named(mutation.model.weights), strict=True
    ):
        assert name == other
        assert old.dtype == new.dtype
        for index in np.argwhere(old != new).tolist():
            assert f"{name}[{', '.join(map(str, index))}]" in mutation.description
            changed += 1
    # Never nothing; minus zero is the number zero.
    assert 1 <= changed <= 6


@pytest.mark.parametrize("way", WAYS)
def test_a_model_is_left_as_it_was_and_changed_in_every_way(way) -> None:
    before = [array.tobytes() for _, array in named(MODEL.weights)]
    found = find(
        weights_near(MODEL, ways=[way]),
        lambda drawn: not same_numbers(MODEL, drawn.model),
        settings=PATIENT,
    )
    assert found.description
    assert "; " not in found.description
    assert [array.tobytes() for _, array in named(MODEL.weights)] == before


def wrong(mutation: Mutation) -> bool:
    """Whether the model is in another state than the interpreter, on some input."""
    return any(differences(mutation.model, known) for known in COURSES)


def test_exact_ways_make_no_difference_are_not_refuted_and_mostly_proved() -> None:
    verdicts = Counter[Verdict]()

    @settings(PATIENT, max_examples=8, phases=[Phase.generate])
    @given(weights_near(SMALL, ways=EXACT_WAYS))
    def check(mutation: Mutation) -> None:
        note(mutation.description)
        assert not wrong(mutation)
        verdicts[verify(SMALL.program, mutation.model, max_len=3).verdict] += 1

    check()
    assert verdicts.keys() <= {Verdict.PROVED, Verdict.UNKNOWN}
    assert verdicts[Verdict.PROVED] > verdicts[Verdict.UNKNOWN], verdicts


@pytest.mark.parametrize("way", ["edited", "perturbed", "pruned"])
def test_a_way_that_is_not_exact_makes_a_difference_and_shrinks_to_one_step(way) -> None:
    quick = settings(PATIENT, max_examples=200)
    found = find(weights_near(SMALL, ways=[way], max_changes=3), wrong, settings=quick)
    assert "; " not in found.description
    assert verify(SMALL.program, found.model, max_len=3).verdict is Verdict.REFUTED


WORDS = ("exchanged", " times ", " split, ", "cast", "rounded", "moved", "pruned", "becomes")


def test_every_way_is_drawn_and_said_in_words() -> None:
    drawn: set[str] = set()

    @settings(PATIENT, max_examples=150, phases=[Phase.generate])
    @given(weights_near(SMALL, max_changes=1))
    def draw(mutation: Mutation) -> None:
        drawn.add(mutation.description)

    draw()
    for words in WORDS:
        assert any(words in one for one in drawn), words


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "a way": (
        lambda: weights_near(MODEL, ways=["permuting"]),
        "weights_near: ways: no 'permuting'; did you mean 'permuted' or 'pruned'?",
    ),
    "no way": (
        lambda: weights_near(MODEL, ways=()),
        (
            "weights_near: ways: expected at least one of permuted, rescaled, split, cast, "
            "quantised, perturbed, pruned, edited"
        ),
    ),
    "no changes": (
        lambda: weights_near(MODEL, max_changes=0),
        "weights_near: max_changes: expected an int of at least 1, got 0",
    ),
    "no edits": (
        lambda: mutations(MODEL, max_edits=0),
        "mutations: max_edits: expected an int of at least 1, got 0",
    ),
}


@pytest.mark.parametrize(("call", "complaint"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_drawn_is_refused_at_once(call, complaint) -> None:
    with pytest.raises(AltaError) as raised:
        call()
    assert str(raised.value) == complaint
