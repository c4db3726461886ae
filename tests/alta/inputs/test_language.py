"""Input languages: every description, bound to tokens or not, answers every question."""

import pickle
import random
from itertools import islice, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta import inputs
from alta.errors import InputLanguageError
from alta.inputs.language import Common, common_language, intersection
from tests.alta.inputs.toys import (
    DESCRIPTIONS,
    LONGEST,
    SPECS,
    VOCAB,
    bound,
    numbered,
    operands,
    untyped,
)


@given(SPECS, st.none() | st.integers(0, LONGEST))
def test_every_answer_agrees_with_trying_all_sequences(spec, position_range):
    language = spec.bind(VOCAB, position_range)
    all_words = [word for n in range(LONGEST + 1) for word in product(range(3), repeat=n)]
    words = [word for word in all_words if language.contains(word)]
    assert list(language.enumerate(LONGEST)) == words
    assert language.count(LONGEST) == len(words)
    assert language.lengths(LONGEST) == tuple(sorted({len(word) for word in words}))
    for n in range(LONGEST + 1):
        same_length = [word for word in words if len(word) == n]
        columns = [frozenset(word[i] for word in same_length) for i in range(n)]
        assert language.live_tokens(n) == columns
        assert list(language.automaton(n).enumerate_words(n)) == same_length


@bound
def test_samples_are_contained(spec, position_range):
    language = spec.bind(VOCAB, position_range)
    lengths = language.lengths(7)
    for rng in (random.Random(0), np.random.default_rng(0)):
        if not lengths:
            with pytest.raises(InputLanguageError, match=r"length 0 \.\.\. 7.*which has none"):
                language.sample(rng, 7)
            continue
        drawn = [language.sample(rng, 7) for _ in range(60)]
        assert all(language.contains(word) and type(word) is tuple for word in drawn)
        assert {len(word) for word in drawn} == ({n for n in lengths if n} or {0})


@bound
def test_sequences_beyond_the_position_range_are_in_no_language(spec, position_range):
    language = spec.bind(VOCAB, position_range)
    unbounded = spec.bind(VOCAB, None)
    for word in unbounded.enumerate(LONGEST):
        fits = position_range is None or len(word) <= position_range
        assert language.contains(word) == fits
    assert language.position_range == position_range


@bound
def test_a_finite_language_knows_its_longest_sequence(spec, position_range):
    language = spec.bind(VOCAB, position_range)
    assert position_range is None or language.max_length is not None
    if language.max_length is not None:
        assert language.max_length == max(language.lengths(10), default=0)


def test_which_languages_are_finite():
    finite = {
        name for name, spec in DESCRIPTIONS.items() if spec.bind(VOCAB, None).max_length is not None
    }
    assert finite == {
        "finite regex",
        "empty word alone",
        "nothing",
        "distinct",
        "distinct, but never",
        "sequences",
        "no sequences",
    }


def test_a_finite_language_is_asked_no_further_than_its_longest_sequence():
    language = inputs.sequences([[0], [1, 1]]).bind(VOCAB, None)
    assert language.count(10**12) == 2
    assert language.lengths(10**12) == (1, 2)


def test_the_empty_sequence_is_in_a_language_whose_pattern_matches_it():
    matching = {name for name, spec in DESCRIPTIONS.items() if spec.bind(VOCAB, None).contains([])}
    assert matching == {
        "anything",
        "regex with the empty word",
        "empty word alone",
        "distinct",
        "sequences",
    }
    assert list(inputs.anything().bind(VOCAB, None).enumerate(0)) == [()]


def test_counts_are_exact_and_enumeration_is_lazy():
    language = inputs.anything().bind(("0", "1"), None)
    assert language.count(200) == 2**201 - 1
    assert list(islice(language.enumerate(10**6), 4)) == [(), (0,), (1,), (0, 0)]
    word = inputs.regex("(0|1){200}").bind(VOCAB, None).sample(random.Random(0), 200)
    assert len(word) == 200


