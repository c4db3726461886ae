"""Input languages: the five descriptions, bound and unbound, and their text."""

import math
import pickle
import random
from itertools import islice, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta import inputs
from alta.errors import InputLanguageError

VOCAB = ("0", "1", "START")
untyped: Any = inputs  # for calls that no type checker would pass
LONGEST = 4


def numbered(value):
    """Returns the id of a case: what it should say, since functions have no stable name."""
    return value if isinstance(value, str) else "case"


def _operands(n):
    return f"START ((0|1) (0|1)){{{n // 2}}}" if n % 2 else None


DESCRIPTIONS = {
    "anything": inputs.anything(),
    "regex": inputs.regex("START (0|1)*"),
    "finite regex": inputs.regex("START? 0 [0-START]{0,2}"),
    "regex with the empty word": inputs.regex("(0 1)*"),
    "empty word alone": inputs.regex(""),
    "nothing": inputs.regex("[^0-START]"),
    "distinct": inputs.distinct("START? [0-1]*"),
    "distinct, but never": inputs.distinct("0 1 0"),
    "sequences": inputs.sequences([[0, 1], ["START"], [2, "0", 1], []]),
    "no sequences": inputs.sequences([]),
    "lengths": inputs.lengths(_operands),
    "table": inputs.lengths(_operands).tabulate(12),
}

bound = pytest.mark.parametrize(
    ("spec", "position_range"),
    [
        pytest.param(spec, limit, id=f"{name}, position_range={limit}")
        for name, spec in DESCRIPTIONS.items()
        for limit in (None, 2, 0)
    ],
)

WORDS = st.lists(st.sampled_from([0, 1, 2, *VOCAB]), max_size=LONGEST)
ATOMS = st.sampled_from(["0", "1", "START", "[0-1]", ".", "(0|)", "(1 START)*", "0{1,2}"])
PATTERNS = st.lists(ATOMS, max_size=3).map(" ".join)
SPECS = st.one_of(
    st.just(inputs.anything()),
    PATTERNS.map(inputs.regex),
    PATTERNS.map(inputs.distinct),
    st.lists(WORDS, max_size=6).map(inputs.sequences),
    st.dictionaries(st.integers(0, LONGEST), PATTERNS).map(lambda d: inputs.lengths(d.get)),
)


@given(SPECS, st.none() | st.integers(0, LONGEST))
def test_every_answer_agrees_with_trying_all_sequences(spec, position_range):
    language = spec.bind(VOCAB, position_range)
    everything = [word for n in range(LONGEST + 1) for word in product(range(3), repeat=n)]
    words = [word for word in everything if language.contains(word)]
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
    if position_range is None:
        assert language.is_finite == (language.max_length is not None)
    else:
        assert language.is_finite
    if language.is_finite:
        assert language.max_length == max(language.lengths(10), default=0)


def test_which_languages_are_finite():
    finite = {name for name, spec in DESCRIPTIONS.items() if spec.bind(VOCAB, None).is_finite}
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


def test_tokens_are_numbers_or_names():
    language = inputs.regex("START (0|1)*").bind(VOCAB, None)
    assert language.contains([2, 0, 1])
    assert language.contains(["START", "0", 1])
    assert language.contains(np.array([2, 0, 1], dtype=np.uint8))
    assert language.contains("START 0 1")
    assert not language.contains("0 START")


@pytest.mark.parametrize("stranger", [-1, 3, 2**70, "x", "2", 1.0, None, (0,), np.float32(0)])
def test_a_sequence_with_a_stranger_is_in_no_language(stranger):
    for name, spec in DESCRIPTIONS.items():
        assert not spec.bind(VOCAB, None).contains([stranger]), name
        assert not spec.bind(VOCAB, None).contains(["START", stranger, 0]), name


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
    assert inputs.lengths(_operands) == inputs.lengths(_operands) != inputs.lengths(str)
    assert inputs.lengths(_operands).tabulate(3) == inputs.lengths(_operands).tabulate(3)
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


def test_a_bound_list_is_in_token_numbers():
    language = inputs.sequences([["START"], [0, "1"], "0 1"]).bind(VOCAB, None)
    assert language.spec == inputs.sequences([[0, 1], [2]])
    assert language.spec.to_text() == "sequences [[0,1],[2]]"
    assert language.vocab == VOCAB


def test_the_function_of_lengths_is_asked_lazily_and_once():
    asked = []

    def fn(n):
        asked.append(n)
        return "0*"

    spec = inputs.lengths(fn)
    language = spec.bind(VOCAB, None)
    assert asked == []
    assert language.contains([0, 0, 0])
    assert asked == [3]
    assert language.count(4) == language.count(4) == spec.bind(VOCAB, 9).count(4) == 5
    assert sorted(asked) == [0, 1, 2, 3, 4]


def test_a_table_says_nothing_beyond_its_end():
    table = inputs.lengths(_operands).tabulate(3)
    language = table.bind(VOCAB, None)
    assert language.lengths(3) == (1, 3)
    assert table.tabulate(1) == inputs.lengths(_operands).tabulate(1)
    for question in (
        lambda: language.contains([0] * 4),
        lambda: language.count(4),
        lambda: language.automaton(4),
        lambda: table.tabulate(4),
    ):
        with pytest.raises(InputLanguageError, match="at most 3, where this table ends, got 4"):
            question()
    assert table.bind(VOCAB, 3).count(100) == language.count(3)
    assert not table.bind(VOCAB, 3).contains([0] * 4)


