"""One layer, as the language defines it: attention, then the MLP, at all positions at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alta.errors import ConflictError, ExecutionError, RangeError, UndefinedVariableError
from alta.lang.heads import Head
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.lang.variables import UNDEFINED, Value

__all__ = ["Local", "Table", "attend", "halted", "initial_state", "mlp", "transition"]

Local = Mapping[str, Value]
"""The state of one position: a value for every variable, and after attention for every head."""

Table = tuple[Local, ...]
"""The state of all positions."""


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
        {**local, **{name: _read(head, state, i) for name, head in program.heads.items()}}
        for i, local in enumerate(state)
    )


def _read(head: Head, state: Table, i: int) -> Value:
    """Returns the value at the one position that position i selects, else UNDEFINED."""
    selected = [
        j
        for j in range(len(state))
        if head.allows(j - i)
        and (head.query is None or head.key is None or state[j][head.key] == state[i][head.query])
    ]
    return state[selected[0]][head.value] if len(selected) == 1 else UNDEFINED


def transition(program: Program, local: Local) -> dict[str, Value]:
    """Returns the next state of one position, from its state after attention.

    Head outputs are no part of the result: after the MLP they are UNDEFINED again.

    Raises:
        ConflictError: when two rules that fire write the same variable.
        RangeError: when a rule that fires assigns a value out of range.
        UndefinedVariableError: when all atoms of a rule on defined variables hold and at least
            one atom is on an UNDEFINED variable.
    """
    written: dict[str, Rule] = {}
    for rule in program.rules:
        undefined = rule.undefined_read(local)
        if undefined is not None:
            raise UndefinedVariableError(
                f"rule '{rule}' reads {undefined!r}, which is UNDEFINED", variable=undefined
            )
        if not rule.fires(local):
            continue
        if rule.variable in written:
            raise ConflictError(
                f"rules '{written[rule.variable]}' and '{rule}' both fire and both write "
                f"{rule.variable!r}",
                variable=rule.variable,
            )
        if program.is_trap(rule):
            raise RangeError(
                f"rule '{rule}' fires; {rule.variable!r} has the values "
                f"0 … {program.domains[rule.variable].range - 1}",
                variable=rule.variable,
            )
        written[rule.variable] = rule
    return {
        name: written[name].value if name in written else local[name] for name in program.variables
    }


def mlp(program: Program, attended: Table, *, layer: int) -> Table:
    """Returns the state after the MLP.

    Raises:
        ExecutionError: when some position has no next state; the error says where.
    """
    after = []
    for position, local in enumerate(attended):
        try:
            after.append(transition(program, local))
        except ExecutionError as error:
            raise error.at(position=position, layer=layer) from None
    return tuple(after)


def halted(program: Program, state: Table) -> bool:
    """Says whether the program has a halt spec and all positions hold its value."""
    halt = program.halt
    return halt is not None and all(local[halt.variable] == halt.value for local in state)
