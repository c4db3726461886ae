"""Two programs as one system: both run at once, and go on after their ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from alta.errors import AltaError
from alta.lang.heads import Head
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule, RuleSet
from alta_verify.abstraction import Abstraction
from alta_verify.reach.windows.system import Case, Hazard, System, language_of

__all__ = ["joined_with", "missing_input"]

_PREFIX: Final = "other: "


def missing_input(program: Program, reference: Program) -> tuple[int, ...] | None:
    """Returns a shortest input of a program that is none of another's language, if there is one."""
    first, second = language_of(program), language_of(reference)
    useful = first.useful
    # The product of one automaton and the complement of the reference, breadth first.
    pending: list[tuple[int, int | None, tuple[int, ...]]] = [(first.start, second.start, ())]
    seen: set[tuple[int, int | None]] = {(first.start, second.start)}
    for state, beside, word in pending:
        if word and state in first.accepting and beside not in second.accepting:
            return word
        for token, target in first.transitions[state].items():
            following = None if beside is None else second.transitions[beside].get(token)
            if target in useful and (target, following) not in seen:
                seen.add((target, following))
                pending.append((target, following, (*word, token)))
    return None


def joined_with(
    program: Program, reference: Program, max_layers: int | None
) -> tuple[System, tuple[Hazard, ...]]:
    """Returns two programs side by side, and what must not occur if their outputs agree.

    Both take layers without end, or a number of layers that both have. So each stays in the state
    in which its run ended, if that is stable: a position that has halted, and whose neighbours
    have, keeps its values. That is among what is asked.
    """
    first, second = Abstraction.of(program), Abstraction.of(reference)
    layers = [
        side.layer_bound(1) if max_layers is None else max_layers for side in (program, reference)
    ]
    halts = [side.halt for side in (first.finite, second.finite)]
    halting = all(halt is not None for halt in halts) and layers == [None, None]
    together = halts == [None, None] and layers[0] == layers[1] is not None
    if not (halting or together):
        raise AltaError(
            f"every length: {program.name!r} and {reference.name!r} do not end alike; compare two "
            "programs that a halt alone ends, or two that take the same number of layers, or give "
            "a max_len"
        )
    joint = _joint(first, second, layers[0])
    system = System(joint, None)
    hazards = [_apart(system, first, second, halting)]
    if halting:
        for prefix, side in (("", first.finite), (_PREFIX, second.finite)):
            hazards.append(_unstable(system, prefix, side))
    return system, tuple(hazards)


def _joint(first: Abstraction, second: Abstraction, layers: int | None) -> Abstraction:
    sides = [("", first), (_PREFIX, second)]
    finite = [(prefix, side.finite) for prefix, side in sides]
    variables = {f"{p}{name}": v for p, side in finite for name, v in side.variables.items()}
    heads = {
        f"{p}{name}": Head(
            None if head.query is None else f"{p}{head.query}",
            None if head.key is None else f"{p}{head.key}",
            f"{p}{head.value}",
            head.mask,
            head.output,
        )
        for p, side in finite
        for name, head in side.heads.items()
    }
    rules = RuleSet(
        Rule(
            tuple(Atom(f"{p}{atom.variable}", atom.value) for atom in rule.atoms),
            f"{p}{rule.variable}",
            rule.value,
        )
        for p, side in finite
        for rule in side.rules
    )
    domains = {f"{p}{name}": v for p, side in finite for name, v in side.domains.items()}
    for _, side in sides:
        for name, head in side.finite.heads.items():
            if side.averages(name):
                raise AltaError(f"every length: head {name!r} averages; give max_len to compare")
            if head.query is not None and side.concrete is not side.finite:
                raise AltaError(f"every length: head {name!r} has a query; give max_len to compare")
    program = replace(
        first.finite,
        variables=variables,
        heads=heads,
        domains=domains,
        mlp=rules,
        halt=None,
        layers=layers,
    )
    values = {f"{p}{name}": vs for p, side in sides for name, vs in side.values.items()}
    return Abstraction(program, program, values)


def _apart(system: System, first: Abstraction, second: Abstraction, halting: bool) -> Hazard:
    """Returns that both have ended, with different outputs at a position."""
    name, counterpart = first.finite.output_name, f"{_PREFIX}{second.finite.output_name}"
    ended: dict[str, frozenset[int]] = {}
    if halting:
        for prefix, side in (("", first.finite), (_PREFIX, second.finite)):
            ended |= _halted(prefix, side)
    left, right = system.radius
    # Both have ended for all that a layer sees.
    beside = {offset: ended for offset in range(-left, right + 1) if offset and halting}
    cases = []
    for index in sorted(system.values[name]):
        meant = first.values[first.finite.output_name][index]
        different = frozenset(
            i
            for i in system.values[counterpart]
            if second.values[second.finite.output_name][i] != meant
        )
        if different:
            said = {name: frozenset({index}), counterpart: different}
            ended_here = {name: values & said.get(name, values) for name, values in ended.items()}
            cases.append(Case({**said, **ended_here}, {}, beside))
    possible = [case for case in cases if all(case.before.values())]
    return Hazard("different outputs", tuple(possible), running=False, ended=not halting)


def _halted(prefix: str, side: Program) -> dict[str, frozenset[int]]:
    halt = side.halt
    return {} if halt is None else {f"{prefix}{halt.variable}": frozenset({int(halt.value)})}  # type: ignore[arg-type]


def _unstable(system: System, prefix: str, side: Program) -> Hazard:
    """Returns that a position that has halted, and whose neighbours have, changes in a layer."""
    halted = _halted(prefix, side)
    left, right = system.radius
    beside = {offset: halted for offset in range(-left, right + 1) if offset}
    cases = [
        Case(
            {**halted, f"{prefix}{name}": held & halted.get(f"{prefix}{name}", held)},
            {f"{prefix}{name}": different},
            beside,
        )
        for name in side.variables
        for value in sorted(system.values[f"{prefix}{name}"])
        for held, different in [(frozenset({value}), system.values[f"{prefix}{name}"] - {value})]
        if different
    ]
    possible = [case for case in cases if all(case.before.values())]
    return Hazard("a position that changes after its end", tuple(possible))
