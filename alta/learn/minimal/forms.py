"""Forms of one MLP, with as many atoms as possible or with few; and which rules of it fire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from alta.errors import ProgramError
from alta.interp.batch.trie import Reached, reached, rule_trie
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule, canonical_rules
from alta.learn.tracing.traces import Traces

__all__ = ["FORMS", "Form", "dense_rules", "fired", "sparse_rules"]

Form = Literal["written", "sparse", "dense"]
"""Rules as the program has them; with few atoms; or with all that there is to test."""

FORMS = ("written", "sparse", "dense")


def fired(
    traces: Traces, rules: Sequence[Rule]
) -> Iterator[tuple[tuple[int, ...], npt.NDArray[np.intp]]]:
    """Yields the numbers of rules, on a program's names, and of the transitions they fire in.

    Each rule that fires is in exactly one pair.
    """
    names = {atom.variable for rule in rules for atom in rule.atoms}
    columns = {name: traces.indices(name) for name in names}
    # All transitions descend one trie of atoms together, instead of each rule testing each.
    start = Reached(rule_trie(rules, range(len(rules)), ()), False, np.arange(len(traces)))
    # Tainted: on the way an atom read UNDEFINED, so that no rule below says anything.
    for place in reached([start], columns):
        if place.trie.rules and not place.tainted and place.states.size:
            yield tuple(place.trie.rules), place.states


def sparse_rules(program: Program) -> tuple[Rule, ...]:
    """Returns the rules of a program without some atoms that make no difference.

    Rules that assign the same and differ in the value of one name alone become one without that
    name, where there is a rule for each of its values. The result depends on the order in which
    names are gone through, that of their declaration. Where the name is UNDEFINED, the new rule
    fires; the old ones would have been an undefined read.
    """
    # To a fixed point: rules that were merged may become mergeable with others.
    rules = set(program.rules)
    merged = True
    while merged:
        merged = False
        for name, domain in program.domains.items():
            for remainder, group in _differing_in(rules, name).items():
                if len(group) == domain.size:
                    # No rule is in two groups, so that no two results fire together.
                    rules = (rules - group) | {remainder}
                    merged = True
    return canonical_rules(rules, program.variables, program.heads, program.domains)


def _differing_in(rules: Iterable[Rule], name: str) -> dict[Rule, set[Rule]]:
    """Returns the rules that differ in the value of one name alone, by what is left without it."""
    groups: dict[Rule, set[Rule]] = {}
    for rule in rules:
        atoms = tuple(atom for atom in rule.atoms if atom.variable != name)
        if atoms != rule.atoms:
            groups.setdefault(Rule(atoms, rule.variable, rule.value), set()).add(rule)
    return groups


def dense_rules(traces: Traces) -> tuple[Rule, ...]:
    """Returns the rules that fire, each with all that can be tested in the state as its atoms.

    Only numbers without declared values cannot be tested.

    Raises:
        ProgramError: when a head output is UNDEFINED where a rule fires, so that no rule can test
            it there; or when the program has no rules.
    """
    program = traces.program
    names = [name for name, domain in program.domains.items() if domain.size]
    columns: list[Any] = [traces.indices(name) for name in names]
    table = np.stack(columns, axis=1) if columns else np.zeros((len(traces), 0), dtype=np.int64)
    dense: set[Rule] = set()
    for numbers, states in fired(traces, program.rules):
        rules = [program.rules[number] for number in numbers]
        # Each distinct state in which a rule fires makes one dense rule.
        for row in np.unique(table[states], axis=0).tolist():
            if row and min(row) < 0:
                raise ProgramError(
                    f"the rules of {program.name!r} cannot be made dense: rule '{rules[0]}' fires "
                    f"where {names[row.index(min(row))]!r} is UNDEFINED, which no rule can test; "
                    "use form='written' or 'sparse'"
                )
            atoms = tuple(Atom(name, value) for name, value in zip(names, row, strict=True))
            dense |= {Rule(atoms, rule.variable, rule.value) for rule in rules}
    return canonical_rules(dense, program.variables, program.heads, program.domains)
