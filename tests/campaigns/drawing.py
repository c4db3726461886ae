"""Drawing: small programs of every kind, from a generator that the prover has no part in.

Rules are the leaves of a tree of tests, one tree for each variable that is written, so that rules
of one variable exclude one another; a few more rules are put beside them. What comes of a program
on its inputs is not known beforehand: whoever wants one that never fails asks the judge.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

import alta
from alta.errors import AltaError, ProgramWarning
from alta.lang.program import Program
from tests.judge.judgement import Claim
from tests.judge.text import read

__all__ = ["drawn_program", "drawn_programs", "judged"]

MOST_WORDS = 48
"""Programs with more inputs are passed over."""

POINTS = ((0.0, 1.0), (0.0, 0.5, 1.0), (-1.0, 0.0, 1.0), (0.0, 0.25), (1.0, 2.0, 4.0))

NAMES = (("a", "b", "c"), ("0", "1", "2"), ("+", "-", "x"), ("0", "1", "START"))

SUBSETS = ([{0}, {1}], [set(), {0}, {1}], [{0}, {0, 1}], [{0}, {1}, {0, 1}])


def drawn_programs(seed: int, *, total: bool = True) -> Iterator[tuple[Program, Claim]]:
    """Programs with few inputs up to some length, without end, always the same ones for a seed.

    Args:
        seed: where to start.
        total: whether they fail on no input.
    """
    rng = Random(f"programs {seed}")
    while True:
        program, max_len = drawn_program(rng)
        claim = None if program is None else judged(program, max_len)
        if program is not None and claim is not None and not (total and claim.failures):
            yield program, claim


def judged(program: Program, max_len: int) -> Claim | None:
    """What is claimed of a program, if it has a few inputs, and does something on some of them."""
    try:
        claim = Claim(read(alta.program_text(program)), max_len)
        changing = any(len(set(one.tables)) > 1 or one.failure for one in claim.courses)
    except RuntimeError:
        return None
    return claim if 2 < len(claim.words) <= MOST_WORDS and changing else None


def drawn_program(rng: Random) -> tuple[Program | None, int]:
    """A program, or None if what was drawn is none, and the longest input to look at."""
    max_len = rng.choice([2, 3, 3, 4])
    vocab = rng.choice(NAMES)[: rng.choice([2, 2, 3])]
    draft = _Draft(rng, vocab, max_len)
    try:
        with warnings.catch_warnings():
            # Programs that are hardly meant are as good as any here.
            warnings.simplefilter("ignore", ProgramWarning)
            return draft.program(), max_len
    except AltaError:
        return None, max_len


class _Draft:
    """A program in the making."""

    def __init__(self, rng: Random, vocab: tuple[str, ...], max_len: int) -> None:
        self.rng, self.vocab, self.max_len = rng, vocab, max_len
        self.values: dict[str, list[Any]] = {}
        self.indices: dict[str, int] = {}
        self.keys: dict[str, list[str]] = {}

    def program(self) -> Program:
        rng = self.rng
        variables = {name: self._variable(name) for name in "xyzw"[: rng.randint(2, 4)]}
        if rng.random() < 0.5:
            variables["first"] = alta.position_var(2, init_fn=lambda position: int(position == 0))
            self.values["first"], self.indices["first"] = [0, 1], 2
        heads = dict(self._heads(variables))
        placed = any(one.initial.source == "position" for one in variables.values())
        halt, layers = self._end(variables)
        return alta.program_spec_from_rules(
            variables=variables,
            heads=heads,
            rules=[alta.rule(*one) for one in self._rules(variables)],
            output_name=rng.choice(list(variables)),
            input_range=len(self.vocab),
            vocab=self.vocab,
            position_range=self.max_len + rng.choice([0, 0, 1]) if placed else None,
            halt=halt,
            layers=layers,
            inputs=self._language(),
            name="drawn",
        )

    def _variable(self, name: str) -> Any:
        rng = self.rng
        points: tuple[float, ...] = ()
        kind = rng.choice(["categorical"] * 4 + ["numerical"] * 2 + ["set"])
        source = rng.choice(["default", "token", "token", "position"])
        if kind == "categorical":
            values: list[Any] = list(range(rng.choice([2, 2, 2, 3, len(self.vocab), 1])))
        elif kind == "numerical":
            points = rng.choice(POINTS)
            values = [*points, *rng.sample([0.125, 3.0, -0.5, 0.75], rng.choice([0, 0, 1]))]
            self.indices[name] = len(points)
        else:
            values = [frozenset(one) for one in rng.choice(SUBSETS)]
        self.values[name] = values
        self.indices.setdefault(name, len(values))
        table = [rng.choice(values) for _ in range(8)]
        if kind == "categorical":
            if source == "default":
                return alta.var(len(values), default=table[0])
            make = alta.input_var if source == "token" else alta.position_var
            return make(len(values), init_fn=table.__getitem__)
        start: dict[str, Any] = {"default": table[0]}
        if source == "token":
            start = {"input_init_fn": table.__getitem__}
        if source == "position":
            start = {"position_init_fn": table.__getitem__}
        if kind == "numerical":
            return alta.numeric_var(values=points, **start)
        return alta.set_var(2, values, **start)

    def _heads(self, variables: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        rng = self.rng
        for name in ("left", "right")[: rng.choice([0, 1, 1, 2])]:
            value = rng.choice([n for n in variables if variables[n].kind != "set"] or [""])
            if not value:
                return
            masks = [None, {-1}, {-1}, {1}, {-1, 0}, {-2, -1}, {0, 1, -1}]
            mask = rng.choice([*masks, alta.causal(), alta.before()])
            query = key = None
            if rng.random() < (0.8 if mask is None else 0.2):
                key = rng.choice(
                    [n for n in variables if variables[n].kind == "categorical"] or [""]
                )
                alike = [
                    n
                    for n, one in variables.items()
                    if one.kind != "numerical" and key and one.range == variables[key].range
                ]
                query = rng.choice(alike or [""])
            spec = None
            self.indices[name] = self.indices[value]
            if variables[value].kind == "numerical" and rng.random() < 0.3:
                points = rng.choice(POINTS)
                spec, self.indices[name] = alta.numeric_var(values=points), len(points)
            yield name, alta.qkv(query or None, key or None, value, mask, spec)

    def _rules(self, variables: dict[str, Any]) -> Iterator[tuple[dict[str, int], str, Any]]:
        rng, names = self.rng, list(self.indices)
        written = rng.sample(list(variables), rng.randint(1, min(3, len(variables))))
        for variable in written:
            tested = rng.sample(names, min(len(names), rng.choice([0, 1, 2, 2, 3])))
            yield from self._leaves(variable, tested, {})
        for _ in range(rng.choice([0, 0, 1, 2, 4])):
            some = rng.sample(names, min(2, len(names)))
            atoms = {name: rng.randrange(max(1, self.indices[name])) for name in some}
            yield atoms, rng.choice(written), self._value(rng.choice(written))

    def _value(self, variable: str) -> Any:
        """A value of a variable; of a categorical one seldom a trap."""
        values = self.values[variable]
        trap = type(values[0]) is int and self.rng.random() < 0.12
        return len(values) if trap else self.rng.choice(values)

    def _leaves(
        self, variable: str, tested: list[str], atoms: dict[str, int]
    ) -> Iterator[tuple[dict[str, int], str, Any]]:
        if not tested or self.rng.random() < 0.15:
            if self.rng.random() < 0.7:
                yield atoms, variable, self._value(variable)
            return
        name, *others = tested
        for index in range(self.indices[name]):
            yield from self._leaves(variable, others, {**atoms, name: index})

    def _end(self, variables: dict[str, Any]) -> tuple[Any, Any]:
        rng, halt = self.rng, None
        if rng.random() < 0.4:
            name = rng.choice(list(variables))
            halt = alta.halt_spec(name, rng.choice(self.values[name]))
        layers = rng.choice([None, None, 1, 2, 3, lambda n: n, lambda n: max(0, 3 - n // 2)])
        return halt, layers

    def _language(self) -> Any:
        rng, longest = self.rng, self.max_len
        names = [f"\\{one}" if one in "+-" else one for one in self.vocab]
        first, second, last = names[0], names[1], names[-1]
        patterns = [
            f"({first}|{second})*",
            f"{first} .*",
            f"{first}+ {last}*",
            f"({first}|{second}){{1,2}} {last}?",
            f". ({second} .)*",
            f"{last}* {first}? {second}*",
            f"[^{last}]* {last}{{0,2}}",
        ]
        kind = rng.choice(
            ["anything", "regex", "regex", "regex", "sequences", "distinct", "lengths"]
        )
        if kind == "regex":
            return alta.inputs.regex(rng.choice(patterns))
        if kind == "distinct":
            return alta.inputs.distinct(rng.choice([".*", f"{first} .*"]))
        if kind == "lengths":
            some = [rng.choice([None, *patterns]) for _ in range(9)]
            return alta.inputs.lengths(lambda length: some[length] if length < 9 else None)
        if kind == "sequences":
            tokens = range(len(self.vocab))
            every = [w for n in range(1, longest + 1) for w in product(tokens, repeat=n)]
            return alta.inputs.sequences(rng.sample(every, min(len(every), rng.randint(3, 9))))
        return alta.inputs.anything()
