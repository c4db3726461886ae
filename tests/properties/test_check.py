"""What the checker of certificates reads and shows, against the interpreter and all inputs."""

from __future__ import annotations

from collections import Counter

from hypothesis import assume, event, given
from hypothesis import strategies as st

import alta
from alta import ModelError
from alta.lang.program import program_text
from alta_verify.abstraction import Abstraction
from alta_verify.check.evidence import Hint
from alta_verify.check.language import Language
from alta_verify.check.program import bits_of, indices
from alta_verify.check.refused import Refused
from alta_verify.check.runs import Runs
from alta_verify.check.text import read_program
from alta_verify.reach.slices import slice_of
from alta_verify.strategies import mutations, programs
from tests.alta_verify.check.theorems import is_shown, theorem_of
from tests.properties.running import (
    EVERY_KIND,
    MAX_LEN,
    cases,
    coded,
    courses,
    differences,
    mixed_programs,
    mixed_total_programs,
    shown,
    words_of,
)

every_program = programs(kinds=EVERY_KIND)


@cases(80)
@given(every_program)
def test_the_text_is_read_as_the_abstraction_has_it(program) -> None:
    finite = Abstraction.of(shown(program))
    read = read_program(program_text(program))
    for name, variable in read.variables.items():
        assert variable.values == finite.values[name]
        for token in range(program.input_range):
            start = finite.finite.variables[name].initial_value(token, 0, name=name)
            assert variable.start(token, 0) == start
    for name, rules in read.rules.items():
        trap = len(finite.values[name])
        # A rule that tests for a bucket is one rule for each number in it; null is out of range.
        expected = Counter(
            (
                frozenset((atom.variable, atom.value) for atom in rule.atoms),
                trap if rule.value is None else rule.value,
            )
            for rule in finite.finite.rules_by_variable[name]
        )
        found = Counter()
        for rule in rules:
            choices = [frozenset()]
            for tested, mask in rule.tests.items():
                choices = [one | {(tested, i)} for one in choices for i in indices(mask)]
            found.update((one, trap if rule.value is None else rule.value) for one in choices)
        in_range = {key: n for key, n in expected.items() if key[1] < trap}
        assert {key: n for key, n in found.items() if key[1] < trap} == in_range
        assert sum(found.values()) == sum(expected.values())


@cases(80)
@given(every_program)
def test_the_language_has_the_words_of_the_program(program) -> None:
    language = Language(read_program(program_text(shown(program))))
    same = {token: token for token in range(program.input_range)}
    limit = min(MAX_LEN, program.position_range or MAX_LEN)
    for length in range(1, limit + 1):
        words = [word for word in words_of(program, length) if len(word) == length]
        live = language.live(length)
        assert (live is not None) == bool(words)
        assert language.words(length, same) == set(words)
        assert language.parikh_vectors(length, same) == {
            tuple(sorted(Counter(word).items())) for word in words
        }
        if live is not None:
            assert list(live) == [{word[i] for word in words} for i in range(length)]


@cases(60)
@given(mixed_programs, st.sampled_from(["words", "censuses"]))
def test_runs_have_every_state_that_occurs(program, by) -> None:
    lengths = sorted({len(word) for word in words_of(shown(program))})
    assume(lengths)
    read = read_program(program_text(program))
    hint = Hint(frozenset(program.domains), frozenset(), by)
    runs = Runs(read, Language(read), lengths, 4, hint)
    finite = Abstraction.of(program)
    known = courses(program, MAX_LEN, 4)
    if any(one.error is not None for one in known):
        # What happens after a failure says nothing.
        return
    for one in known:
        for _, _, local in one.locals():
            pattern = {name: bits_of([i]) for name, i in coded(finite, local).items()}
            assert runs.may_meet(pattern)


@cases(120)
@given(mixed_programs, st.data(), st.sampled_from(["words", "censuses"]))
def test_no_slice_says_of_a_state_that_occurs_that_it_does_not(program, data, by) -> None:
    lengths = sorted({len(word) for word in words_of(shown(program))})
    assume(lengths)
    read, finite = read_program(program_text(program)), Abstraction.of(program)
    names, heads = (
        data.draw(st.sets(st.sampled_from(sorted(some)))) if some else set()
        for some in (program.domains, program.heads)
    )
    slice_ = slice_of(finite.finite, names, heads)
    event(f"{len(slice_.names)} names, {len(slice_.defined)} by definedness")
    hint = Hint(slice_.names, slice_.defined, by)
    try:
        runs = Runs(read, Language(read), lengths, 4, hint)
    except Refused as reason:
        # Here a rule that tests for a bucket without a number is a rule like any other.
        if "not a slice" not in str(reason):
            raise
        return
    # Up to a failure, if there is one, a slice runs as the program does.
    for one in courses(program, MAX_LEN, 4):
        for _, _, local in one.locals():
            state = coded(finite, local)
            some = data.draw(st.sets(st.sampled_from(sorted(state))))
            assert runs.may_meet({name: bits_of([state[name]]) for name in some})


def is_shown_with_runs(program, model) -> bool:
    hint = {"names": list(program.domains), "defined": [], "by": "words"}
    return is_shown(theorem_of(program, model, MAX_LEN, [hint]))


@cases(40)
@given(mixed_programs)
def test_a_program_that_fails_on_an_input_is_not_shown(program) -> None:
    known = courses(shown(program), MAX_LEN)
    assume(known)
    try:
        model = alta.compile(program, max_len=MAX_LEN)
    except ModelError:
        return
    try:
        result = is_shown_with_runs(program, model)
    except Refused:
        result = False
    failing = any(one.error is not None for one in known)
    event(f"{'fails' if failing else 'runs'}, {'shown' if result else 'refused'}")
    assert not (failing and result)


@st.composite
def mutants(draw):
    program = draw(mixed_total_programs.filter(lambda program: program.rules))
    assume(words_of(program))
    model = alta.compile(program, max_len=MAX_LEN, dtype="float64")
    return program, draw(st.lists(mutations(model, max_edits=2), min_size=1, max_size=4))


@cases(25)
@given(mutants())
def test_no_mutant_that_differs_on_an_input_is_shown(drawn) -> None:
    program, models = drawn
    known = courses(shown(program), MAX_LEN)
    for mutation in models:
        model = mutation.model
        equal = not any(differences(model, one) for one in known)
        result = is_shown_with_runs(program, model)
        event(f"{'equal' if equal else 'different'}, {'shown' if result else 'refused'}")
        assert equal or not result
