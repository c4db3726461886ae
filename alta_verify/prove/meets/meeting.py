"""The context of a specification: what the attempts to show it share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property
from itertools import groupby
from typing import Final, final

from alta.errors import AltaError
from alta.limit import checkpoint
from alta_verify.claim.meets import Meets
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.computes.runs import Runs
from alta_verify.reach.outputs import OutputRuns, chunks
from alta_verify.reach.state_runs import StateRuns
from alta_verify.search.counterexample import Counterexample
from alta_verify.search.deviation import (
    Deviation,
    departing,
    find_broken,
    find_departure,
    find_deviation,
)
from alta_verify.specs.agreement import Agrees
from alta_verify.specs.invariants import Always
from alta_verify.specs.judge import Judge
from alta_verify.specs.simulation import Simulates
from alta_verify.specs.specification import OfOutputs, SpecificationError
from alta_verify.universal import nonempty

__all__ = ["ENUMERABLE", "RUNNABLE", "Meeting"]

ENUMERABLE: Final = 1 << 15
"""With at most so many inputs, all are run rather than reasoned about."""

RUNNABLE: Final = 1 << 21
"""With more inputs than this, not all are run."""

# So many steps of a machine are taken beside a run that is a sample.
_STEPS: Final = 16

_Word = tuple[int, ...]


@final
class Meeting:
    """A program and what was meant, with what is known of its runs."""

    def __init__(self, claim: Meets, runs: Runs) -> None:
        self.claim = claim
        self._runs = runs
        self._met: dict[int, int] = {}
        # Of lengths that were compared symbolically, how often a solver had to be asked.
        self.compared: dict[int, int] = {}
        # Whether in some of them counting said what there is.
        self.counted = False

    @property
    def runs(self) -> Runs:
        """All runs of the program, within the bounds."""
        return self._runs

    @cached_property
    def number(self) -> int:
        """How many inputs there are; refused of infinitely many."""
        return sum(map(self.claim.count, self.claim.lengths))

    @cached_property
    def judge(self) -> Judge:
        """What is asked about the outputs of runs."""
        specification = self.claim.specification
        if not isinstance(specification, OfOutputs):
            raise TypeError(f"expected a specification of outputs, got {specification.name}")
        return Judge(self.claim.program, specification)

    def replay(self, tokens: _Word) -> Deviation | Counterexample | None:
        """Runs the program on an input, and returns how it is not as meant, if so."""
        program, specification = self.claim.program, self.claim.specification
        if isinstance(specification, Always):
            return find_broken(program, specification, tokens, self.claim.max_layers)
        if isinstance(specification, Simulates):
            return find_departure(program, specification, tokens, self.claim.max_layers)
        return find_deviation(program, self.judge, tokens, self.claim.max_layers)

    def refute(self, tokens: _Word) -> None:
        """Raises `Refuted` if the program, run on an input, is not as meant."""
        counterexample = self.replay(tokens)
        if counterexample is not None:
            raise Refuted(counterexample)

    def suspects(self, words: Sequence[_Word]) -> list[_Word]:
        """Returns the inputs on which something is not what was meant; shorter ones first."""
        groups = [list(group) for _, group in groupby(sorted(words, key=len), key=len)]
        if isinstance(self.claim.specification, Always):
            return [word for alike in groups for word in self._breaking(alike)]
        if isinstance(self.claim.specification, Simulates):
            return [word for alike in groups for word in alike if self._departing(word)]
        outputs = [
            output
            for alike in groups
            for output in self._outputs.of(alike, self.claim.bound(len(alike[0])))
        ]
        specification = self.claim.specification
        if isinstance(specification, Agrees):
            for alike in groups:
                self._learn(specification, alike)
        # All together, so that it is known of all of them that the specification is definite.
        return self.judge.wrong([word for alike in groups for word in alike], outputs)

    def _learn(self, specification: Agrees, alike: Sequence[_Word]) -> None:
        """Runs another program on inputs of one length side by side, as one by one takes long."""
        reference = specification.program
        bound = reference.layer_bound(len(alike[0]))
        words = [word for word in alike if reference.inputs.contains(word)]
        if words and (bound is not None or reference.halt is not None):
            specification.learn(words, OutputRuns(reference).of(words, bound))

    @cached_property
    def _outputs(self) -> OutputRuns:
        return OutputRuns(self.claim.program)

    @cached_property
    def _states(self) -> StateRuns:
        specification = self.claim.specification
        if not isinstance(specification, Always):
            raise TypeError(f"expected an invariant, got {specification.name}")
        return StateRuns(self.claim.program, specification)

    def _breaking(self, alike: list[_Word]) -> list[_Word]:
        return self._states.breaking(alike, self.claim.bound(len(alike[0])))

    @cached_property
    def _departing(self) -> Callable[[_Word], bool]:
        """Says whether a run fails, or departs from a machine in its first steps; once a word."""
        claim, simulation = self.claim, self.claim.specification
        if not isinstance(simulation, Simulates):
            raise TypeError(f"expected a simulation, got {simulation.name}")

        @cache
        def departs(word: _Word) -> bool:
            checkpoint()
            bound, layers = claim.bound(len(word)), _STEPS * simulation.every
            try:
                layers = layers if bound is None else min(bound, layers)
                return departing(claim.program, simulation, word, layers) is not None
            except SpecificationError:
                raise
            except AltaError:
                return True

        return departs

    def try_all(self, words: Sequence[_Word]) -> None:
        """Runs the program on some inputs, and raises where it is not as meant."""
        for word in self.suspects(words):
            self.refute(word)
            raise NotShown(f"on {word} a batch was not as meant, but a run on its own was")

    def run_all(self) -> str:
        """Runs the program on every input, and returns that it did."""
        claim = self.claim
        for length in nonempty(claim.lengths, "inputs within the bound"):
            if length in self._met:
                continue
            inputs = 0
            # Runs are deterministic and so is what was meant, so that to run an input once settles
            # it for good.
            for chunk in chunks(claim.inputs.automaton(length).enumerate_words(length)):
                self.try_all(chunk)
                inputs += len(chunk)
            # The automaton counts without enumerating: a second witness that none was left out.
            if inputs != claim.count(length):
                raise NotShown(f"{inputs} inputs of {length} tokens were run")
            self._met[length] = nonempty(inputs, f"inputs of {length} tokens")
        return f"enumeration of all {sum(self._met.values()):,} inputs"
