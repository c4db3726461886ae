"""Information flow: which places of the runs of one length the outputs can depend on.

A *place* is a name at a position before, or within, a layer. Sets of values are followed layer by
layer, with what is relevant to what (`layer.py`); then liveness is followed backwards from what a
run shows, its outputs and whether it halts. What is not reached does not matter, in whatever runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, final

from alta_verify.abstraction import Abstraction
from alta_verify.circuits.layer import LayerOnSets, Read, Row, Written
from alta_verify.obligation import NotShown
from alta_verify.universal import nonempty

__all__ = ["Flow", "LiveParts", "add_live", "flow"]

# So many layers are followed for sets that come back.
_LAYERS: Final = 1 << 10

_Place: TypeAlias = tuple[int, str]
"""A position and a name."""


@final
@dataclass
class LiveParts:
    """The parts of a program that are live in some place, as far as is known.

    Attributes:
        variables: those that matter before a layer.
        heads: those that matter within a layer.
        reads: head, variable and role where the head is live and what it reads so is relevant.
        writes: variable that is written, and name on which that depends.
        rows: the sets of values that there are within layers, each once.
    """

    variables: set[str] = field(default_factory=set)
    heads: set[str] = field(default_factory=set)
    reads: set[tuple[str, str, str]] = field(default_factory=set)
    writes: set[tuple[str, str]] = field(default_factory=set)
    rows: dict[tuple[frozenset[int], ...], Row] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class _Layer:
    """A layer on sets: values before and within it, and what is relevant.

    Attributes:
        before: the variables at each position.
        within: variables and head outputs at each position.
        read: for each position and head what it reads.
        written: for each position and variable what it becomes.
    """

    before: Sequence[Row]
    within: Sequence[Row]
    read: Mapping[_Place, Read]
    written: Mapping[_Place, Written]


@final
@dataclass(frozen=True)
class Flow:
    """The layers of all runs on inputs of one length.

    Attributes:
        layers: the layers that some run may take.
        last: the sets after the last of them.
        back: the layer whose sets those are, if runs go on from there.
        ends: how many layers a run may have.
        sources: for each position the positions of tokens on which the output there may depend.
    """

    layers: Sequence[_Layer]
    last: Sequence[Row]
    back: int | None
    ends: frozenset[int]
    sources: Sequence[frozenset[int]]


def flow(
    abstraction: Abstraction, layer: LayerOnSets, live: Sequence[Collection[int]], bound: int | None
) -> Flow:
    """Follows all runs of a length, given the tokens that occur at each position.

    Raises:
        NotShown: when too many layers would have to be followed.
    """
    return _Following(abstraction, layer, live, bound).flow()


@final
class _Following:
    """The runs of a length, up to some layer."""

    def __init__(
        self,
        abstraction: Abstraction,
        layer: LayerOnSets,
        live: Sequence[Collection[int]],
        bound: int | None,
    ) -> None:
        self._program, self._layer, self._bound = abstraction.finite, layer, bound
        variables = self._program.variables.items()
        self._rows: list[Row] = [
            {
                name: frozenset(
                    variable.initial_value(token, position, name=name)
                    for token in nonempty(tokens, f"tokens at position {position}")
                )
                for name, variable in variables
            }
            for position, tokens in enumerate(nonempty(live, "positions"))
        ]
        # For each place the positions of tokens on which it may depend, as bits.
        self._bits: dict[_Place, int] = {
            (position, name): 1 << position
            for position, row in enumerate(self._rows)
            for name, variable in variables
            if variable.initial.source == "token" and len(row[name]) > 1
        }
        # And those on which it may depend which runs have halted.
        self._halting = 0
        self._outputs = [0] * len(self._rows)

    def flow(self) -> Flow:
        layers: list[_Layer] = []
        ends: set[int] = set()
        past: dict[object, int] = {}
        back = None
        while True:
            halts = self._halts()
            if halts or len(layers) == self._bound:
                ends.add(len(layers))
                self._end()
            if halts == "all" or len(layers) == self._bound:
                break
            key = tuple(tuple(row.values()) for row in self._rows)
            state = key, tuple(sorted(self._bits.items())), self._halting
            # Of the same sets, with the same sources, the same follows again and again.
            if state in past:
                back = past[state]
                break
            past[state] = len(layers)
            if len(layers) >= _LAYERS:
                raise NotShown(f"more than {_LAYERS} layers would have to be followed")
            layers.append(self._step())
        if back is not None and self._bound is not None:
            # The last layer of a run is one of those that come again.
            ends.update(range(back, len(layers)))
            for number in range(back, len(layers)):
                self._rows = list(layers[number].before)
                self._end()
        places = range(len(self._rows))
        sources = [frozenset(j for j in places if self._outputs[i] >> j & 1) for i in places]
        return Flow(layers, self._rows, back, frozenset(ends), sources)

    def _halts(self) -> str:
        """Says whether "all" runs halt here, "some" may, or none; and notes what that tells."""
        halt, index = self._program.halt, self._program.halt_index
        if halt is None or any(index not in row[halt.variable] for row in self._rows):
            return ""
        if all(row[halt.variable] == {index} for row in self._rows):
            return "all"
        for position in range(len(self._rows)):
            self._halting |= self._bits.get((position, halt.variable), 0)
        return "some"

    def _end(self) -> None:
        """Notes on what outputs depend where a run may end here."""
        name = self._program.output_name
        for position in range(len(self._rows)):
            self._outputs[position] |= self._bits.get((position, name), 0) | self._halting

    def _step(self) -> _Layer:
        before, bits = self._rows, self._bits
        read = {
            (i, name): self._layer.read(name, i, before)
            for i in range(len(before))
            for name in self._program.heads
        }
        heads = self._program.heads
        within_bits = dict(bits)
        for (i, name), reading in read.items():
            within_bits[i, name] = _union(
                bits.get((j, str(getattr(heads[name], role))), 0) for role, j in reading.relevant
            )
        within: list[Row] = [
            {**row, **{name: read[i, name].values for name in heads}}
            for i, row in enumerate(before)
        ]
        written = {
            (i, name): self._layer.write(name, row)
            for i, row in enumerate(within)
            for name in self._program.variables
        }
        self._bits = {
            (i, name): _union(within_bits.get((i, read_name), 0) for read_name in after.relevant)
            for (i, name), after in written.items()
        }
        self._rows = [
            {name: written[i, name].values for name in self._program.variables}
            for i in range(len(before))
        ]
        return _Layer(before, within, read, written)


def _union(parts: Iterator[int]) -> int:
    bits = 0
    for part in parts:
        bits |= part
    return bits


@final
class _Backwards:
    """Liveness, from the end of the runs of a length to its beginning."""

    def __init__(self, abstraction: Abstraction, runs: Flow, steady: Collection[str]) -> None:
        self._program, self._runs, self._steady = abstraction.finite, runs, steady
        # The live places before each layer, and after the last one.
        self._before: list[set[_Place]] = [
            set(self._shown(number, rows))
            for number, rows in enumerate([*(layer.before for layer in runs.layers), runs.last])
        ]

    def _shown(self, number: int, rows: Sequence[Row]) -> Iterator[_Place]:
        """Yields the places that a run shows of itself after so many layers."""
        halt, index = self._program.halt, self._program.halt_index
        # Whether it halts here can depend on a place only where all others may hold the halt value.
        halting = halt is not None and all(index in row[halt.variable] for row in rows)
        for position, row in enumerate(rows):
            if number in self._runs.ends and len(row[self._program.output_name]) > 1:
                yield position, self._program.output_name
            if halt is not None and halting and len(row[halt.variable]) > 1:
                yield position, halt.variable

    def parts(self, live: LiveParts) -> None:
        """Adds the parts that are live on some input of the length."""
        if self._runs.back is not None:
            self._before[-1] |= self._before[self._runs.back]
        # Places only become live, so that this ends.
        while self._pass(live):
            pass

    def _pass(self, live: LiveParts) -> bool:
        changed = False
        for number in reversed(range(len(self._runs.layers))):
            live_before = self._layer(self._runs.layers[number], self._before[number + 1], live)
            self._before[number] |= live_before
        if self._runs.back is not None:
            again = self._before[self._runs.back]
            changed = not again <= self._before[-1]
            self._before[-1] |= again
        return changed

    def _layer(self, layer: _Layer, after: set[_Place], live: LiveParts) -> set[_Place]:
        """Returns the live places before a layer, given those after it."""
        within = set[_Place]()
        for (i, name), written in layer.written.items():
            row = layer.within[i]
            if name not in self._steady:
                # What the weights do in states that no run has is not known.
                relevant = frozenset(read for read, values in row.items() if len(values) > 1)
            elif (i, name) in after or written.fails:
                # Where rules fail anything may happen, so whether they do is as good as an output.
                relevant = written.relevant
            else:
                continue
            within |= {(i, read) for read in relevant}
            live.writes |= {(name, read) for read in relevant}
        before = set[_Place]()
        for i, name in within:
            if name not in self._program.heads:
                before.add((i, name))
                continue
            live.heads.add(name)
            for role, j in layer.read[i, name].relevant:
                variable = str(getattr(self._program.heads[name], role))
                before.add((j, variable))
                live.reads.add((name, variable, role))
        live.variables |= {name for _, name in before}
        for row in layer.within:
            live.rows.setdefault(tuple(row.values()), row)
        return before


def add_live(
    live: LiveParts, abstraction: Abstraction, runs: Flow, steady: Collection[str]
) -> None:
    """Adds the parts that are live on some input of the length of some runs.

    What the weights do is known of steady variables, in every local state in which no rule fails.
    """
    _Backwards(abstraction, runs, steady).parts(live)
