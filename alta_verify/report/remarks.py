"""Lint over runs: what is odd about a program on the inputs of its language.

`alta.lang.lint` looks at a program's parts; this looks at what its runs can do. Value sets contain
all that a name can ever have, and small languages are run through, so what is said of rules and of
the output is true of every run; about the oracle, of the input that is shown.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from typing import Any, Final, final

import numpy as np

from alta.interp.batch import BatchRun, LocalStates, Transitions, execute
from alta.lang.kinds import Numerical
from alta.lang.lint import lint
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule
from alta.lang.values import UNDEFINED, Value, show_value
from alta.lang.watch import Remark
from alta.limit import OutOfTime
from alta_verify.abstraction import Abstraction
from alta_verify.claim.bounds import check_bounds, live_tokens
from alta_verify.claim.extent import in_words
from alta_verify.deadline import Deadline
from alta_verify.reach.sets.value_sets import ValueSets, class_sets, value_sets

__all__ = ["Scope", "lint_runs", "remarks_on"]

# A language with at most so many inputs is run through.
_INPUTS: Final = 1024

# Runs that take more layers tell nothing.
_LAYERS: Final = 1024

# Where a program takes longer inputs than the bound, value sets are computed for so many.
_LONGEST: Final = 128

# Where inputs have any length, the oracle is asked for those of up to so many tokens.
_ASKED: Final = 20

# The oracle is asked for so many short inputs, and for some of so many lengths.
_SHORT: Final = 64
_LENGTHS: Final = 8

# Once the oracle has taken so many seconds it is asked no further: some take exponential time, and
# samples come shortest first. Far above the time of a call, so that a busy machine says the same.
_PATIENCE: Final = 0.5


def remarks_on(
    program: Program,
    max_len: int | None = 20,
    deadline: Deadline | None = None,
    sets: Callable[[], ValueSets] | None = None,
) -> tuple[Remark, ...]:
    """Returns what is odd about a program: its parts, and its runs on inputs up to a length.

    Without a length they are inputs of every length. After the deadline runs are looked at no
    further. `sets` gives the value sets of the program up to that length; None computes them. What
    goes wrong here is said as well, and nothing else depends on it.
    """
    check_bounds(max_len)
    remarks = lint(program)
    try:
        remarks += tuple(lint_runs(program, max_len, deadline or Deadline.after(None), sets))
    except OutOfTime:
        pass
    except Exception as error:  # noqa: BLE001 - a doubt that cannot be had is no reason to fail
        remarks += (Remark("no-lint", f"its runs were not looked at: {error!r}"),)
    return remarks


def lint_runs(
    program: Program,
    max_len: int | None,
    deadline: Deadline,
    sets: Callable[[], ValueSets] | None = None,
) -> Iterator[Remark]:
    """Yields what is odd about the runs of a program; the arguments are those of `remarks_on`."""
    asked = _ASKED if max_len is None else max_len
    lengths = _lengths(program, asked)
    is_idle = isinstance(program.mlp, ManyPaths) or not lengths or program.layers == 0
    if is_idle or deadline.expired:
        return
    if program.rules:
        yield from _of_runs(Scope.of(program, max_len, None if sets is None else sets()))
    if program.oracle is not None and not deadline.expired:
        yield from _wrong_oracle(program, program.oracle, asked, deadline)


def _of_runs(scope: Scope) -> list[Remark]:
    remarks = _doubts(scope)
    limit = scope.program.position_range
    # Value sets grow with the length, so that a rule that is idle for longer inputs is idle for
    # shorter ones; only what is odd at the full length is worth a word.
    if remarks and limit is not None and scope.beyond and limit <= _LONGEST:
        # What longer inputs need is nothing odd, whoever looks at shorter ones only.
        remarks = _doubts(Scope.of(scope.program, limit, None))
    return remarks


def _doubts(scope: Scope) -> list[Remark]:
    return [*_idle_rules(scope), *_constant_output(scope)]


def _lengths(program: Program, max_len: int) -> list[int]:
    return [length for length in program.inputs.lengths(max_len) if length]


@final
@dataclass(frozen=True)
class Scope:
    """A program, what its runs up to a length can do, and whether it takes longer inputs.

    The longest input is None where inputs have any length.
    """

    abstraction: Abstraction
    longest: int | None
    sets: ValueSets
    beyond: bool

    @classmethod
    def of(cls, program: Program, max_len: int | None, sets: ValueSets | None) -> Scope:
        """Returns the scope of a program; its value sets may be known."""
        abstraction, limit = Abstraction.of(program), program.position_range
        if max_len is None:
            return cls(abstraction, None, sets or class_sets(abstraction), beyond=False)
        if sets is None:
            lengths = _lengths(program, max_len)
            sets = value_sets(abstraction, live_tokens(program.inputs, lengths), lengths)
        return cls(abstraction, max_len, sets, limit is None or max_len < limit)

    @property
    def program(self) -> Program:
        """What is looked at."""
        return self.abstraction.concrete

    @property
    def inputs(self) -> str:
        """The inputs, in words."""
        return f"inputs {in_words(self.longest)}"

    @cached_property
    def firing_rules(self) -> list[Rule]:
        """The rules that are meant to fire: all but traps."""
        return [rule for rule in self.program.rules if not self.program.is_trap(rule)]

    @cached_property
    def idle_rules(self) -> list[Rule]:
        """Those of them that fire in no run."""
        return [rule for rule in self.firing_rules if not self.may_fire(rule)]

    @cached_property
    def runs(self) -> tuple[LocalStates, frozenset[Value] | None] | None:
        """The local states and outputs of all runs, where there are few."""
        return None if self.longest is None else _all_runs(self.program, self.longest)

    @cached_property
    def occurring(self) -> dict[tuple[str, int], int]:
        """For each name and index that rules test, the places where value sets have it, as bits."""
        places: dict[tuple[str, int], int] = {}
        for number, row in enumerate(self.sets.distinct()):
            for name, values in row.items():
                for value in values:
                    # One bit a row: a rule may fire in the rows that the bits of all its atoms have
                    # in common, found with one operation an atom.
                    key = name, self._tested(name, value)
                    places[key] = places.get(key, 0) | 1 << number
        return places

    def _tested(self, name: str, value: int) -> int:
        """Returns the index that rules test for a value of the abstraction."""
        variable = self.program.variables.get(name)
        if isinstance(variable, Numerical) and value >= 0:
            number: float = self.abstraction.values[name][value]
            return variable.index_of(number)
        return value

    def may_fire(self, rule: Rule) -> bool:
        """Says whether neither value sets nor runs exclude that a rule fires."""
        # All places, while nothing is asked of them.
        places = -1
        for atom in rule.atoms:
            places &= self.occurring.get((atom.variable, atom.value), 0)
        if not places or self.runs is None:
            return bool(places)
        states, _ = self.runs
        return states.having({atom.variable: self._test(atom) for atom in rule.atoms}).size > 0

    def _test(self, atom: Atom) -> Callable[[Value], bool]:
        """Returns what says of a value whether an atom holds."""
        domain = self.program.domains[atom.variable]
        return lambda value: value is not UNDEFINED and domain.index_of(value) == atom.value


def _all_runs(program: Program, longest: int) -> tuple[LocalStates, frozenset[Value] | None] | None:
    """Runs all inputs up to a length; None where there are many, or where they run long.

    Returns local states after attention, and values of the output at the ends of runs; None for the
    values where some run has no end.
    """
    inputs = program.inputs
    if inputs.count(longest) > _INPUTS:
        return None
    transitions, states = Transitions(program), LocalStates()
    outputs: set[Value] = set()
    ended = True
    for length in _lengths(program, longest):
        words = list(inputs.automaton(length).enumerate_words(length))
        run = _executed(program, words, transitions, states)
        if run is None:
            return None
        ended = ended and all(_has_ended(run, length, row) for row in range(len(words)))
        outputs |= {value for row in run.outputs for value in row}
    return states, frozenset(outputs) if ended else None


def _executed(
    program: Program,
    words: Sequence[tuple[int, ...]],
    transitions: Transitions,
    states: LocalStates | None = None,
) -> BatchRun | None:
    """Runs words of one length until they end, fail or repeat a state; None where that is long."""
    bound = program.layer_bound(len(words[0]))
    limit = _LAYERS if bound is None else min(bound, _LAYERS)
    tokens = np.array(words, dtype=np.int64)
    run = execute(
        program, tokens, limit, transitions=transitions, stop_at_repeats=True, local_states=states
    )
    # Where the limit of this module cut a run off, its end is not known.
    return None if limit != bound and (run.n_layers == limit).any() else run


def _has_ended(run: BatchRun, length: int, row: int) -> bool:
    """Says whether a run has outputs: it did not fail, and something ends it."""
    bounded = run.program.layer_bound(length) is not None
    return row not in run.failures and (bounded or bool(run.halted[row]))


def _idle_rules(scope: Scope) -> Iterator[Remark]:
    rules, idle = scope.firing_rules, scope.idle_rules
    if not idle:
        return
    advice = "check what they test"
    if scope.beyond:
        advice += ", unless longer inputs need them"
    yield Remark(
        "idle-rules",
        f"{len(idle):,} of {len(rules):,} rules cannot fire on {scope.inputs} (first: "
        f"'{idle[0]}'); {advice}",
        str(idle[0]),
    )


def _constant_output(scope: Scope) -> Iterator[Remark]:
    program = scope.program
    if scope.longest is not None and program.inputs.count(scope.longest) < 2:
        return
    # Value sets contain all values of runs (Lemma 4): one value in them is the output of every run.
    possible = scope.sets.anywhere()[program.output_name]
    outputs = frozenset(scope.abstraction.values[program.output_name][value] for value in possible)
    if scope.runs is not None:
        _, ends = scope.runs
        outputs = outputs if ends is None else ends
    if len(outputs) == 1:
        yield Remark(
            "constant-output",
            f"the output {program.output_name!r} is {show_value(next(iter(outputs)))} at every "
            f"position, on all {scope.inputs}; check what assigns it",
            program.output_name,
        )


def _wrong_oracle(
    program: Program, oracle: Any, max_len: int, deadline: Deadline
) -> Iterator[Remark]:
    """Yields the shortest sampled input on which the oracle says something else."""
    transitions, spent = Transitions(program), 0.0
    for length, group in groupby(_samples(program, max_len), key=len):
        words = list(group)
        run = _executed(program, words, transitions)
        for row, word in enumerate(words):
            if deadline.expired:
                return
            if run is None or not _has_ended(run, length, row):
                continue
            start = time.perf_counter()
            text = _disagreement(program, oracle, word, run.outputs[row])
            if text is not None:
                yield Remark("wrong-oracle", text, " ".join(program.vocab[t] for t in word))
                return
            spent += time.perf_counter() - start
            if spent > _PATIENCE:
                return


def _samples(program: Program, max_len: int) -> list[tuple[int, ...]]:
    """Returns short inputs, and three of some other lengths, shortest first."""
    # With a fixed seed, so that the same program always gets the same remarks.
    inputs, rng = program.inputs, random.Random(0)
    short = islice((word for word in inputs.enumerate(max_len) if word), _SHORT)
    words = dict.fromkeys(short)
    lengths = _lengths(program, max_len)
    for length in lengths[:: 1 + len(lengths) // _LENGTHS]:
        automaton = inputs.automaton(length)
        for index in (0, automaton.count(length) - 1):
            words[automaton.word_at(length, index)] = None
        words[automaton.sample_word(rng, length)] = None
    return sorted(words, key=len)


def _disagreement(
    program: Program, oracle: Any, word: tuple[int, ...], outputs: Sequence[Value]
) -> str | None:
    """Says what is wrong with the oracle's answer for an input; None if nothing is."""
    text = " ".join(program.vocab[token] for token in word)
    try:
        answer = oracle(list(word))
    except Exception as error:  # noqa: BLE001 - whatever it raises
        return f"the oracle raises {type(error).__name__} on input '{text}': {error}"
    try:
        expected = list(answer)
    except TypeError:
        return (
            f"on input '{text}' the oracle gives {answer!r}; expected a list of {len(outputs)} "
            "outputs, one a position"
        )
    if len(expected) == len(outputs) and all(map(_equal, expected, outputs)):
        return None
    shown = ", ".join(map(show_value, outputs))
    return (
        f"on input '{text}' the oracle says {expected!r}, and the program gives [{shown}]; one of "
        "the two is wrong"
    )


def _equal(expected: Any, output: Value) -> bool:
    """Says whether two values are the same; the oracle may have rounded numbers in another way."""
    if isinstance(output, float) and isinstance(expected, (int, float)):
        return math.isclose(expected, output, rel_tol=1e-9, abs_tol=1e-9)
    return bool(expected == output)
