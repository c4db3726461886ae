"""Deviations: inputs on which a program does not do what was meant, replayed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, final

from alta.interp.run import ENDLESS, ending_of, run
from alta.lang.program import Program
from alta.lang.values import Value, show_value
from alta.visible import visible
from alta_verify.search.counterexample import Counterexample, find_difference
from alta_verify.search.difference import bound_of, layers_to_take
from alta_verify.search.explanation import Explanation, as_json, explain
from alta_verify.specs.invariants import Always, Needed
from alta_verify.specs.judge import Judge, indefinite
from alta_verify.specs.simulation import Simulates
from alta_verify.specs.specification import Demand, Indefinite

__all__ = [
    "MEANT",
    "BrokenInvariant",
    "Departure",
    "Deviation",
    "Retrial",
    "WrongOutputs",
    "departing",
    "find_broken",
    "find_departure",
    "find_deviation",
]

MEANT: Final = "spec"
"""The kind of a counterexample in which something is not what was meant."""

# Runs of more layers than this are not shown.
_MANY_LAYERS: Final = 1024


@final
@dataclass(frozen=True)
class Retrial:
    """A deviation run again: whether the same showed, and the outputs, if there are any."""

    confirmed: bool
    outputs: tuple[Value, ...] | None


@dataclass(frozen=True, kw_only=True)
class Deviation(ABC):
    """An input that shows that a program does not meet its specification.

    Attributes:
        tokens: the input.
        layer: after how many layers it shows: of outputs, those of the run.
        position: the first position at which it shows; 0 where none is to blame alone.
        variable: the output variable, or the first one that an invariant reads.
        kind: ``"spec"``, or ``"endless"`` for a run that gives no outputs.
        max_layers: the most layers that counted, or None.
        shortest: whether the program was run on all shorter inputs, and did what was meant.
    """

    program: Program = field(repr=False)
    tokens: tuple[int, ...]
    layer: int
    position: int
    variable: str
    kind: str = MEANT
    max_layers: int | None = field(default=None, repr=False)
    shortest: bool = field(default=False, repr=False, compare=False)

    @property
    def names(self) -> str:
        """The input in token names."""
        return " ".join(self.program.vocab[token] for token in self.tokens)

    @property
    @abstractmethod
    def expected(self) -> str | None:
        """What was meant at the position, in words; None where that is not said."""

    @property
    @abstractmethod
    def actual(self) -> Value | str | None:
        """What is there instead; None where a run never ends."""

    @property
    def demands(self) -> Mapping[int, Demand]:
        """What was meant of the outputs, by position, as far as that is said."""
        return {}

    @property
    def outputs(self) -> tuple[Value, ...] | None:
        """The outputs of the run; None where it never ends."""
        return ending_of(self.program, self.tokens, self.max_layers).outputs

    @property
    def positions(self) -> tuple[int, ...]:
        """Where outputs are not what was meant."""
        outputs = self.outputs or ()
        pairs = self.demands.items()
        return tuple(p for p, demand in pairs if p < len(outputs) and not demand.met(outputs[p]))

    @abstractmethod
    def replay(self) -> Retrial:
        """Runs the input again, and asks again what was meant."""

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
            layers=self.layer if self.kind == ENDLESS else bound,
            fails=False,
        )

    def table(self) -> str:
        """Returns the run around the place where it shows."""
        names = [self.program.vocab[token] for token in self.tokens]
        if self.explanation is None:
            return ""
        return visible(self.explanation.table(names, (self.position, self.variable)))

    def __str__(self) -> str:
        return visible(self.sentence(), lines=False)

    @abstractmethod
    def sentence(self) -> str:
        """Returns what is wrong, in words."""

    def to_json(self) -> dict[str, Any]:
        """Returns the deviation as JSON values."""
        outputs = self.outputs
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
            "outputs": None if outputs is None else list(map(as_json, outputs)),
            "demands": {str(place): str(demand) for place, demand in self.demands.items()},
            "shortest": self.shortest,
            "explanation": None if self.explanation is None else self.explanation.to_json(),
        }


@final
@dataclass(frozen=True, kw_only=True)
class WrongOutputs(Deviation):
    """A deviation in the outputs, or a run that gives none since it never ends."""

    judge: Judge = field(repr=False, compare=False)
    ending: tuple[Value, ...] | None
    demanded: Mapping[int, Demand]

    @property
    def outputs(self) -> tuple[Value, ...] | None:
        """The outputs of the run; None where it never ends."""
        return self.ending

    @property
    def demands(self) -> Mapping[int, Demand]:
        """What was meant of the outputs, by position, as far as that is said."""
        return self.demanded

    @property
    def expected(self) -> str | None:
        """What was meant at the position, in words; None where that is not said."""
        demand = self.demanded.get(self.position)
        return None if demand is None else str(demand)

    @property
    def actual(self) -> Value | None:
        """The output at the position; None where the run never ends."""
        return None if self.ending is None else self.ending[self.position]

    def replay(self) -> Retrial:
        """Runs the input again, and asks again what was meant."""
        deviation = find_deviation(self.program, self.judge, self.tokens, self.max_layers)
        ending = ending_of(self.program, self.tokens, self.max_layers)
        return Retrial(deviation == self, ending.outputs)

    def sentence(self) -> str:
        """Returns what is wrong, in words."""
        where = f"on input '{self.names}'"
        if self.ending is None:
            return (
                f"{where}, the run never ends: the state after layer {self.layer} was there before"
            )
        said = self.judge.specification.name
        if self.positions:
            further = len(self.positions) - 1
            beside = f" (and {further} more)" if further else ""
            return (
                f"{where}, position {self.position}{beside}: the output is "
                f"{show_value(self.ending[self.position])}, and {self.expected} was meant by {said}"
            )
        shown = " ".join(map(show_value, self.ending))
        return f"{where}, the outputs are {shown}, of which {said} is not true"


@final
@dataclass(frozen=True, kw_only=True)
class BrokenInvariant(Deviation):
    """A deviation in a state: an invariant that is not true of it, or of it and the one before.

    Attributes:
        before: the values that the invariant reads, of two states those of the earlier one.
        after: those of the later one.
    """

    invariant: Always = field(repr=False, compare=False)
    before: Mapping[str, Value]
    after: Mapping[str, Value]

    @property
    def expected(self) -> str:
        """That the invariant is true."""
        return f"{self.invariant.name} is true"

    @property
    def actual(self) -> str:
        """The values of which it is not true."""
        texts = _listed(self.before)
        if self.invariant.steps:
            texts = f"{texts or 'anything'} before and {_listed(self.after) or 'anything'} after it"
        return texts or "anything"

    def replay(self) -> Retrial:
        """Runs the input again, and asks the invariant again."""
        broken = find_broken(self.program, self.invariant, self.tokens, self.max_layers)
        return Retrial(broken == self, self.outputs)

    def sentence(self) -> str:
        """Returns what is wrong, in words."""
        when = "in" if self.invariant.steps else "after"
        return (
            f"on input '{self.names}', {when} layer {self.layer}, position {self.position}: "
            f"{self.invariant.name} is not true of {self.actual}"
        )


@final
@dataclass(frozen=True, kw_only=True)
class Departure(Deviation):
    """A deviation in a step: what the variables stand for is not the machine's next state.

    Attributes:
        step: the step, the first of which is 1; 0 for the start.
    """

    simulation: Simulates = field(repr=False, compare=False)
    step: int

    @property
    def expected(self) -> str:
        """That it is the machine's state."""
        return f"the state that {self.simulation.name} returns"

    @property
    def actual(self) -> str:
        """That it is another one."""
        return "another one"

    def replay(self) -> Retrial:
        """Runs the input again, and the machine beside it."""
        departure = find_departure(self.program, self.simulation, self.tokens, self.max_layers)
        return Retrial(departure == self, self.outputs)

    def sentence(self) -> str:
        """Returns what is wrong, in words."""
        when = f"step {self.step}, after layer {self.layer}," if self.step else "the start"
        return (
            f"on input '{self.names}', {when} is not what was meant: the variables stand for "
            f"another state than {self.simulation.name} returns"
        )


