"""The text form of input languages: one line, which `InputSpec.to_text` writes."""

import json
from typing import Any

from alta.errors import InputLanguageError, nearest
from alta.inputs.by_length import LengthTable
from alta.inputs.distinct import Distinct
from alta.inputs.language import InputSpec
from alta.inputs.regular import Regex, Sequences, Universal

__all__ = ["from_text"]

_KINDS = {
    "anything": "anything",
    "regex": 'regex "a b*"',
    "distinct": 'distinct "a b*"',
    "sequences": "sequences [[0,1],[2]]",
    "lengths": 'lengths {"0": null, "1": "a"}',
}


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
    if kind == "anything":
        if value_text:
            raise _malformed(kind, value_text)
        return Universal()
    value = _json(kind, value_text)
    match kind, value:
        case "regex", str():
            return Regex(value)
        case "distinct", str():
            return Distinct(value)
        case "sequences", list() if all(isinstance(word, list) for word in value):
            return Sequences.of(value)
        # The keys have to be 0, 1, … in this order, so that a table has one text.
        case "lengths", dict() if list(value) == [str(length) for length in range(len(value))]:
            return LengthTable(tuple(value.values()))
    raise _malformed(kind, value_text)


def _json(kind: str, value_text: str) -> Any:
    try:
        # JSON lets a key come twice, and the last one would win in silence.
        return json.loads(value_text, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise _malformed(kind, value_text) from error


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
