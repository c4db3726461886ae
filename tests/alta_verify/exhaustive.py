"""The exhaustive oracle: all inputs up to a length, all layers, all variables, both sides.

It decides by running what `verify` decides by proving. Where the two disagree, one is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from alta.interp.batch import execute
from alta.lang.program import Program
from alta.nn import forward
from alta.nn.batching import pad
from alta.nn.model import Model
from alta_verify import Report, Verdict, verify
from tests.alta_verify.mutants import Mutant

__all__ = ["Exhaustive", "check_refuted", "judge", "record", "sweep"]

Word = tuple[int, ...]


class Exhaustive:
    """Knows every state of every run of a program on its inputs up to a length.

    Attributes:
        failing: the inputs on which the program itself has no next state, with the error's kind.
    """

    def __init__(self, program: Program, max_len: int) -> None:
        self.program, self.max_len = program, max_len
        self.words: list[Word] = [word for word in program.inputs.enumerate(max_len) if word]
        self.failing: dict[Word, str] = {}
        tokens, valid = pad(self.words)
        self._tokens, self._valid = tokens, valid
        runs = list(self._runs())
        layers = max(int(run.n_layers.max()) for _, run in runs)
        shape = (*tokens.shape, len(program.variables))
        # What no run says anything about is expected to be -2, and not compared.
        self._expected = np.full((layers + 1, *shape), -2)
        for indices, run in runs:
            length = run.initial.shape[1]
            states = [run.initial, *(step.states for step in run.steps)]
            # A layer in which every run failed leads nowhere.
            for layer, state in enumerate(states[: layers + 1]):
                lasting = np.array(indices)[run.n_layers >= layer]
                self._expected[layer, lasting, :length] = state[run.n_layers >= layer]

    def _runs(self):
        lengths = sorted({len(word) for word in self.words})
        for length in lengths:
            indices = [index for index, word in enumerate(self.words) if len(word) == length]
            tokens = np.array([self.words[index] for index in indices])
            bound = self.program.layer_bound(length)
            run = execute(self.program, tokens, bound, keep_steps=True, stop_at_repeats=True)
            self.failing |= {
                self.words[indices[row]]: failure.error.kind
                for row, failure in run.failures.items()
            }
            yield indices, run

    def difference(self, model: Model) -> Word | None:
        """A shortest input on which the program fails or the model differs from it."""
        odd = {self.words.index(word) for word in self.failing}
        with model.precision():
            x = forward.embed(model.device_weights, self._tokens)
            for layer, expected in enumerate(self._expected):
                if layer:
                    _, x = forward.layer(model.architecture, model.device_weights, x, self._valid)
                wrong = (self._decoded(model, np.asarray(x)) != expected) & (expected != -2)
                odd |= set(np.flatnonzero(wrong.any(axis=(1, 2))).tolist())
        return self.words[min(odd)] if odd else None

    def _decoded(self, model: Model, x: np.ndarray) -> np.ndarray:
        values = []
        for name in self.program.variables:
            high = x[..., list(model.layout.columns[name])] > 0.5
            values.append(np.where(high.sum(axis=-1) == 1, high.argmax(axis=-1), -1))
        return np.stack(values, axis=-1)


def judge(oracle: Exhaustive, model: Model) -> str:
    """Verifies a model, compares the verdict with the oracle's, and returns the outcome."""
    report = verify(oracle.program, model, max_len=oracle.max_len)
    word = oracle.difference(model)
    if word is None:
        # What is equal up to the bound may be proved or not, but cannot be refuted.
        assert report.verdict in {Verdict.PROVED, Verdict.UNKNOWN}, report
        return f"equivalent, {report.verdict}"
    check_refuted(report, oracle)
    return "REFUTED"


def check_refuted(report: Report, oracle: Exhaustive) -> None:
    """Checks that a report refutes, by an input of the language that fails when it is replayed."""
    assert report.verdict is Verdict.REFUTED, report
    found = report.counterexample
    assert found is not None
    assert oracle.program.inputs.contains(found.tokens)
    assert 1 <= len(found.tokens) <= oracle.max_len
    assert found.replay().confirmed
    assert found.kind == oracle.failing.get(found.tokens, "mismatch")


def sweep(oracle: Exhaustive, mutants: Iterable[Mutant]) -> Counter[str]:
    """Judges many mutants and counts the outcomes; names the mutant that is judged wrongly."""
    outcomes: Counter[str] = Counter()
    for mutant in mutants:
        try:
            outcomes[judge(oracle, mutant.model)] += 1
        except AssertionError as error:
            raise AssertionError(f"{mutant.name}: {error}") from error
    return outcomes


def record(
    title: str, outcomes: Counter[str], record_property: Callable[[str, object], None]
) -> None:
    """Puts the counts of a campaign into its log and its report."""
    counts = dict(sorted(outcomes.items()))
    record_property(title, counts)
    print(f"{title}: {counts}")  # noqa: T201 - what a campaign is run for
