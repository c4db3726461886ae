"""Replacing parts of a program, and what depends on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from alta.errors import ProgramError, nearest
from alta.lang.build import build, read_function
from alta.lang.heads import domains_of
from alta.lang.kinds import Categorical, Variable
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule
from alta.lang.values import show_value

__all__ = ["replace"]


def replace(program: Program, **parts: Any) -> Program:
    """Builds a program like another one, with some parts replaced.

    What depends on them is made again: first values for other numbers of tokens or positions, the
    token names that are decimal numbers, and for other variables or heads the rules. Those of a
    function are read anew; others go on testing the same values. A copy, an unpickled program and
    one read from text have no functions, only what was made of them.

    Args:
        program: the program to start from.
        parts: arguments of `program_spec` or `program_spec_from_rules`.

    Raises:
        ProgramError: when the parts do not fit together, or what depends on them cannot be made.
    """
    # Domains and remarks follow from the others.
    kept = {part.name for part in fields(Program)} - {"domains", "remarks"}
    parts_kept = {name: getattr(program, name) for name in kept}
    parts_kept["inputs"] = program.inputs.spec
    names = {*parts_kept, "rules", "ffn_fn"} - {"mlp"}
    if strangers := sorted(parts.keys() - names):
        stranger = strangers[0]
        raise ProgramError(f"replace: no part {stranger!r}; {nearest(stranger, sorted(names))}")
    if {"rules", "ffn_fn"} <= parts.keys():
        raise ProgramError("replace: expected rules or ffn_fn, got both; either is the whole MLP")
    if "input_range" in parts and program.vocab == tuple(map(str, range(program.input_range))):
        parts_kept["vocab"] = None
    if "rules" in parts:
        parts["mlp"] = parts.pop("rules")
    elif parts.keys() & {"ffn_fn", "variables", "heads"}:
        variables = parts.get("variables", program.variables)
        heads = parts.get("heads", program.heads)
        function = parts.pop("ffn_fn", program.mlp.function)
        if function is not None:
            parts["mlp"] = read_function(function, variables, heads)
        else:
            parts["mlp"] = _retested(program, domains_of(variables, heads))
    return build(**(parts_kept | parts))


def _retested(program: Program, domains: Mapping[str, Variable]) -> Iterator[Rule]:
    """Yields the rules of a program with tests for the same values in other domains."""
    # An index is the value itself only of categorical variables. Where a name has gone, or is of
    # another kind, there is no same value, and the canonical form says what is wrong.
    places = {
        name: domains[name].places
        for name, before in program.domains.items()
        if name in domains
        and not isinstance(before, Categorical)
        and domains[name].kind == before.kind
        and domains[name].contents != before.contents
    }
    for rule in program.rules:
        atoms = []
        for atom in rule.atoms:
            value = program.domains[atom.variable].contents[atom.value]
            place = places.get(atom.variable, {value: atom.value}).get(value)
            if place is None:
                raise ProgramError(
                    f"replace: rule '{rule}' tests {atom.variable!r} for {show_value(value)}, "
                    f"which it no longer has; pass rules= too"
                )
            atoms.append(Atom(atom.variable, place))
        yield Rule(tuple(atoms), rule.variable, rule.value)
