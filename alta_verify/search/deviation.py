"""Deviations: inputs on which a program does not do what was meant, replayed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, final

from alta.interp.run import ENDLESS, ending_of
from alta.lang.program import Program
from alta.lang.values import Value, show_value
from alta.visible import visible
from alta_verify.search.counterexample import Counterexample, find_difference
from alta_verify.search.difference import bound_of
from alta_verify.search.explanation import Explanation, as_json, explain
from alta_verify.specs.judge import Judge
from alta_verify.specs.specification import Demand

__all__ = ["MEANT", "Deviation", "Retrial", "find_deviation"]

MEANT: Final = "spec"
"""The kind of a counterexample in which the outputs are not what was meant."""

# Runs of more layers than this are not shown.
_MANY_LAYERS: Final = 1024


@final
@dataclass(frozen=True)
class Retrial:
    """A deviation run again: whether the same showed, and the outputs, if there are any."""

    confirmed: bool
    outputs: tuple[Value, ...] | None


@final
@dataclass(frozen=True)
class Deviation:
    """An input that shows that a program does not meet its specification.

    Attributes:
        tokens: the input.
        layer: after how many layers the run ended, or repeated a state.
        position: the first position whose output is not what was meant; 0 where no position is to
            blame alone.
        variable: the output variable.
        kind: ``"spec"``, or ``"endless"`` for a run that gives no outputs.
        outputs: what the program gives; None where the run never ends.
        demands: what was meant, by position, as far as that is said.
        max_layers: the most layers that counted, or None.
        shortest: whether the program was run on all shorter inputs, and did what was meant.
    """

    program: Program = field(repr=False)
    judge: Judge = field(repr=False, compare=False)
    tokens: tuple[int, ...]
    layer: int
    position: int
    variable: str
    kind: str
    outputs: tuple[Value, ...] | None
    demands: dict[int, Demand]
    max_layers: int | None = field(default=None, repr=False)
    shortest: bool = field(default=False, repr=False, compare=False)

    @property
    def names(self) -> str:
        """The input in token names."""
        return " ".join(self.program.vocab[token] for token in self.tokens)

    @property
    def positions(self) -> tuple[int, ...]:
        """Where outputs are not what was meant."""
        outputs = self.outputs or ()
        pairs = self.demands.items()
        return tuple(p for p, demand in pairs if p < len(outputs) and not demand.met(outputs[p]))

    @property
    def expected(self) -> str | None:
        """What was meant at the position, in words; None where that is not said."""
        demand = self.demands.get(self.position)
        return None if demand is None else str(demand)

    @property
    def actual(self) -> Value | None:
        """The output at the position; None where the run never ends."""
        return None if self.outputs is None else self.outputs[self.position]

    def replay(self) -> Retrial:
        """Runs the input again, and asks again what was meant."""
        again = find_deviation(self.program, self.judge, self.tokens, self.max_layers)
        ending = ending_of(self.program, self.tokens, self.max_layers)
        return Retrial(again == self, ending.outputs)

    @cached_property
    def explanation(self) -> Explanation | None:
        """What the program does around the place where it shows; None of a run that is long."""
        if self.layer > _MANY_LAYERS:
            return None
        bound = bound_of(self.program, len(self.tokens), self.max_layers)
        return explain(
            self.program,
            None,
            self.tokens,
            layer=self.layer,
            position=self.position,
            variable=self.variable,
            layers=bound if self.outputs is not None else self.layer,
            fails=False,
        )

    def table(self) -> str:
        """Returns the run around the place where it shows."""
        names = [self.program.vocab[token] for token in self.tokens]
        if self.explanation is None:
            return ""
        return visible(self.explanation.table(names, (self.position, self.variable)))

    def __str__(self) -> str:
        return visible(self._sentence(), lines=False)

    def _sentence(self) -> str:
        where = f"on input '{self.names}'"
        if self.outputs is None:
            return (
                f"{where}, the run never ends: the state after layer {self.layer} was there before"
            )
        said = self.judge.specification.name
        if self.positions:
            further = len(self.positions) - 1
            beside = f" (and {further} more)" if further else ""
            return (
                f"{where}, position {self.position}{beside}: the output is "
                f"{show_value(self.outputs[self.position])}, and {self.expected} was meant by "
                f"{said}"
            )
        shown = " ".join(map(show_value, self.outputs))
        return f"{where}, the outputs are {shown}, of which {said} is not true"

    def to_json(self) -> dict[str, Any]:
        """Returns the deviation as JSON values."""
        return {
            "tokens": list(self.tokens),
            "names": self.names,
            "layer": self.layer,
            "position": self.position,
            "variable": self.variable,
            "expected": self.expected,
            "actual": as_json(self.actual),
            "kind": self.kind,
            "positions": list(self.positions),
            "outputs": None if self.outputs is None else list(map(as_json, self.outputs)),
            "demands": {str(place): str(demand) for place, demand in self.demands.items()},
            "shortest": self.shortest,
            "explanation": None if self.explanation is None else self.explanation.to_json(),
        }


def find_deviation(
    program: Program, judge: Judge, tokens: tuple[int, ...], max_layers: int | None
) -> Deviation | Counterexample | None:
    """Runs a program on an input; returns how it fails or is not as meant, if it is so."""
    ending = ending_of(program, tokens, max_layers)
    if ending.error is not None:
        return find_difference(program, None, tokens, max_layers)
    output = program.output_name
    place = program, judge, tokens, ending.layers
    if ending.outputs is None:
        return Deviation(*place, 0, output, ENDLESS, None, {}, max_layers)
    if not judge.wrong([tokens], [ending.outputs]):
        return None
    demands = judge.demands(tokens, ending.outputs)
    deviation = Deviation(*place, 0, output, MEANT, ending.outputs, demands, max_layers)
    return replace(deviation, position=min(deviation.positions, default=0))
