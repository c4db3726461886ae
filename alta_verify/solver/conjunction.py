"""The neuron lemma: a clipped sum of k zeros and ones, minus k - 1, is their conjunction."""

from __future__ import annotations

from typing import final

import z3

from alta_verify.deadline import Deadline
from alta_verify.solver.smt import Answer, Question, SolverCalls

__all__ = ["ConjunctionLemmas", "prove_conjunction"]


def prove_conjunction(size: int, *, calls: SolverCalls, deadline: Deadline) -> Answer:
    """Asks for k numbers, each 0 or 1, whose clipped sum is not their conjunction.

    Args:
        size: k, the number of summands.
        calls: counts the question.
        deadline: when to give up.

    Returns:
        Unsatisfiable when the lemma holds.
    """
    question = Question(calls=calls, deadline=deadline)
    inputs = [z3.Real(f"e{index}", ctx=question.context) for index in range(size)]
    for one in inputs:
        question.add(z3.Or(one == 0, one == 1))
    premises = question.ask()
    if premises.satisfiable is not True:
        return Answer(None, reason=premises.reason or "the premises of the lemma do not hold")
    total = z3.Sum(inputs) + (1 - size)
    clipped = z3.If(total >= 1, z3.RealVal(1, question.context), z3.If(total <= 0, 0, total))
    conjunction = z3.If(z3.And([one == 1 for one in inputs]), z3.RealVal(1, question.context), 0)
    question.add(clipped != conjunction)
    return question.ask()


@final
class ConjunctionLemmas:
    """Knows for which sizes the neuron lemma has been proved, and proves it once for each."""

    def __init__(self, *, calls: SolverCalls, deadline: Deadline) -> None:
        """Starts without any.

        Args:
            calls: counts the questions.
            deadline: when to give up.
        """
        self._calls = calls
        self._deadline = deadline
        self._known: dict[int, bool] = {}

    def hold(self, size: int) -> bool:
        """Says whether the lemma for a size is proved; what was given up is not."""
        if size not in self._known:
            answer = prove_conjunction(size, calls=self._calls, deadline=self._deadline)
            self._known[size] = answer.satisfiable is False
        return self._known[size]
