"""Language: all inputs of a program up to a length, from the text that describes them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.judge.meaning import Program
from tests.judge.patterns import EVERYTHING, parsed, words

__all__ = ["NoLanguageError", "Word", "inputs"]

Word = tuple[int, ...]


class NoLanguageError(Exception):
    """Text that describes no language."""


def inputs(program: Program, max_len: int) -> list[Word]:
    """All inputs of 1 to max_len tokens, shorter ones first."""
    longest = max_len if program.positions is None else min(max_len, program.positions)
    try:
        return [word for length in range(1, longest + 1) for word in _inputs(program, length)]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise NoLanguageError(f"{program.inputs[:60]}: {error!r}") from error


def _inputs(program: Program, length: int) -> Iterator[Word]:
    kind, _, rest = program.inputs.partition(" ")
    vocab = program.vocab
    if kind == "anything" and not rest:
        yield from words(EVERYTHING(len(vocab)), length, len(vocab))
    elif kind == "sequences":
        yield from sorted(w for w in _listed(rest, vocab) if len(w) == length)
    elif kind in {"regex", "distinct"}:
        for word in words(parsed(_text(rest), vocab), length, len(vocab)):
            if kind == "regex" or len(set(word)) == length:
                yield word
    elif kind == "lengths":
        table = json.loads(rest)
        if list(table) != [str(number) for number in range(len(table))]:
            raise ValueError(rest)
        pattern = table[str(length)]
        if pattern is not None:
            yield from words(parsed(pattern, vocab), length, len(vocab))
    else:
        raise ValueError(program.inputs)


def _text(rest: str) -> str:
    found = json.loads(rest)
    if not isinstance(found, str):
        raise TypeError(rest)
    return found


def _listed(rest: str, vocab: tuple[str, ...]) -> set[Word]:
    found = json.loads(rest)
    numbers = [
        tuple(vocab.index(one) if isinstance(one, str) else one for one in word) for word in found
    ]
    if not all(type(one) is int and 0 <= one < len(vocab) for word in numbers for one in word):
        raise ValueError(rest)
    return set(numbers)
