"""Data: sets of inputs, as a command line names them."""

from __future__ import annotations

import random
from collections.abc import Sequence
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
    """Returns texts as tokens: encoded where the program can, else read as names of tokens."""
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
    match kind, parts:
        case "all", _:
            return list(map(tuple, program.inputs.enumerate(*_numbers(kind, parts, 1))))
        case "sample", _:
            number, max_len, seed = _numbers(kind, parts, 2, 0)
            generator = random.Random(seed)
            return [tuple(program.inputs.sample(generator, max_len)) for _ in range(number)]
        case "file", _:
            # A path may have colons of its own.
            return tokens_of(program, Path(":".join(parts)).read_text("utf-8").splitlines())
        case "parity", _:
            pairs = datasets.parity(*_numbers(kind, parts, 1, 50, 0))
        case "scan", []:
            pairs = datasets.scan_commands()
        case "scan", [split, "train" | "test" as part]:
            pairs = datasets.scan_split(split)[("train", "test").index(part)]
        case "scan", _:
            raise AltaError(f"set of inputs {name!r}: expected {SETS[kind]}")
        case _:
            raise AltaError(f"no set of inputs {kind!r}; {nearest(kind, SETS)}")
    return tokens_of(program, [text for text, _ in pairs])


def _numbers(kind: str, parts: Sequence[str], least: int, *defaults: int) -> list[int]:
    """Returns whole numbers, the last ones of which may be left out for their defaults."""
    if least <= len(parts) <= least + len(defaults) and all(map(str.isdecimal, parts)):
        return [*map(int, parts), *defaults[len(parts) - least :]]
    spelled = ":".join([kind, *parts])
    raise AltaError(f"set of inputs {spelled!r}: expected {SETS[kind]}, with whole numbers")
