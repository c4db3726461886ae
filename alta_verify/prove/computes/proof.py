"""The proof: every obligation of the theorem, one function each.

Together they are a simulation argument. The relation between symbolic states and residual streams
holds of the embedding; attention and MLP keep it, whatever state a run is in; related states decode
to the same values. So it holds after any number of layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Final, assert_never, final

import numpy as np

from alta.limit import OutOfTime, in_time
from alta.nn.block import DenseBlock
from alta.nn.weights import named
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.arithmetic.formats import Span, storing_slack
from alta_verify.arithmetic.interval import ZERO, Interval
from alta_verify.arithmetic.matrices import RationalMatrix
from alta_verify.boxes.learned import Learned
from alta_verify.boxes.reachable_transitions import reachable_transitions
from alta_verify.claim.architecture import differences
from alta_verify.claim.computes import Task
from alta_verify.encode.cases import Case, Cubes, split
from alta_verify.encode.embedding import Embedding, encode_embedding
from alta_verify.encode.linear import Linear, evaluate
from alta_verify.encode.margins import margin
from alta_verify.encode.mlp import Output
from alta_verify.encode.network import Network
from alta_verify.encode.probe import Probe, probe_softmax
from alta_verify.encode.relation import Codes, Relation, decodes, passes, widened
from alta_verify.encode.scores import check_scores
from alta_verify.obligation import CutShort, NotShown, Obligation, Refuted
from alta_verify.reach.answer import (
    Pattern,
    Reachability,
    Reachable,
    ReachAnswer,
    Undecided,
    Unreachable,
)
from alta_verify.reach.enumeration import Enumeration
from alta_verify.reach.layers import most_layers
from alta_verify.reach.portfolio import Portfolio
from alta_verify.reach.sets.value_sets import ValueSets, value_sets
from alta_verify.reach.violations import Violation, patterns_of, possible_violations
from alta_verify.search.counterexample import find_difference
from alta_verify.search.difference import layers_to_take, other_read
from alta_verify.search.falsify import falsify
from alta_verify.search.guided import GuidedFalsification
from alta_verify.search.invariant import invariant
from alta_verify.search.sampled_transitions import sampled_transitions
from alta_verify.search.samples import word_with
from alta_verify.solver.query import FailingState, MlpQuery
from alta_verify.transition import Transition
from alta_verify.universal import nonempty

__all__ = ["Proof", "claims"]

_ENUMERABLE: Final = 1 << 15
"""Languages with at most so many inputs are run through rather than reasoned about."""

_CANDIDATES: Final = 256
"""So many failing local states of one variable are looked for in runs before giving up."""

_LONGEST: Final = 2**14
"""For longer inputs the rounding of mixtures of many values is not bounded."""

_SHORT: Final = 8
"""Inputs of up to so many tokens are run to see that nobody denies what occurs."""

_SPREAD: Final = Fraction(1, 64)
"""Where a head averages, scores of keys that are selected together are no further apart."""

_KINDS: Final = {
    "conflict": "no two rules that fire write the same variable",
    "range": "no rule that fires assigns a value out of range",
    "undefined": "no rule depends on an UNDEFINED variable",
}


def claims(task: Task) -> dict[str, str]:
    """Returns the name of every obligation of a task with what it says."""
    program = task.program
    declared = {
        "sampling": "the JAX model and the interpreter agree on sampled inputs",
        "architecture": "what the model runs with beside its weights is the program's",
        "embedding": "the embedded input is related to the initial state",
    }
    for head in program.heads:
        declared[f"attention[{head}]"] = "the head adds the code of the selected value, no more"
        declared[f"softmax[{head}]"] = "the selected key has weight 1, the others have weight 0"
    for kind, claim in _KINDS.items():
        declared[f"program[{kind}]"] = claim
    for name in program.variables:
        declared[f"ffn[{name}]"] = f"after the MLP, {name} has the code of its next value"
    for head in program.heads:
        declared[f"reset[{head}]"] = f"after the MLP, {head} is 0 again"
    declared["decoding"] = "related states decode to the same values, outputs and halt"
    declared["rounding"] = f"the same holds in {task.format.name}, in any order of summation"
    return declared


@final
class Proof:
    """Shows the obligations of one task; each method returns how, or raises `NotShown`."""

    def __init__(self, task: Task) -> None:
        """Takes what is to be verified."""
        self._task = task
        self._program = task.program
        # What rules and runs can tell apart, by index; the program itself if it is categorical.
        self._finite = task.abstraction.finite
        # What runs, and no copy of it. Its weights are read as the program at hand means them; what
        # the model reads of the program that it was made for is compared (`architecture`).
        self._model = task.model

    @property
    def task(self) -> Task:
        """What is verified."""
        return self._task

    def show(self, name: str) -> str:
        """Shows the obligation of a name that `claims` declares.

        Returns:
            The method.

        Raises:
            NotShown: when it could not be shown, with the reason.
            OutOfTime: when there was no time for it.
            Refuted: when a counterexample was found.
        """
        try:
            return self._show(name)
        except NotShown as reason:
            if reason.owner is not None and str(reason.owner) != name:
                raise NotShown(f"rests on {reason.owner}, which is open") from reason
            with suppress(OutOfTime):
                self._pursue(name)
            raise

    def _pursue(self, name: str) -> None:
        """Looks for an input on which it shows that an obligation could not be shown.

        Raises:
            Refuted: when it finds one.
        """
        kind, _, subject = name.partition("[")
        found = None
        if kind == "architecture":
            found = self._guided.masks() or self._guided.names()
        elif kind in {"attention", "softmax"}:
            found = self._guided.head(subject.removesuffix("]"))
        if found is not None:
            raise Refuted(found)

    @cached_property
    def _guided(self) -> GuidedFalsification:
        return GuidedFalsification(self._task)

    def _show(self, name: str) -> str:
        kind, _, subject = name.partition("[")
        if not subject:
            alone = {
                "sampling": self.sampling,
                "architecture": self.architecture,
                "embedding": self.embedding,
                "decoding": self.decoding,
                "rounding": self.rounding,
            }
            return alone[kind]()
        about = {
            "attention": self.attention,
            "softmax": self.softmax,
            "program": self.program,
            "ffn": self.ffn,
            "reset": self.reset,
        }
        return about[kind](subject.removesuffix("]"))

    def sampling(self) -> str:
        """Runs the JAX model and the interpreter side by side, before anything is proved."""
        task = self._task
        sample = falsify(
            self._program,
            task.model,
            max_len=task.max_len,
            max_layers=task.max_layers,
            deadline=task.deadline,
        )
        if sample.counterexample is not None:
            raise Refuted(sample.counterexample)
        if sample.unconfirmed is not None:
            raise NotShown(f"on {sample.unconfirmed} a batch differed, but no run on its own did")
        odd = sample.read_otherwise
        if odd is not None:
            layers = layers_to_take(self._program, odd, task.max_layers)
            where = other_read(self._program, task.model, odd, layers)
            raise NotShown(f"on {odd}, {where or 'a head read something else in a batch'}")
        how = f"{nonempty(sample.inputs, 'inputs')} inputs run on both sides, every state compared"
        # No part of the proof: what was run is said, and that it was less than usual.
        return CutShort(f"{how}; cut short by the limit on time") if sample.cut_short else how

    def architecture(self) -> str:
        """Shows that what the model runs with beside its weights is the program's."""
        task = self._task
        for difference in differences(task.program, task.model, task.lengths, task.max_layers):
            raise NotShown(difference)
        return "compared"

    @cached_property
    def _embedding(self) -> Embedding:
        task = self._task
        return encode_embedding(
            self._model, task.abstraction, task.pairs, self._value_sets.anywhere()
        )

    def renew(self) -> None:
        """Forgets what there was no time for, since there is some left now."""
        if isinstance(self.__dict__.get("_tried_network"), OutOfTime):
            del self._tried_network
        if self.learned is not None:
            self.learned.renew()

    @property
    def _network(self) -> Network:
        """The network, with a relation that has a chance to be kept."""
        return in_time(self._tried_network)

    @cached_property
    def _tried_network(self) -> Network | OutOfTime:
        # That there was no time for it is kept: to begin anew would take as long again.
        try:
            return self._encoded_network()
        except OutOfTime:
            return OutOfTime("cut short in encoding the network")

    def _encoded_network(self) -> Network:
        task = self._task
        if self.learned is not None:
            return self._encoded(self.learned.layerwise.union)
        relation = invariant(
            self._embedding.relation,
            self._encoded,
            lambda: self._seen,
            lambda: self._most_layers,
            resets=not self._once,
            format_=task.format,
        )
        return self._encoded(relation)

    @property
    def _networks(self) -> list[Network]:
        """The network with every relation that the proof goes through."""
        if self.learned is None:
            return [self._network]
        relations = self.learned.layerwise.relations
        return [self._network, *map(self._encoded, relations)]

    def _encoded(self, relation: Relation) -> Network:
        return Network(self._model, relation, self._task.max_len, self._task.format)

    @property
    def _relation(self) -> Relation:
        return self._network.relation

    @cached_property
    def learned(self) -> Learned | None:
        """What is to be shown of a learned block; None where the block is compiled."""
        block = self._model.weights.mlp
        if not isinstance(block, DenseBlock):
            return None
        return Learned(
            block,
            first=lambda: self._embedding.relation,
            encoded=self._encoded,
            transitions=lambda: reachable_transitions(
                self._finite, self._value_sets.distinct(), self._seen, self._find
            ),
            layers=lambda: self._most_layers,
            format_=self._task.format,
        )

    @cached_property
    def _seen(self) -> list[Transition]:
        """Steps that runs on a few inputs take."""
        return sampled_transitions(
            self._task.abstraction, self._task.max_len, self._task.max_layers
        )

    @cached_property
    def _sampled(self) -> list[Transition]:
        """Steps that runs on short inputs take, which are in some run for sure."""
        task = self._task
        return sampled_transitions(task.abstraction, min(task.max_len, _SHORT), task.max_layers)

    @cached_property
    def _most_layers(self) -> int | None:
        """The most layers that a run has, or None where nothing is there to end it.

        All obligations are about one relation, which must depend neither on the clock nor on what
        a solver happens to know.
        """
        task = self._task
        if task.endless:
            return None
        most = most_layers(
            task.abstraction, task.lengths, task.max_layers, task.deadline, task.calls
        )
        if most is None:
            raise NotShown(
                "coordinates drift a little with every layer, and how many layers there are is "
                "not known"
            )
        return most

    @cached_property
    def _once(self) -> bool:
        """Whether no run has a second layer, by the bound alone."""
        task = self._task
        bounds = [
            self._program.layer_bound(length) if task.max_layers is None else task.max_layers
            for length in nonempty(task.lengths, "inputs within the bound")
        ]
        return all(bound is not None and bound <= 1 for bound in bounds)

    def embedding(self) -> str:
        """Shows that the residual stream starts out related to the initial state."""
        task = self._task
        for token, position in self._embedding.wrong:
            word = word_with(self._program.inputs, token, position, task.max_len)
            found = None
            if word is not None:
                found = find_difference(self._program, task.model, word, task.max_layers)
            if found is not None:
                raise Refuted(found)
            raise NotShown(
                f"token {self._program.vocab[token]!r} at position {position} starts with other "
                "values, but no input showed it"
            )
        for name, token, position in self._embedding.residue:
            raise NotShown(
                f"head output {name} does not start at 0 for token "
                f"{self._program.vocab[token]!r} at position {position}"
            )
        self._check_start()
        how = "equal to the codes" if self._relation.exact else self._relation.shown
        return f"exact arithmetic, {self._embedding.pairs} pairs of token and position, {how}"

    def _check_start(self) -> None:
        """Checks that the relation holds of what the embedding gives; heads are 0 there."""
        relation = self._relation if self.learned is None else self.learned.layerwise.relations[0]
        for name, codes in self._embedding.relation.start.items():
            for value, intervals in codes.items():
                for mine, wider in zip(intervals, relation.start[name][value], strict=True):
                    if not mine.within(wider):
                        raise NotShown(f"{name}={value} starts at {mine}, not in {wider}")
        for name, left in relation.residue.items():
            if not all(ZERO.within(one) for one in left):
                raise NotShown(f"head output {name} starts at 0, which is not in its intervals")

    def attention(self, head: str) -> str:
        """Shows that a head adds the code of the selected value, and nothing elsewhere."""
        for column in self._network.heads[head].spill:
            raise NotShown(f"the head also writes to coordinate {column}, which is not its own")
        codes = self._network.codes[head]
        if self._task.abstraction.averages(head):
            return f"means in {len(codes) - 1} buckets"
        if self.learned is not None:
            # Where the coordinates of a head output may be is all that its bounds rest on.
            return f"boxes of {len(codes) - 1} values"
        domain = self._model.program.domains[head]
        for value, intervals in codes.items():
            if value != UNDEFINED_VALUE and decodes(domain, intervals, value) is not True:
                shown = ", ".join(map(str, intervals))
                raise NotShown(f"reading {value} gives ({shown}), which does not decode to it")
        return f"exact arithmetic over {len(codes) - 1} values"

    def softmax(self, head: str) -> str:
        """Shows that softmax is one-hot: exactly in the format, up to a leak in the reals."""
        network = self._network
        if self._task.max_len > _LONGEST and not network.single(head):
            raise NotShown(f"rounding of mixtures is bounded for up to {_LONGEST} positions only")
        if head not in network.scores:
            check_scores(self._model, self._relation, head, self._task.format)
            if network.single(head):
                return "the mask allows one position at most"
            weights = self._model.weights.heads[head]
            if any(RationalMatrix.of(weights.query).columns) and any(
                RationalMatrix.of(weights.key).columns
            ):
                raise NotShown("the program has no query here, but the scores are not all 0")
            return "all scores are 0; the mask alone selects"
        scores, format_ = network.scores[head], self._task.format
        if self._task.abstraction.averages(head) and scores.spread > _SPREAD:
            raise NotShown(
                "keys that are selected together have scores up to "
                f"{float(scores.spread):.3g} apart"
            )
        if 2 * scores.largest > format_.huge:
            raise NotShown(f"scores reach {float(scores.largest):g}")
        text, given = network.gap_text(head), network.softmax(head)
        if not given.leak:
            return text
        bits = given.leak.denominator.bit_length() - 1 - given.leak.numerator.bit_length()
        where = (
            "in the reals, 0 in floats" if given.zero_in_floats else "in the reals and in floats"
        )
        return f"{text}; leak ≤ 2^-{bits} {where}"

    @property
    def value_sets(self) -> ValueSets:
        """What each name can be, position by position."""
        return self._value_sets

    @cached_property
    def _value_sets(self) -> ValueSets:
        return value_sets(self._task.abstraction, self._task.live, self._task.lengths)

    @cached_property
    def _violations(self) -> list[tuple[Violation, list[int]]]:
        return possible_violations(self._finite, self._value_sets)

    @cached_property
    def _reach(self) -> Reachability:
        task = self._task
        if self._program.inputs.count(task.max_len) <= _ENUMERABLE:
            return Enumeration(task.abstraction, task.max_len, task.max_layers)
        return Portfolio(task.abstraction, task.max_len, task.max_layers, task.deadline, task.calls)

    def _find(self, pattern: Pattern) -> ReachAnswer:
        """Decides whether a local state occurs, by value sets where they suffice."""
        if not any(
            all(row[name] & values for name, values in pattern.items())
            for row in self._value_sets.positions
        ):
            return Unreachable()
        try:
            answer = self._reach.find(pattern)
        except OutOfTime:
            # A run that was interrupted in the middle of something is not asked again.
            self.__dict__.pop("_reach", None)
            raise
        if isinstance(answer, Undecided) and self._task.deadline.expired:
            raise OutOfTime
        if isinstance(answer, Unreachable) and any(step.is_of(pattern) for step in self._sampled):
            raise NotShown("a run has a local state that is said to be in none")
        return answer

    def program(self, kind: str) -> str:
        """Shows that no run within the bounds fails in one way."""
        suspects = [one for one, _ in self._violations if one.kind == kind]
        if suspects and self._reach.failure_free:
            return f"{self._reach.method}; none fails"
        for violation in suspects:
            for pattern in nonempty(list(patterns_of(violation)), f"ways to {kind}"):
                match self._find(pattern):
                    case Reachable(tokens=tokens):
                        found = find_difference(
                            self._program, self._task.model, tokens, self._task.max_layers
                        )
                        if found is None:
                            raise NotShown(f"{violation} was reached but did not replay")
                        raise Refuted(found)
                    case Undecided(reason=reason):
                        raise NotShown(f"{violation}: {reason}")
                    case Unreachable():
                        pass
                    case other:
                        assert_never(other)
        if suspects:
            return f"{self._reach.method} ({len(suspects)} cases)"
        return "value sets, for any number of layers"

    @cached_property
    def _cubes(self) -> Cubes:
        """The local states that may occur, of which the network is encoded in all.

        A table that lacks a value says nothing of the states that have it, which is not to be taken
        for an answer.
        """
        possible = self._value_sets.anywhere()
        for name in self._finite.domains:
            if not possible[name] <= self._network.codes[name].keys():
                raise NotShown(f"{name} may have values of which nothing is known")
        return self._value_sets.distinct()

    def _query(self, cubes: Cubes) -> MlpQuery:
        return MlpQuery(
            self._finite,
            cubes,
            calls=self._task.calls,
            deadline=self._task.deadline,
        )

    def ffn(self, name: str) -> str:
        """Shows that after the MLP a variable has the code of its next value, case by case."""
        if self.learned is not None:
            return self._kept_by_block(name)
        columns = nonempty(self._model.layout.columns[name], f"coordinates of {name}")
        outputs = tuple(self._network.mlp.output(column) for column in columns)
        rules = self._finite.rules_by_variable[name]
        if not rules and not any(output.touched for output in outputs):
            return "nothing writes to it, neither rules nor neurons"
        after = self._after(columns, outputs)
        cases = nonempty(list(split(Case(self._cubes, rules, after))), "local states")
        settled = _Settled()
        codes = widened(self._relation.start[name], 1, self._relation.drift_of(name))
        for case in cases:
            if case.keeps(name, codes):
                settled.possible = True
                continue
            query = self._query(case.cubes)
            query.expect_variable(name, case.rules, case.after, codes)
            self._settle(query, settled, lambda local: self._off(name, after, codes, local))
        if not settled.possible and isinstance(self._find({}), Unreachable):
            return "no run takes a layer"
        return settled.method(len(cases))

    def _kept_by_block(self, name: str) -> str:
        """Shows that a learned block keeps the relations, in the coordinates of one name."""
        assert self.learned is not None  # noqa: S101 - asked for learned blocks only
        escape = self.learned.layerwise.escape
        if escape is not None and escape.name == name:
            self._run_into(escape.transition.local)
        self.learned.keeps(name)
        return self.learned.method

    def _run_into(self, local: Mapping[str, int]) -> None:
        """Runs both sides on an input that gets into a local state.

        Raises:
            Refuted: when they differ.
        """
        reached = self._find({name: frozenset({value}) for name, value in local.items()})
        if isinstance(reached, Reachable):
            task = self._task
            found = find_difference(self._program, task.model, reached.tokens, task.max_layers)
            if found is not None:
                raise Refuted(found)

    def _after(self, columns: Sequence[int], outputs: Sequence[Output]) -> tuple[Linear, ...]:
        """Returns coordinates after the MLP, as far as nothing has drifted before."""
        return tuple(
            output.after(self._network.mlp.coordinate(column))
            for output, column in zip(outputs, columns, strict=True)
        )

    def reset(self, head: str) -> str:
        """Shows that after the MLP a head output is 0 again, or what the relation says is left."""
        if self._once:
            return "no run takes a second layer"
        if self.learned is not None:
            return self._kept_by_block(head)
        columns = nonempty(self._model.layout.columns[head], f"coordinates of {head}")
        outputs = [self._network.mlp.output(column) for column in columns]
        (left,) = widened(
            {0: self._relation.residue_of(head)}, 1, self._relation.drift_of(head)
        ).values()
        expected: list[tuple[Linear, Interval]] = []
        for index, output in enumerate(outputs):
            zero = all(codes[index] == ZERO for codes in self._network.codes[head].values())
            if output.taken_away:
                expected += [(part, ZERO) for part in output.parts]
            elif not output.kept:
                expected.append((output.remainder, left[index]))
            elif not zero:
                raise NotShown(f"nothing takes coordinate {index} of the head output away")
        if all(part.is_zero for part, _ in expected):
            return "x - x, exact for every x"
        query = self._query(self._cubes)
        query.expect_within(expected)
        settled = _Settled()
        self._settle(query, settled, lambda local: _left(head, expected, local))
        return settled.method(1)

    def _settle(
        self,
        query: MlpQuery,
        settled: _Settled,
        off: Callable[[Mapping[str, int]], str],
    ) -> None:
        """Asks for failing local states until none is left that a run could be in.

        Args:
            query: the question.
            settled: is told the outcome.
            off: says of a local state which coordinate may be where, and where it should be.
        """
        outcome = query.search()
        settled.possible = settled.possible or query.satisfiable
        while isinstance(outcome, FailingState):
            match self._find({name: frozenset({v}) for name, v in outcome.local.items()}):
                case Reachable(tokens=tokens):
                    found = find_difference(
                        self._program, self._task.model, tokens, self._task.max_layers
                    )
                    if found is not None:
                        raise Refuted(found)
                    raise NotShown(
                        f"at {self._shown(outcome) or 'every state'} {off(outcome.local)}; on an "
                        f"input that gets there both sides agree{self._margins(outcome.local)}"
                    )
                case Undecided(reason=reason):
                    raise NotShown(f"{self._shown(outcome)}: {reason}")
                case Unreachable():
                    settled.excluded += 1
                case other:
                    assert_never(other)
            if settled.excluded > _CANDIDATES:
                raise NotShown(f"more than {_CANDIDATES} local states had to be excluded")
            query.block(outcome)
            outcome = query.next()
        if outcome.satisfiable is not False:
            if self._task.deadline.expired:
                raise OutOfTime
            raise NotShown(outcome.reason or "the solver gave no answer")
        settled.names |= dict.fromkeys(query.names)

    def _margins(self, local: Mapping[str, int]) -> str:
        """Says of means that are tested how exact they are, and how exact they would have to be."""
        abstraction, texts = self._task.abstraction, ""
        for name, index in local.items():
            if name in self._program.heads and abstraction.averages(name):
                mask = self._program.heads[name].mask
                count = self._task.max_len if mask is None else min(len(mask), self._task.max_len)
                found = margin(self._relation, name, index, self._network.codes[name], count)
                if found is not None:
                    texts += f"; {name} in {self._task.format.name}: {found}"
        return texts

    def _shown(self, failing: FailingState) -> str:
        return " & ".join(
            f"{name}={self._task.abstraction.shown(name, index)}"
            for name, index in failing.local.items()
        )

    def decoding(self) -> str:
        """Shows that related states decode to the same values."""
        number, possible = 0, self._value_sets.anywhere()
        # As the model decodes them, by kinds of its own.
        kinds = self._model.program.domains
        for name in self._program.variables:
            codes, values = self._relation.last[name], self._task.abstraction.values[name]
            # Not empty: every value that occurs is decoded, and some value does.
            for index in sorted(possible[name] | codes.keys()):
                number, intervals = number + 1, codes[index]
                if decodes(kinds[name], intervals, values[index]) is not True:
                    shown = ", ".join(map(str, intervals))
                    raise NotShown(
                        f"{name}={self._task.abstraction.shown(name, index)} is ({shown}), which "
                        "does not decode to it"
                    )
        self._check_halt()
        return f"exact arithmetic over {number} values; the halt test and the output decode alike"

    def _check_halt(self) -> None:
        """Checks that the model's own halt test tells the halt value from all others."""
        program, tested = self._program.halt, self._model.architecture.halt
        if program is None or tested is None:
            if (program is None) is not (tested is None):
                raise NotShown(
                    "one side halts, the other does not", owner=Obligation("architecture")
                )
            return
        name = program.variable
        codes, values = self._relation.last[name], self._task.abstraction.values[name]
        # Not empty: every value that occurs is tested, and some value does.
        for index in sorted(self._value_sets.anywhere()[name] | codes.keys()):
            if passes(tested, codes[index]) is not (values[index] == program.value):
                shown = self._task.abstraction.shown(name, index)
                raise NotShown(f"the model's halt test does not tell {name}={shown} as it should")

    @cached_property
    def probe(self) -> Probe:
        """What the device at hand says about exp and division."""
        scores = [one for each in self._networks for one in each.scores.values()]
        gaps = {one.gap for one in scores if one.gap is not None and one.gap > 0}
        near = {distance for one in scores for distance in one.apart.near}
        averaged = any(self._task.abstraction.averages(name) for name in self._program.heads)
        most = self._task.max_len if averaged else 1
        return probe_softmax(self._model, gaps | near, self._task.format, equal=most)

    def rounding(self) -> str:
        """Shows that the format adds nothing: no subnormal weights, and exp as assumed.

        The bounds on rounding themselves are part of every other encoding; they are 0 where sums
        lie on a grid.
        """
        smallest = 2.0**self._task.format.smallest
        for name, array in named(self._model.weights):
            sizes = np.abs(np.asarray(array, dtype=np.float64))
            if ((sizes > 0) & (sizes < smallest)).any():
                raise NotShown(f"{name} has subnormal weights, which hardware may take for 0")
        for relation in (network.relation for network in self._networks):
            self._check_ends(relation)
        # Every encoding raises where its numbers may leave the format.
        if self.learned is None:
            for column in range(self._model.layout.width):
                self._network.mlp.output(column)
        if not self.probe.passed:
            raise NotShown(f"the device does not do as assumed: {self.probe.description}")
        return f"bounds are part of the encoding; {self.probe.description}"

    def _check_ends(self, relation: Relation) -> None:
        """Checks that the format holds the ends of all intervals of a relation."""
        left = {name: {0: intervals} for name, intervals in relation.residue.items()}
        for name, codes in {**relation.start, **left}.items():
            for value, intervals in codes.items():
                for one, drift in zip(intervals, relation.drift_of(name), strict=True):
                    # Where it drifts, rounding to store is part of the drift.
                    if drift == ZERO and storing_slack(Span.of([one]), self._task.format):
                        raise NotShown(
                            f"{self._task.format.name} lacks an end of {one} of {name}={value}"
                        )

    def _off(
        self,
        name: str,
        after: Sequence[Linear],
        codes: Codes,
        local: Mapping[str, int],
    ) -> str:
        """Says which coordinate of a variable may be where it should not be."""
        fired = [
            rule.value
            for rule in self._finite.rules_by_variable[name]
            if all(local.get(atom.variable) == atom.value for atom in rule.atoms)
        ]
        value = fired[0] if fired else local.get(name)
        for index, linear in enumerate(after if value in codes else ()):
            reach, wanted = evaluate(linear, local), codes[value][index]  # type: ignore[index]
            if not reach.within(wanted):
                shown = self._task.abstraction.shown(name, value)  # type: ignore[arg-type]
                return (
                    f"coordinate {index} of {name} may become {reach}, not within {wanted} as "
                    f"{name}={shown} asks"
                )
        return f"{name} may get other coordinates than its value asks"


def _left(head: str, expected: Sequence[tuple[Linear, Interval]], local: Mapping[str, int]) -> str:
    """Says what may be left of a head output."""
    for linear, wanted in expected:
        reach = evaluate(linear, local)
        if not reach.within(wanted):
            return f"{reach} may be left in a coordinate of {head}, not within {wanted}"
    return f"something may be left of {head}"


@final
@dataclass
class _Settled:
    """Collects how the cases of one obligation were settled.

    Attributes:
        names: the names that they depend on.
        excluded: how many failing local states turned out not to occur.
        possible: whether some case has a local state that satisfies its premises.
    """

    names: dict[str, None] = field(default_factory=dict)
    excluded: int = 0
    possible: bool = False

    def method(self, cases: int) -> str:
        """Returns the method for the report, once all cases are settled."""
        if not self.possible:
            raise NotShown("no local state satisfies the premises")
        method = f"z3, over {', '.join(self.names)}" if self.names else "case distinction"
        if cases > 1:
            method += f"; {cases} cases"
        return method + (f"; {self.excluded} unreachable states excluded" if self.excluded else "")
