"""The key of a claim: a hash of everything that it, and what is believed of it, depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

import numpy as np

from alta.lang.program import Program, program_text
from alta_verify.cache.code import code_hash
from alta_verify.cache.surroundings import surroundings, tools
from alta_verify.claim.computes import Task
from alta_verify.claim.equivalent import Pair

__all__ = ["Claim", "bits", "claim_key", "ingredients"]

Claim: TypeAlias = Task | Pair
"""What can be claimed: that a model computes a program, or that two programs are equivalent."""


def claim_key(claim: Claim) -> str | None:
    """Returns a hash that two have in common only if they ask the same of the same code.

    Returns:
        The SHA-256 of `ingredients`, in hexadecimal; None where something cannot be hashed, as
        then nothing may be kept.
    """
    code = code_hash()
    if code is None:
        return None
    try:
        said = ingredients(claim)
    except Exception:  # noqa: BLE001 - functions of the program run here; the proof will show it
        return None
    # Two programs are compared without JAX, which takes a second to start.
    around = surroundings() if isinstance(claim, Task) else tools()
    stated = {**said, "code": code, **around}
    return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()


def ingredients(claim: Claim) -> dict[str, Any]:
    """Returns what a claim says, as JSON values, by name.

    The deadline is no part of it: a proof stays one however long it took.
    """
    if isinstance(claim, Pair):
        return {
            "first": _hash("\n".join(_program(claim.first, claim))),
            "second": _hash("\n".join(_program(claim.second, claim))),
            "max_len": claim.max_len,
            "max_layers": claim.max_layers,
        }
    task, model = claim, claim.model
    # The model's own program counts as well: it decides on masks, halt and kinds, as `architecture`
    # says.
    return {
        "program": _hash("\n".join(_program(task.program, task))),
        "model": _hash("\n".join(_program(model.program, task))),
        "weights": bits(model.weights),
        "layout": [model.layout.width, sorted(model.layout.columns.items())],
        "max_len": task.max_len,
        "model_max_len": model.max_len,
        "max_layers": task.max_layers,
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _program(program: Program, claim: Claim) -> Iterator[str]:
    """Yields the canonical text, and what it leaves open of functions, up to the bound.

    Canonical text tabulates a function of the length up to some length, and of a function of the
    position only the first values where no `position_range` ends the table.
    """
    yield program_text(program)
    yield program.inputs.spec.tabulate(claim.max_len).to_text()
    # Bounds of the program count only where the claim has none of its own.
    if claim.max_layers is None:
        yield repr([program.layer_bound(length) for length in claim.lengths])
    for name, variable in program.variables.items():
        if variable.initial.table is None:
            values = [
                variable.computed(position, name=name) for position in range(max(claim.lengths))
            ]
            yield f"{name} {[sorted(v) if isinstance(v, frozenset) else v for v in values]!r}"


def bits(tree: Any) -> str:
    """Returns the SHA-256 of the weights: of each array its place, format, shape and bits.

    Raises:
        TypeError: for what it does not know, so that nothing is left out unnoticed.
    """
    digest = hashlib.sha256()
    for place, description, data in _pieces(tree, "weights"):
        # Lengths stand before what they measure, so that no two trees give one sequence of bytes.
        for piece in (place.encode(), description.encode(), data):
            digest.update(len(piece).to_bytes(8, "big"))
            digest.update(piece)
    return digest.hexdigest()


def _pieces(tree: Any, place: str) -> Iterator[tuple[str, str, bytes]]:
    """Yields place, description and bits of every array, and of every number beside them."""
    # Bits and not numbers, as 0.0 and -0.0 are equal, and may lead to different sums.
    if isinstance(tree, np.ndarray):
        if tree.dtype.hasobject:
            raise TypeError(f"{place}: an array of objects has no bits")
        yield place, f"{tree.dtype.name} {tree.dtype.byteorder} {tree.shape}", tree.tobytes("C")
    elif isinstance(tree, Mapping):
        yield place, f"{len(tree)} entries", b""
        for name in sorted(tree):
            yield from _pieces(tree[name], f"{place}[{name!r}]")
    elif is_dataclass(tree) and not isinstance(tree, type):
        yield place, type(tree).__qualname__, b""
        for field in fields(tree):
            yield from _pieces(getattr(tree, field.name), f"{place}.{field.name}")
    elif isinstance(tree, tuple) and any(map(_has_bits, tree)):
        yield place, f"{len(tree)} entries", b""
        for index, entry in enumerate(tree):
            yield from _pieces(entry, f"{place}[{index}]")
    elif (
        tree is None
        or isinstance(tree, (int, str))
        or (
            isinstance(tree, tuple)
            and all(isinstance(entry, (int, str, type(None))) for entry in tree)
        )
    ):
        yield place, repr(tree), b""
    else:
        raise TypeError(f"{place}: expected arrays in dataclasses and mappings, got {type(tree)}")


def _has_bits(tree: Any) -> bool:
    """Says whether something is or holds arrays, of which words would show a part only."""
    return not isinstance(tree, (int, str, type(None)))
