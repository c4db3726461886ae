"""Stages: ways of answering one after another, cheaper ones first, until one knows."""

from __future__ import annotations

from typing import final

from alta_verify.reach.reach import Open, Pattern, Reach, ReachAnswer

__all__ = ["StagedReach"]


@final
class StagedReach:
    """Knows what any of its stages knows."""

    def __init__(self, *stages: Reach) -> None:
        """Takes at least one stage; each is asked only what those before it leave open."""
        self._stages = stages
        self._knew: dict[str, None] = {}

    @property
    def method(self) -> str:
        """How the answers were found, for the report: by the stages that knew one."""
        return " and ".join(self._knew) or self._stages[-1].method

    @property
    def failure_free(self) -> bool:
        """Whether one of the stages knows it."""
        return any(stage.failure_free for stage in self._stages)

    def find(self, pattern: Pattern) -> ReachAnswer:
        """Decides whether a run has a local state of the pattern."""
        answer: ReachAnswer = Open("no stage was asked")
        for stage in self._stages:
            answer = stage.find(pattern)
            if not isinstance(answer, Open):
                self._knew[stage.method] = None
                break
        return answer
