"""One layer, as the language defines it: attention, then the MLP, at all positions at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import final

from alta.errors import ConflictError, ExecutionError, RangeError, UndefinedVariableError
from alta.lang.heads import Head
from alta.lang.kinds import Numerical
from alta.lang.paths import ManyPaths, rules_at
from alta.lang.program import Program
from alta.lang.rules import Rule, canonical_rules
from alta.lang.values import UNDEFINED, Defined, Undefined, Value
from alta.limit import checkpoint

__all__ = [
    "LayerState",
    "Local",
    "Table",
    "attend",
    "firing",
    "halted",
    "indices",
    "initial_state",
    "mean",
    "mlp",
    "outputs_of",
    "selected",
    "steps",
    "successor",
    "transition",
]

Local = Mapping[str, Value]
"""The state of one position: a value for every variable, and after attention for every head."""

Table = tuple[Local, ...]
"""The state of all positions."""


@final
@dataclass(frozen=True)
class LayerState:
    """The two states of one layer: with the head outputs, and the one that the next layer reads."""

    after_attention: Table
    after_mlp: Table


def steps(program: Program, tokens: Sequence[int], bound: int | None) -> Iterator[LayerState]:
    """Yields the layers of a run, until it halts or has taken as many as a bound, if there is one.

    Raises an ExecutionError in place of a layer that has no next state.
    """
    state = initial_state(program, tokens)
    for layer in count(1):
        # The halt is tested before every layer, the first included.
        if halted(program, state) or (bound is not None and layer > bound):
            return
        checkpoint()
        step = successor(program, state, layer=layer)
        yield step
        state = step.after_mlp


def successor(program: Program, state: Table, *, layer: int) -> LayerState:
    """Returns what one layer makes of a state; an ExecutionError says at which position nothing."""
    attended = attend(program, state)
    return LayerState(attended, mlp(program, attended, layer=layer))


def initial_state(program: Program, tokens: Sequence[int]) -> Table:
    """Returns the state before the first layer."""
    return tuple(
        {
            name: variable.initial_value(token, position, name=name)
            for name, variable in program.variables.items()
        }
        for position, token in enumerate(tokens)
    )


def attend(program: Program, state: Table) -> Table:
    """Returns the state with every head's output added; all heads read the given state."""
    return tuple(
        # All heads read `state`, so their order does not matter.
        {**local, **{name: _read(program, name, state, i) for name in program.heads}}
        for i, local in enumerate(state)
    )


def _read(program: Program, name: str, state: Table, i: int) -> Value:
    """Returns what a head makes of the values at the positions that position i selects."""
    head = program.heads[name]
    # A categorical head needs exactly one position; several are UNDEFINED even where they agree.
    values = [state[j][head.value] for j in selected(head, state, i)]
    if isinstance(program.domains[name], Numerical):
        return mean(values) if values else UNDEFINED
    return values[0] if len(values) == 1 else UNDEFINED


def selected(head: Head, state: Table, i: int) -> list[int]:
    """Returns the positions that a head selects from position i, in ascending order."""
    sources = head.mask.sources(i, len(state))
    return [j for j in sources if _matches(head, query=state[i], key=state[j])]


def _matches(head: Head, *, query: Local, key: Local) -> bool:
    """Says whether the key of one position answers the query of another."""
    if head.query is None or head.key is None:
        return True
    wanted, held = query[head.query], key[head.key]
    return held in wanted if isinstance(wanted, frozenset) else held == wanted


def mean(values: Sequence[Value]) -> float:
    """Returns the float that is nearest to the arithmetic mean of floats."""
    # Fractions are exact, and `float` of one rounds to nearest: the mean is rounded once.
    exact = sum((Fraction(value) for value in values), Fraction(0))  # type: ignore[arg-type]
    return float(exact / len(values))


def indices(program: Program, local: Local, names: Iterable[str]) -> dict[str, int | Undefined]:
    """Returns the indices that rules test, for values of a position."""
    return {
        name: value if isinstance(value, Undefined) else program.domains[name].index_of(value)
        for name, value in ((name, local[name]) for name in names)
    }


def _relevant(program: Program, local: Local) -> tuple[list[Rule], Mapping[str, int | Undefined]]:
    """Returns the rules that fire, or would but for an UNDEFINED name, and the indices tested."""
    # A function with too many paths has no index of rules: it is run here, on what is here.
    if not isinstance(program.mlp, ManyPaths):
        index = program.rule_index
        tested = indices(program, local, index.names)
        return index.relevant(tested), tested
    rules = canonical_rules(
        rules_at(program.mlp.function, program.domains, local),
        program.variables,
        program.heads,
        program.domains,
    )
    names = {atom.variable for rule in rules for atom in rule.atoms}
    return list(rules), indices(program, local, names)


def firing(program: Program, local: Local) -> list[Rule]:
    """Returns the rules that fire in a state after attention, in canonical order."""
    relevant, tested = _relevant(program, local)
    return [rule for rule in relevant if rule.fires(tested)]


def transition(program: Program, local: Local) -> dict[str, Value]:
    """Returns the next state of one position, from its state after attention.

    Head outputs are no part of the result: after the MLP they are UNDEFINED again.

    Raises:
        ConflictError: when two rules that fire write the same variable.
        RangeError: when a rule that fires assigns a value out of range.
        UndefinedVariableError: when all atoms of a rule on defined variables hold and at least
            one atom is on an UNDEFINED variable.
    """
    # All rules read the same state; of each variable at most one write may happen, also where two
    # would write the same value.
    writers: dict[str, Rule] = {}
    written: dict[str, Defined] = {}
    # Only rules that fire, or would but for an UNDEFINED name, can do anything here.
    relevant, tested = _relevant(program, local)
    for rule in relevant:
        undefined = rule.undefined_read(tested)
        if undefined is not None:
            raise UndefinedVariableError(
                f"rule '{rule}' reads {undefined!r}, which is UNDEFINED", variable=undefined
            )
        if rule.variable in writers:
            raise ConflictError(
                f"rules '{writers[rule.variable]}' and '{rule}' both fire and both write "
                f"{rule.variable!r}",
                variable=rule.variable,
            )
        # A trap is a rule whose value is out of range; it is an error only where it fires. Null is
        # out of every range.
        if rule.value is None or program.is_trap(rule):
            raise RangeError(
                f"rule '{rule}' fires; {rule.variable!r} has the values "
                f"{program.domains[rule.variable].description}",
                variable=rule.variable,
            )
        writers[rule.variable] = rule
        written[rule.variable] = rule.value
    return {name: written[name] if name in written else local[name] for name in program.variables}


def mlp(program: Program, attended: Table, *, layer: int) -> Table:
    """Returns the state after the MLP; an ExecutionError says at which position there is none."""
    after = []
    for position, local in enumerate(attended):
        try:
            after.append(transition(program, local))
        except ExecutionError as error:
            # `transition` knows one position only; where it is, is known here.
            raise error.at(position=position, layer=layer) from None
    return tuple(after)


def halted(program: Program, state: Table) -> bool:
    """Says whether the program has a halt spec and all positions hold its value."""
    halt = program.halt
    # Of no positions all hold the value, so that the empty input starts halted.
    return halt is not None and all(local[halt.variable] == halt.value for local in state)


def outputs_of(program: Program, state: Table) -> tuple[Value, ...]:
    """Returns the output variable at every position."""
    return tuple(local[program.output_name] for local in state)
