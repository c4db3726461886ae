"""Pairing: programs with models that may or may not compute them, kind by kind.

A model is made, damaged and made to run as another program in its files, as whoever gets it from
somewhere would have it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

import alta
from alta.lang.program import Program
from alta.nn.block import DenseBlock
from tests.campaigns.draft import Draft, opened_model, write_model
from tests.campaigns.edits import EDITS
from tests.judge.meaning import Program as Meaning
from tests.judge.text import read
from tests.judge.weights import Dense, Model, loaded

__all__ = ["KINDS", "Pair", "another", "paired"]

WEIGHTS: Final = (
    "weight changed",
    "weight changed",
    "weight filled",
    "array zeroed",
    "row or column zeroed",
    "rows or columns exchanged",
    "array scaled",
    "sparse entry moved",
)

PROGRAMS: Final = (
    "output, halt, layers",
    "output, halt, layers",
    "rule left out",
    "rule changed",
    "rule added",
    "condition left out",
    "declaration changed",
    "mask changed",
    "head rewired",
)


@dataclass(frozen=True)
class Pair:
    """A program and a model, as the verifier has them and as the judge has them.

    Attributes:
        model: for the verifier, an `alta.Model` or one with a learned block.
        judged: for the judge.
    """

    kind: str
    program: Program
    meaning: Meaning
    model: Any
    judged: Model


def paired(
    kind: str, program: Program, max_len: int, dtype: str, folder: Path, rng: Random
) -> Pair | None:
    """A pair of some kind, or None where nothing of the kind came of it; `AltaError` likewise."""
    sparse = kind != "learned block" and rng.random() < 0.2
    model = alta.compile(program, max_len=max_len, dtype=dtype, sparse=sparse)
    model.save(folder)
    edited = KINDS[kind](opened_model(folder, alta.program_text(program)), rng)
    if edited is None:
        return None
    write_model(edited, folder)
    found, judged = alta.load(folder), loaded(folder)
    meaning = read(alta.program_text(program))
    if kind != "learned block":
        return Pair(kind, program, meaning, found, judged)
    block = _dense(judged, rng)
    matrices, biases = (tuple(one.astype(found.weights.token_embedding.dtype) for one in some)
                        for some in (block.matrices, block.biases))  # fmt: skip
    exact = Dense(*(tuple(one.astype(np.float64) for one in some) for some in (matrices, biases)))
    judged = Model(**{**vars(judged), "block": exact})
    return Pair(kind, program, meaning, found.with_mlp(DenseBlock(matrices, biases)), judged)


def _dense(model: Model, rng: Random) -> Dense:
    """The block of a model with ReLU alone: min(1, max(0, x)) is max(0, x) - max(0, x - 1).

    Every other one is damaged.
    """
    w = {name: model.arrays[f"mlp.{name}"] for name in _MLP}
    first = np.concatenate([w["expand_in"]] * 2, axis=1)
    through = w["expand_out"] @ w["lookup_in"]
    second = np.concatenate([through, -through])
    bias = w["expand_out_bias"] @ w["lookup_in"] + w["lookup_in_bias"]
    last = np.concatenate([w["lookup_out"], -w["lookup_out"]])
    matrices = [first, np.concatenate([second] * 2, axis=1), last]
    biases = [
        np.concatenate([w["expand_in_bias"], w["expand_in_bias"] - 1]),
        np.concatenate([bias, bias - 1]),
        w["lookup_out_bias"],
    ]
    if rng.random() < 0.5:
        damaged = rng.choice([one for one in [*matrices, *biases] if one.size])
        place = tuple(rng.randrange(size) for size in damaged.shape)
        damaged[place] += rng.choice([1, -1, 0.5, 2.0**-6, -(2.0**-9), 2.0**-12])
    return Dense(tuple(matrices), tuple(biases))


_MLP: Final = (
    "expand_in",
    "expand_in_bias",
    "expand_out",
    "expand_out_bias",
    "lookup_in",
    "lookup_in_bias",
    "lookup_out",
    "lookup_out_bias",
)


# --- kinds ----------------------------------------------------------------------------------------


def compiled(draft: Draft, rng: Random) -> Draft | None:
    return draft


def same(draft: Draft, rng: Random) -> Draft | None:
    return EDITS[rng.choice(["same: units permuted", "same: unit doubled"])](draft, rng)


def damaged(draft: Draft, rng: Random) -> Draft | None:
    """Changes the weights in one to three places."""
    edited: Draft | None = draft
    for _ in range(rng.choice([1, 1, 2, 3])):
        edited = None if edited is None else EDITS[rng.choice(WEIGHTS)](edited, rng)
    return edited


def noisy(draft: Draft, rng: Random) -> Draft | None:
    """Moves all weights that are not 0 a little, or all weights of one array."""
    size = rng.choice([1e-2, 1e-3, 1e-4, 1e-6])
    numbers = np.random.default_rng(rng.randrange(1 << 30))
    names = [name for name, kind in draft.types.items() if kind != "I32"]
    for name in rng.choice([names, [rng.choice(names)]]):
        draft.arrays[name] *= 1 + size * numbers.uniform(-1, 1, draft.arrays[name].shape)
    return draft


def runs_as(draft: Draft, text: str | None) -> Draft | None:
    """The same weights in a model that runs as another program, if that has room for them."""
    if text is None:
        return None
    other = alta.program_text(alta.parse_program(text))
    draft.model["program"] = other.splitlines()
    draft.model["vocab"] = list(read(other).vocab)
    return draft


def another(text: str, rng: Random) -> str | None:
    """The text of a program that is a little different, or much."""
    draft = Draft(text, {"program": []}, {}, {"value_sets": [], "excluded": []}, 0, None)
    edited = EDITS[rng.choice(PROGRAMS)](draft, rng)
    return None if edited is None else edited.text


def other_program(draft: Draft, rng: Random) -> Draft | None:
    return runs_as(draft, another(draft.text, rng))


def other_kind(draft: Draft, rng: Random) -> Draft | None:
    """Makes a variable, often that of halt or output, one of another kind and the same width."""
    program = read(draft.text)
    ends = [program.output, *([program.halt[0]] if program.halt else [])]
    name = rng.choice([*ends, *program.variables])
    variable = program.variables[name]
    text = draft.text
    if variable.kind == "categorical" and (variable.size > 1 or rng.random() < 0.5):
        return runs_as(draft, _as_set(text, name, variable.size))
    if variable.kind == "categorical":
        return runs_as(draft, _as_number(text, name))
    if variable.kind == "numerical":
        return runs_as(draft, _as_category(text, name))
    return None


def _value_of(text: str, name: str, change: Callable[[str], str]) -> str:
    """The text with all values of a variable that rules and halt speak of changed."""
    text = re.sub(rf"(-> {name} := )(\S+)", lambda found: found[1] + change(found[2]), text)
    return re.sub(rf"(\nhalt {name}=)(\S+)", lambda found: found[1] + change(found[2]), text)


def _as_set(text: str, name: str, size: int) -> str:
    subsets = json.dumps([[value] for value in range(size)], separators=(",", ":"))
    text = re.sub(
        rf"(\nvariable {name}) range \d+ (\w+) \[(.*)\]",
        lambda found: (
            f"{found[1]} subsets {subsets} of {size} {found[2]} "
            f"[{','.join(f'[{value}]' for value in found[3].split(','))}]"
        ),
        text,
    )
    return _value_of(text, name, lambda value: f"{{{value}}}")


def _as_number(text: str, name: str) -> str:
    text = re.sub(
        rf"(\nvariable {name}) range 1 (\w+) \[(.*)\]",
        lambda found: f"{found[1]} values [0.0] {found[2]} [{found[3].replace('0', '0.0')}]",
        text,
    )
    return _value_of(text, name, lambda _: "0.0")


def _as_category(text: str, name: str) -> str:
    text = re.sub(
        rf"(\nvariable {name}) values \S+ (\w+) \[(.*)\]",
        lambda found: f"{found[1]} range 1 {found[2]} [{re.sub(r'[^,]+', '0', found[3])}]",
        text,
    )
    kept = [line for line in text.splitlines() if not re.search(rf"[ &]{name}=[1-9].* -> ", line)]
    return _value_of("\n".join(kept) + "\n", name, lambda _: "0")


def other_vocabulary(draft: Draft, rng: Random) -> Draft | None:
    """Gives the tokens other names, or the same ones in another order."""
    names = list(read(draft.text).vocab)
    other = rng.choice([names[::-1], [*names[:-1], "other"], rng.sample(names, len(names))])
    line = f"vocab {json.dumps(other, separators=(',', ':'))}"
    text = re.sub(r"\nvocab .*", lambda _: f"\n{line}", draft.text)
    return runs_as(draft, re.sub(r"\ninputs .*", "\ninputs anything", text))


KINDS: Final[dict[str, Callable[[Draft, Random], Draft | None]]] = {
    "compiled": compiled,
    "the same": same,
    "damaged weights": damaged,
    "noisy weights": noisy,
    "of another program": other_program,
    "of other kinds": other_kind,
    "other token names": other_vocabulary,
    "learned block": compiled,
}
"""The kinds of models."""
