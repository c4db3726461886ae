"""The claim that a program meets a specification."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from alta.interp.tokens import check_layers
from alta.lang.program import Program
from alta_verify.claim.bounded import Bounded
from alta_verify.claim.every_length import check_program_lengths
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.specs.invariants import Always
from alta_verify.specs.simulation import Simulates
from alta_verify.specs.specification import Specification

__all__ = ["Meets"]


@final
@dataclass(frozen=True, eq=False)
class Meets(Bounded):
    """One claim: that the outputs of a program are what was meant, on all its inputs.

    Attributes:
        ending: whether it is claimed that every run ends; else it is about those that do.
    """

    program: Program
    specification: Specification
    max_len: int | None
    max_layers: int | None
    deadline: Deadline
    calls: SolverCalls = field(default_factory=SolverCalls)
    ending: bool = True

    @classmethod
    def of(
        cls,
        program: Program,
        specification: Specification,
        max_len: int | None,
        max_layers: int | None,
        deadline: Deadline,
        calls: SolverCalls | None = None,
    ) -> Meets:
        """Returns the claim; refuses runs that nothing would end, since these have no outputs."""
        limit = program.position_range
        longest = max_len
        if max_len is None:
            check_program_lengths(program, max_layers)
        elif limit is not None:
            longest = min(max_len, limit)
        bound = specification.bound(program)
        claim = cls(program, bound, longest, max_layers, deadline, calls or SolverCalls())
        # An invariant is about all states, of runs without an end as well.
        for length in () if isinstance(bound, Always | Simulates) else claim.representatives:
            check_layers(program, length, max_layers)
        return claim

    def statement(self, asked: int | None) -> str:
        """Returns the theorem in words, given the longest input that was asked for."""
        inputs = self.each_input(asked, "the program")
        return f"{inputs}, {self.meaning}."

    @property
    def meaning(self) -> str:
        """What is claimed of each input, in words."""
        if isinstance(self.specification, Always | Simulates):
            layers = "" if self.max_layers is None else f" in its first {self.max_layers} layers"
            return f"the run of the program does not fail{layers}; {self.specification.statement}"
        ends = "at its end"
        if self.max_layers is not None:
            ends = f"at its end, after {self.max_layers} layers at most,"
        if not self.ending:
            return (
                f"the run of the program does not fail, and, where it ends, {ends} "
                f"{self.specification.statement} (that every run ends is not claimed)"
            )
        return (
            f"the run of the program ends without fault, and {ends} {self.specification.statement}"
        )
