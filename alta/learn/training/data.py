"""Data: sets of inputs, as a command line names them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from alta import datasets
from alta.errors import AltaError, nearest
from alta.interp.tokens import check_tokens
from alta.lang.program import Program

__all__ = ["SETS", "inputs_of", "tokens_of"]

SETS: Final = {
    "parity": "parity:MAX_LEN[:PER_COUNT[:SEED]]",
    "scan": "scan or scan:SPLIT:train or scan:SPLIT:test",
    "all": "all:MAX_LEN",
    "sample": "sample:NUMBER:MAX_LEN[:SEED]",
    "file": "file:PATH",
}
"""How sets of inputs are named."""


def tokens_of(program: Program, texts: Sequence[str]) -> list[tuple[int, ...]]:
    """Returns texts as tokens: encoded where the program can, else read as names of tokens.

    Raises:
        AltaError: for a text that the program does not take, with its number.
    """
    sequences = []
    for number, text in enumerate(texts):
        try:
            tokens = text.split() if program.encode is None else program.encode(text)
            sequences.append(check_tokens(program, tokens))
        except AltaError as error:
            raise AltaError(f"input {number} of {program.name!r}: {error}") from error
    return sequences


def inputs_of(program: Program, name: str) -> list[tuple[int, ...]]:
    """Returns the inputs of a set.

    - ``parity:20``: strings of at most 20 bits, about equally many for each number of ones; 50 of
      them (``parity:20:50``) drawn with seed 0 (``parity:20:50:0``).
    - ``scan``: all commands of SCAN; ``scan:length:train`` and ``scan:length:test``: those of a
      split.
    - ``all:6``: all inputs of the program's language of at most 6 tokens.
    - ``sample:100:20``: 100 inputs of the language of at most 20 tokens, drawn with seed 0
      (``sample:100:20:0``).
    - ``file:PATH``: a text or tokens on each line.

    Raises:
        AltaError: when there is no such set, or an input is none of the program's.
        OSError: when a file cannot be read.
    """
    kind, *parts = name.split(":")
    makers: dict[str, Callable[[Program, list[str]], list[tuple[int, ...]]]] = {
        "parity": _parity,
        "scan": _scan,
        "all": _all,
        "sample": _sample,
        "file": _file,
    }
    if kind not in makers:
        raise AltaError(f"no set of inputs {kind!r}; {nearest(kind, makers)}")
    return makers[kind](program, parts)


def _numbers(kind: str, parts: Sequence[str], least: int, maximum: int) -> list[int]:
    try:
        numbers = [int(part) for part in parts]
    except ValueError:
        # Refused below, with the message that says what was expected.
        numbers = [-1]
    if not least <= len(parts) <= maximum or min(numbers, default=0) < 0:
        spelled = ":".join([kind, *parts])
        raise AltaError(f"set of inputs {spelled!r}: expected {SETS[kind]}, with whole numbers")
    return numbers


def _parity(program: Program, parts: list[str]) -> list[tuple[int, ...]]:
    # What is left out is 50 strings for each number of ones, and seed 0.
    max_len, per_count, seed = [*_numbers("parity", parts, 1, 3), *(50, 0)[len(parts) - 1 :]]
    return tokens_of(program, [text for text, _ in datasets.parity(max_len, per_count, seed)])


def _scan(program: Program, parts: list[str]) -> list[tuple[int, ...]]:
    if not parts:
        return tokens_of(program, [command for command, _ in datasets.scan_commands()])
    if len(parts) != 2 or parts[1] not in {"train", "test"}:
        raise AltaError(f"set of inputs 'scan:{':'.join(parts)}': expected {SETS['scan']}")
    pairs = datasets.scan_split(parts[0])[("train", "test").index(parts[1])]
    return tokens_of(program, [command for command, _ in pairs])


def _all(program: Program, parts: list[str]) -> list[tuple[int, ...]]:
    (max_len,) = _numbers("all", parts, 1, 1)
    return [tuple(word) for word in program.inputs.enumerate(max_len)]


def _sample(program: Program, parts: list[str]) -> list[tuple[int, ...]]:
    number, max_len, seed = [*_numbers("sample", parts, 2, 3), 0][:3]
    generator = random.Random(seed)
    return [tuple(program.inputs.sample(generator, max_len)) for _ in range(number)]


def _file(program: Program, parts: list[str]) -> list[tuple[int, ...]]:
    # A path may have colons of its own.
    lines = Path(":".join(parts)).read_text(encoding="utf-8").splitlines()
    return tokens_of(program, lines)
