"""What every claim about one program has: the program's runs, within bounds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Final

from alta.inputs.language import InputLanguage
from alta.lang.program import Program
from alta_verify.abstraction import Abstraction
from alta_verify.claim.bounds import abridged, in_figures, live_tokens
from alta_verify.claim.extent import EveryLength, Extent, UpTo
from alta_verify.deadline import Deadline, SolverCalls

__all__ = ["Bounded"]

# Where inputs have any length, runs on some are followed for so many layers.
_SAMPLED_LAYERS: Final = 512


class Bounded(ABC):
    """A claim about the runs of a program on its inputs, up to a length or of every length.

    Attributes:
        max_len: the longest input that counts, after all limits; None for inputs of every length.
        max_layers: the most layers that count; None for the program's own bound.
    """

    program: Program
    max_len: int | None
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
    def extent(self) -> Extent:
        """The lengths of the inputs that it is about."""
        return self._every_length if self.max_len is None else UpTo(self.max_len)

    @property
    def _every_length(self) -> EveryLength:
        # A program alone does what it does at any length.
        return EveryLength()

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The lengths from 1 to the bound that some input has; refused where there is no bound."""
        return tuple(n for n in self.inputs.lengths(self.extent.bound) if n > 0)

    @property
    def vacuous(self) -> bool:
        """Whether there is no input that it is about."""
        # A language of every length has inputs longer than any bound (`check_program_lengths`).
        return self.max_len is not None and not self.lengths

    def count(self, length: int) -> int:
        """Returns how many inputs of a length there are."""
        return self.inputs.automaton(length).count(length)

    @cached_property
    def number(self) -> int | None:
        """How many inputs there are; None for infinitely many."""
        # The automaton counts without listing: there may be more inputs than could be listed.
        return None if self.max_len is None else sum(map(self.count, self.lengths))

    def bound(self, length: int) -> int | None:
        """Returns the most layers that count on inputs of a length, if there is a bound."""
        return self.program.layer_bound(length) if self.max_layers is None else self.max_layers

    @property
    def representatives(self) -> tuple[int, ...]:
        """Lengths that have all bounds on layers that some length has."""
        # A function of the length is refused where there is no bound (`check_program_lengths`).
        return (1,) if self.max_len is None else self.lengths

    @property
    def sampled_layers(self) -> int | None:
        """The most layers of a sampled run; None for as many as there are."""
        if self.max_len is not None:
            return self.max_layers
        # Long inputs may run for more layers than could ever be taken.
        bound = self.bound(1)
        return _SAMPLED_LAYERS if bound is None else min(bound, _SAMPLED_LAYERS)

    @cached_property
    def endless(self) -> bool:
        """Whether nothing ends the runs on inputs of some length: neither a bound nor a halt."""
        return self.program.halt is None and None in map(self.bound, self.representatives)

    @cached_property
    def live(self) -> tuple[frozenset[int], ...]:
        """For each position, the tokens that occur there in some input within the bound."""
        return live_tokens(self.inputs, self.lengths)

    @abstractmethod
    def statement(self, asked: int | None) -> str:
        """Returns the theorem in words, given the longest input that was asked for."""

    def each_input(self, asked: int | None, limited_by: str) -> str:
        """Returns the beginning of the theorem; what takes no more is named."""
        language = abridged(self.inputs.spec.tabulate(self.extent.searched).to_text())
        bound, number = self.extent.words, self.number
        if number is None:
            return f"on each input of '{language}' {bound}"
        if self.max_len != asked:
            bound += f" (asked for {asked}; {limited_by} takes no more)"
        return f"on each of the {in_figures(number)} inputs of '{language}' {bound}"
