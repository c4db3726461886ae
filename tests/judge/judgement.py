"""Judgement: where a model and a program differ, and where two programs do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from random import Random
from typing import Any

import numpy as np

from tests.judge.formats import AnyOrder, Arithmetic, Float64, rounded
from tests.judge.language import Word, inputs
from tests.judge.meaning import Program, Variable
from tests.judge.network import Network, Stream, decoded, is_halted
from tests.judge.running import Course, Interpreter
from tests.judge.weights import Model

__all__ = ["Claim", "Finding", "disagreements"]

ORDERS = 3
"""Passes in the format of the model, each with other orders of summation."""


@dataclass(frozen=True)
class Finding:
    """Something that a claim says and that is not so.

    Attributes:
        word: the input.
        kind: "conflict", "range", "undefined" or "mismatch".
        what: what is wrong, and where.
    """

    word: Word
    kind: str
    what: str


class Claim:
    """That a model computes a program on all inputs within some bounds.

    Attributes:
        words: the inputs.
    """

    def __init__(self, program: Program, max_len: int, max_layers: int | None = None) -> None:
        self.program = program
        self.max_layers = max_layers
        self.words = inputs(program, max_len)

    @cached_property
    def courses(self) -> list[Course]:
        """The runs of the program."""
        interpreter = Interpreter(self.program)
        return [interpreter.course(word, self.max_layers) for word in self.words]

    @cached_property
    def failures(self) -> list[Finding]:
        """The inputs on which the program itself fails."""
        return [
            Finding(one.word, kind, f"the program fails in layer {len(one.tables)}")
            for one in self.courses
            if one.failure is not None
            for kind in sorted(one.failure.kinds)
        ]

    def findings(self, model: Model, *, exact: bool = False, seed: int = 0) -> Iterator[Finding]:
        """Everything that is wrong with a model, once for each input and arithmetic.

        Args:
            model: the model.
            exact: whether residual streams have to be the codes of states, and not just decode.
            seed: chooses orders of summation.
        """
        yield from self.failures
        rng = Random(seed)
        arithmetics: list[Arithmetic] = [Float64()]
        arithmetics += [AnyOrder(model.dtype, rng) for _ in range(ORDERS)]
        for arithmetic in arithmetics:
            for _, group in groupby(self.courses, key=lambda one: len(one.word)):
                with np.errstate(all="ignore"):
                    yield from self._differing(
                        Network(model, arithmetic), model, list(group), exact
                    )

    def _differing(
        self, network: Network, model: Model, courses: list[Course], exact: bool
    ) -> Iterator[Finding]:
        """What is wrong with inputs of one length."""
        open_ = dict(enumerate(courses))
        for place, one in enumerate(courses):
            if not _same_names(self.program, model, one.word):
                yield Finding(one.word, "mismatch", "its names are other tokens of the model")
                del open_[place]
        stream = network.start([one.word for one in courses])
        for layer in range(max(len(one.tables) for one in courses)):
            if layer:
                stream = network.layer(stream)
            for place, one in list(open_.items()):
                wrong = self._wrong(model, one, layer, stream[place], exact)
                if wrong:
                    yield Finding(one.word, "mismatch", f"layer {layer}: {wrong}")
                if wrong or layer + 1 == len(one.tables):
                    del open_[place]

    def _wrong(self, model: Model, course: Course, layer: int, stream: Stream, exact: bool) -> str:
        """What is wrong with the residual stream after a layer."""
        table = course.tables[layer]
        for position, (row, coordinates) in enumerate(zip(table, stream, strict=True)):
            for (name, variable), value in zip(self.program.variables.items(), row, strict=True):
                found = coordinates[list(model.columns[name])]
                if model.program.variables[name].kind != variable.kind:
                    return f"{name} is {model.program.variables[name].kind} to the model"
                if not _stands_for(model, name, coordinates, value, exact):
                    return f"{name} at {position} is {found.tolist()}, not {value}"
            for name in self.program.heads if exact else ():
                if coordinates[list(model.columns[name])].any():
                    return f"{name} at {position} is not 0"
        last = layer + 1 == len(course.tables)
        return (
            self._wrong_end(model, course, layer, stream)
            if last
            else self._early(model, course, layer, stream)
        )

    def _bound(self, model: Model, course: Course) -> int | None:
        return model.program.bound(len(course.word)) if self.max_layers is None else self.max_layers

    def _ends(self, model: Model, course: Course, layer: int, stream: Stream) -> bool:
        return is_halted(model, stream) or layer == self._bound(model, course)

    def _early(self, model: Model, course: Course, layer: int, stream: Stream) -> str:
        return "the model ends" if self._ends(model, course, layer, stream) else ""

    def _wrong_end(self, model: Model, course: Course, layer: int, stream: Stream) -> str:
        """What is wrong where the program ends, if it does."""
        if course.failure is not None:
            return ""
        if self._ends(model, course, layer, stream) != course.ended:
            return f"one side ends, the program: {course.ended}"
        if not course.ended:
            # It goes on without end, and a bound of the model's may come later.
            return "" if self._bound(model, course) is None else "the model has a bound"
        if is_halted(model, stream) != course.halted:
            return f"one side has halted, the program: {course.halted}"
        return self._wrong_output(model, course, stream)

    def _wrong_output(self, model: Model, course: Course, stream: Stream) -> str:
        name = model.program.output
        mine, theirs = self.program.variables[self.program.output], model.program.variables[name]
        place = list(self.program.variables).index(self.program.output)
        outputs = [decoded(model, name, row) for row in stream]
        wanted = [_in_format(mine, row[place], model.dtype) for row in course.tables[-1]]
        if mine.kind != theirs.kind or outputs != wanted:
            return f"the outputs are {outputs} ({theirs.kind}), not {wanted} ({mine.kind})"
        return ""


def _same_names(program: Program, model: Model, word: Word) -> bool:
    """Whether the names of an input are those of the same tokens of the model."""
    mine, theirs = program.vocab, model.program.vocab
    return all(theirs.index(mine[t]) == t if mine[t] in theirs else False for t in word)


def _in_format(variable: Variable, value: Any, dtype: str) -> Any:
    return float(rounded(value, dtype)) if variable.kind == "numerical" else value


def _stands_for(model: Model, name: str, row: Stream, value: Any, exact: bool) -> bool:
    variable, found = model.program.variables[name], row[list(model.columns[name])]
    if exact and (variable.kind != "numerical" or len(found) > 1):
        members = value if variable.kind == "set" else {value}
        numerical = variable.kind == "numerical"
        places = model.program.numbers(name) if numerical else range(variable.size)
        return found.tolist() == [float(place in members) for place in places]
    return bool(decoded(model, name, row) == _in_format(variable, value, model.dtype))


def disagreements(
    first: Program, second: Program, max_len: int, max_layers: int | None = None
) -> Iterator[Finding]:
    """The inputs of both programs on which one fails, does not end, or outputs differ."""
    sides = [Interpreter(first), Interpreter(second)]
    theirs = set(inputs(second, max_len))
    for word in inputs(first, max_len):
        if word in theirs:
            courses = [side.course(word, max_layers) for side in sides]
            for kind in _kinds(sides, courses):
                yield Finding(word, kind, "")


def _kinds(sides: list[Interpreter], courses: list[Course]) -> set[str]:
    kinds = {kind for one in courses if one.failure for kind in one.failure.kinds}
    kinds |= {"endless" for one in courses if not one.failure and not one.ended}
    if kinds:
        return kinds
    outputs = []
    for side, one in zip(sides, courses, strict=True):
        place = list(side.program.variables).index(side.program.output)
        outputs.append([row[place] for row in one.tables[-1]])
    return set() if outputs[0] == outputs[1] else {"mismatch"}
