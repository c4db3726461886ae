"""The campaign of faults: whatever goes wrong at a question to a solver, nothing is proved by it.

    python -m tests.campaigns.faults

Every question that a verification asks goes wrong once, in every way. What is wrong is then never
PROVED, and what is right never REFUTED. An obligation that lacks an answer of z3 stays open; one of
the SAT solver may have been a question about merging, which only costs time.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import pytest
import z3

import alta
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify import Report, Verdict, verify
from alta_verify.prove.computes import runs
from alta_verify.reach.sets import counting_engine
from alta_verify.solver.sat import SatSolver
from tests.alta_verify.mutants import with_arrays
from tests.alta_verify.obligations import left_to_z3
from tests.alta_verify.secret_words import at_the_end, both_ways, secret_word, word_of
from tests.properties.running import nothing_sampled

__all__ = ["CASES", "FAULTS", "Case", "campaign", "case_of"]


def _raising(error: BaseException) -> Callable[..., object]:
    def fail(*_arguments: object, **_options: object) -> object:
        raise error

    return fail


FAULTS: Mapping[str, Callable[..., object]] = {
    "exception": _raising(RuntimeError("out of order")),
    "z3's exception": _raising(z3.Z3Exception("out of order")),
    "out of memory": _raising(MemoryError()),
    "timeout": _raising(TimeoutError()),
    "NaN": lambda *_, **__: float("nan"),
    "unknown": lambda *_, **__: z3.unknown,
    "nothing": lambda *_, **__: None,
}
"""What a question may come to. Except for z3's own word, PySAT's for not knowing is nothing."""

SOLVERS: Mapping[str, tuple[Any, str]] = {
    "z3": (z3.Solver, "check"),
    "SAT": (SatSolver, "_search"),
}
"""Where the solvers are called."""


@dataclass(frozen=True, eq=False)
class Case:
    """Something to verify, with the verdict that it has where nothing goes wrong.

    Attributes:
        solver: the one whose answers go wrong.
        proved: whether it is right.
        needed: whether every answer is needed.
    """

    program: Program
    model: Model
    max_len: int
    solver: str
    proved: bool
    needed: bool

    def verify(self) -> Report:
        with pytest.MonkeyPatch.context() as patch, nothing_sampled():
            # Symbolic runs answer what would otherwise be run through, or be counted.
            patch.setattr(counting_engine, "_VECTORS", 0)
            patch.setattr(runs, "_ENUMERABLE", 16)
            left_to_z3(patch)
            return verify(self.program, self.model, max_len=self.max_len)

    def verdict(
        self, at: int, fault: Callable[..., object], *, lasting: bool = False
    ) -> tuple[Verdict, int]:
        """The verdict where a question goes wrong, and how many were asked.

        Args:
            at: how many questions are answered before.
            fault: what the question comes to.
            lasting: whether all questions after it come to the same.
        """
        owner, name = SOLVERS[self.solver]
        right, asked = getattr(owner, name), 0

        def answer(*arguments: object, **options: object) -> object:
            nonlocal asked
            asked += 1
            wrong = asked == at + 1 or (lasting and asked > at)
            return (fault if wrong else right)(*arguments, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, name, answer)
            return self.verify().verdict, asked

    @cached_property
    def questions(self) -> int:
        """How many questions are asked where nothing goes wrong."""
        verdict, asked = self.verdict(-1, FAULTS["exception"])
        wanted = Verdict.PROVED if self.proved else Verdict.REFUTED
        if verdict is not wanted:
            raise AssertionError(f"expected {wanted} without a fault, got {verdict}")
        return asked

    def allowed(self) -> set[Verdict]:
        """The verdicts that may come of one fault."""
        if self.proved:
            return {Verdict.UNKNOWN} if self.needed else {Verdict.UNKNOWN, Verdict.PROVED}
        return {Verdict.UNKNOWN, Verdict.REFUTED}


def _case(
    program: Program, max_len: int, solver: str, *, needed: bool, proved: bool = True
) -> Case:
    return Case(program, alta.compile(program), max_len, solver, proved, needed)


_WORD = word_of("1011001011010")


def _unwritten() -> Case:
    """A model that is wrong on one input, since a neuron does not write what it should."""
    model = alta.compile(_RIGHT)
    out = model.weights.mlp.lookup_out.copy()
    out[:, model.layout.columns["out"][1]] = 0
    return Case(
        _RIGHT, with_arrays(model, {"mlp.lookup_out": out}), len(_WORD), "z3", False, needed=True
    )


_RIGHT = secret_word(_WORD, [at_the_end(_WORD)])

_SHORT = word_of("101100101")

_CONFLICTING = secret_word(_SHORT, [at_the_end(_SHORT), at_the_end(_SHORT, bit=_SHORT[-1])])

CASES: Mapping[str, Callable[[], Case]] = {
    "right weights": lambda: _case(_RIGHT, len(_WORD), "z3", needed=True),
    "right means": lambda: _case(alta.programs.sort_unique(max_value=4), 4, "z3", needed=True),
    "wrong weights": _unwritten,
    "a right program": lambda: _case(both_ways(6), 6, "SAT", needed=False),
    "a wrong program": lambda: _case(_CONFLICTING, len(_SHORT), "SAT", needed=False, proved=False),
}


@cache
def case_of(name: str) -> Case:
    """The case of a name, compiled once."""
    return CASES[name]()


def campaign(name: str, *, every: int = 1) -> Iterator[tuple[str, int, Verdict, bool]]:
    """Yields, for every fault at every question of a case, the verdict and whether it may be."""
    case = case_of(name)
    for at in range(0, case.questions, every):
        for fault, what in FAULTS.items():
            verdict, _ = case.verdict(at, what)
            yield fault, at, verdict, verdict in case.allowed()


def main() -> None:
    """Runs the campaign, prints what came out, and fails if anything is wrong."""
    failed = False
    for name in CASES:
        counts: dict[str, Counter[str]] = {}
        for fault, at, verdict, fine in campaign(name):
            counts.setdefault(fault, Counter())[str(verdict)] += 1
            if not fine:
                failed = True
                sys.stdout.write(f"WRONG: {name}, {fault} at question {at}: {verdict}\n")
        for fault, verdicts in counts.items():
            sys.stdout.write(f"{name:<16} {fault:<16} {dict(sorted(verdicts.items()))}\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
