"""Disagreements: inputs on which two programs do not give the same outputs, replayed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, final

from alta.interp.run import ENDLESS, Ending, ending_of
from alta.lang.program import Program
from alta.lang.values import show_value
from alta.visible import visible
from alta_verify.claim.equivalent import SIDES
from alta_verify.search.explanation import as_json

__all__ = ["Disagreement", "Replays", "find_disagreement"]


@final
@dataclass(frozen=True)
class Replays:
    """A disagreement run again: whether both runs ended as before, and how."""

    confirmed: bool
    first: Ending
    second: Ending


@final
@dataclass(frozen=True)
class Disagreement:
    """An input that shows that two programs are not equivalent.

    Attributes:
        first: the one program.
        second: the other program.
        tokens: the input.
        endings: how the runs of both ended.
        max_layers: the most layers that counted, or None.
        shortest: whether both programs were run on all shorter inputs, and agreed.
    """

    first: Program = field(repr=False)
    second: Program = field(repr=False)
    tokens: tuple[int, ...]
    endings: tuple[Ending, Ending]
    max_layers: int | None = field(default=None, repr=False)
    shortest: bool = field(default=False, repr=False, compare=False)

    @property
    def kind(self) -> str:
        """What is wrong: ``"mismatch"``, or why a program gives no outputs.

        That is ``"conflict"``, ``"range"``, ``"undefined"`` or ``"endless"``; of the first program
        where neither gives any.
        """
        return next((end.fault for end in self.endings if end.fault is not None), "mismatch")

    @property
    def culprit(self) -> str | None:
        """Which program gives no outputs, ``"first"`` or ``"second"``; None for a mismatch."""
        endings = zip(SIDES, self.endings, strict=True)
        return next((ordinal for ordinal, end in endings if end.fault is not None), None)

    @property
    def positions(self) -> tuple[int, ...]:
        """Where the outputs differ; empty where a program gives none."""
        first, second = (end.outputs for end in self.endings)
        if first is None or second is None:
            return ()
        pairs = enumerate(zip(first, second, strict=True))
        return tuple(position for position, (left, right) in pairs if left != right)

    @property
    def names(self) -> str:
        """The input in token names."""
        return " ".join(self.first.vocab[token] for token in self.tokens)

    def replay(self) -> Replays:
        """Runs the input again on the definitional interpreter, with both programs."""
        first = ending_of(self.first, self.tokens, self.max_layers)
        second = ending_of(self.second, self.tokens, self.max_layers)
        # Compared as data: how runs ended, without the errors' identities.
        again = find_disagreement(self.first, self.second, self.tokens, self.max_layers)
        confirmed = again is not None and again._result() == self._result()
        return Replays(confirmed, first, second)

    def __str__(self) -> str:
        return visible(self._sentence(), lines=False)

    def _sentence(self) -> str:
        if self.culprit is None:
            return f"on input '{self.names}', {self._difference()}"
        where = SIDES.index(self.culprit)
        program, ended = (self.first, self.second)[where], self.endings[where]
        said = (
            f"never ends: the state after layer {ended.layers} was there before"
            if ended.fault == ENDLESS
            else f"fails: {ended.error}"
        )
        if all(end.fault is not None for end in self.endings):
            said += "; the second one gives no outputs either"
        return f"on input '{self.names}', the {self.culprit} program ({program.name}) {said}"

    def _difference(self) -> str:
        # The first place is enough to see it; the others are counted.
        position, *further = self.positions
        sides = zip((self.first, self.second), self.endings, strict=True)
        first, second = (
            f"{show_value((ended.outputs or ())[position])} in the {ordinal} program "
            f"({program.name}, {_after(ended)})"
            for ordinal, (program, ended) in zip(SIDES, sides, strict=True)
        )
        beside = f" (and {len(further)} more)" if further else ""
        return f"position {position}{beside}: the output is {first} and {second}"

    def to_json(self) -> dict[str, Any]:
        """Returns the disagreement as JSON values."""
        return {**self._result(), "shortest": self.shortest}

    def _result(self) -> dict[str, Any]:
        return {
            "tokens": list(self.tokens),
            "names": self.names,
            "kind": self.kind,
            "culprit": self.culprit,
            "positions": list(self.positions),
            **{
                ordinal: {
                    "outputs": None if end.outputs is None else list(map(as_json, end.outputs)),
                    "layers": end.layers,
                    "halted": end.halted,
                    "fault": end.fault,
                    "error": None if end.error is None else str(end.error),
                }
                for ordinal, end in zip(SIDES, self.endings, strict=True)
            },
        }


def _after(ended: Ending) -> str:
    return f"after {ended.layers} layer{'' if ended.layers == 1 else 's'}"


def find_disagreement(
    first: Program, second: Program, tokens: tuple[int, ...], max_layers: int | None
) -> Disagreement | None:
    """Runs two programs on one input, and says how they disagree if they do."""
    endings = ending_of(first, tokens, max_layers), ending_of(second, tokens, max_layers)
    # Two programs that both give no outputs do not agree: outputs are what is claimed to be equal.
    agree = endings[0].outputs == endings[1].outputs
    if agree and all(end.fault is None for end in endings):
        return None
    return Disagreement(first, second, tokens, endings, max_layers)