def _listed(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} = {show_value(value)}" for name, value in values.items())


def find_deviation(
    program: Program, judge: Judge, tokens: tuple[int, ...], max_layers: int | None
) -> WrongOutputs | Counterexample | None:
    """Runs a program on an input; returns how it fails or is not as meant, if it is so."""
    ending = ending_of(program, tokens, max_layers)
    if ending.error is not None:
        return find_difference(program, None, tokens, max_layers)
    deviation = WrongOutputs(
        program=program,
        judge=judge,
        tokens=tokens,
        layer=ending.layers,
        position=0,
        variable=program.output_name,
        kind=ENDLESS,
        ending=None,
        demanded={},
        max_layers=max_layers,
    )
    if ending.outputs is None:
        return deviation
    if not judge.wrong([tokens], [ending.outputs]):
        return None
    demands = judge.demands(tokens, ending.outputs)
    deviation = replace(deviation, kind=MEANT, ending=ending.outputs, demanded=demands)
    return replace(deviation, position=min(deviation.positions, default=0))


def find_broken(
    program: Program, invariant: Always, tokens: tuple[int, ...], max_layers: int | None
) -> BrokenInvariant | Counterexample | None:
    """Runs a program on an input; returns how it fails or breaks an invariant first, if so."""
    failure = find_difference(program, None, tokens, max_layers)
    if failure is not None:
        return failure
    # After a state that came back a run has no others.
    trace = run(program, tokens, layers_to_take(program, tokens, max_layers)).trace
    tables = [trace.initial, *(layer.after_mlp for layer in trace.layers)]
    for layer, table in enumerate(tables[1:] if invariant.steps else tables, int(invariant.steps)):
        for position, state in enumerate(table):
            earlier = tables[layer - 1][position] if invariant.steps else state
            try:
                held, before, after = _consulted(invariant, earlier, state)
            except Indefinite as reason:
                raise indefinite(program, invariant, tokens, str(reason)) from None
            if not held:
                return BrokenInvariant(
                    program=program,
                    invariant=invariant,
                    tokens=tokens,
                    layer=layer,
                    position=position,
                    variable=next(iter([*before, *after]), program.output_name),
                    max_layers=max_layers,
                    before=before,
                    after=after,
                )
    return None


