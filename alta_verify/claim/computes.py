"""The task: what is to be verified, and within which bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, final

from alta.errors import AltaError
from alta.lang.parsing import parse_program
from alta.lang.program import Program, program_text
from alta.nn.layout import Layout
from alta.nn.model import Model
from alta.nn.weights import Weights
from alta.nn.wellformed import check_numbers, check_wellformed
from alta_verify.arithmetic.formats import FORMATS, Format
from alta_verify.claim.bounded import Bounded
from alta_verify.claim.every_length import model_extent
from alta_verify.claim.extent import EveryLength
from alta_verify.claim.meets import Meets
from alta_verify.deadline import Deadline, SolverCalls

__all__ = ["Task", "check_fit"]


@final
@dataclass(frozen=True, eq=False)
class Task(Bounded):
    """One verification: that a model computes a program.

    Attributes:
        meets: what else is claimed of the program, within the same bounds, if anything.
    """

    program: Program
    model: Model
    max_len: int | None
    max_layers: int | None
    deadline: Deadline
    calls: SolverCalls = field(default_factory=SolverCalls)
    meets: Meets | None = None

    @property
    def format(self) -> Format:
        """The floating-point arithmetic of the model."""
        return FORMATS[self.model.dtype]

    @property
    def _every_length(self) -> EveryLength:
        return model_extent(self.model)

    def statement(self, asked: int | None) -> str:
        """Returns the theorem in words, given the longest input that was asked for."""
        inputs = self.each_input(asked, "program or model")
        until = "for any number of layers"
        if self.max_layers is not None:
            until = f"for the first {self.max_layers} layers"
        elif self.program.layers is not None:
            until = "for as many layers as the program takes"
        meant = "" if self.meets is None else f"; and {self.meets.meaning}"
        return (
            f"{inputs}, {until}, every variable at every position decodes to the interpreter's "
            "value, and both halt after the same layer with the same outputs; in real arithmetic "
            f"and in {self.format.name} summed in any order{meant}."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Returns what another process needs to know of it; the counter starts anew.

        What was meant stays here, since functions cannot be sent: it is shown in this process.
        """
        # Programs travel as text, since their conveniences may be functions that cannot be sent.
        model = self.model
        texts = program_text(self.program), program_text(model.program)
        arrays = model.weights, model.layout, model.max_len
        return _restored, (texts, arrays, (self.max_len, self.max_layers, self.deadline))

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Every pair of token and position that occurs; of every length, a position a token."""
        if self.max_len is None:
            # No position is told apart from another one (`check_model_lengths`).
            return sorted(self.inputs.automaton(0).earliest.items())
        return [(token, p) for p, tokens in enumerate(self.live) for token in sorted(tokens)]


def _restored(
    texts: tuple[str, str],
    arrays: tuple[Weights, Layout, int | None],
    bounds: tuple[int | None, int | None, Deadline],
) -> Task:
    """Returns a task again that was sent from another process."""
    program = parse_program(texts[0])
    # Mostly the model was compiled from the program.
    subject = program if texts[1] == texts[0] else parse_program(texts[1])
    return Task(program, Model(subject, *arrays), *bounds)


def check_fit(program: Program, model: Model) -> None:
    """Refuses what is no model, or one whose weights or layout do not fit the program."""
    if not isinstance(model, Model):
        raise AltaError(f"verify: expected a model from alta.compile or alta.load, got {model!r}")
    model.check()
    check_wellformed(program, model.weights, model.layout)
    check_numbers(model.weights)
