"""The judge: asks a specification about runs, and makes sure that it means one thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

from alta.lang.program import Program
from alta.lang.values import Value
from alta.limit import OutOfTime, checkpoint
from alta_verify.specs.specification import (
    Demand,
    Indefinite,
    OfOutputs,
    Specification,
    SpecificationError,
)

__all__ = ["Judge", "indefinite"]

_Word = tuple[int, ...]
_Outputs = tuple[Value, ...]


@final
class Judge:
    """A specification of a program, which is asked about inputs of its language."""

    def __init__(self, program: Program, specification: OfOutputs) -> None:
        self._program = program
        self.specification = specification

    def wrong(self, words: Sequence[_Word], outputs: Sequence[_Outputs | None]) -> list[_Word]:
        """Returns the inputs whose outputs are not what was meant, or are missing.

        Raises SpecificationError where it is not definite what was meant.
        """
        runs = list(zip(words, outputs, strict=True))
        answers = [self._answer(*run) for run in runs]
        # Asked again in another order: what depends on more than the input, on a counter or on
        # chance, most likely answers differently, and then it means nothing.
        again = [self._answer(*run) for run in reversed(runs)]
        pairs = zip(answers, reversed(again), strict=True)
        for (word, values), (first, second) in zip(runs, pairs, strict=True):
            if values is not None and not self._compared(word, lambda: first == second):  # noqa: B023
                raise self.indefinite(
                    word,
                    f"says {first!r}, and asked again {second!r}; it may depend on its "
                    "argument alone",
                )
        return [
            word
            for (word, values), answer in zip(runs, answers, strict=True)
            if values is None
            or not self._compared(word, lambda: self.specification.met(answer, values))  # noqa: B023
        ]

    def demands(self, word: _Word, outputs: _Outputs) -> dict[int, Demand]:
        """Returns what was meant on an input, position by position, as far as that is said."""
        answer = self._answer(word, outputs)
        return dict(self.specification.demands(answer, len(word)))

    def _answer(self, word: _Word, outputs: _Outputs | None) -> Any:
        checkpoint()
        if outputs is None:
            return None
        try:
            return self.specification.answer(word, outputs)
        except (OutOfTime, SpecificationError):
            raise
        except Indefinite as reason:
            raise self.indefinite(word, str(reason)) from None
        except Exception as error:
            raise self.indefinite(word, f"raises {type(error).__name__}: {error}") from error

    def _compared(self, word: _Word, compare: Any) -> bool:
        try:
            return bool(compare())
        except Indefinite as reason:
            raise self.indefinite(word, str(reason)) from None
        except Exception as error:
            said = f"says something that cannot be compared, {type(error).__name__}: {error}"
            raise self.indefinite(word, said) from error

    def indefinite(self, word: _Word, reason: str) -> SpecificationError:
        """Returns the error that says of an input that it is not definite what was meant."""
        return indefinite(self._program, self.specification, word, reason)


def indefinite(
    program: Program, specification: Specification, word: _Word, reason: str
) -> SpecificationError:
    """Returns the error that says of an input that it is not definite what was meant."""
    text = " ".join(program.vocab[token] for token in word)
    return SpecificationError(f"spec: {specification.name} on input '{text}' {reason}")
