"""Pairs of programs: some with the same outputs though they work differently, and twins of them.

A twin is a program that is almost one of a pair, and not equivalent to the other one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import alta
from alta.lang.program import Program
from alta.lang.rules import Rule

__all__ = [
    "addition_by_function",
    "doubling_parity",
    "ending_after",
    "halting_where",
    "toggling",
    "with_rules",
]


def with_rules(program: Program, change: Callable[[list[Rule]], list[Rule]], **more) -> Program:
    """The program with other rules, and perhaps another name, halt or bound."""
    settings = {
        "name": program.name,
        "variables": program.variables,
        "heads": program.heads,
        "output_name": program.output_name,
        "input_range": program.input_range,
        "position_range": program.position_range,
        "halt": program.halt,
        "layers": program.layers,
        "vocab": program.vocab,
        "inputs": program.inputs.spec,
    }
    return alta.program_spec_from_rules(rules=change(list(program.rules)), **(settings | more))


def addition_by_function(carries_at: int = 10) -> Program:
    """Addition with its MLP written anew, as a function that tests more than it has to.

    Args:
        carries_at: the sum from which on there is a carry; 10, unless it should be wrong.
    """
    wait, add, read, carry, done, first = range(6)
    model = alta.programs.addition()

    def ffn(z):
        turn = z["turn"]
        if turn == wait and z["turn_right"] in (add, read):
            z["turn"] = z["turn_right"]
        elif turn == first and z["turn_right"] == carry:
            z["turn"] = carry
        elif turn == add:
            z["turn"] = carry
            z["value"] = z["value"] + z["other"]
        elif turn == read:
            z["turn"] = done
        elif turn == carry:
            z["turn"] = done
            total = z["value"] + z["carry_right"]
            z["value"] = total % 10
            if total >= carries_at:
                z["carry"] = 1

    return alta.program_spec(
        name="addition_by_function",
        variables=model.variables,
        heads=model.heads,
        ffn_fn=ffn,
        output_name=model.output_name,
        input_range=model.input_range,
        halt=model.halt,
        vocab=model.vocab,
        inputs=model.inputs.spec,
    )


def doubling_parity(steps: int, *, skipped: int | None = None) -> Program:
    """The parity of every prefix in few layers: in each, prefixes of twice the length are known.

    Args:
        steps: the number of layers, for up to 2^steps tokens.
        skipped: a position that sits the last step out, to be wrong.
    """
    size = 2**steps
    variables = {"sum": alta.input_var(2), "step": alta.var(steps + 1)}
    heads, rules = {}, []
    for step in range(steps):

        def has_left(position, reach=2**step, last=step == steps - 1):
            return position >= reach and not (last and position == skipped)

        variables[f"far{step}"] = alta.position_var(2, init_fn=has_left)
        heads[f"left{step}"] = alta.v_relative("sum", -(2**step))
        rules.append(alta.rule({"step": step}, "step", step + 1))
        rules += [
            alta.rule({"step": step, f"far{step}": 1, "sum": own, f"left{step}": 1}, "sum", 1 - own)
            for own in (0, 1)
        ]
    return alta.program_spec_from_rules(
        name="doubling_parity",
        variables=variables,
        heads=heads,
        rules=rules,
        output_name="sum",
        input_range=2,
        position_range=size,
        halt=alta.halt_spec("step", steps),
    )


def ending_after(program: Program, layers: int | Callable[[int], int]) -> Program:
    """The program without its halt, ending after so many layers."""
    return replace(program, halt=None, layers=layers)


def toggling(layers: int | None) -> Program:
    """Changes its output in every layer between 0 and 1, and never halts."""
    return alta.program_spec_from_rules(
        name="toggling",
        variables={"x": alta.var(2), "done": alta.var(2)},
        heads={},
        rules=[alta.rule({"x": 0}, "x", 1), alta.rule({"x": 1}, "x", 0)],
        output_name="x",
        input_range=2,
        halt=alta.halt_spec("done"),
        layers=layers,
    )


def halting_where(tokens: tuple[int, ...]) -> Program:
    """Halts after a layer if all tokens are among some, and never otherwise; the outputs are 0."""
    return alta.program_spec_from_rules(
        name="halting_where",
        variables={"x": alta.input_var(3), "done": alta.var(2), "out": alta.var(2)},
        heads={},
        rules=[alta.rule({"x": token}, "done", 1) for token in tokens],
        output_name="out",
        input_range=3,
        halt=alta.halt_spec("done"),
    )
