"""Minimality: the rules of a program that a set of runs shows, and the program that has only those.

A learner knows of a rule by the transitions in which it fires. The minimal version of a program,
with respect to a training set, has the rules that fire there and no others.

Source: Shaw et al. (2025), section 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Literal, final, get_args

import numpy as np
import numpy.typing as npt

from alta.errors import AltaError, ProgramError, nearest
from alta.interp.batch.trie import Reached, reached, rule_trie
from alta.lang.kinds import Numerical
from alta.lang.program import Program
from alta.lang.replacement import replace
from alta.lang.rules import Atom, Rule, canonical_rules
from alta.learn.tracing.extraction import traces as extracted
from alta.learn.tracing.traces import Traces
from alta.progress import Progress

__all__ = [
    "Form",
    "MinimalRules",
    "Unneeded",
    "dense_rules",
    "fired",
    "minimal_program",
    "minimal_rules",
    "sparse_rules",
    "unneeded",
]

Form = Literal["written", "sparse", "dense"]
"""Rules as the program has them; with few atoms; or with all that there is to test."""

Sequences = Sequence[Sequence[Any] | str] | Traces


@final
@dataclass(frozen=True)
class MinimalRules:
    """The rules that fire in a set of runs.

    Attributes:
        program: the name of the program.
        form: how rules are written.
        rules: the rules that fire, in canonical order.
        resets: the values that head outputs have in the runs. The MLP of the compiled model takes
            each of them away again; in the public implementation that is a rule for each.
        unused: the rules of this form that never fire; none are known for dense ones.
    """

    program: str
    form: Form
    rules: tuple[Rule, ...] = field(repr=False)
    resets: tuple[Atom, ...] = field(repr=False)
    unused: tuple[Rule, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.rules)

    @property
    def count_with_resets(self) -> int:
        """How many rules fire, a reset for each value of a head counted as one."""
        return len(self.rules) + len(self.resets)

    def __str__(self) -> str:
        rules = "".join(f"\n  {rule}" for rule in self.rules)
        return (
            f"{self.program}: {len(self.rules)} rules fire ({self.form}); {self.count_with_resets} "
            f"with the {len(self.resets)} resets of head outputs{rules}"
        )


def minimal_rules(
    program: Program,
    sequences: Sequences,
    *,
    form: Form = "written",
    max_layers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> MinimalRules:
    """Returns the rules that fire when a program runs on some inputs.

    Args:
        program: what to run.
        sequences: inputs, each as for `alta.run`, or the traces of the program on them.
        form: how rules are written, which says what counts as one. ``"written"``: as the program
            has them. ``"sparse"``: without atoms that make no difference. ``"dense"``: every rule
            tests all variables and head outputs that can be tested, so that each state in which
            something is assigned has rules of its own.
        max_layers: the most layers to take; None for the program's own bound, or until it halts.
        executor: as for `traces`.
        progress: is told how many of the sequences have been run.

    Raises:
        ProgramError: when the program has no rules; when they cannot be made dense, as a head
            output is UNDEFINED where one fires; or when nothing would end a run.
        ExecutionError: when the program has no next state for one of the inputs.
        AltaError: for an unknown form, or traces of another program.
    """
    if form not in get_args(Form):
        raise AltaError(f"minimal_rules: no form {form!r}; {nearest(form, get_args(Form))}")
    if not isinstance(sequences, Traces):
        sequences = extracted(program, sequences, max_layers, executor=executor, progress=progress)
    elif sequences.program is not program:
        raise AltaError(
            f"minimal_rules: expected traces of {program.name!r}, got those of "
            f"{sequences.program.name!r}"
        )
    # Counted as the public implementation counts, which has a rule for each reset.
    resets = _resets(sequences)
    if form == "dense":
        return MinimalRules(program.name, form, dense_rules(sequences), resets, ())
    rules = program.rules if form == "written" else sparse_rules(program)
    # A rule is needed exactly if it fires in some transition.
    shown = {number for numbers, _ in fired(sequences, rules) for number in numbers}
    return MinimalRules(
        program.name,
        form,
        tuple(rule for number, rule in enumerate(rules) if number in shown),
        resets,
        tuple(rule for number, rule in enumerate(rules) if number not in shown),
    )


def minimal_program(
    program: Program,
    sequences: Sequences,
    *,
    form: Form = "written",
    max_layers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Program:
    """Returns the program that has the rules that fire on some inputs, and no others.

    On these inputs it does what the program does. On others it may do less, never halt, or, with
    dense rules, read an UNDEFINED head output. The arguments are those of `minimal_rules`.
    """
    options: dict[str, Any] = {"max_layers": max_layers, "executor": executor}
    minimal = minimal_rules(program, sequences, form=form, progress=progress, **options)
    return replace(program, rules=minimal.rules, name=f"{program.name}_minimal")


def _resets(traces: Traces) -> tuple[Atom, ...]:
    values = {name: np.unique(traces.indices(name)).tolist() for name in traces.program.heads}
    # -1 is UNDEFINED, which is no value to take away.
    return tuple(Atom(name, index) for name in values for index in values[name] if index >= 0)


# --- forms: rules with as many atoms as possible or with few, and which of them fire --------------


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

    Numbers without declared values cannot be tested; that a head output is UNDEFINED is refused.
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


# --- what training gives no reason to keep --------------------------------------------------------

# Rules that never fire, and atoms that decide nothing. The page on minimality says what follows
# from this, and under which assumptions.


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
