"""Simulations: runs that do, some layers at a time, what a machine does in a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias, final

from alta.errors import AltaError
from alta.lang.values import Value
from alta.limit import OutOfTime
from alta_verify.specs.specification import (
    Indefinite,
    Specification,
    Word,
    check_function,
    described,
)

__all__ = ["Simulates", "Table", "simulates"]

Table: TypeAlias = Mapping[str, Sequence[Value]]
"""The variables of a state, each with its values position by position."""


@final
@dataclass(frozen=True)
class Simulates(Specification):
    """Every so many layers, what is read off the variables is the next state of a machine.

    Attributes:
        start: takes the tokens, and returns the first state of the machine.
        step: takes a state of the machine, and returns the next one.
        state: takes the variables, and returns the state of the machine that they stand for.
        every: how many layers a step takes; the one in which a run halts may take fewer.
    """

    start: Callable[[list[int]], Any]
    step: Callable[[Any], Any]
    state: Callable[[dict[str, list[Value]]], Any]
    every: int

    @property
    def name(self) -> str:
        """Whose words it is."""
        return described(self.step)

    @property
    def statement(self) -> str:
        """What is claimed of the states."""
        return (
            f"{described(self.state)} makes of the variables at first what {described(self.start)} "
            f"makes of the tokens, and {self.every} layers later, or at the halt if that is "
            f"sooner, what {self.name} makes of that, again and again until the run ends"
        )

    @property
    def parts(self) -> tuple[object, ...]:
        """All that answers depend on."""
        return self.start, self.step, self.state, self.every

    def begins(self, tokens: list[int], table: dict[str, list[Value]]) -> bool:
        """Says whether variables stand for the first state of the machine."""
        return bool(self.state(table) == self.start(tokens))

    def follows(self, before: dict[str, list[Value]], after: dict[str, list[Value]]) -> bool:
        """Says whether variables stand for the state after the one that earlier ones stand for."""
        return bool(self.state(after) == self.step(self.state(before)))

    def wrong(self, word: Word, tables: Sequence[Table]) -> int | None:
        """Returns after how many layers a run departs from the machine; None if it does not.

        Takes the states of a run: the first one, one for every whole step, and that of its halt.
        """

        def copied(table: Table) -> dict[str, list[Value]]:
            return {name: list(values) for name, values in table.items()}

        if not self._asked(lambda: self.begins(list(word), copied(tables[0]))):
            return 0
        for number, pair in enumerate(pairwise(tables), start=1):
            if not self._asked(lambda: self.follows(*map(copied, pair))):  # noqa: B023
                return number
        return None

    def _asked(self, ask: Callable[[], bool]) -> bool:
        try:
            first, second = ask(), ask()
        except OutOfTime:
            raise
        except Exception as error:
            raise Indefinite(f"raises {type(error).__name__}: {error}") from error
        if first != second:
            raise Indefinite(f"says {first!r}, and asked again {second!r}")
        return first


def simulates(
    start: Callable[[list[int]], Any],
    step: Callable[[Any], Any],
    state: Callable[[dict[str, list[Value]]], Any],
    every: int = 1,
) -> Specification:
    """Specifies that runs do what a machine does, some layers at a time, however long they are.

    It is proved step by step, of any state that runs may be in, and so for any number of steps.

    Args:
        start: takes the tokens, a list of ints, and returns the first state of the machine.
        step: takes a state of the machine, and returns the next one. In the step in which a run
            halts this is the state that `state` then reads.
        state: takes the variables by name, as in ``z["memory"]``, each a list of its values
            position by position, and returns the state of the machine that they stand for.
        every: how many layers of a run a step takes.

    Raises:
        AltaError: when one of these is no such function, or `every` no positive number.
    """
    check_function(start, 1, "specs.simulates: start", "the tokens", "")
    check_function(step, 1, "specs.simulates: step", "a state of the machine", "")
    check_function(state, 1, "specs.simulates: state", "the variables", "")
    if type(every) is not int or every < 1:
        raise AltaError(f"specs.simulates: every: expected a number of layers, got {every!r}")
    return Simulates(start, step, state, every)
