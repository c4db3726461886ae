"""Classes of positions have all that positions of inputs of any length can see and have."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta.lang.masks import EVERYWHERE, Mask, before, causal
from alta.lang.program import Program
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction
from alta_verify.reach.sets.classes import Classes
from alta_verify.reach.sets.places import Selected
from alta_verify.reach.sets.value_sets import class_sets, value_sets
from alta_verify.universal import Empty
from tests.properties.running import cases, coded, courses

TOKENS = 3
NAMES = ("query", "key", "value")
PATTERNS = ("0 1*", "0 (1|2)* 2", "(0 1)* 2?", "0? 1+ 0?", "(0|1|2)+", "0 0 1* 2 2", "0 1* | 1 2*")
MASKS = (
    EVERYWHERE,
    causal(),
    before(),
    *(Mask(listed) for listed in [(-1,), (1,), (-2, 1), (-1, 0), (-6,), (6,), (-5, 5)]),
)


def program_of(
    pattern: str, masks: list[Mask], tables: dict[str, Any], rules: Any = (), *, keys: bool = True
) -> Program:
    """A program whose heads read by content, or by their masks alone."""
    sides = ("query", "key") if keys else (None, None)
    return alta.program_spec_from_rules(
        variables={
            name: alta.input_var(TOKENS, init_fn=row.__getitem__) for name, row in tables.items()
        },
        heads={f"head {n}": alta.qkv(*sides, "value", mask) for n, mask in enumerate(masks)},
        rules=rules,
        output_name="value",
        input_range=TOKENS,
        inputs=alta.inputs.regex(pattern),
        layers=3,
    )


def class_of(program: Program, word: tuple[int, ...], position: int, classes: Classes) -> int:
    """The class of a position; there is exactly one."""
    automaton, state = program.inputs.automaton(0), 0
    for token in word[:position]:
        state = automaton.transitions[state][token]
    moves = automaton.transitions[state]

    def kind(token: int) -> tuple[int, ...]:
        starts = (v.initial_value(token, 0, name="") for v in program.variables.values())
        return moves[token], *starts

    # As many positions as heads look are counted, up to four, and one at least.
    offsets = [d for head in program.heads.values() for d in head.mask.listed or ()]
    before, behind = (min(4, max([1, *(sign * d for d in offsets)])) for sign in (-1, 1))
    ends = min(position, before), min(len(word) - 1 - position, behind)
    (number,) = (
        number
        for number, member in enumerate(classes.members)
        if (member.state, member.before, member.behind) == (state, *ends)
        and kind(member.token) == kind(word[position])
    )
    return number


TABLE = st.lists(st.integers(0, 1), min_size=TOKENS, max_size=TOKENS)


@st.composite
def reading_programs(draw: st.DrawFn) -> Program:
    masks = draw(st.lists(st.sampled_from(MASKS), min_size=1, max_size=2))
    names = [*NAMES, *(f"head {n}" for n in range(len(masks)))]
    bits = st.integers(0, 1)
    atoms = st.dictionaries(st.sampled_from(names), bits, min_size=1, max_size=2)
    rules = draw(st.lists(st.tuples(atoms, st.sampled_from(NAMES), bits), max_size=4))
    return program_of(
        draw(st.sampled_from(PATTERNS)),
        masks,
        draw(st.fixed_dictionaries(dict.fromkeys(NAMES, TABLE))),
        [alta.rule(*each) for each in rules],
        keys=draw(st.booleans()),
    )


@cases(150)
@given(reading_programs())
def test_every_local_state_of_every_run_is_in_the_sets_of_its_class(program):
    abstraction = Abstraction.of(program)
    classes, rows = Classes(abstraction), class_sets(abstraction).rows
    for each in courses(program, 6, max_layers=3):
        for _, position, local in each.locals():
            row = rows[class_of(program, each.tokens, position, classes)]
            assert all(v in row[name] for name, v in coded(abstraction, local).items())


def words_of(program: Program, longest: int) -> list[tuple[int, ...]]:
    return [word for word in program.inputs.enumerate(longest) if word]


@pytest.mark.parametrize("mask", MASKS, ids=str)
def test_classes_see_what_their_positions_see_and_readers_are_those_who_see(mask):
    for pattern in PATTERNS:
        program = program_of(pattern, [mask], {name: [0, 1, 1] for name in NAMES})
        classes = Classes(Abstraction.of(program))
        for word in words_of(program, 6)[::5]:
            places = [class_of(program, word, p, classes) for p in range(len(word))]
            for position, place in enumerate(places):
                seen = {places[source] for source in mask.sources(position, len(word))}
                assert seen <= set(classes.readable(place, mask))
        everything = range(len(classes.members))
        forwards = {(p, s) for p in everything for s in classes.readable(p, mask)}
        assert forwards == {(p, s) for s in everything for p in classes.readers(s, mask)}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_class_is_that_of_a_position(pattern):
    program = program_of(pattern, [Mask((-1, 2))], {name: range(TOKENS) for name in NAMES})
    classes = Classes(Abstraction.of(program))
    occurring = {
        class_of(program, word, position, classes)
        for word in words_of(program, 5)
        for position in range(len(word))
    }
    assert occurring == set(range(len(classes.members)))


def one_of(mask: Mask, pattern: str, ones: set[int]) -> tuple[Program, Classes, list[int]]:
    tables = {name: [int(t in ones) for t in range(TOKENS)] for name in NAMES}
    program = program_of(pattern, [mask], tables)
    classes = Classes(Abstraction.of(program))
    matching = [n for n, m in enumerate(classes.members) if m.token in ones]
    return program, classes, matching


@pytest.mark.parametrize("mask", MASKS, ids=str)
def test_as_many_are_selected_as_is_said(mask):
    for pattern, ones in product(PATTERNS, [{0}, {2}, {0, 2}]):
        program, classes, matching = one_of(mask, pattern, ones)
        for word in words_of(program, 4)[::3]:
            for position in range(len(word)):
                place = class_of(program, word, position, classes)
                some = [n for n in classes.readable(place, mask) if n in matching]
                least, most = classes.selected(place, mask, some, some)
                number = sum(word[j] in ones for j in mask.sources(position, len(word)))
                # Two stand for any number.
                assert least <= min(number, 2) <= most


def test_what_is_there_once_in_every_input_is_selected_once():
    _, classes, matching = one_of(EVERYWHERE, "0 (1|2)*", {0})
    for place in range(len(classes.members)):
        assert classes.selected(place, EVERYWHERE, matching, matching) == Selected(1, 1)
        # Not if it is not known whether it is selected.
        assert classes.selected(place, EVERYWHERE, matching, ()) == Selected(0, 1)


def test_what_may_be_there_twice_may_be_selected_twice():
    _, classes, matching = one_of(causal(), "0 (1|2)*", {2})
    inner = [n for n, m in enumerate(classes.members) if m.before and m.token == 2]
    for place in inner:
        some = [n for n in classes.readable(place, causal()) if n in matching]
        assert classes.selected(place, causal(), some, some) == Selected(1, 2)


def test_sets_of_classes_have_no_more_than_those_of_positions_of_long_inputs():
    tables = {"query": [1, 1, 1], "key": [1, 0, 0], "value": [1, 0, 0]}
    rules = [alta.rule({"head 0": value}, "value", value) for value in range(2)]
    program = program_of("0 (1|2)*", [Mask((-1,))], tables, rules, keys=False)
    abstraction = Abstraction.of(program)
    lengths = range(1, 7)
    live = [{0}, *[{1, 2}] * 5]
    positions = value_sets(abstraction, list(map(frozenset, live)), lengths)
    classes = class_sets(abstraction)
    assert classes.anywhere() == positions.anywhere()
    (first,) = (r for r in classes.distinct() if UNDEFINED_VALUE in r["head 0"])
    assert first["head 0"] == {UNDEFINED_VALUE}


def test_means_over_any_number_of_positions_are_refused():
    program = alta.program_spec_from_rules(
        variables={"value": alta.numeric_var(values=[0, 1])},
        heads={"mean": alta.qkv(None, None, "value")},
        rules=[],
        output_name="value",
        input_range=1,
    )
    with pytest.raises(ValueError, match="expected a mask of listed offsets, got -"):
        class_sets(Abstraction.of(program))


def test_of_a_language_without_words_there_are_no_classes():
    program = program_of("0", [EVERYWHERE], {name: [0, 0, 0] for name in NAMES})
    empty = alta.replace(program, inputs=alta.inputs.sequences([[]]))
    with pytest.raises(Empty, match="classes of positions"):
        Classes(Abstraction.of(empty))
