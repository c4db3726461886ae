"""Altered programs: a rule, a head, a first value, the inputs or the end are not what they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeAlias, final

from hypothesis import assume, reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import alta
from alta import Atom, Head, Numerical, Program, ProgramError, Rule, Variable
from alta.lang.kinds import Initial
from alta.lang.masks import EVERYWHERE, Mask
from alta.lang.values import show_value
from alta_verify.strategies.parts import assignable, loose_rules
from alta_verify.strategies.program import check_counts, check_names, halt_specs, input_specs

__all__ = ["PARTS", "ProgramMutation", "program_mutations"]

PARTS: Final = ("rules", "heads", "defaults", "halting", "inputs")
"""The parts of a program that can be altered."""


@final
@dataclass(frozen=True)
class ProgramMutation:
    """A program with what was done to it.

    Attributes:
        program: the mutated program; it is well-formed.
        description: what was done, one thing after another.
    """

    program: Program = field(repr=False)
    description: str

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))


def program_mutations(
    program: Program,
    *,
    parts: Iterable[str] = PARTS,
    max_edits: int = 1,
    max_length: int = 4,
    traps: bool = True,
) -> SearchStrategy[ProgramMutation]:
    """Draws programs that differ from a program in one thing or a few.

    A rule is left out, added, tests less or something else, or assigns something else; a head reads
    another variable or looks elsewhere; a variable starts with another value; runs end otherwise;
    or the inputs are others. The result is well-formed, and may fail where the program does not. It
    may also do the same, when what was changed is never reached.

    Args:
        program: the program; it is left as it is.
        parts: which of `PARTS` may be altered.
        max_edits: the most alterations, at least 1.
        max_length: a new input language has a word of 1 to so many tokens.
        traps: whether a rule may come to assign a value that its variable cannot hold.

    Returns:
        A strategy for the programs, each with what was done in words.

    Raises:
        AltaError: for an unknown part, or a number that makes no sense.
    """
    chosen = check_names("program_mutations", "parts", parts, PARTS)
    check_counts("program_mutations", 1, max_edits=max_edits, max_length=max_length)
    if chosen == ("heads",) and not program.heads:
        raise alta.AltaError(
            f"program_mutations: parts: program {program.name!r} has no heads; allow other parts"
        )
    return _altered(program, chosen, max_edits, max_length, traps)


@st.composite
def _altered(
    draw: st.DrawFn,
    program: Program,
    parts: tuple[str, ...],
    max_edits: int,
    max_length: int,
    traps: bool,
) -> ProgramMutation:
    alterations: Mapping[str, Callable[[st.DrawFn, Program], Alteration]] = {
        "rules": partial(_rules, traps=traps),
        "heads": _heads,
        "defaults": _defaults,
        "halting": _halting,
        "inputs": partial(_inputs, max_length=max_length),
    }
    said: list[str] = []
    # It ends at 0 after any alteration, so that those behind it are left out as a whole.
    while not said or (len(said) < max_edits and draw(st.integers(0, 1))):
        part = draw(st.sampled_from([part for part in parts if part != "heads" or program.heads]))
        try:
            changes, words = alterations[part](draw, program)
            program = alta.replace(program, **changes)
        except ProgramError:
            # For instance a query whose range is not the key's any more.
            reject()
        said.append(words)
    return ProgramMutation(program, "; ".join(said))


Alteration: TypeAlias = tuple[dict[str, Any], str]
"""What `alta.replace` has to change, and the same in words."""


def _rules(draw: st.DrawFn, program: Program, traps: bool) -> Alteration:
    """Draws other rules: one less, one more, or one that is another."""
    rules = list(program.rules)
    # One in five; and at 4, so that it shrinks to a rule that is changed.
    if not rules or draw(st.integers(0, 4)) == 4:
        added = loose_rules(
            program.variables, program.domains, max_rules=1, min_rules=1, traps=traps
        )
        (new,) = draw(added)
        return {"rules": [*rules, new]}, f"rule '{new}' added"
    index = draw(st.integers(0, len(rules) - 1))
    old = rules.pop(index)
    changed = _other_rule(draw, program, old)
    if changed is None:
        return {"rules": rules}, f"rule '{old}' left out"
    return {"rules": [*rules, changed]}, f"rule '{old}' becomes '{changed}'"


def _other_rule(draw: st.DrawFn, program: Program, old: Rule) -> Rule | None:
    """Draws a rule that tests less, tests or assigns something else, or none."""
    # Hypothesis shrinks to what comes first: a rule that is left out.
    ways = ["nothing", "assign", "test less", "test"]
    way = draw(st.sampled_from(ways if old.atoms else ways[:2]))
    if way == "nothing":
        return None
    if way == "assign":
        values = _alternatives(assignable(program.variables[old.variable]), old.value)
        return replace(old, value=draw(st.sampled_from(values)))
    changed = draw(st.sampled_from(old.atoms))
    atoms = tuple(atom for atom in old.atoms if atom != changed)
    if way == "test less":
        return replace(old, atoms=atoms)
    indices = range(program.domains[changed.variable].size)
    value = draw(st.sampled_from(_alternatives(indices, changed.value)))
    return replace(old, atoms=(*atoms, Atom(changed.variable, value)))


def _alternatives(values: Iterable[Any], old: Any) -> list[Any]:
    """Returns the values that are not the old one, or it where there is no other."""
    return [value for value in values if value != old] or [old]


def _heads(draw: st.DrawFn, program: Program) -> Alteration:
    """Draws heads one of which reads another variable, or looks elsewhere."""
    name = draw(st.sampled_from(sorted(program.heads)))
    head = program.heads[name]
    values = [
        variable
        for variable, declared in program.variables.items()
        if variable != head.value and _alike(declared, program.variables[head.value])
    ]
    reading: bool = draw(st.booleans())
    if values and reading:
        changed = replace(head, value=draw(st.sampled_from(values)))
        words = f"head {name} reads {changed.value} in place of {head.value}"
    else:
        changed = replace(head, mask=draw(_masks(head)))
        words = f"head {name} attends to {_shown(changed)} in place of {_shown(head)}"
    return {"heads": {**program.heads, name: changed}}, words


def _masks(head: Head) -> SearchStrategy[Mask]:
    """Draws where a head may look: to the side of where it does, at one place, or anywhere."""
    # Offsets next to those of the mask, for mistakes that are off by one.
    near = {offset + step for offset in head.mask.listed or () for step in (-1, 0, 1)}
    offsets = st.sampled_from(sorted(near | {-1, 0, 1}, key=abs))
    listed = st.sets(offsets, min_size=1, max_size=3).map(lambda mask: Mask(tuple(sorted(mask))))
    # A causal mask is off by one from one without the position itself.
    masks = st.one_of(listed, st.sampled_from([EVERYWHERE, alta.causal(), alta.before()]))
    return masks.filter(lambda mask: mask != head.mask)


def _shown(head: Head) -> str:
    return "all positions" if head.mask.everywhere else f"the mask {head.mask}"


def _alike(first: Variable, second: Variable) -> bool:
    numerical = isinstance(first, Numerical)
    return type(first) is type(second) and (numerical or first.size == second.size)


def _defaults(draw: st.DrawFn, program: Program) -> Alteration:
    """Draws variables one of which starts with another value, somewhere."""
    tables = {
        name: variable.initial.table
        for name, variable in program.variables.items()
        if variable.initial.table is not None and len(assignable(variable)) > 1
    }
    assume(tables)
    name = draw(st.sampled_from(sorted(tables)))
    variable = program.variables[name]
    table = list(tables[name])
    index = draw(st.integers(0, len(table) - 1))
    old = table[index]
    table[index] = draw(st.sampled_from(_alternatives(assignable(variable), old)))
    # A table in place of whatever function it was, of which one entry differs.
    start = Initial(variable.initial.source, function=table.__getitem__)
    where = {
        "default": "everywhere",
        "token": f"at token {program.vocab[index % len(program.vocab)]}",
        "position": f"at position {index}",
    }[variable.initial.source]
    words = f"{name} starts as {show_value(table[index])} in place of {show_value(old)} {where}"
    return {"variables": {**program.variables, name: variable.starting(start)}}, words


def _halting(draw: st.DrawFn, program: Program) -> Alteration:
    """Draws another end of runs: a halt, a bound on layers, or neither."""
    halts = halt_specs(program.variables)
    halting: bool = draw(st.booleans())
    if halts and halting:
        halt = draw(st.sampled_from(halts))
        return {"halt": halt}, f"halts where {halt.variable} is {show_value(halt.value)}"
    if program.halt is not None and draw(st.booleans()):
        return {"halt": None}, "never halts"
    layers = draw(st.none() | st.integers(0, 6))
    return {"layers": layers}, f"takes {'any number of' if layers is None else layers} layers"


def _inputs(draw: st.DrawFn, program: Program, max_length: int) -> Alteration:
    """Draws another language, which has a word."""
    spec = draw(input_specs(program.vocab, max_length=max_length))
    # Of a program without inputs every claim would hold.
    assume(any(alta.replace(program, inputs=spec).inputs.lengths(max_length)))
    return {"inputs": spec}, f"inputs are {spec.tabulate(max_length).to_text()}"
