"""Lint: what is odd about a program, from its parts alone.

Each remark is true of every run, so a program without oddities gets none; and each is found in time
linear in the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from alta.errors import InputLanguageError
from alta.inputs.descriptions import Regex
from alta.inputs.dfa import Dfa
from alta.lang.kinds import Variable
from alta.lang.paths import ManyPaths
from alta.lang.program import HaltSpec, Program
from alta.lang.rules import Atom, Rule
from alta.lang.values import Defined, show_value
from alta.lang.watch import Remark, listed

__all__ = ["contradictions", "lint"]

_LISTED: Final = 5

# So many times the rules that would do are worth a remark.
_TIMES: Final = 10


def lint(program: Program) -> tuple[Remark, ...]:
    """Returns what is odd about a program, the likely cause first."""
    remarks = [*program.remarks, *_of_inputs(program), *_of_starts(program)]
    # Of a function with too many paths nothing is known but what it was seen to do.
    if not isinstance(program.mlp, ManyPaths):
        remarks += _of_rules(_Use(program))
    return tuple(remarks)


def contradictions(rules: Iterable[Rule]) -> Iterator[Remark]:
    """Yields a remark on the rules that test one name for two values, if there are any."""
    # The canonical form drops such rules: they are looked for among those that were written.
    impossible = [
        rule for rule in rules if len({a.variable for a in rule.atoms}) < len({*rule.atoms})
    ]
    if impossible:
        ending = f", nor do {len(impossible) - 1} others" if len(impossible) > 1 else ""
        yield Remark(
            "contradiction",
            f"rule '{impossible[0]}' tests a name for two values, so it never fires{ending}; "
            "write a rule for each value",
            str(impossible[0]),
        )


@dataclass(frozen=True)
class _Use:
    """A program with what its parts use of one another."""

    program: Program

    @cached_property
    def tested(self) -> dict[str, set[str]]:
        """The names that rules for each variable test."""
        tested: dict[str, set[str]] = {name: set() for name in self.program.variables}
        for rule in self.program.rules:
            tested[rule.variable].update([atom.variable for atom in rule.atoms])
        return tested

    @cached_property
    def tested_somewhere(self) -> set[str]:
        return set().union(*self.tested.values())

    @cached_property
    def assigned(self) -> dict[str, set[Defined]]:
        """The values that rules assign each variable, without those that it cannot hold."""
        return {
            name: {
                rule.value
                for rule in rules
                if rule.value is not None and not self.program.is_trap(rule)
            }
            for name, rules in self.program.rules_by_variable.items()
        }

    @cached_property
    def influential(self) -> set[str]:
        """The names on which the output, the halt or what is observed can depend."""
        program = self.program
        # Backwards from what is looked at, as in program slicing (Weiser 1981): a variable depends
        # on what its rules test, a head output on what the head reads.
        pending = {program.output_name, *program.observed}
        pending |= {program.halt.variable} if program.halt else set()
        reached: set[str] = set()
        while pending:
            name = pending.pop()
            reached.add(name)
            head = program.heads.get(name)
            read = {head.query, head.key, head.value} if head else self.tested[name]
            pending |= {read_name for read_name in read if read_name is not None} - reached
        return reached

    def readers(self, name: str) -> str:
        """Returns what reads a name, in words."""
        rules = [repr(target) for target, tests in self.tested.items() if name in tests]
        reads = {key: (h.query, h.key, h.value) for key, h in self.program.heads.items()}
        heads = [repr(reader) for reader, names in reads.items() if name in names]
        parts = [f"rules for {listed(rules, _LISTED)}"] * bool(rules)
        parts += [f"head {listed(heads, _LISTED)}"] * bool(heads)
        return f"it is read by {' and '.join(parts)} only" if parts else "nothing reads it"


def _of_rules(use: _Use) -> Iterator[Remark]:
    program = use.program
    if program.layers == 0:
        # Meant to do nothing.
        return
    if not program.rules:
        yield Remark(
            "no-rules",
            "it has no rule that changes anything, so every variable keeps its first value; assign "
            "with z['y'] = value, MLPBuilder.set or alta.rule",
        )
        return
    if not use.assigned[program.output_name]:
        yield Remark(
            "unassigned-output",
            f"no rule assigns the output variable {program.output_name!r} a value that it can "
            "hold, so the output is its first value; assign it, or name another output",
            program.output_name,
        )
    else:
        # Otherwise nearly everything would be unused.
        yield from _unused_variables(use)
        yield from _unused_heads(use)
    yield from _constants(use)
    yield from _multiplied(program)
    if program.halt is not None:
        yield from _of_halt(use, program.halt)


def _unused_variables(use: _Use) -> Iterator[Remark]:
    program = use.program
    output = program.output_name
    claim = f"the output {output!r} does not depend"
    if (halt := program.halt) is not None:
        claim = f"neither the output {output!r} nor the halt variable {halt.variable!r} depends"
    for name in program.variables:
        if name not in use.influential:
            text = (
                f"{claim} on variable {name!r}: {use.readers(name)}; remove it, read it, or name "
                "it in observed= if it is read off the states of runs"
            )
            yield Remark("unused-variable", text, name)


def _unused_heads(use: _Use) -> Iterator[Remark]:
    for name in use.program.heads:
        if name not in use.tested_somewhere:
            text = f"no rule reads head {name!r}; remove it, or read z[{name!r}]"
            yield Remark("unused-head", text, name)


# Yields the variables that rules test, though they have one value for ever.
def _constants(use: _Use) -> Iterator[Remark]:
    for name, variable in use.program.variables.items():
        initial = variable.initial
        if initial.source != "default" or initial.table is None:
            continue
        # A constant that only heads read is how a query asks for the same key everywhere.
        if name in use.tested_somewhere and not use.assigned[name]:
            text = (
                f"rules test variable {name!r}, which always has its default "
                f"{show_value(initial.table[0])}, since no rule assigns it a value that it can "
                "hold; assign it, or give it a first value by token or position"
            )
            yield Remark("constant-variable", text, name)


# Yields a remark if rules test much on which nothing depends.
def _multiplied(program: Program) -> Iterator[Remark]:
    merged = {
        name: _merged(rules, program.domains) for name, rules in program.rules_by_variable.items()
    }
    count = sum(number for number, _ in merged.values())
    if len(program.rules) <= _TIMES * count:
        return
    worst = max(merged, key=lambda name: len(program.rules_by_variable[name]) - merged[name][0])
    names = listed(
        (f"{name!r} ({program.domains[name].size})" for name in merged[worst][1]), _LISTED
    )
    text = (
        f"its {len(program.rules):,} rules could be {count:,}: what is assigned to {worst!r} does "
        f"not depend on all that is tested; these reads multiply: {names}; read them only where "
        "something depends on them"
    )
    yield Remark("multiplied-rules", text, worst)


# Returns how many rules are left, and the tests left out, if rules merge that differ in one test.
def _merged(rules: Iterable[Rule], domains: Mapping[str, Variable]) -> tuple[int, tuple[str, ...]]:
    # Each name once, like a diagram reduced level by level (Bryant 1986).
    remaining: set[tuple[tuple[Atom, ...], object]] = {(rule.atoms, rule.value) for rule in rules}
    dropped = []
    for name in sorted({atom.variable for atoms, _ in remaining for atom in atoms}):
        groups: dict[tuple[tuple[Atom, ...], object], set[tuple[tuple[Atom, ...], object]]] = {}
        for atoms, value in remaining:
            rest = tuple([atom for atom in atoms if atom.variable != name])
            if len(rest) < len(atoms):
                groups.setdefault((rest, value), set()).add((atoms, value))
        whole = {key: group for key, group in groups.items() if len(group) == domains[name].size}
        if whole:
            dropped.append(name)
            remaining = remaining.difference(*whole.values()) | whole.keys()
    return len(remaining), tuple(dropped)


def _of_halt(use: _Use, halt: HaltSpec) -> Iterator[Remark]:
    first = use.program.variables[halt.variable].initial.table
    if first is None:
        return
    where = f"the halt value {show_value(halt.value)} of {halt.variable!r}"
    if halt.value not in {*first, *use.assigned[halt.variable]}:
        text = f"no rule assigns {where}, nor is it a first value, so no run halts; assign it"
        yield Remark("never-halts", text, halt.variable)
    if set(first) == {halt.value}:
        text = (
            f"{where} is its first value everywhere, so every run halts before the first layer; "
            "start it with another value"
        )
        yield Remark("halts-at-once", text, halt.variable)


# Yields the variables that start by position where none is the last, or by token but all the same.
def _of_starts(program: Program) -> Iterator[Remark]:
    for name, variable in program.variables.items():
        source, table = variable.initial.source, variable.initial.table
        if source == "position" and program.position_range is None:
            text = (
                f"variable {name!r} starts with a value by position, but position_range is None, "
                "so the program runs but does not compile; say how many positions there are"
            )
            yield Remark("no-position-range", text, name)
        if source == "token" and table is not None and len(table) > len(set(table)) == 1:
            text = (
                f"variable {name!r} starts with {show_value(table[0])} for each of the "
                f"{len(table)} tokens; check its init_fn: a token is its number, not its name"
            )
            yield Remark("constant-start", text, name)


def _of_inputs(program: Program) -> Iterator[Remark]:
    if not program.inputs.spec.one_automaton:
        # It would have to be asked for every length.
        return
    try:
        automaton = program.inputs.automaton(0)
    except InputLanguageError:
        # It is too large; whoever asks about the inputs will hear of it.
        return
    shortest, limit = _shortest(automaton), program.position_range
    if shortest is None:
        text = "its input language has no sequence other than the empty one; check inputs="
        yield Remark("no-inputs", text)
    elif limit is not None and shortest > limit:
        text = (
            f"its shortest input has {shortest} tokens, more than position_range={limit}; check "
            "inputs= and position_range="
        )
        yield Remark("no-inputs", text)
    elif isinstance(program.inputs.spec, Regex):
        yield from _silent_tokens(program, automaton)


def _silent_tokens(program: Program, automaton: Dfa) -> Iterator[Remark]:
    # The automaton of a pattern is the smallest one, so every move belongs to some word.
    silent = [name for token, name in enumerate(program.vocab) if token not in automaton.alphabet]
    if silent:
        plural = "s" * (len(silent) > 1)
        text = f"no input has the token{plural} {listed(map(repr, silent), _LISTED)}; "
        yield Remark(
            "unused-token", f"{text}check inputs=, vocab= and input_range=", " ".join(silent)
        )


def _shortest(automaton: Dfa) -> int | None:
    """Returns the length of the shortest word other than the empty one, None if there is none."""
    # Breadth first, each state once. The start counts as reached only where a word leads back to
    # it. Without a checkpoint, as a report has its warnings also when time is up.
    reached: set[int] = set()
    edge, length = {automaton.start}, 0
    while edge:
        edge = {target for state in edge for target in automaton.transitions[state].values()}
        length += 1
        if not automaton.accepting.isdisjoint(edge):
            return length
        edge -= reached
        reached |= edge
    return None
