"""Agreement: what was meant is what another program gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

from alta.errors import AltaError
from alta.interp.run import ending_of
from alta.lang.program import Program
from alta.lang.values import Value
from alta_verify.specs.specification import Demand, Indefinite, OfOutputs, Word

__all__ = ["Agrees"]


@final
@dataclass(frozen=True)
class Agrees(OfOutputs):
    """The outputs are those of another program, after the layers that its own run takes."""

    program: Program

    @property
    def name(self) -> str:
        """Whose words it is."""
        return f"program {self.program.name!r}"

    @property
    def statement(self) -> str:
        """What is claimed of the outputs."""
        return f"the output at every position is that of the {self.name}"

    @property
    def parts(self) -> tuple[object, ...]:
        """All that answers depend on."""
        return (self.program,)

    def bound(self, program: Program) -> Agrees:
        """Returns the same; refuses a program over other tokens."""
        if program.vocab != self.program.vocab:
            raise AltaError(
                f"spec: {self.name} has other tokens than program {program.name!r}: "
                f"{' '.join(self.program.vocab[:8])!r} … and {' '.join(program.vocab[:8])!r} …; "
                "give both the same input_range and vocab"
            )
        return self

    @cached_property
    def _answers(self) -> dict[Word, tuple[Value, ...]]:
        return {}

    def learn(self, words: Sequence[Word], outputs: Sequence[tuple[Value, ...] | None]) -> None:
        """Takes outputs that the other program was seen to give, on inputs of its language."""
        answered = zip(words, outputs, strict=True)
        self._answers.update({word: values for word, values in answered if values is not None})

    def answer(self, word: Word, outputs: Sequence[Value]) -> tuple[Value, ...]:  # noqa: ARG002
        """Returns the outputs of the other program."""
        # A program is deterministic, so that it need not be run to be asked again.
        if word not in self._answers:
            self._answers[word] = self._run(word)
        return self._answers[word]

    def _run(self, word: Word) -> tuple[Value, ...]:
        # Outside of its language a program promises nothing.
        if not self.program.inputs.contains(word):
            raise Indefinite("says nothing: the input is outside of its language")
        ending = ending_of(self.program, word, None)
        if ending.outputs is None:
            raise Indefinite(f"gives no outputs: {ending.error or 'its run never ends'}")
        return ending.outputs

    def demands(self, answer: Any, length: int) -> Mapping[int, Demand]:  # noqa: ARG002
        """Returns what the other program demands."""
        return dict(enumerate(map(Demand, answer)))
