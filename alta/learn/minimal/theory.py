"""What training gives no reason to keep: rules that never fire, and atoms that decide nothing.

The page on minimality says what follows from this, and under which assumptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.lang.kinds import Numerical
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule
from alta.learn.minimal.minimal import fired
from alta.learn.tracing.extraction import traces as extracted
from alta.learn.tracing.traces import Traces

__all__ = ["Unneeded", "unneeded"]


@final
@dataclass(frozen=True)
class Unneeded:
    """What a set of runs gives no reason to keep.

    Attributes:
        silent: rules that never fire.
        idle: rules that fire, but only where their variable holds the assigned value already.
        atoms: pairs of a rule that is neither and one of its atoms. Without this one atom the rule
            would fire in no further transition, or only where that makes no difference, and read
            nothing UNDEFINED. Of several atoms of a rule each may be left out, but perhaps not all
            of them together.
        needed: how many pairs of such a rule and one of its atoms are not among these.
    """

    silent: tuple[Rule, ...] = field(repr=False)
    idle: tuple[Rule, ...] = field(repr=False)
    atoms: tuple[tuple[Rule, Atom], ...] = field(repr=False)
    needed: int

    def __str__(self) -> str:
        return (
            f"{len(self.silent)} rules never fire, {len(self.idle)} change nothing; of the atoms "
            f"of the others {len(self.atoms)} decide nothing, {self.needed} are needed"
        )


def unneeded(program: Program, sequences: Sequence[Sequence[Any] | str] | Traces) -> Unneeded:
    """Returns the rules and atoms that training on the traces of some runs gives no reason to keep.

    Args:
        program: whose rules they are.
        sequences: inputs, each as for `alta.run`, or the traces of the program on them.

    Raises:
        ProgramError: when the program has no rules, or nothing would end a run.
        ExecutionError: when the program has no next state for one of the inputs.
    """
    traces = sequences if isinstance(sequences, Traces) else extracted(program, sequences)
    where = {
        number: states for numbers, states in fired(traces, program.rules) for number in numbers
    }
    written: dict[str, npt.NDArray[np.bool_]] = {}
    for number, states in where.items():
        name = program.rules[number].variable
        # Where any rule writes a variable, another rule that fires there would conflict.
        written.setdefault(name, np.zeros(len(traces), dtype=bool))[states] = True
    silent, idle, atoms, needed = [], [], [], 0
    for number, rule in enumerate(program.rules):
        if number not in where:
            silent.append(rule)
        # Writing what is there already changes nothing.
        elif _holds(traces, rule)[where[number]].all():
            idle.append(rule)
        else:
            # Firing is harmless where it writes what is there already, and no other rule writes.
            harmless = _holds(traces, rule) & ~written[rule.variable]
            harmless_atoms = _deciding_nothing(traces, rule, harmless)
            atoms += [(rule, atom) for atom in harmless_atoms]
            needed += len(rule.atoms) - len(harmless_atoms)
    return Unneeded(tuple(silent), tuple(idle), tuple(atoms), needed)


def _holds(traces: Traces, rule: Rule) -> npt.NDArray[np.bool_]:
    """Says where the variable of a rule holds the assigned value before the rule fires."""
    variable = traces.program.variables[rule.variable]
    value: Any = rule.value
    if not isinstance(variable, Numerical):
        # A value that the variable cannot hold is in no column.
        value = variable.index_of(value) if variable.holds(value) else -2
    return np.asarray(traces.before[rule.variable] == value)


def _deciding_nothing(traces: Traces, rule: Rule, harmless: npt.NDArray[np.bool_]) -> list[Atom]:
    """Returns the atoms without which a rule fires nowhere else but where that is harmless.

    Nor may it read what is UNDEFINED, which the atom keeps it from doing.
    """
    if not rule.atoms:
        return []
    columns = [traces.indices(atom.variable) for atom in rule.atoms]
    undefined = np.array([column < 0 for column in columns])
    fails = np.array(
        [column != atom.value for column, atom in zip(columns, rule.atoms, strict=True)]
    )
    # An atom on an UNDEFINED name neither holds nor fails: it is a read that must not happen.
    fails &= ~undefined
    # Where all others hold, the rule would fire; where some are UNDEFINED, it would read that.
    alone = (fails.sum(axis=0) == 1) & (undefined.any(axis=0) | ~harmless)
    return [atom for atom, fail in zip(rule.atoms, fails, strict=True) if not fail[alone].any()]
