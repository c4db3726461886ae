"""The system of all runs: configurations are words of sites, all of which a layer changes at once.

A *site* is a position with what never changes of it, its *ghosts*, and the values of all variables:
the token, the state of the language's automaton before it, the state of the specification's fold
after it, whether it is the first or the last one. The number of layers that were taken is the same
at all sites.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, final

from alta.errors import AltaError
from alta.inputs.dfa import Dfa
from alta.lang.program import Program
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction
from alta_verify.reach.sets.value_sets import ValueSets, may_fire
from alta_verify.reach.violations import joined, patterns_of, possible_violations
from alta_verify.reach.windows.folds import Fold, TooManyStates, fold_of, trimmed

__all__ = ["Case", "Hazard", "System", "check_heads", "limited_fold"]

# With more states a fold is not followed.
_STATES: Final = 1 << 10
# The number of layers is a ghost where it is at most this; else runs are of any number of layers.
_LAYERS: Final = 64

_GHOSTS: Final = ("token", "state", "spec", "first", "last", "layer", "accepted")


@final
@dataclass(frozen=True)
class Case:
    """What is said of one position in one layer: names, each with the values it may have.

    Attributes:
        before: of ghosts and variables before a layer, and of heads in it.
        after: of variables after it.
        beside: of ghosts and variables of other positions before the layer, by their offsets. Where
            such a position is not there, nothing is said of it.
    """

    before: Mapping[str, frozenset[int]]
    after: Mapping[str, frozenset[int]] = field(default_factory=dict)
    beside: Mapping[int, Mapping[str, frozenset[int]]] = field(default_factory=dict)


@final
@dataclass(frozen=True, eq=False)
class Hazard:
    """What must not occur in any run.

    Attributes:
        name: what it is, in words.
        cases: the ways in which it occurs at a position.
        running: whether it is about states that a layer follows; else it is about all states.
        ended: whether it is about the last state of a run alone.
    """

    name: str
    cases: tuple[Case, ...]
    running: bool = True
    ended: bool = False


def check_heads(program: Program) -> None:
    """Refuses a program of which a position sees others than some neighbours."""
    for name, head in program.heads.items():
        if head.mask.listed is None:
            keys = "all keys" if head.key is None else f"key {head.key!r} of all positions"
            raise AltaError(
                f"program {program.name!r}: head {name!r} selects by {keys}, and an invariant of "
                "neighbours says nothing of these; list its offsets (relative_position_mask), or "
                "give a max_len"
            )


@final
class System:
    """All runs of a program on the inputs of a language, with what was meant at each position.

    The program is one that `check_program_lengths` and `check_heads` let pass. Without a fold
    nothing is meant.

    Attributes:
        bound: how many layers a run takes at most; None where the halt alone ends it.
        layers: the same; None also where that is not a small number, and layers are not counted.
        fold: what was meant.
        accepting: the states of the fold after a whole input that is accepted; None where that is
            not asked.
    """

    def __init__(
        self,
        abstraction: Abstraction,
        max_layers: int | None,
        fold: Fold | None = None,
        accepting: frozenset[int] | None = None,
    ) -> None:
        self.abstraction = abstraction
        self.program = program = abstraction.finite
        bound = abstraction.concrete.layer_bound(1) if max_layers is None else max_layers
        self.bound = bound
        self.layers = None if bound is None or bound > _LAYERS else bound
        self.language = language_of(abstraction.concrete)
        self.moves = trimmed(self.language)
        self.fold = trivial_fold(self.language) if fold is None else fold
        self.accepting = accepting
        # A variable may have the name of a ghost.
        self.ghosts = {ghost: _unused(ghost, program.domains) for ghost in _GHOSTS}

    @property
    def radius(self) -> tuple[int, int]:
        """How far a position sees to its left, and to its right, in one layer."""
        offsets = [o for head in self.program.heads.values() for o in head.mask.listed or ()]
        return max(0, -min(offsets, default=0)), max(0, max(offsets, default=0))

    @cached_property
    def values(self) -> Mapping[str, frozenset[int]]:
        """What each name can be at any position, in any layer, on inputs of any length."""
        program = self.program
        tokens = sorted({token for moves in self.moves.values() for token in moves})
        row: dict[str, set[int]] = {
            name: {variable.initial_value(token, 0, name=name) for token in tokens}
            for name, variable in program.variables.items()
        }
        # Lemma 4 (value sets), of all positions together: what a head reads some position has, or
        # it is UNDEFINED; a mean is anything.
        for name, head in program.heads.items():
            buckets = range(program.domains[name].size)
            row[name] = {*buckets} if self.abstraction.averages(name) else row[head.value]
        changed = True
        while changed:
            checkpoint()
            changed = False
            sets = {n: row[n] | {UNDEFINED_VALUE} if n in program.heads else row[n] for n in row}
            for rule in program.rules:
                value = rule.value
                if program.is_trap(rule) or value in row[rule.variable]:
                    continue
                if isinstance(value, int) and may_fire(rule, sets):
                    row[rule.variable].add(value)
                    changed = True
        heads = {name: frozenset(row[name] | {UNDEFINED_VALUE}) for name in program.heads}
        return {**{name: frozenset(row[name]) for name in program.variables}, **heads}

    @cached_property
    def ranges(self) -> Mapping[str, tuple[int, ...]]:
        """The values of every ghost and variable, by the names that patterns have for them."""
        tokens = sorted({token for moves in self.moves.values() for token in moves})
        ghosts: dict[str, Iterable[int]] = {
            "token": tokens,
            "state": self.moves,
            "spec": range(len(self.fold.values)),
            "first": (0, 1),
            "last": (0, 1),
        }
        if self.layers is not None:
            ghosts["layer"] = range(self.layers + 1)
        if self.accepting is not None:
            ghosts["accepted"] = (0, 1)
        return {
            **{self.ghosts[ghost]: tuple(values) for ghost, values in ghosts.items()},
            **{name: tuple(sorted(self.values[name])) for name in self.program.variables},
        }

    def initial(self, token: int) -> dict[str, int]:
        """Returns the variables of a position before the first layer."""
        variables = self.program.variables.items()
        return {name: variable.initial_value(token, 0, name=name) for name, variable in variables}

    @property
    def halt(self) -> tuple[str, int] | None:
        """The halt variable and the index of its value, if there are such."""
        halt = self.program.halt
        # In the program over indices the halt value is one.
        return None if halt is None else (halt.variable, int(halt.value))  # type: ignore[arg-type]

    @cached_property
    def failures(self) -> tuple[Hazard, ...]:
        """The ways in which a run can fail: conflicts, traps, undefined reads."""
        sets = ValueSets((self.values,))
        groups: dict[str, list[Case]] = {}
        suspects = [violation for violation, _ in possible_violations(self.program, sets)]
        for violation, pattern in joined((v, p) for v in suspects for p in patterns_of(v)):
            groups.setdefault(violation.kind, []).append(Case(pattern))
        return tuple(Hazard(kind, tuple(cases)) for kind, cases in groups.items())

    def shown(self, name: str, index: int) -> Any:
        """Returns a value of a name as reports and certificates have it."""
        ghost = next((ghost for ghost, used in self.ghosts.items() if used == name), None)
        if ghost == "token":
            return self.abstraction.concrete.vocab[index]
        if ghost == "spec":
            return as_json(self.fold.values[index])
        if ghost is not None:
            return index
        return as_json(self.abstraction.values[name][index])


def language_of(program: Program) -> Dfa:
    """Returns the automaton of a program's language."""
    return program.inputs.automaton(0)


def trivial_fold(language: Dfa) -> Fold:
    """Returns the fold that has one state: it says nothing."""
    return fold_of(language, 0, lambda *_: 0, 1)


def limited_fold(language: Dfa, start: Hashable, step: Any, name: str) -> Fold:
    """Returns a fold on the inputs of a language; refuses one with too many states."""
    try:
        return fold_of(language, start, step, _STATES)
    except TooManyStates:
        raise AltaError(
            f"{name}, every length: the fold has more than {_STATES} states on the inputs; give "
            "max_len, or write it with fewer (such as remainders in place of sums)"
        ) from None


def as_json(value: Any) -> Any:
    """Returns a value as JSON has it: sets as sorted lists, states of folds in words."""
    if isinstance(value, frozenset):
        return sorted(value)
    return value if isinstance(value, (bool, int, float, str)) else repr(value)


def _unused(ghost: str, names: Mapping[str, Any]) -> str:
    while ghost in names:
        ghost += "_"
    return ghost
