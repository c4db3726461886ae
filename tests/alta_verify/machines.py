"""SUBLEQ in plain Python, from its definition: subtract, and branch if the result is at most zero.

The computer has the one instruction a, b, c: it subtracts the content of cell a from that of cell
b, and goes on at cell c if the result is at most zero, else with the next instruction, behind these
three cells (Mavaddat and Parhami 1988). It halts where there is no instruction, and where a or b is
no address. Numbers wrap around.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from alta_verify import specs

__all__ = ["Computer"]

# Whether the computer halts, where its next instruction is, and its memory.
State = tuple[bool, int, list[int]]


@final
@dataclass(frozen=True)
class Computer:
    """A computer of some cells, and with one mistake perhaps."""

    cells: int
    greatest: int
    mistake: str = ""

    def start(self, tokens: Sequence[int]) -> State:
        return False, 0, [token - self.greatest for token in tokens]

    def step(self, state: State) -> State:
        _, pc, memory = state
        if pc + 2 >= self.cells:
            return True, pc, memory
        a, b, c = memory[pc], memory[pc + 1], memory[pc + 2]
        if a < 0 or a >= self.cells or b < 0 or b >= self.cells:
            return True, pc, memory
        difference = memory[b] - memory[a]
        if difference > self.greatest:
            difference -= 2 * self.greatest + 1
        if difference < -self.greatest:
            difference += 2 * self.greatest + 1
        after = list(memory)
        after[self._target(b)] = difference
        following = pc + (4 if self.mistake == "skips a cell behind 3" and pc == 3 else 3)
        if self._branches(difference):
            following = c
        return False, self._place(following), after

    def _place(self, pc: int) -> int:
        # Where there is no instruction, all places are alike: the computer halts there.
        return pc if 0 <= pc <= self.cells - 3 else self.cells - 1

    def _target(self, b: int) -> int:
        if self.mistake == "writes to the cell before it":
            return max(b - 1, 0)
        if self.mistake == "writes elsewhere at one cell":
            return 0 if b == self.cells - 1 else b
        return b

    def _branches(self, difference: int) -> bool:
        if self.mistake == "does not branch at 0":
            return difference < 0
        if self.mistake == "branches at 1":
            return difference <= 1
        return difference <= 0

    def state(self, z: dict[str, list[int]]) -> State:
        return (
            z["step"][0] == 4,
            self._place(z["pc"][0]),
            [token - self.greatest for token in z["mem"]],
        )

    @property
    def specification(self) -> specs.Specification:
        return specs.simulates(self.start, self.step, self.state, every=4)