def test_lengths_are_drawn_uniformly():
    language = inputs.regex("(0|1|START)*").bind(VOCAB, None)
    rng = random.Random(0)
    drawn = [len(language.sample(rng, 5)) for _ in range(2000)]
    assert all(300 < drawn.count(n) < 500 for n in range(1, 6))
    assert 0 not in drawn


def test_specifications_are_values():
    assert inputs.regex("0 1") == inputs.regex("0 1") != inputs.regex("0 1*")
    assert inputs.anything() == inputs.anything() != inputs.regex(".*")
    assert inputs.sequences([[1], [0], [1]]) == inputs.sequences([(0,), np.array([1])])
    assert inputs.lengths(operands) == inputs.lengths(operands) != inputs.lengths(str)
    assert inputs.lengths(operands).tabulate(3) == inputs.lengths(operands).tabulate(3)
    assert len(set(DESCRIPTIONS.values())) == len(DESCRIPTIONS)
    languages = [spec.bind(VOCAB, 5) for spec in DESCRIPTIONS.values()]
    assert languages == [spec.bind(VOCAB, 5) for spec in DESCRIPTIONS.values()]
    assert inputs.anything().bind(VOCAB, 5) != inputs.anything().bind(VOCAB, 6)
    with pytest.raises(AttributeError):
        untyped.regex("0").pattern = "1"


def test_a_question_does_not_change_what_a_specification_equals():
    asked, fresh = inputs.regex("0*"), inputs.regex("0*")
    assert asked.count(5) == 6
    assert (asked, hash(asked), repr(asked)) == (fresh, hash(fresh), repr(fresh))
    language = asked.bind(VOCAB, None)
    language.count(3)
    assert language == fresh.bind(VOCAB, None)
    assert hash(language) == hash(fresh.bind(VOCAB, None))


@bound
def test_a_language_survives_pickling(spec, position_range):
    language = spec.bind(VOCAB, position_range)
    words = list(language.enumerate(3))
    again = pickle.loads(pickle.dumps(language))
    assert again == language
    assert list(again.enumerate(3)) == words


