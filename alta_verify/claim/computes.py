"""The task: what is to be verified, and within which bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

from alta.errors import AltaError
from alta.inputs.language import InputLanguage
from alta.lang.parsing import parse_program
from alta.lang.program import Program, program_text
from alta.nn.layout import Layout
from alta.nn.model import Model
from alta.nn.weights import Weights
from alta.nn.wellformed import check_numbers, check_wellformed
from alta_verify.abstraction import Abstraction
from alta_verify.arithmetic.formats import FORMATS, Format
from alta_verify.claim.bounds import abridged, in_figures, live_tokens
from alta_verify.deadline import Deadline, SolverCalls

__all__ = ["Task", "check_fit"]


@final
@dataclass(frozen=True, eq=False)
class Task:
    """One verification: that a model computes a program.

    Attributes:
        max_len: the longest input that counts, after all limits.
        max_layers: the most layers that count; None for the program's own bound.
    """

    program: Program
    model: Model
    max_len: int
    max_layers: int | None
    deadline: Deadline
    calls: SolverCalls = field(default_factory=SolverCalls)

    @property
    def inputs(self) -> InputLanguage:
        """The inputs that the program is meant for."""
        return self.program.inputs

    @property
    def format(self) -> Format:
        """The floating-point arithmetic of the model."""
        return FORMATS[self.model.dtype]

    @cached_property
    def abstraction(self) -> Abstraction:
        """The program with finitely many values."""
        return Abstraction.of(self.program)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The lengths from 1 to the bound that some input has."""
        return tuple(n for n in self.program.inputs.lengths(self.max_len) if n > 0)

    @cached_property
    def number(self) -> int:
        """How many inputs there are within the bound."""
        # The automaton counts without listing: there may be more inputs than could be listed.
        automaton = self.program.inputs.automaton
        return sum(automaton(length).count(length) for length in self.lengths)

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

    def statement(self, asked: int) -> str:
        """Returns the theorem in words, given the longest input that was asked for."""
        language = self.program.inputs.spec.tabulate(self.max_len).to_text()
        bound = f"of 1 to {self.max_len} tokens"
        if self.max_len < asked:
            bound += f" (asked for {asked}; program or model takes no more)"
        until = "for any number of layers"
        if self.max_layers is not None:
            until = f"for the first {self.max_layers} layers"
        elif self.program.layers is not None:
            until = "for as many layers as the program takes"
        return (
            f"on each of the {in_figures(self.number)} inputs of '{abridged(language)}' "
            f"{bound}, {until}, every variable at every position decodes to the interpreter's "
            "value, and both halt after the same layer with the same outputs; in real arithmetic "
            f"and in {self.format.name} summed in any order."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Returns what another process needs to know of it; the counter starts anew."""
        # Programs travel as text, since their conveniences may be functions that cannot be sent.
        model = self.model
        texts = program_text(self.program), program_text(model.program)
        arrays = model.weights, model.layout, model.max_len
        return _restored, (texts, arrays, (self.max_len, self.max_layers, self.deadline))

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Every pair of token and position that occurs."""
        return [(token, p) for p, tokens in enumerate(self.live) for token in sorted(tokens)]


def _restored(
    texts: tuple[str, str],
    arrays: tuple[Weights, Layout, int | None],
    bounds: tuple[int, int | None, Deadline],
) -> Task:
    """Returns a task again that was sent from another process."""
    program, subject = map(parse_program, texts)
    return Task(program, Model(subject, *arrays), *bounds)


def check_fit(program: Program, model: Model) -> None:
    """Refuses what is no model, or one whose weights or layout do not fit the program."""
    if not isinstance(model, Model):
        raise AltaError(f"verify: expected a model from alta.compile or alta.load, got {model!r}")
    model.check()
    check_wellformed(program, model.weights, model.layout)
    check_numbers(model.weights)
