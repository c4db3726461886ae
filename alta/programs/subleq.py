"""SUBLEQ: a computer with one instruction, run on any image of its memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from alta import inputs
from alta.errors import AltaError, TokenError
from alta.lang.build import program_spec_from_rules
from alta.lang.heads import qkv
from alta.lang.kinds import Variable
from alta.lang.program import Program, halt_spec
from alta.lang.rules import Rule, rule
from alta.lang.values import normalise_count
from alta.lang.variables import input_var, position_var, var

__all__ = ["subleq"]

_WIDTH: Final = 3  # an instruction is the three cells a, b and c
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)


class _Step(IntEnum):
    """What all positions do in the next layer."""

    FETCH = 0
    SUBTRACT = 1
    COMPARE = 2
    JUMP = 3
    HALTED = 4


def subleq(*, cells: int = 16, max_value: int = 16) -> Program:
    """Runs a program of the one-instruction computer SUBLEQ: subtract, branch if at most zero.

    The input is the memory, one token a cell, without anything before or after; the output is the
    memory when the computer halts. The instruction at cell p is a, b, c in the cells p, p+1, p+2.
    It subtracts the content of cell a from that of cell b and then goes on at cell c if the result
    is at most 0, else at cell p+3. The first instruction is at cell 0. Instructions and data are
    the same cells, and a program may change itself.

    Every memory image has a meaning:

    - a, b and c are read before the result is written, also where it replaces one of them;
    - a result out of range wraps around: 16 - (-1) is -16 when the greatest value is 16;
    - the computer halts when the three cells of the next instruction are not all in memory, and
      when a or b is no address, then without writing. So c is an address only if it is jumped to;
      a negative one, by convention -1, ends a program.

    An instruction takes four layers: fetch, subtract, compare, jump. Halting takes one more layer
    where the next instruction is not in memory, two where a or b is no address. A program that
    never halts runs until `max_layers`; for it the oracle has no answer, and raises an `AltaError`
    as soon as the computer is in the same state again.

    Text is the content of the cells as decimal numbers between spaces; missing ones at the end are
    0. The answer is the final memory in the same form.

    Args:
        cells: number of cells, at least 3.
        max_value: the greatest value of a cell; the least one is its negative.

    Source: Shaw et al. (2025), whose computer is the same where theirs is defined.
    """
    machine = _Machine(
        normalise_count(cells, where="subleq: cells", least=_WIDTH),
        normalise_count(max_value, where="subleq: max_value"),
    )
    return program_spec_from_rules(
        name="subleq",
        variables=_variables(machine),
        heads={
            "fetched_a": qkv("pc", "address", "mem"),
            "fetched_b": qkv("pc", "address_1_before", "mem"),
            "fetched_c": qkv("pc", "address_2_before", "mem"),
            "mem_a": qkv("a", "address", "mem"),
            "mem_b": qkv("b", "address", "mem"),
        },
        rules=[*_fetch(machine), *_subtract(machine), *_compare(machine), *_jump(machine)],
        output_name="mem",
        input_range=machine.values,
        position_range=cells,
        halt=halt_spec("step", _Step.HALTED),
        vocab=[str(machine.value(token)) for token in range(machine.values)],
        inputs=inputs.regex(f".{{{cells}}}"),
        encode=machine.encode,
        decode=machine.decode,
        oracle=machine.oracle,
    )


@dataclass(frozen=True)
class _Machine:
    """The computer in plain Python: its sizes, its texts, and what it does."""

    cells: int
    max_value: int

    @property
    def values(self) -> int:
        """The number of values of a cell."""
        return 2 * self.max_value + 1

    def value(self, token: int) -> int:
        return token - self.max_value

    def encode(self, text: str) -> list[int]:
        words = text.split()
        if len(words) > self.cells:
            raise TokenError(
                f"memory: expected at most {self.cells} numbers, got {len(words)}; shorten the "
                "text, or build the program with more cells"
            )
        tokens = [self._token(word, cell) for cell, word in enumerate(words)]
        return tokens + [self.max_value] * (self.cells - len(tokens))

    def _token(self, word: str, cell: int) -> int:
        if _NUMBER.fullmatch(word) is None or not -self.max_value <= int(word) <= self.max_value:
            raise TokenError(
                f"memory: expected a number in {-self.max_value} … {self.max_value}, got "
                f"{word!r} in cell {cell}"
            )
        return int(word) + self.max_value

    def decode(self, outputs: Sequence[Any]) -> str:
        return " ".join(str(self.value(token)) for token in outputs)

    def oracle(self, tokens: Sequence[int]) -> list[int]:
        """Returns the memory in which the computer halts; an error if it never does."""
        state = remembered = (0, tuple(map(self.value, tokens)))
        # Compared with a state from ever longer ago, a run that repeats itself gives itself away
        # (Brent 1980); two states are kept, however long it takes.
        age, limit = 0, 1
        while (following := self._after(*state)) is not None:
            if following == remembered:
                raise AltaError(
                    f"the SUBLEQ program {self.decode(tokens)!r} never halts, so it has no answer; "
                    "run it with max_layers"
                )
            state, age = following, age + 1
            if age == limit:
                remembered, age, limit = state, 0, 2 * limit
        return [value + self.max_value for value in state[1]]

    def _after(self, pc: int, memory: tuple[int, ...]) -> tuple[int, tuple[int, ...]] | None:
        """Runs one instruction; None where the computer halts instead."""
        if not 0 <= pc <= self.cells - _WIDTH:
            return None
        a, b, c = memory[pc : pc + _WIDTH]
        if not (0 <= a < self.cells and 0 <= b < self.cells):
            return None
        # What is out of range wraps around.
        result = (memory[b] - memory[a] + self.max_value) % self.values - self.max_value
        return (c if result <= 0 else pc + _WIDTH), (*memory[:b], result, *memory[b + 1 :])


def _variables(machine: _Machine) -> dict[str, Variable]:
    cells = machine.cells
    return {
        "mem": input_var(machine.values),
        # To attend from a pointer to a cell, or to one or two cells behind.
        "address": position_var(cells),
        "address_1_before": position_var(cells, init_fn=lambda p: (p - 1) % cells),
        "address_2_before": position_var(cells, init_fn=lambda p: (p - 2) % cells),
        # The registers of the computer, the same at all positions.
        "step": var(len(_Step), default=_Step.FETCH),
        **{register: var(cells) for register in ("pc", "a", "b", "c")},
        **{flag: var(2) for flag in ("a_outside", "b_outside", "jump")},
        # Whether this is cell b.
        "target": var(2),
    }


def _fetch(machine: _Machine) -> Iterator[Rule]:
    # Cells 0 and 1 stand behind the last one, so that these three heads always read something.
    fetch = {"step": _Step.FETCH}
    for pc in range(machine.cells):
        inside = pc + _WIDTH <= machine.cells
        yield rule(fetch | {"pc": pc}, "step", _Step.SUBTRACT if inside else _Step.HALTED)
    for token in range(machine.values):
        address = machine.value(token)
        if 0 <= address < machine.cells:
            for register in ("a", "b", "c"):
                yield rule(fetch | {f"fetched_{register}": token}, register, address)
            yield rule(fetch | {"fetched_b": token, "address": address}, "target", 1)
        else:
            # Registers keep addresses only, so that the other heads always read something too.
            yield rule(fetch | {"fetched_a": token}, "a_outside", 1)
            yield rule(fetch | {"fetched_b": token}, "b_outside", 1)
            yield rule(fetch | {"fetched_c": token}, "c", _nowhere(machine))


# Gives an address where no instruction fits, to stand for all those outside of memory.
def _nowhere(machine: _Machine) -> int:
    return machine.cells - 1


def _subtract(machine: _Machine) -> Iterator[Rule]:
    subtract = {"step": _Step.SUBTRACT}
    yield rule(subtract | {"a_outside": 1}, "step", _Step.HALTED)
    yield rule(subtract | {"a_outside": 0, "b_outside": 1}, "step", _Step.HALTED)
    yield rule(subtract | {"a_outside": 0, "b_outside": 0}, "step", _Step.COMPARE)
    # If b is outside of memory, there is no target.
    acting = subtract | {"a_outside": 0, "target": 1}
    for mem in range(machine.values):
        for mem_a in range(machine.values):
            # A token is its value plus an offset, so that taking a value away leaves the token of
            # the difference; the remainder wraps it around.
            difference = (mem - machine.value(mem_a)) % machine.values
            yield rule(acting | {"mem": mem, "mem_a": mem_a}, "mem", difference)


def _compare(machine: _Machine) -> Iterator[Rule]:
    compare = {"step": _Step.COMPARE}
    yield rule(compare, "step", _Step.JUMP)
    for mem_b in range(machine.values):
        if machine.value(mem_b) <= 0:
            yield rule(compare | {"mem_b": mem_b}, "jump", 1)


def _jump(machine: _Machine) -> Iterator[Rule]:
    jump = {"step": _Step.JUMP}
    yield rule(jump, "step", _Step.FETCH)
    for c in range(machine.cells):
        yield rule(jump | {"jump": 1, "c": c}, "pc", c)
    for pc in range(machine.cells - _WIDTH + 1):
        # From an address where no instruction fits, the next fetch halts.
        behind = min(pc + _WIDTH, _nowhere(machine))
        yield rule(jump | {"jump": 0, "pc": pc}, "pc", behind)
    yield rule(jump, "jump", 0)
    yield rule(jump, "target", 0)