def test_unbound_descriptions_use_decimal_names():
    assert list(inputs.regex("[0-2]").enumerate(1)) == [(0,), (1,), (2,)]
    assert inputs.regex("7").contains(["7"])
    assert not inputs.regex("7").contains([8])
    assert inputs.regex("").contains([])
    assert inputs.distinct("0 [1-2]*").count(9) == 5
    assert inputs.sequences([[0, 5], [3]]).count(2) == 2
    assert inputs.sequences([]).count(9) == 0
    assert inputs.lengths(lambda n: f"{n}{{{n}}}").contains([3, 3, 3])
    assert inputs.regex("(0|1)*").sample(random.Random(0), 1) in {(0,), (1,)}


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (inputs.anything(), r"does not say how many tokens there are.*\.bind\("),
        (inputs.regex("0 ."), "depend on how many there are"),
        (inputs.regex("[^0]"), "depend on how many there are"),
        (inputs.regex("START 0"), "'START' is not a decimal number"),
        (inputs.regex("07"), "'07' is not a decimal number"),
        (inputs.regex("\u0663"), "is not a decimal number"),
        (inputs.regex("9" * 5000), "expected token numbers below 1000000"),
        (inputs.sequences([[0, "START"]]), "'START'"),
        (inputs.sequences([[0, -1]]), r"got -1 at position 1 of \[0, -1\]"),
        (inputs.sequences([[10**9]]), "expected token numbers below 1000000"),
        (inputs.lengths(lambda n: "."), "length 0: .*depend on how many there are"),
    ],
    ids=numbered,
)
def test_unbound_descriptions_say_what_they_lack(spec, says):
    with pytest.raises(InputLanguageError, match=f"(?s){says}"):
        spec.count(2)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: inputs.regex("(0"), "column 3"),
        (lambda: inputs.regex("0 STRT").bind(VOCAB, None), "did you mean 'START'"),
        (lambda: inputs.distinct("(0"), "column 3"),
        (lambda: inputs.distinct("0 STRT").bind(VOCAB, None), "did you mean 'START'"),
        (lambda: inputs.sequences(["STRT 0"]).bind(VOCAB, None), "'STRT' at position 0 of"),
        (lambda: inputs.sequences([[0, 3]]).bind(VOCAB, None), r"tokens are 0 \.\.\. 2"),
        (lambda: inputs.sequences([[0], [1, -2]]).bind(VOCAB, None), r"-2 at position 1 of \[1"),
        (lambda: inputs.sequences("01"), "expected a list of sequences"),
        (lambda: untyped.sequences([0, 1]), r"sequences\[0\]: expected a sequence, got 0"),
        (lambda: inputs.sequences([[0], [1.5]]), r"sequences\[1\], position 0: .* got 1\.5"),
        (lambda: untyped.lengths("0*"), "expected a function of the length, got '0[*]'"),
        (lambda: untyped.lengths(lambda n: n).count(2), "None for length 0, got 0"),
        (lambda: inputs.lengths(lambda n: "(" * n).count(2), "length 1: pattern, column 2"),
        (lambda: inputs.lengths(lambda n: "x").bind(VOCAB, 2).count(2), "length 0: .* got 'x'"),
        (lambda: inputs.lengths(operands).to_text(), r"tabulate\(max_len\) first"),
        (lambda: inputs.anything().bind(("a", "a"), None), "'a' for both token 0 and token 1"),
        (lambda: untyped.anything().bind(("a", 1), None), "got 1 for token 1"),
        (lambda: inputs.anything().bind(VOCAB, -1), "position_range: expected an int"),
        (lambda: inputs.anything().bind(VOCAB, None).count(-1), "max_len: .* got -1"),
        (lambda: untyped.anything().bind(VOCAB, None).count(2.0), "max_len: .* got 2.0"),
        (lambda: inputs.anything().bind(VOCAB, None).enumerate(-1), "max_len: .* got -1"),
        (lambda: inputs.anything().bind(VOCAB, None).automaton(-1), "length: .* got -1"),
        (lambda: inputs.anything().tabulate(-1), "max_len: .* got -1"),
    ],
    ids=numbered,
)
def test_mistakes_are_refused_with_what_was_expected(make, says):
    with pytest.raises(InputLanguageError, match=f"(?s){says}"):
        make()


WORDS = [word for length in range(4) for word in product(range(3), repeat=length)]
KINDS = ("regex", "distinct", "sequences", "lengths", "anything")


@pytest.mark.parametrize("left", KINDS)
@pytest.mark.parametrize("right", KINDS)
def test_the_common_language_has_what_both_languages_have(left, right):
    first, second = DESCRIPTIONS[left].bind(VOCAB, None), DESCRIPTIONS[right].bind(VOCAB, None)
    common = common_language(first, second)
    expected = [word for word in WORDS if first.contains(word) and second.contains(word)]
    assert list(common.enumerate(3)) == expected
    assert [word for word in WORDS if common.contains(word)] == expected


def test_the_shorter_position_range_holds_of_the_common_language():
    spec = inputs.regex("0*")
    for ranges in ((2, None), (None, 2), (2, 5)):
        first, second = (spec.bind(VOCAB, limit) for limit in ranges)
        common = common_language(first, second)
        assert (common.spec, common.position_range) == (spec, 2)


def test_the_product_of_automata_is_made_once_for_all_lengths():
    pair = (inputs.regex(pattern).bind(VOCAB, None) for pattern in ("0 .*", ".* 1"))
    common = common_language(*pair)
    assert common.automaton(2) is common.automaton(7)


def test_an_intersection_keeps_no_state_that_is_not_reached():
    automata = [inputs.regex(pattern).bind(VOCAB, None).automaton(0) for pattern in ("0 1", "1 0")]
    assert len(intersection(*automata).transitions) == 1
    assert intersection(*automata).longest == 0


def test_a_common_language_has_no_text():
    common = Common(*(inputs.regex(pattern).bind(VOCAB, None) for pattern in "01"))
    with pytest.raises(InputLanguageError, match="common part of two input languages has no text"):
        common.to_text()
    assert common.decimal_range(3) == 3
