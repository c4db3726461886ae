"""The context of a proof: what its obligations share, each part made when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Protocol, final

from alta.limit import OutOfTime, in_time
from alta_verify.boxes.learned import Learned
from alta_verify.claim.computes import Task
from alta_verify.encode.cases import Cubes
from alta_verify.encode.embedding import Embedding, encode_embedding
from alta_verify.encode.network import Network
from alta_verify.encode.relation import Relation
from alta_verify.obligation import NotShown, Refuted, Share
from alta_verify.prove.computes.runs import Runs
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.prove.meets.unbounded import Unbounded
from alta_verify.reach.answer import Reachable
from alta_verify.search.counterexample import Counterexample, find_difference
from alta_verify.search.guided import GuidedFalsification
from alta_verify.solver.query import MlpQuery

__all__ = ["Block", "Context"]


class Block(Protocol):
    """A way to show that layers with some block keep relations between states and streams."""

    @property
    def relation(self) -> Relation:
        """What holds before every layer, and of which attention is encoded."""

    @property
    def relations(self) -> Sequence[Relation]:
        """What holds at single layer boundaries, from the first, where that is not `relation`."""

    @property
    def spilling(self) -> bool:
        """Whether it bounds what heads leave behind, and add to coordinates of other names."""

    @property
    def boxes(self) -> Learned | None:
        """The bounds on a learned block, for reports; None for another block."""

    def reads(self, head: str) -> str:
        """Shows that what a head adds is something that the block can read."""

    def keeps(self, variable: str) -> str:
        """Shows that a variable has its next value after the block."""

    def resets(self, head: str) -> str:
        """Shows that nothing more of a head output is left after the block than may be."""

    def check_sums(self) -> None:
        """Raises what it raises where a number may leave the format."""

    def renew(self) -> None:
        """Forgets what there was no time for, since there is some left now."""


@final
class Context:
    """A task with the encodings of its network, and what is known of its runs."""

    def __init__(self, task: Task, make_block: Callable[[Context], Block]) -> None:
        self.task = task
        # What the model is meant to compute; and what rules and runs can tell apart, by index.
        self.program, self.finite = task.program, task.abstraction.finite
        # What runs, and no copy of it. Its weights are read as `program` means them; what the model
        # reads of the program that it was made for is compared (`architecture`).
        self.model = task.model
        self.runs = Runs(task)
        # Looks for inputs on which it shows that something could not be shown.
        self.guided = GuidedFalsification(task)
        self._make_block = make_block
        self._encoded: Network | None = None

    def of(self, share: Share) -> Context:
        """Returns what obligations about runs need that are shown of a part of the inputs."""
        context = Context(self.task, self._make_block)
        context.runs = self.runs.of(share)
        return context

    @cached_property
    def block(self) -> Block:
        """The feed-forward block."""
        return self._make_block(self)

    @cached_property
    def meeting(self) -> Meeting | None:
        """The program and what was meant, if anything was said of that."""
        meets = self.task.meets
        return None if meets is None else Meeting(meets, self.runs)

    @cached_property
    def unbounded(self) -> Unbounded | None:
        """What was meant of inputs of every length, if that is claimed."""
        every = self.task.max_len is None
        return Unbounded(self.meeting) if self.meeting is not None and every else None

    @cached_property
    def embedding(self) -> Embedding:
        """The residual stream before the first layer."""
        # Values that occur nowhere need no box (Lemma 4), and the embedding has none for them.
        task, values = self.task, self.runs.value_sets.anywhere()
        return encode_embedding(self.model, task.abstraction, task.pairs, values)

    def encoded(self, relation: Relation) -> Network:
        """Returns a layer of the network, given what holds before it."""
        # The relation that was guessed last is mostly the one that is kept.
        if self._encoded is None or self._encoded.relation is not relation:
            self._encoded = Network(
                self.model, relation, self.task.extent.longest, self.task.format
            )
        return self._encoded

    @property
    def network(self) -> Network:
        """The network, with a relation that has a chance to be kept."""
        return in_time(self._tried_network)

    @cached_property
    def _tried_network(self) -> Network | OutOfTime:
        # That there was no time for it is kept: to begin anew would take as long again.
        try:
            return self.encoded(self.block.relation)
        except OutOfTime:
            return OutOfTime("cut short in encoding the network")

    @property
    def networks(self) -> list[Network]:
        """The network with every relation that the proof goes through."""
        # What holds at a single boundary is encoded as well: its ends are stored, and its scores
        # taken.
        return [self.network, *map(self.encoded, self.block.relations)]

    @property
    def relation(self) -> Relation:
        """What holds before every layer."""
        return self.network.relation

    def renew(self) -> None:
        """Forgets what there was no time for, since there is some left now."""
        # A network that was encoded stays: all obligations have to be about one relation.
        if isinstance(self.__dict__.get("_tried_network"), OutOfTime):
            del self._tried_network
        self.block.renew()

    @cached_property
    def cubes(self) -> Cubes:
        """The local states that may occur, of which the network is encoded in all."""
        # No universal over nothing: a sum over a table without a value would say nothing of states
        # that have it, and "no failing state" would follow for them all the same.
        possible = self.runs.value_sets.anywhere()
        for name in self.finite.domains:
            for value in sorted(possible[name] - self.network.codes[name].keys()):
                shown = self.task.abstraction.shown(name, value)
                raise NotShown(
                    f"value {shown} of {name!r} is reachable, but the relation has no box for it"
                )
        return self.runs.value_sets.distinct()

    def query(self, cubes: Cubes) -> MlpQuery:
        """Returns a question about local states, to which nothing is asked yet."""
        return MlpQuery(self.finite, cubes, calls=self.task.calls, deadline=self.task.deadline)

    def replay(self, tokens: tuple[int, ...]) -> Counterexample | None:
        """Runs both sides on an input, and returns where they differ, if they do."""
        return find_difference(self.program, self.model, tokens, self.task.max_layers)

    def refute(self, tokens: tuple[int, ...]) -> None:
        """Raises `Refuted` if both sides, run on an input, differ."""
        counterexample = self.replay(tokens)
        if counterexample is not None:
            raise Refuted(counterexample)

    def refute_near(self, witness: Reachable, local: Mapping[str, int]) -> None:
        """Raises it also if they differ on an input that gets to a local state with other means."""
        self.refute(witness.tokens)
        counterexample = self.guided.means(witness, local)
        if counterexample is not None:
            raise Refuted(counterexample)