def find_departure(
    program: Program, simulation: Simulates, tokens: tuple[int, ...], max_layers: int | None
) -> Departure | Counterexample | None:
    """Runs a program on an input; returns how it fails or departs from a machine first, if so."""
    failure = find_difference(program, None, tokens, max_layers)
    if failure is not None:
        return failure
    # After a state that came back a run has no others.
    bound = layers_to_take(program, tokens, max_layers)
    departure = departing(program, simulation, tokens, bound)
    if departure is None:
        return None
    step, layer = departure
    return Departure(
        program=program,
        simulation=simulation,
        tokens=tokens,
        layer=layer,
        position=0,
        variable=program.output_name,
        max_layers=max_layers,
        step=step,
    )


def departing(
    program: Program, simulation: Simulates, tokens: tuple[int, ...], layers: int | None
) -> tuple[int, int] | None:
    """Returns in which step, after how many layers, a run departs from a machine, if it does."""
    taken = run(program, tokens, layers)
    tables = [taken.trace.initial, *(layer.after_mlp for layer in taken.trace.layers)]
    ends = list(range(0, len(tables), simulation.every))
    if taken.halted and ends[-1] != len(tables) - 1:
        ends.append(len(tables) - 1)
    states = [{n: [row[n] for row in tables[layer]] for n in program.variables} for layer in ends]
    try:
        step = simulation.wrong(tokens, states)
    except Indefinite as reason:
        raise indefinite(program, simulation, tokens, str(reason)) from None
    return None if step is None else (step, ends[step])


def _consulted(
    invariant: Always, earlier: Mapping[str, Value], later: Mapping[str, Value]
) -> tuple[bool, dict[str, Value], dict[str, Value]]:
    """Returns whether an invariant holds, and the values that it reads to say so."""
    before: dict[str, Value] = {}
    after: dict[str, Value] = {}
    while True:
        try:
            return invariant.holds(before, after), before, after
        except Needed as needed:
            if needed.after:
                after[needed.name] = later[needed.name]
            else:
                before[needed.name] = earlier[needed.name]