@given(SPECS)
def test_text_reads_back_as_an_equal_specification(spec):
    written = spec.tabulate(LONGEST)
    text = written.to_text()
    assert len(text.splitlines()) == 1
    assert inputs.from_text(text) == written
    assert inputs.from_text(text + "\n").to_text() == text
    language, again = spec.bind(VOCAB, None), written.bind(VOCAB, None)
    assert list(language.enumerate(LONGEST)) == list(again.enumerate(LONGEST))


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (inputs.anything(), "anything"),
        (inputs.regex('a\n"\\+"\u2028'), r'regex "a\n\"\\+\"\u2028"'),
        (inputs.distinct('"+ b*'), r'distinct "\"+ b*"'),
        (inputs.sequences([[2], [0, 1], ["b"]]), 'sequences [[0,1],[2],["b"]]'),
        (inputs.lengths({1: "0"}.get).tabulate(2), 'lengths {"0": null, "1": "0", "2": null}'),
    ],
)
def test_the_text_is_canonical(spec, text):
    assert spec.to_text() == text
    assert inputs.from_text(text) == spec


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected one of anything, regex, distinct, sequences, lengths"),
        ("regx 0", "did you mean 'regex'"),
        ("anything else", "expected the form anything"),
        ("regex 0 1", 'expected the form regex "a b[*]"'),
        ("regex [1]", "expected the form regex"),
        ('regex "(0"', r"expected '\)'"),
        ("distinct [[0]]", "expected the form distinct"),
        ('distinct "(0"', r"expected '\)'"),
        ("sequences [[0,1],[2]", "expected the form sequences"),
        ("sequences [0]", "expected the form sequences"),
        ("sequences [[0.5]]", "expected an int or a token name, got 0.5"),
        ('lengths {"1": "0"}', r"the lengths are 0, 1, \.\.\. in order"),
        ('lengths {"0": "0", "0": "1"}', "expected the form lengths"),
        ('lengths {"0": 5}', "expected a pattern or None for length 0, got 5"),
        ("lengths {}", "got an empty one"),
        ("sequences " + "[" * 100_000, "expected the form sequences"),
        (None, "expected a str"),
    ],
)
def test_text_that_is_no_description_is_refused(text, says):
    with pytest.raises(InputLanguageError, match=says):
        inputs.from_text(text)


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
        (lambda: inputs.lengths(_operands).to_text(), r"tabulate\(max_len\) first"),
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


def test_ten_tokens_in_any_order_are_counted_and_drawn():
    language = inputs.distinct("BOS [1-10]*").bind(("BOS", *map(str, range(1, 11))))
    assert language.max_length == 11
    assert language.lengths(99) == tuple(range(1, 12))
    assert language.count(99) == sum(math.perm(10, chosen) for chosen in range(11))
    for word in (language.sample(random.Random(seed), 11) for seed in range(20)):
        assert language.contains(word)
        assert not language.contains([*word, word[-1]])


def test_too_many_sets_of_tokens_are_refused_where_they_matter():
    names = tuple(map(str, range(30)))
    language = inputs.distinct("[0-29]*").bind(names)
    assert language.contains(names)
    assert not language.contains(["7", *names[1:]])
    assert language.max_length == 30
    assert language.lengths(40) == tuple(range(31))
    assert language.count(4) == sum(math.perm(30, length) for length in range(5))
    with pytest.raises(InputLanguageError, match="expected at most 50000 sets of tokens"):
        language.count(5)
    with pytest.raises(InputLanguageError, match="expected at most 50000 sets of tokens"):
        inputs.distinct("[0-29]{15} 0 0").bind(names).lengths(20)


def test_tokens_that_cannot_come_again_are_forgotten():
    names = tuple(map(str, range(200)))
    language = inputs.distinct(" ".join(f"({n}|{n + 1})" for n in range(0, 200, 2))).bind(names)
    assert language.count(100) == 2**100
    assert len(language.automaton(100).transitions) == 101


def test_factors_are_few_and_small_where_the_automaton_is_large():
    language = inputs.distinct("[0-9]*").bind(tuple(map(str, range(10))))
    factors = language.factors(8)
    assert len(factors) == 11
    assert all(len(factor.transitions) <= 2 for factor in factors)
    assert len(language.automaton(8).transitions) == 2**10 - 11
    pattern = inputs.regex("0*").bind(VOCAB)
    assert pattern.factors(3) == (pattern.automaton(3),)


def test_a_long_list_binds_and_is_counted():
    rng = random.Random(0)
    names = tuple(f"w{index}" for index in range(14))
    words = {tuple(rng.choices(names, k=rng.randrange(1, 10))) for _ in range(5000)}
    language = inputs.sequences(words).bind(names, None)
    assert language.count(9) == len(words)
    assert all(language.contains(word) for word in islice(words, 100))
    assert repr(language.spec) == f"Sequences(<{len(words)} sequences>)"
