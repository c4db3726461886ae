"""The proof: every obligation of the theorem, one function each.

Together they are a simulation argument. The relation between symbolic states and residual streams
holds of the embedding; attention and MLP keep it, whatever state a run is in; related states decode
to the same values. So it holds after any number of layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Final, assert_never, final

import numpy as np

from alta.lang.kinds import Numerical
from alta.nn.weights import named
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.counterexample import find_difference
from alta_verify.encode.attention import (
    HeadCodes,
    Scores,
    check_scores,
    encode_head,
    encode_scores,
    leakage,
)
from alta_verify.encode.cases import Case, Situations, split
from alta_verify.encode.embedding import Embedding, encode_embedding
from alta_verify.encode.formats import Span, storing_slack
from alta_verify.encode.matrices import Matrix
from alta_verify.encode.mlp import MLPEncoding
from alta_verify.encode.relation import Codes, Relation, decodes
from alta_verify.falsify import falsify
from alta_verify.interval import ZERO, point
from alta_verify.ledger import NotShown, Refuted
from alta_verify.probe import Probe, probe_softmax
from alta_verify.pursue import Pursuit
from alta_verify.reach.enumerated import EnumeratedReach
from alta_verify.reach.reach import Absent, Found, Open, Pattern, Reach, ReachAnswer, patterns_of
from alta_verify.reach.staged import StagedReach
from alta_verify.reach.value_sets import ValueSets, Violation, possible_violations, value_sets
from alta_verify.samples import word_with
from alta_verify.solver.transition import Failing, TransitionQuery
from alta_verify.task import Task

__all__ = ["Proof", "claims"]

_ENUMERABLE: Final = 1 << 15
"""Languages with at most so many inputs are run through rather than reasoned about."""

_CANDIDATES: Final = 256
"""So many failing local states of one variable are looked for in runs before giving up."""

_LONGEST: Final = 2**14
"""For longer inputs the rounding of mixtures of many values is not bounded."""

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
        "architecture": "masks, halt and output of the model are the program's",
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
        # The weights are read as the program at hand means them. What the model was built for is
        # used where the model is run, and compared with the program (`architecture`).
        self._model = replace(task.model, program=task.program)

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
            Refuted: when a counterexample was found.
        """
        try:
            return self._show(name)
        except NotShown as reason:
            if reason.owner not in {None, name}:
                raise NotShown(f"rests on {reason.owner}, which is open") from reason
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
            found = self._pursuit.masks() or self._pursuit.ends()
        elif kind in {"attention", "softmax"}:
            found = self._pursuit.head(subject.removesuffix("]"))
        if found is not None:
            raise Refuted(found)

    @cached_property
    def _pursuit(self) -> Pursuit:
        return Pursuit(self._task)

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
        return f"{sample.inputs} inputs run on both sides, every state compared"

    def architecture(self) -> str:
        """Shows that what is no weight agrees with the program."""
        task, mine, theirs = self._task, self._program, self._task.model.program
        for name, head in mine.heads.items():
            if theirs.heads[name].mask != head.mask:
                raise NotShown(
                    f"head {name} of the model has mask {theirs.heads[name].mask}, not {head.mask}"
                )
        if theirs.halt != mine.halt:
            raise NotShown(f"the model halts on {theirs.halt}, the program on {mine.halt}")
        if theirs.output_name != mine.output_name:
            raise NotShown(
                f"the model's output is {theirs.output_name}, the program's {mine.output_name}"
            )
        for length in task.lengths if task.max_layers is None else ():
            if theirs.layer_bound(length) != mine.layer_bound(length):
                raise NotShown(
                    f"on {length} tokens the model takes {theirs.layer_bound(length)} layers, the "
                    f"program {mine.layer_bound(length)}"
                )
        return "compared"

    @cached_property
    def _embedding(self) -> Embedding:
        return encode_embedding(self._model, self._task.abstraction, self._task.pairs)

    @property
    def _relation(self) -> Relation:
        return self._embedding.relation

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
        how = "equal to the codes" if self._relation.exact else "within intervals"
        return f"exact arithmetic, {self._embedding.pairs} pairs of token and position, {how}"

    def _single(self, head: str) -> bool:
        """Says whether the mask lets every position attend to at most one."""
        mask = self._program.heads[head].mask
        return mask is not None and len(mask) == 1

    @cached_property
    def _scores(self) -> Mapping[str, Scores]:
        return {
            name: encode_scores(self._model, self._relation, name, self._task.format)
            for name, head in self._program.heads.items()
            if head.query is not None and not self._single(name)
        }

    def _leak(self, head: str) -> Fraction:
        scores = self._scores.get(head)
        if scores is None or scores.gap is None:
            return Fraction(0)
        if scores.gap <= 0:
            raise NotShown(self._gap_text(head, scores), owner=f"softmax[{head}]")
        return min(Fraction(1), leakage(scores.gap, self._task.max_len))

    @cached_property
    def _heads(self) -> Mapping[str, HeadCodes]:
        return {
            name: encode_head(
                self._model,
                self._relation,
                name,
                leak=self._leak(name),
                length=self._task.max_len,
                format_=self._task.format,
            )
            for name in self._program.heads
        }

    def attention(self, head: str) -> str:
        """Shows that a head adds the code of the selected value, and nothing elsewhere."""
        codes = self._heads[head]
        for column in codes.spill:
            raise NotShown(f"the head also writes to coordinate {column}, which is not its own")
        if self._task.abstraction.averages(head):
            return f"means in {len(codes.codes) - 1} buckets"
        domain = self._program.domains[head]
        for value, intervals in codes.codes.items():
            if value != UNDEFINED_VALUE and decodes(domain, intervals, value) is not True:
                shown = ", ".join(map(str, intervals))
                raise NotShown(f"reading {value} gives ({shown}), which does not decode to it")
        return f"exact arithmetic over {len(codes.codes) - 1} values"

    def _gap_text(self, head: str, scores: Scores) -> str:
        if scores.gap is None or scores.worst is None:
            return "all keys are selected"
        query, key = scores.worst
        declared = self._program.heads[head]
        asked = self._task.abstraction.shown(str(declared.query), query)
        return f"score gap {float(scores.gap):g} at {declared.query}={asked}, {declared.key}={key}"

    def softmax(self, head: str) -> str:
        """Shows that softmax is one-hot: exactly in the format, up to a leak in the reals."""
        if self._task.max_len > _LONGEST and not self._single(head):
            raise NotShown(f"rounding of mixtures is bounded for up to {_LONGEST} positions only")
        if head not in self._scores:
            check_scores(self._model, self._relation, head, self._task.format)
            if self._single(head):
                return "the mask allows one position at most"
            weights = self._model.weights.heads[head]
            if any(Matrix.of(weights.query).columns) and any(Matrix.of(weights.key).columns):
                raise NotShown("the program has no query here, but the scores are not all 0")
            return "all scores are 0; the mask alone selects"
        scores, format_ = self._scores[head], self._task.format
        if scores.gap is not None and scores.gap < format_.exp_zero:
            raise NotShown(
                f"{self._gap_text(head, scores)}; {format_.accumulate} needs {format_.exp_zero} "
                "for weights that are exactly 0"
            )
        if self._task.abstraction.averages(head) and not scores.alike:
            raise NotShown("keys that are selected together have different scores")
        if not scores.level:
            raise NotShown("scores are neither equal nor far apart, so weights could underflow")
        if 2 * scores.largest > format_.huge:
            raise NotShown(f"scores reach {float(scores.largest):g}")
        leak = self._leak(head)
        if not leak:
            return self._gap_text(head, scores)
        bits = leak.denominator.bit_length() - 1 - leak.numerator.bit_length()
        return f"{self._gap_text(head, scores)}; leak ≤ 2^-{bits} in the reals, 0 in floats"

    @cached_property
    def _value_sets(self) -> ValueSets:
        return value_sets(self._task.abstraction, self._task.live, self._task.lengths)

    @cached_property
    def _violations(self) -> list[tuple[Violation, list[int]]]:
        return possible_violations(self._finite, self._value_sets)

    @cached_property
    def _reach(self) -> Reach:
        task = self._task
        if self._program.inputs.count(task.max_len) <= _ENUMERABLE:
            return EnumeratedReach(task.abstraction, task.max_len, task.max_layers, task.deadline)
        return StagedReach(
            task.abstraction, task.max_len, task.max_layers, task.deadline, task.calls
        )

    def _find(self, pattern: Pattern) -> ReachAnswer:
        """Decides whether a local state occurs, by value sets where they suffice."""
        if not any(
            all(row[name] & values for name, values in pattern.items())
            for row in self._value_sets.positions
        ):
            return Absent()
        return self._reach.find(pattern)

    def program(self, kind: str) -> str:
        """Shows that no run within the bounds fails in one way."""
        suspects = [one for one, _ in self._violations if one.kind == kind]
        if suspects and self._reach.failure_free:
            return f"{self._reach.method}; none fails"
        for violation in suspects:
            for pattern in patterns_of(violation):
                match self._find(pattern):
                    case Found(tokens=tokens):
                        found = find_difference(
                            self._program, self._task.model, tokens, self._task.max_layers
                        )
                        if found is None:
                            raise NotShown(f"{violation} was reached but did not replay")
                        raise Refuted(found)
                    case Open(reason=reason):
                        raise NotShown(f"{violation}: {reason}")
                    case Absent():
                        pass
                    case other:
                        assert_never(other)
        if suspects:
            return f"{self._reach.method} ({len(suspects)} cases)"
        return "value sets, for any number of layers"

    @cached_property
    def _codes(self) -> Mapping[str, Codes]:
        return {
            **self._relation.codes,
            **{name: head.codes for name, head in self._heads.items()},
        }

    @cached_property
    def _mlp(self) -> MLPEncoding:
        for name, head in self._heads.items():
            if head.spill:
                raise NotShown(
                    f"head {name} writes to coordinates that are not its own",
                    owner=f"attention[{name}]",
                )
        floors: dict[str, Fraction | None] = {
            name: head.floor if self._levelled(name) else None for name, head in self._heads.items()
        }
        floors |= dict.fromkeys(self._program.variables)
        return MLPEncoding(
            self._model.weights.mlp,
            self._model.layout,
            self._codes,
            self._task.format,
            floors=floors,
        )

    def _levelled(self, head: str) -> bool:
        """Says whether the head's weights are known to be 0 or at least 1/(2 length)."""
        if self._single(head):
            return True
        try:
            self.softmax(head)
        except NotShown:
            return False
        return True

    def _query(self, situations: Situations) -> TransitionQuery:
        return TransitionQuery(
            self._finite,
            situations,
            calls=self._task.calls,
            deadline=self._task.deadline,
        )

    def ffn(self, name: str) -> str:
        """Shows that after the MLP a variable has the code of its next value, case by case."""
        columns = self._model.layout.columns[name]
        outputs = tuple(self._mlp.output(column) for column in columns)
        rules = self._finite.rules_by_variable[name]
        if not rules and not any(output.touched for output in outputs):
            return "nothing writes to it, neither rules nor neurons"
        after = tuple(
            output.after(self._mlp.coordinate(column))
            for output, column in zip(outputs, columns, strict=True)
        )
        cases = list(split(Case(tuple(self._value_sets.distinct()), rules, after)))
        settled = _Settled()
        codes = self._relation.codes[name]
        for case in cases:
            if case.keeps(name, codes):
                settled.possible = True
                continue
            query = self._query(case.situations)
            query.expect_variable(name, case.rules, case.after, codes)
            self._settle(query, settled)
        if not settled.possible and isinstance(self._find({}), Absent):
            return "no run takes a layer"
        return settled.method(len(cases))

    def reset(self, head: str) -> str:
        """Shows that after the MLP a head output is 0 again."""
        outputs = [self._mlp.output(column) for column in self._model.layout.columns[head]]
        for index, output in enumerate(outputs):
            zero = all(codes[index] == ZERO for codes in self._heads[head].codes.values())
            if output.kept and not zero:
                raise NotShown(f"nothing takes coordinate {index} of the head output away")
        parts = [part for output in outputs for part in output.parts]
        if all(part.is_zero for part in parts):
            return "x - x, exact for every x"
        query = self._query(self._value_sets.positions)
        query.expect_zero(parts)
        settled = _Settled()
        self._settle(query, settled)
        return settled.method(1)

    def _settle(self, query: TransitionQuery, settled: _Settled) -> None:
        """Asks for failing local states until none is left that a run could be in."""
        outcome = query.search()
        settled.possible = settled.possible or query.satisfiable
        while isinstance(outcome, Failing):
            match self._find({name: frozenset({v}) for name, v in outcome.local.items()}):
                case Found(tokens=tokens):
                    found = find_difference(
                        self._program, self._task.model, tokens, self._task.max_layers
                    )
                    if found is not None:
                        raise Refuted(found)
                    raise NotShown(
                        f"bounds too coarse at {self._shown(outcome)}, where both sides agree"
                    )
                case Open(reason=reason):
                    raise NotShown(f"{self._shown(outcome)}: {reason}")
                case Absent():
                    settled.excluded += 1
                case other:
                    assert_never(other)
            if settled.excluded > _CANDIDATES:
                raise NotShown(f"more than {_CANDIDATES} local states had to be excluded")
            query.block(outcome)
            outcome = query.next()
        if outcome.satisfiable is not False:
            raise NotShown(outcome.reason or "the solver gave no answer")
        settled.names |= dict.fromkeys(query.names)

    def _shown(self, failing: Failing) -> str:
        return " & ".join(
            f"{name}={self._task.abstraction.shown(name, index)}"
            for name, index in failing.local.items()
        )

    def decoding(self) -> str:
        """Shows that related states decode to the same values."""
        number = 0
        for name, codes in self._relation.codes.items():
            values = self._task.abstraction.values[name]
            for index, intervals in codes.items():
                number += 1
                if decodes(self._program.variables[name], intervals, values[index]) is not True:
                    shown = ", ".join(map(str, intervals))
                    raise NotShown(
                        f"{name}={self._task.abstraction.shown(name, index)} is ({shown}), which "
                        "does not decode to it"
                    )
        halt = self._program.halt
        if halt is not None and isinstance(self._program.variables[halt.variable], Numerical):
            # The model compares with the number of its format that is nearest.
            span = Span.of([point(Fraction(halt.value))])  # type: ignore[arg-type]
            if storing_slack(span, self._task.format):
                raise NotShown(f"{self._task.format.name} lacks the halt value {halt.value}")
        return f"exact arithmetic over {number} values; the halt test and the output decode alike"

    @cached_property
    def probe(self) -> Probe:
        """What the device at hand says about exp and division."""
        gaps = {s.gap for s in self._scores.values() if s.gap is not None and s.gap > 0}
        averaged = any(self._task.abstraction.averages(name) for name in self._program.heads)
        return probe_softmax(self._model, gaps, most=self._task.max_len if averaged else 1)

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
        for name, codes in self._relation.codes.items():
            for value, intervals in codes.items():
                for one in intervals:
                    if storing_slack(Span.of([one]), self._task.format):
                        raise NotShown(
                            f"{self._task.format.name} lacks an end of {one} of {name}={value}"
                        )
        # Every encoding raises where its numbers may leave the format.
        for column in range(self._model.layout.width):
            self._mlp.output(column)
        if not self.probe.passed:
            raise NotShown(f"the device does not do as assumed: {self.probe.description}")
        return f"bounds are part of the encoding; {self.probe.description}"


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
