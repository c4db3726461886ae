"""Two programs as one system: both run at once, and go on after their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from alta.errors import AltaError
from alta.lang.heads import Head
from alta.lang.kinds import Categorical, Initial
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule, RuleSet
from alta_verify.abstraction import Abstraction
from alta_verify.reach.windows.system import Case, Hazard, System, language_of

__all__ = ["joined_with", "missing_input"]

_PREFIX: Final = "other: "
_CLOCK: Final = "both: clock"


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

    Where a halt alone ends both, both go on for ever. So each stays in the state in which its run
    ended, if that is stable: a position that has halted, and whose neighbours have, keeps its
    values. That is among what is asked. Where numbers of layers end both, the one that takes fewer
    waits from then on.
    """
    for name in program.domains:
        # The names of both have to stay apart.
        if name.startswith((_PREFIX, _CLOCK)):
            raise AltaError(
                f"every length: {name!r} of {program.name!r} is how names of the other program "
                "begin; rename it"
            )
    first, second = Abstraction.of(program), Abstraction.of(reference)
    layers = [
        side.layer_bound(1) if max_layers is None else max_layers for side in (program, reference)
    ]
    halts = [side.halt for side in (first.finite, second.finite)]
    halting = all(halt is not None for halt in halts) and layers == [None, None]
    counted = halts == [None, None] and None not in layers
    if not (halting or counted):
        raise AltaError(
            f"every length: {program.name!r} and {reference.name!r} do not end alike; compare two "
            "programs that a halt alone ends, or two that take numbers of layers, or give a max_len"
        )
    joint = _joint(first, second, layers)
    system = System(joint, None)
    if counted and system.layers is None:
        raise AltaError(
            f"every length: {program.name!r} and {reference.name!r} take {layers} layers, which "
            "are too many to count; give a max_len"
        )
    hazards = [_apart(system, first, second, halting)]
    if halting:
        for prefix, side in (("", first.finite), (_PREFIX, second.finite)):
            hazards.append(_unstable(system, prefix, side))
    return system, tuple(hazards)


def _joint(first: Abstraction, second: Abstraction, layers: Sequence[int | None]) -> Abstraction:
    sides = [("", first), (_PREFIX, second)]
    total = max((bound for bound in layers if bound is not None), default=None)
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
    rules = [
        Rule(
            (*(Atom(f"{p}{atom.variable}", atom.value) for atom in rule.atoms), *waiting),
            f"{p}{rule.variable}",
            rule.value,
        )
        for (p, side), bound in zip(finite, layers, strict=True)
        for rule in side.rules
        for waiting in _turns(bound, total)
    ]
    if total is not None and layers[0] != layers[1]:
        variables[_CLOCK] = Categorical(total + 1, Initial("default", (0,)))
        rules += [Rule((Atom(_CLOCK, n),), _CLOCK, n + 1) for n in range(total)]
    outputs = {f"{p}{name}": side.domains[name] for p, side in finite for name in side.heads}
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
        domains=variables | outputs,
        mlp=RuleSet(rules),
        halt=None,
        layers=total,
    )
    values = {f"{p}{name}": vs for p, side in sides for name, vs in side.values.items()}
    if _CLOCK in variables:
        values[_CLOCK] = tuple(range(variables[_CLOCK].size))
    return Abstraction(program, program, values)


def _turns(bound: int | None, total: int | None) -> list[tuple[Atom, ...]]:
    """Returns what a rule has to test beside its atoms, once for each layer that is taken."""
    if bound == total or bound is None:
        return [()]
    # After as many layers as are taken nothing fires any more, and nothing is read.
    return [(Atom(_CLOCK, n),) for n in range(bound)]


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
