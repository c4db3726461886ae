"""Sampled programs: random ones that are well-formed, cannot fail, and do something."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, final

from alta.errors import AltaError, nearest
from alta.interp.batch import run_batch
from alta.lang.build import build
from alta.lang.heads import Head, domains_of, qkv, v_relative
from alta.lang.kinds import Categorical, Variable
from alta.lang.masks import before, causal
from alta.lang.program import Program, halt_spec
from alta.lang.rules import Rule, rule
from alta.lang.variables import input_var, numeric_var, position_var, var
from alta.programs.totality import Unfinished, totalised

__all__ = ["HALTING", "HEADS", "sample_program"]

HEADS: Final = ("relative", "lookup", "causal", "mean")
"""Kinds of heads: at a distance, by a key anywhere, by a key among what was before, and means."""

HALTING: Final = ("layers", "clock", "spread")
"""What ends runs: a bound, a variable that counts, or one that spreads from the left."""

# So many programs are drawn before one has to do, of which the liveliest is taken.
_TRIES: Final = 8
# Of so many inputs outputs are looked at.
_INPUTS: Final = 256

# So many inputs may a program have.
_RUNNABLE: Final = 1 << 16

_AMOUNTS: Final = (0.0, 1.0, 2.0)


def sample_program(
    seed: int,
    *,
    tokens: int = 3,
    length: int = 5,
    variables: int = 3,
    values: int = 3,
    heads: int = 2,
    head_kinds: Iterable[str] = HEADS,
    halting: Iterable[str] = HALTING,
    layers: int = 3,
    depth: int = 2,
) -> Program:
    """Returns a random program, the same for the same arguments.

    It takes all sequences of 1 to `length` tokens, and fails on none of them, which is made sure of
    by running all; its outputs are not the same on all inputs, where a few tries come to that. The
    rules of a variable are a decision tree of tests, so that at most one of them fires.

    Args:
        seed: which one.
        tokens: how many tokens there are.
        length: the longest input; all inputs are run, so they had better be few.
        variables: how many variables there are, beside those that heads and ends need; the first
            depends on the token.
        values: the most values of a variable.
        heads: how many heads there are.
        head_kinds: which kinds of `HEADS` there may be.
        halting: which of `HALTING` may end runs.
        layers: the most layers that a bound or a clock gives.
        depth: how many names are tested one after the other.

    Raises:
        AltaError: for an unknown kind, or a number that makes no sense.
    """
    if type(seed) is not int:
        raise AltaError(f"sample_program: seed: expected an int, got {seed!r}")
    kinds = _chosen("head_kinds", head_kinds, HEADS), _chosen("halting", halting, HALTING)
    sizes = _Sizes(tokens, length, variables, values, heads, *kinds, layers, depth)
    best, liveliest = None, 0
    for attempt in range(_TRIES):
        program = _Drawing(random.Random(f"{seed} {attempt}"), sizes).program(f"sampled_{seed}")
        if program is None:
            continue
        lively = _liveliness(program, length)
        if best is None or lively > liveliest:
            best, liveliest = program, lively
        if liveliest > 1:
            break
    if best is None:
        raise AltaError(
            f"sample_program: seed {seed!r}: no program was found that is seen to end; try another "
            "seed, or fewer values"
        )
    return best


def _chosen(argument: str, names: Iterable[str], choices: Sequence[str]) -> tuple[str, ...]:
    chosen = tuple(names)
    for name in chosen:
        if name not in choices:
            raise AltaError(f"sample_program: {argument}: no {name!r}; {nearest(name, choices)}")
    if not chosen:
        raise AltaError(f"sample_program: {argument}: expected one of {', '.join(choices)}")
    return chosen


def _liveliness(program: Program, length: int) -> int:
    """Counts the different outputs on some inputs of the greatest length."""
    automaton = program.inputs.automaton(length)
    count = automaton.count(length)
    words = [automaton.word_at(length, i) for i in range(0, count, 1 + count // _INPUTS)]
    return len({run.outputs for run in run_batch(program, words)})


@final
@dataclass(frozen=True)
class _Sizes:
    """How large a program is to be, and of which kinds; as for `sample_program`."""

    tokens: int
    length: int
    variables: int
    values: int
    heads: int
    head_kinds: tuple[str, ...]
    halting: tuple[str, ...]
    layers: int
    depth: int

    def __post_init__(self) -> None:
        """Refuses numbers that make no sense."""
        for field in fields(self):
            count, least = getattr(self, field.name), int(field.name not in {"heads", "depth"})
            if isinstance(count, tuple):
                continue
            if type(count) is not int or count < least:
                raise AltaError(
                    f"sample_program: {field.name}: expected an int of at least {least}, got "
                    f"{count!r}"
                )
        if self.tokens**self.length > _RUNNABLE:
            raise AltaError(
                f"sample_program: {self.tokens} tokens at {self.length} positions are more inputs "
                f"than are run; ask for at most {_RUNNABLE}"
            )


@final
class _Drawing:
    """One program that is drawn, part by part."""

    def __init__(self, rng: random.Random, sizes: _Sizes) -> None:
        self._rng, self._sizes = rng, sizes
        self._variables: dict[str, Variable] = {}
        self._heads: dict[str, Head] = {}
        self._rules: list[Rule] = []

    def program(self, name: str) -> Program | None:
        """Returns the program, which fails on no input; None where runs do not end soon."""
        sizes = self._sizes
        self._draw_variables()
        self._draw_heads()
        targets = [
            name
            for name, variable in self._variables.items()
            if variable.initial.source != "position" and isinstance(variable, Categorical)
        ]
        domains = domains_of(self._variables, self._heads)
        for target in targets:
            self._rules += self._tree(target, domains, {}, sizes.depth)
        ends = self._end()
        # Not `program_spec_from_rules`: odd programs are what is wanted, so that nobody is warned.
        program = build(
            variables=self._variables,
            heads=self._heads,
            mlp=self._rules,
            output_name=self._rng.choice(targets),
            input_range=sizes.tokens,
            position_range=sizes.length,
            name=name,
            **ends,
        )
        try:
            return totalised(program, max_len=sizes.length)
        except Unfinished:
            return None

    def _draw_variables(self) -> None:
        rng, sizes = self._rng, self._sizes
        for index in range(sizes.variables):
            size = rng.randint(2, max(2, sizes.values))
            sources = ["token"] if index == 0 else ["token", "token", "position", "default"]
            source = rng.choice(sources)
            if source == "default":
                self._variables[f"x{index}"] = var(size, default=rng.randrange(size))
                continue
            count = sizes.tokens if source == "token" else sizes.length
            table = [rng.randrange(size) for _ in range(count)]
            # A variable that starts alike everywhere tells nothing.
            table[0], table[-1] = 0, (size - 1 if count > 1 else 0)
            rng.shuffle(table)
            make = input_var if source == "token" else position_var
            self._variables[f"x{index}"] = make(size, init_fn=table.__getitem__)

    def _draw_heads(self) -> None:
        draw: Mapping[str, Callable[[], Head]] = {
            "relative": self._relative,
            "lookup": self._lookup,
            "causal": lambda: self._lookup(self._rng.choice([causal(), before()])),
            "mean": self._mean,
        }
        for index in range(self._sizes.heads):
            self._heads[f"h{index}"] = draw[self._rng.choice(self._sizes.head_kinds)]()

    def _categories(self) -> list[str]:
        return [n for n, variable in self._variables.items() if isinstance(variable, Categorical)]

    def _relative(self) -> Head:
        offset = self._rng.choice([-2, -1, -1, 1])
        return v_relative(self._rng.choice(self._categories()), offset)

    def _lookup(self, mask: Any = None) -> Head:
        names, variables = self._categories(), self._variables
        pairs = [(q, k) for q in names for k in names if variables[q].size == variables[k].size]
        # Best are different variables, and keys that differ from position to position.
        query, key = self._rng.choice([pair for pair in pairs if pair[0] != pair[1]] or pairs)
        return qkv(query, key, self._rng.choice(names), mask)

    def _mean(self) -> Head:
        table = [self._rng.choice(_AMOUNTS) for _ in range(self._sizes.tokens)]
        name = f"n{len(self._variables)}"
        self._variables[name] = numeric_var(_AMOUNTS, input_init_fn=table.__getitem__)
        mask = self._rng.choice([None, causal()])
        return qkv(None, None, name, mask, numeric_var(_AMOUNTS))

    def _tree(
        self,
        target: str,
        domains: Mapping[str, Variable],
        path: dict[str, int],
        depth: int,
    ) -> Iterator[Rule]:
        """Yields the rules of a decision tree below some tests."""
        rng = self._rng
        untested = [name for name in domains if name not in path and domains[name].size > 1]
        if depth and untested:
            # Most happens where new values depend on what heads read.
            moving = [name for name in untested if name in self._heads]
            test = rng.choice([*untested, *moving, *moving])
            for branch in range(domains[test].size):
                yield from self._tree(target, domains, {**path, test: branch}, depth - 1)
            return
        values = [v for v in range(domains[target].size) if v != path.get(target)]
        if rng.random() < 0.75:
            yield rule(path, target, rng.choice(values))

    def _end(self) -> dict[str, Any]:
        """Draws what ends runs, with the variables and rules that it takes."""
        kind = self._rng.choice(self._sizes.halting)
        layers = self._rng.randint(1, self._sizes.layers)
        if kind == "layers":
            return {"layers": layers}
        if kind == "clock":
            self._variables["clock"] = var(layers + 1)
            self._rules += [rule({"clock": value}, "clock", value + 1) for value in range(layers)]
            return {"halt": halt_spec("clock", layers)}
        self._variables["done"] = position_var(2, lambda position: int(position == 0))
        self._heads["done_left"] = v_relative("done", -1)
        self._rules.append(rule({"done": 0, "done_left": 1}, "done", 1))
        return {"halt": halt_spec("done", 1)}
