"""Uniform names: variables and head outputs that are the same at every position of every run."""

from __future__ import annotations

from alta.lang.paths import ManyPaths
from alta.lang.program import Program

__all__ = ["uniform_names"]


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
        return _uniform_heads(program, frozenset())
    read: dict[str, set[str]] = {name: set() for name in program.variables}
    for rule in program.mlp:
        read[rule.variable].update(atom.variable for atom in rule.atoms)
    tables = {name: variable.initial.table for name, variable in program.variables.items()}
    # Without a table the values of later positions are not known.
    variables = frozenset(name for name, table in tables.items() if table and len({*table}) == 1)
    while True:
        uniform = variables | _uniform_heads(program, variables)
        kept = frozenset(name for name in variables if read[name] <= uniform)
        if kept == variables:
            return uniform
        variables = kept


def _uniform_heads(program: Program, variables: frozenset[str]) -> frozenset[str]:
    return frozenset(
        name
        for name, head in program.heads.items()
        if head.mask.everywhere and (head.query is None or head.query in variables)
    )
