"""The text form of input languages reads back as an equal description."""

import pytest
from hypothesis import given

from alta import inputs
from alta.errors import InputLanguageError
from tests.alta.inputs.toys import LONGEST, SPECS, VOCAB


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
