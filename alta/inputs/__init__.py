r"""Input languages say which token sequences a program is meant for.

Each function here gives a description, which a program binds to its own tokens:

    alta.inputs.anything()
    alta.inputs.regex("START (0|1)*")
    alta.inputs.distinct("BOS [1-15]*")
    alta.inputs.sequences(["walk left", "jump"])
    alta.inputs.lengths(lambda n: f"s [0-9]{{{n // 2 - 1}}} \\+ [0-9]{{{n // 2 - 1}}} e")

A description and a bound language can be asked what they contain, how many sequences they have,
which ones, and for one at random. Nothing here draws on anything but exact integers.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from alta.errors import InputLanguageError, nearest
from alta.inputs.descriptions import Lengths, LengthTable, Regex, Sequences, Universal
from alta.inputs.distinct import Distinct
from alta.inputs.language import InputLanguage, InputSpec

__all__ = [
    "InputLanguage",
    "InputSpec",
    "anything",
    "distinct",
    "from_text",
    "lengths",
    "regex",
    "sequences",
]

# An example of each form of text.
_KINDS = {
    "anything": "anything",
    "regex": 'regex "a b*"',
    "distinct": 'distinct "a b*"',
    "sequences": "sequences [[0,1],[2]]",
    "lengths": 'lengths {"0": null, "1": "a"}',
}


def anything() -> InputSpec:
    """Describes every sequence of tokens, the empty one included."""
    return Universal()


def regex(pattern: str) -> InputSpec:
    r"""Describes the sequences that match a pattern of token names.

    Args:
        pattern: names separated by spaces, with `( ) | * + ? {m} {m,} {m,n} .` as usual, `[0-9]`
            for the tokens from one name to another, `[^ ...]` for the tokens but these, and a
            backslash before a character that belongs to a name: `s [0-9]+ \+ [0-9]+ e`.

    Raises:
        InputLanguageError: the pattern is malformed, with the place. A name that is no token is
            reported when the description is bound to the tokens.
    """
    return Regex(pattern)


def distinct(pattern: str) -> InputSpec:
    """Describes the sequences that match a pattern and have no token twice.

    Args:
        pattern: as for `regex`.

    Raises:
        InputLanguageError: the pattern is malformed, with the place. Questions about all sequences
            of a length are refused when too many sets of tokens could have occurred: 15 tokens in
            any order are fine.
    """
    return Distinct(pattern)


def sequences(words: Iterable[Iterable[object] | str]) -> InputSpec:
    """Describes an explicit finite list of sequences.

    Args:
        words: each a sequence of token numbers or names, or a string of names between spaces.

    Raises:
        InputLanguageError: something is neither a number nor a name.
    """
    return Sequences.of(words)


def lengths(fn: Callable[[int], str | None]) -> InputSpec:
    """Describes, for each n, the sequences of total length n that match the pattern `fn(n)`.

    Args:
        fn: gives the pattern for a total length, or None if no sequence has this length. It is
            asked when a length first matters, and once for each.

    Raises:
        InputLanguageError: `fn` cannot be called. What is wrong with a pattern is reported when
            its length first matters.
    """
    if not callable(fn):
        raise InputLanguageError(f"lengths: expected a function of the length, got {fn!r}")
    return Lengths(fn)


def from_text(text: str) -> InputSpec:
    """Returns the description that `to_text` wrote as this line.

    Raises:
        InputLanguageError: the text is no description of an input language.
    """
    if not isinstance(text, str):
        raise InputLanguageError(f"input language text: expected a str, got {text!r}")
    kind, _, value_text = text.strip().partition(" ")
    if kind not in _KINDS:
        raise InputLanguageError(
            f"input language text: expected one of {', '.join(_KINDS)} first, got {kind!r}; "
            f"{nearest(kind, _KINDS)}"
        )
    if kind == "anything" and not value_text:
        return Universal()
    try:
        # JSON lets a key come twice, and the last one would win in silence.
        value = json.loads(value_text, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise _malformed(kind, value_text) from error
    match kind, value:
        case "regex", str(pattern):
            return Regex(pattern)
        case "distinct", str(pattern):
            return Distinct(pattern)
        case "sequences", list(words) if all(isinstance(word, list) for word in words):
            return Sequences.of(words)
        # The keys have to be 0, 1, … in this order, so that a table has one text.
        case "lengths", dict(table) if list(table) == list(map(str, range(len(table)))):
            return LengthTable(tuple(table.values()))
    raise _malformed(kind, value_text)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise InputLanguageError("a length is given twice")
    return dict(pairs)


def _malformed(kind: str, value_text: str) -> InputLanguageError:
    shown = value_text if len(value_text) <= 60 else f"{value_text[:60]}..."
    hint = "; the lengths are 0, 1, ... in order" if kind == "lengths" else ""
    return InputLanguageError(
        f"input language text: expected the form {_KINDS[kind]}, got {kind} {shown}{hint}"
    )
