"""What every claim about one program has: the program's runs, within bounds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

from alta.inputs.language import InputLanguage
from alta.lang.program import Program
from alta_verify.abstraction import Abstraction
from alta_verify.claim.bounds import abridged, in_figures, live_tokens
from alta_verify.deadline import Deadline, SolverCalls

__all__ = ["Bounded"]


class Bounded(ABC):
    """A claim about the runs of a program on its inputs up to a length."""

    program: Program
    max_len: int
    max_layers: int | None
    deadline: Deadline
    calls: SolverCalls

    @property
    def inputs(self) -> InputLanguage:
        """The inputs that the program is meant for."""
        return self.program.inputs

    @cached_property
    def abstraction(self) -> Abstraction:
        """The program with finitely many values."""
        return Abstraction.of(self.program)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The lengths from 1 to the bound that some input has."""
        return tuple(n for n in self.inputs.lengths(self.max_len) if n > 0)

    def count(self, length: int) -> int:
        """Returns how many inputs of a length there are."""
        return self.inputs.automaton(length).count(length)

    @cached_property
    def number(self) -> int:
        """How many inputs there are within the bound."""
        # The automaton counts without listing: there may be more inputs than could be listed.
        return sum(map(self.count, self.lengths))

    def bound(self, length: int) -> int | None:
        """Returns the most layers that count on inputs of a length, if there is a bound."""
        return self.program.layer_bound(length) if self.max_layers is None else self.max_layers

    @cached_property
    def endless(self) -> bool:
        """Whether nothing ends the runs on inputs of some length: neither a bound nor a halt."""
        return self.program.halt is None and None in map(self.bound, self.lengths)

    @cached_property
    def live(self) -> tuple[frozenset[int], ...]:
        """For each position, the tokens that occur there in some input within the bound."""
        return live_tokens(self.inputs, self.lengths)

    @abstractmethod
    def statement(self, asked: int) -> str:
        """Returns the theorem in words, given the longest input that was asked for."""

    def each_input(self, asked: int, limited_by: str) -> str:
        """Returns the beginning of the theorem; what takes no more is named."""
        language = abridged(self.inputs.spec.tabulate(self.max_len).to_text())
        bound = f"of 1 to {self.max_len} tokens"
        if self.max_len < asked:
            bound += f" (asked for {asked}; {limited_by} takes no more)"
        return f"on each of the {in_figures(self.number)} inputs of '{language}' {bound}"
