"""Guided falsification: from what looks wrong in a model to an input on which it shows.

What looks wrong is read off the weights in floating point, so it may be harmless, and something
else may be wrong. Nothing rests on it: what it leads to is an input, and that is replayed.

To ask whether two things ever come together at different positions, the program is instrumented
with a head that is defined exactly where they do. Then they are one local state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

import alta
from alta.lang.heads import Head
from alta.lang.kinds import Variable
from alta.lang.program import Program
from alta.lang.variables import numeric_var, var
from alta.nn.sparse import as_dense
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction
from alta_verify.claim.architecture import other_names
from alta_verify.claim.computes import Task
from alta_verify.encode.relation import code
from alta_verify.reach.answer import Reachable
from alta_verify.reach.portfolio import Portfolio
from alta_verify.search.counterexample import Counterexample, find_difference
from alta_verify.search.lockstep import Lockstep
from alta_verify.search.samples import word_with
from alta_verify.search.wrong_means import Question, unused_name, wrong_means

__all__ = ["GuidedFalsification"]

# Languages with at most so many inputs are run through, as far as that is affordable.
_ENUMERABLE: Final = 1 << 15
# So many coordinates are computed in doing so.
_WORK: Final = 1 << 28
# So many questions are asked about one head.
_QUESTIONS: Final = 24
# Keys whose scores are no further apart share the attention so that it may show.
_NEAR: Final = 8.0
# Coordinates that are no further from a code are taken for it.
_QUARTER: Final = 0.25


@final
class GuidedFalsification:
    """Looks for inputs on which a part of a model that could not be proved goes wrong."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._program = task.program
        self._abstraction = task.abstraction
        self._reaches: dict[int, tuple[Program, Portfolio]] = {}

    def head(self, name: str) -> Counterexample | None:
        """Returns a counterexample that is due to scores or values of a head, if it finds one."""
        return self._ask([*self._values(name), *self._scores(name)])

    def means(self, witness: Reachable, local: Mapping[str, int]) -> Counterexample | None:
        """Returns one that gets to a local state, as a witness does, but with other means."""
        return self._ask(wrong_means(self._task, witness, local))

    def masks(self) -> Counterexample | None:
        """Returns one that is due to a mask of the model that is not the program's."""
        heads, modelled = self._program.heads, self._task.model.program.heads
        twins = {
            name: unused_name(self._program, f"{name} of the model")
            for name in heads
            if modelled[name].mask != heads[name].mask
        }
        # A twin reads with the model's mask what the head reads with the program's.
        masked = {twins[name]: replace(heads[name], mask=modelled[name].mask) for name in twins}
        # Where head and twin differ in some run, the model reads something else there.
        extended = alta.replace(self._program, heads={**heads, **masked})
        return self._ask(
            [
                (extended, {name: frozenset({value}), twins[name]: indices - {value}})
                for name in twins
                for indices in [frozenset(range(UNDEFINED_VALUE, self._program.domains[name].size))]
                for value in sorted(indices)
            ]
        )

    def names(self) -> Counterexample | None:
        """Returns one with a token that the model knows by another name."""
        task = self._task
        renamed = other_names(self._program, task.model.program)
        words = (
            word_with(self._program.inputs, token, position, task.extent.sampled)
            for token, position in task.pairs
            if token in renamed
        )
        return next(filter(None, map(self._replayed, filter(None, words))), None)

    def _replayed(self, word: tuple[int, ...]) -> Counterexample | None:
        task = self._task
        return find_difference(task.program, task.model, word, task.max_layers)

    def _ask(self, questions: list[Question]) -> Counterexample | None:
        if not questions:
            return None
        # Running all inputs, where there are few, finds whatever there is to find.
        number = self._task.number
        if number is not None and number <= _ENUMERABLE:
            return self._enumerated
        for program, pattern in questions[:_QUESTIONS]:
            if self._task.deadline.expired:
                return None
            answer = self._reach(program).find(pattern)
            if isinstance(answer, Reachable):
                counterexample = self._replayed(answer.tokens)
                if counterexample is not None:
                    return counterexample
        return None

    @cached_property
    def _enumerated(self) -> Counterexample | None:
        """The first of all inputs, as far as they can be run, that is a counterexample."""
        task = self._task
        longest = task.extent.searched
        lockstep = Lockstep(task.program, task.model, longest, task.max_layers, task.deadline)
        words = filter(None, task.program.inputs.enumerate(longest))
        replayed = map(self._replayed, lockstep.differing(words, _WORK))
        return next(filter(None, replayed), None)

    def _reach(self, program: Program) -> Portfolio:
        """Returns what answers questions about a program, the same each time."""
        # Programs have no hash; the program is kept beside, so that its identity is not used again.
        if id(program) not in self._reaches:
            task = self._task
            reach = Portfolio(
                Abstraction.of(program),
                task.extent.searched,
                task.max_layers,
                task.deadline,
                task.calls,
            )
            self._reaches[id(program)] = program, reach
        return self._reaches[id(program)][1]

    # --- what looks wrong -------------------------------------------------------------------------

    def _values(self, name: str) -> Iterator[Question]:
        """Yields questions for values that a head gives another code than their own."""
        head = self._program.heads[name]
        weights = self._task.model.weights.heads[name]
        # What a head adds for every value, beside the code that it should add.
        written = self._codes(head.value) @ _dense(weights.value) @ _dense(weights.output)
        right = self._codes(head.value, name)
        wrong = np.abs(written - right).max(axis=1, initial=0) > _QUARTER
        averages = self._abstraction.averages(name)
        for index in np.flatnonzero(wrong).tolist():
            # Of a mean it is not known which values are in it.
            yield self._program, {head.value if averages else name: frozenset({index})}

    def _scores(self, name: str) -> Iterator[Question]:
        """Yields questions for queries that meet a key whose score is not what it should be."""
        head = self._program.heads[name]
        if head.query is None or head.key is None:
            return
        weights = self._task.model.weights.heads[name]
        # The score of every query with every key, as if both were coded exactly.
        queries = self._codes(head.query) @ _dense(weights.query)
        scores = queries @ (self._codes(head.key) @ _dense(weights.key)).T
        suspicious = dict(_suspicious_keys(self._abstraction, head.query, scores))
        if not suspicious:
            return
        extended, together = self._with_partners(head, set().union(*suspicious.values()))
        defined = frozenset(range(self._program.domains[name].size))
        for query, keys in suspicious.items():
            for key in keys:
                pattern = {head.query: frozenset({query}), together[key]: frozenset({0})}
                # A wrong score shows first where the head reads something, so that is asked first.
                yield extended, {**pattern, name: defined}
                yield extended, pattern

    def _with_partners(self, head: Head, keys: Iterable[int]) -> tuple[Program, dict[int, str]]:
        """Returns the program with a head for each key, defined where one may attend to it."""
        program = self._program
        unit = unused_name(program, "one")
        # The mean of ones over the positions with the key: 1 where there are some, else UNDEFINED.
        variables: dict[str, Variable] = {unit: numeric_var(values=(1.0,), default=1.0)}
        heads, together = {}, {}
        for key in sorted(keys):
            constant = unused_name(program, f"{head.key}={key}")
            variables[constant] = var(program.variables[str(head.key)].size, default=key)
            together[key] = unused_name(program, f"some {head.key}={key}")
            heads[together[key]] = Head(constant, head.key, unit, head.mask)
        extended = alta.replace(
            program, variables={**program.variables, **variables}, heads={**program.heads, **heads}
        )
        return extended, together

    def _codes(self, name: str, head: str | None = None) -> npt.NDArray[np.float64]:
        """Returns the codes of a variable's values, by index, where it has them or where a head."""
        layout = self._task.model.layout
        columns = list(layout.columns[head or name])
        boxes = [
            code(self._abstraction, name, index, len(columns), self._task.format)
            for index in range(len(self._abstraction.values[name]))
        ]
        codes = np.zeros((len(boxes), layout.width))
        codes[:, columns] = [[float(interval.lo) for interval in box] for box in boxes]
        return codes


def _dense(matrix: Any) -> npt.NDArray[np.float64]:
    return np.asarray(as_dense(matrix), dtype=np.float64)


def _suspicious_keys(
    abstraction: Abstraction, query: str, scores: npt.NDArray[np.float64]
) -> Iterator[tuple[int, list[int]]]:
    """Yields queries with the keys that get more or less attention than they should."""
    for index, row in enumerate(scores):
        selected = sorted(abstraction.keys(query, index))
        if not selected:
            continue
        # Softmax turns a difference of d into a factor of exp(d): below `_NEAR` it may be seen.
        top = max(row[key] for key in selected)
        ignored = [key for key in range(len(row)) if key not in selected]
        # Keys that are selected together should score alike: 1/8 less is a weight that is 12 %
        # smaller.
        keys = [key for key in selected if row[key] < top - 1 / _NEAR]
        keys += [key for key in ignored if row[key] > top - _NEAR]
        if keys:
            yield index, keys
