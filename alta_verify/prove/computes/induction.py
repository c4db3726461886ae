"""Induction steps: local states from which a layer seems not to keep the relation.

A solver that finds one has found a counterexample to induction: a state that satisfies what is
known of all runs, and that no run may ever be in. So runs are asked. One that occurs nowhere is
excluded by a premise, and the solver is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, assert_never, final

from alta.limit import OutOfTime
from alta_verify.encode.averages import margin
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context
from alta_verify.reach.answer import Reachable, Undecided, Unreachable
from alta_verify.solver.query import FailingState, MlpQuery

__all__ = ["Induction"]

# So many failing local states of one variable are looked for in runs before giving up; and of
# those that occur, so many are run on both sides before they are taken to agree everywhere.
_CANDIDATES: Final = 256
_OCCURRING: Final = 8


@final
class Induction:
    """The induction step of one name, case by case."""

    def __init__(self, context: Context, explain: Callable[[Mapping[str, int]], str]) -> None:
        """Takes what says of a local state which coordinate may be where, and where it should."""
        # Whether some case has a local state that satisfies its premises.
        self.possible = False
        self._context, self._explain = context, explain
        self._excluded = 0
        # Why states that occur could not be shown to be right.
        self._agreeing: list[NotShown] = []
        self._names: dict[str, None] = {}

    def discharge(self, queries: Iterable[MlpQuery]) -> None:
        """Asks for failing local states until none is left that a run could be in, or gives up.

        The queries together are about all local states.
        """
        for query in queries:
            self._discharge(query)
        if self._agreeing:
            raise self._agreeing[0]

    def _discharge(self, query: MlpQuery) -> None:
        outcome = query.search()
        # Lemma 12 (witnesses): some local state satisfies the premises, or nothing is concluded.
        self.possible = self.possible or query.satisfiable
        while isinstance(outcome, FailingState):
            self._exclude(outcome)
            query.block(outcome)
            outcome = query.next()
        if outcome.satisfiable is not False:
            if self._context.task.deadline.expired:
                raise OutOfTime
            raise NotShown(outcome.reason or "the solver gave no answer")
        self._names |= dict.fromkeys(query.names)

    def _exclude(self, state: FailingState) -> None:
        """Shows that no run is ever in a local state."""
        # Lemma 3 (MLP): a state that is in no run may be excluded by a premise, since the local
        # states of runs satisfy it.
        match self._context.runs.find({name: frozenset({v}) for name, v in state.local.items()}):
            case Reachable() as witness:
                self._context.refute_near(witness, state.local)
                self._leave_open(
                    f"at {self._shown(state) or 'every state'} {self._explain(state.local)}; on an "
                    f"input that gets there both sides agree{self._margins(state.local)}"
                )
            case Undecided(reason=reason):
                raise NotShown(f"{self._shown(state)}: {reason}")
            case Unreachable():
                self._excluded += 1
            case answer:
                assert_never(answer)
        if self._excluded > _CANDIDATES:
            raise NotShown(f"more than {_CANDIDATES} local states had to be excluded")

    def _leave_open(self, reason: str) -> None:
        """Keeps the reason why nothing is shown, as long as another state may refute it all."""
        # Where bounds are a little too coarse everywhere, some state may be wrong all the same.
        self._agreeing.append(NotShown(reason))
        if len(self._agreeing) >= _OCCURRING:
            raise self._agreeing[0]

    def _shown(self, state: FailingState) -> str:
        shown = self._context.task.abstraction.shown
        return " & ".join(f"{name}={shown(name, index)}" for name, index in state.local.items())

    def _margins(self, local: Mapping[str, int]) -> str:
        """Says of means that are tested how exact they are, and how exact they would have to be."""
        context, texts = self._context, ""
        task = context.task
        for name, index in local.items():
            if name in context.program.heads and task.abstraction.averages(name):
                count = context.program.heads[name].mask.most(task.extent.longest)
                text = margin(context.relation, name, index, context.network.codes[name], count)
                if text is not None:
                    texts += f"; {name} in {task.format.name}: {text}"
        return texts

    def method(self, cases: int) -> str:
        """Returns the method for the report, once all cases are discharged."""
        if not self.possible:
            raise NotShown("no local state satisfies the premises")
        method = f"z3, over {', '.join(self._names)}" if self._names else "case distinction"
        if cases > 1:
            method += f"; {cases} cases"
        if self._excluded:
            method += f"; {self._excluded} unreachable states excluded"
        return method
