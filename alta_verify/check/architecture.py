"""Architecture: what a model runs with beside its weights is the program's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from alta_verify.check.program import Program
from alta_verify.check.refused import Refused

__all__ = ["check_architecture", "halt_code"]


def check_architecture(
    program: Program, model: Program, lengths: Iterable[int], max_layers: int | None
) -> None:
    """Compares a program with the one that a model was made for.

    Rules, first values and what heads read are of no consequence: no model reads them.

    Args:
        program: the program of the certificate.
        model: the one that the model runs as.
        lengths: the lengths of inputs.
        max_layers: the most layers that count; None for the programs' own numbers.
    """
    # The proof of the theorem, conclusion: both read the same tokens, take coordinates for the same
    # things, see the same positions, halt by the same test and give the same output.
    _compare("token", "tokens", dict(enumerate(program.vocab)), dict(enumerate(model.vocab)))
    _compare("kind of", "kinds of variables or heads", _kinds(program), _kinds(model))
    _compare("mask of", "masks", _masks(program), _masks(model))
    _compare("", "halt or output", _ends(program), _ends(model))
    # A number that was asked for bounds both sides alike; only without one do their own bounds
    # count.
    if max_layers is None:
        expected, got = ({n: side.bound(n) for n in lengths} for side in (program, model))
        _compare("layers of length", "numbers of layers", expected, got)


def _compare(label: str, plural: str, expected: Mapping[Any, Any], got: Mapping[Any, Any]) -> None:
    for key in {**expected, **got}:
        if got.get(key) != expected.get(key):
            place = f"{label} {key!r:.60}".strip()
            raise Refused(
                f"the model runs with other {plural} than the program: {place} is "
                f"{got.get(key)!r:.80}, expected {expected.get(key)!r:.80}; compile this program"
            )


def _kinds(program: Program) -> dict[str, Any]:
    """Returns what the coordinates of every variable and head output are taken for."""
    # Numbers decode to themselves and categories have as many coordinates as values; only of
    # subsets the width does not say which values there are.
    variables = {
        name: (
            "variable",
            variable.kind,
            variable.width,
            variable.values if variable.kind == "subsets" else (),
        )
        for name, variable in program.variables.items()
    }
    heads = {
        name: ("head", "range" if head.edges is None else "values", head.width)
        for name, head in program.heads.items()
    }
    return {**variables, **heads}


def _masks(program: Program) -> dict[str, Any]:
    return {
        name: None if head.mask is None else sorted(head.mask)
        for name, head in program.heads.items()
    }


def _ends(program: Program) -> dict[str, Any]:
    return {"output": program.output, "halt": halt_code(program)}


def halt_code(program: Program) -> Any:
    """Returns the halt variable and the code of the halt value, by which a model knows it."""
    if program.halt is None:
        return None
    name, index = program.halt
    variable = program.variables[name]
    # A number that nothing gives has no index, and so no code by which both sides could be
    # compared.
    if index >= len(variable.values):
        raise Refused(f"the halt value of {name!r} never occurs: no rule and no input gives it")
    # Not by the index: that of a number depends on all numbers that rules assign, and these may
    # differ between the two programs.
    return name, variable.code(index)
