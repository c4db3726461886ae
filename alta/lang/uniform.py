"""Uniform names: variables and head outputs that are the same at every position of every run."""

from __future__ import annotations

from alta.lang.heads import Head
from alta.lang.paths import ManyPaths
from alta.lang.program import Program

__all__ = ["uniform_heads", "uniform_names"]


def uniform_names(program: Program) -> frozenset[str]:
    """Returns the names that hold one value at all positions, in every state of every run.

    A name may be uniform for other reasons: its rules may never fire on the inputs of the
    language, for instance. Then it is not returned. Of an MLP function that has too many paths to
    be turned into rules nothing is known, so that no variable is.
    """
    # A set of names is closed when (1) each of its variables starts with the same value for all
    # tokens and positions, (2) each rule that assigns one of its variables tests names of the set
    # alone, and (3) each of its head outputs belongs to a head without a mask whose query is in
    # the set, or that has no query.
    #
    # In a closed set every name is uniform, by induction over layers. Before the first layer its
    # variables are, by (1). When they are before a layer, a head as in (3) has one query for all
    # positions and no mask to tell them apart, so all select the same positions, and read the same
    # from them, or nothing; whether the key and the value are uniform does not matter. The rules
    # that assign a variable of the set then fire at all positions or at none, by (2), and assign
    # the same. A run that fails has no further states.
    #
    # The union of closed sets is closed, so there is a greatest one. It is the greatest fixed
    # point: start from all names and leave out what breaks a condition, until nothing does.
    if isinstance(program.mlp, ManyPaths):
        return frozenset(uniform_heads(program, set()))
    read: dict[str, set[str]] = {name: set() for name in program.variables}
    for rule in program.mlp:
        read[rule.variable].update(atom.variable for atom in rule.atoms)
    variables = {name for name in program.variables if _starts_uniform(program, name)}
    while True:
        heads = uniform_heads(program, variables)
        kept = {name for name in variables if read[name] <= variables | heads}
        if kept == variables:
            return frozenset(variables | heads)
        variables = kept


def uniform_heads(program: Program, variables: set[str]) -> set[str]:
    """Returns the heads that read the same at all positions where these variables are uniform."""
    return {name for name, head in program.heads.items() if _reads_uniformly(head, variables)}


def _reads_uniformly(head: Head, variables: set[str]) -> bool:
    return head.mask is None and (head.query is None or head.query in variables)


def _starts_uniform(program: Program, name: str) -> bool:
    table = program.variables[name].initial.table
    # Without a table the values of later positions are not known.
    return table is not None and all(value == table[0] for value in table)
