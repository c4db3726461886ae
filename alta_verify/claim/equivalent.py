"""The pair: which two programs are compared, on which inputs and within which bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, final

from alta.errors import AltaError
from alta.inputs.language import InputLanguage, common_language
from alta.interp.tokens import check_layers
from alta.lang.program import Program
from alta_verify.abstraction import Abstraction
from alta_verify.claim.bounds import abridged, in_figures, live_tokens
from alta_verify.claim.extent import UpTo
from alta_verify.deadline import Deadline, SolverCalls

__all__ = ["SIDES", "Pair"]

SIDES: Final = ("first", "second")
"""What the two programs are called, whatever their names are."""


@final
@dataclass(frozen=True, eq=False)
class Pair:
    """One comparison.

    Attributes:
        inputs: the inputs that both programs are meant for.
        max_len: the longest input that counts, after all limits.
        max_layers: the most layers that count; None for each program's own bound.
        bounds: for each side and length, the most layers of a run; None: until it halts.
    """

    first: Program
    second: Program
    inputs: InputLanguage
    max_len: int
    max_layers: int | None
    bounds: Mapping[str, Mapping[int, int | None]]
    deadline: Deadline
    calls: SolverCalls = field(default_factory=SolverCalls)

    @classmethod
    def of(
        cls,
        first: Program,
        second: Program,
        max_len: int,
        max_layers: int | None,
        deadline: Deadline,
    ) -> Pair:
        """Returns a comparison; refuses different tokens, and runs that nothing would end."""
        _check_tokens(first, second)
        inputs = common_language(first.inputs, second.inputs)
        limit = inputs.position_range
        longest = max_len if limit is None else min(max_len, limit)
        lengths = [n for n in inputs.lengths(longest) if n > 0]
        # Refused where neither halt nor bound would end a run: there would be no outputs to
        # compare.
        bounds = {
            side: {length: check_layers(program, length, max_layers) for length in lengths}
            for side, program in zip(SIDES, (first, second), strict=True)
        }
        return cls(first, second, inputs, longest, max_layers, bounds, deadline)

    @property
    def extent(self) -> UpTo:
        """The lengths of the inputs that it is about."""
        return UpTo(self.max_len)

    @property
    def representatives(self) -> tuple[int, ...]:
        """Lengths that have all bounds on layers that some length has."""
        return self.lengths

    @property
    def vacuous(self) -> bool:
        """Whether there is no input that it is about."""
        return not self.lengths

    @property
    def lengths(self) -> tuple[int, ...]:
        """The lengths from 1 to the bound that some input has."""
        return tuple(self.bounds[SIDES[0]])

    def count(self, length: int) -> int:
        """Returns how many inputs of a length there are."""
        return self.inputs.automaton(length).count(length)

    @cached_property
    def number(self) -> int:
        """How many inputs there are within the bound."""
        return sum(map(self.count, self.lengths))

    def statement(self, asked: int | None) -> str:
        """Returns the theorem in words, given the longest input that was asked for."""
        bound = f"of 1 to {self.max_len} tokens"
        if self.max_len != asked:
            bound += f" (asked for {asked}; the programs take no more)"
        ends = "at its end"
        if self.max_layers is not None:
            ends = f"at its end, after {self.max_layers} layers at most"
        return (
            f"on each of the {in_figures(self.number)} inputs {self._language} {bound}, the run of "
            f"either program ends without fault, and {ends} the output of both is the same at "
            "every position."
        )

    @property
    def _language(self) -> str:
        first, second = (
            f"'{abridged(program.inputs.spec.tabulate(self.max_len).to_text())}'"
            for program in (self.first, self.second)
        )
        return f"of {first}" if first == second else f"that {first} and {second} have in common,"

    def program(self, side: str) -> Program:
        """Returns the first or the second program."""
        return (self.first, self.second)[SIDES.index(side)]

    @cached_property
    def abstractions(self) -> Mapping[str, Abstraction]:
        """Both programs with finitely many values, restricted to the common inputs."""
        # Runs on other inputs are of no concern, and either program may well fail on them.
        return {
            side: Abstraction.of(replace(self.program(side), inputs=self.inputs)) for side in SIDES
        }

    @cached_property
    def live(self) -> tuple[frozenset[int], ...]:
        """For each position, the tokens that occur there in some input within the bound."""
        return live_tokens(self.inputs, self.lengths)


def _check_tokens(first: Program, second: Program) -> None:
    if first.vocab == second.vocab:
        return
    if len(first.vocab) != len(second.vocab):
        where = f"{len(first.vocab)} and {len(second.vocab)} of them"
    else:
        pairs = enumerate(zip(first.vocab, second.vocab, strict=True))
        token, names = next((token, names) for token, names in pairs if names[0] != names[1])
        where = f"token {token} is {names[0]!r} in the one and {names[1]!r} in the other"
    raise AltaError(
        f"programs {first.name!r} and {second.name!r} cannot be compared, since their tokens "
        f"differ: {where}; give both the same input_range and vocab"
    )
