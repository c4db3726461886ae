"""Circuits of proved models: what is dead, with proof, and what is live, with two inputs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.errors import AltaError
from alta.lang.program import Program, program_hash
from alta.lang.values import Value
from alta.nn.model import Model
from alta.output import write_text
from alta_verify.cache.key import bits
from alta_verify.circuits.components import KINDS, Component
from alta_verify.circuits.search import PatchWitness, TokenWitness
from alta_verify.report.report import Report

__all__ = ["Answer", "Circuit", "Dependence", "Status"]

_FORMAT: Final = "alta-circuit 1"

_DEFINITION: Final = (
    "A component is live if there are two inputs of one length, and a layer that both runs take, "
    "such that the run on the first has other outputs where, at one position, what the component "
    "carries is replaced by what it carries in the run on the second. It is dead if that changes "
    "no output on any inputs within the bounds, at whatever set of layers and positions."
)

_SHOWN: Final = 12


class Status(Enum):
    """Whether something matters to the outputs of a model."""

    LIVE = "live"
    DEAD = "dead"
    UNDECIDED = "undecided"


@final
@dataclass(frozen=True)
class Answer:
    """What is known of a component.

    Attributes:
        component: the component.
        status: whether it is dead, which is proved, or live, which two inputs show.
        reason: why it is dead, or undecided.
        witness: the inputs that show it live.
    """

    component: Component
    status: Status
    reason: str = ""
    witness: PatchWitness | None = None

    def to_json(self) -> dict[str, Any]:
        """Returns it as JSON has it."""
        entry = self.component.to_json() | {"status": self.status.value}
        if self.reason:
            entry["reason"] = self.reason
        if self.witness is not None:
            witness = self.witness
            entry["witness"] = {
                "tokens": list(witness.tokens),
                "donor": list(witness.donor),
                "layer": witness.layer,
                "position": witness.position,
                "outputs": _values(witness.outputs),
                "patched": _values(witness.patched),
            }
        return entry


@final
@dataclass(frozen=True)
class Dependence:
    """On which tokens the outputs of one length depend.

    Attributes:
        length: the length.
        live: for each position of an output the positions of tokens that matter there, as inputs
            show that differ in that token alone.
        undecided: for each position those of which nothing is known. Of all others it is proved
            that the output is the same on any two inputs that differ in that token alone.
        witnesses: the inputs.
    """

    length: int
    live: tuple[frozenset[int], ...]
    undecided: tuple[frozenset[int], ...]
    witnesses: tuple[TokenWitness, ...] = field(repr=False)

    @property
    def mask(self) -> npt.NDArray[np.int8]:
        """A row an output, a column a token: 1 live, 0 proved dead, -1 undecided."""
        mask = np.zeros((self.length, self.length), dtype=np.int8)
        for sets, number in ((self.live, 1), (self.undecided, -1)):
            for position, sources in enumerate(sets):
                mask[position, sorted(sources)] = number
        return mask

    def to_json(self) -> dict[str, Any]:
        """Returns it as JSON has it."""
        return {
            "length": self.length,
            "live": [sorted(sources) for sources in self.live],
            "undecided": [sorted(sources) for sources in self.undecided],
            "witnesses": [
                {
                    "tokens": list(witness.tokens),
                    "changed": list(witness.changed),
                    "outputs": _values(witness.outputs),
                    "after": _values(witness.after),
                }
                for witness in self.witnesses
            ],
        }


@final
@dataclass(frozen=True)
class Circuit:
    """What of a proved model matters to its outputs, on all inputs up to a length.

    Attributes:
        program: the program that the model is proved to compute.
        model: the model.
        report: the proof.
        answers: what is known of each component.
        dependences: for each length on which tokens the outputs depend.
        seconds: wall time of all that came after the proof.
    """

    program: Program = field(repr=False)
    model: Model = field(repr=False)
    report: Report = field(repr=False)
    answers: tuple[Answer, ...] = field(repr=False)
    dependences: Mapping[int, Dependence] = field(repr=False)
    seconds: float = 0.0

    def of(self, status: Status | str, kind: str | None = None) -> tuple[Answer, ...]:
        """Returns the answers of a status, of components of one kind or of all.

        Raises:
            AltaError: for a status or a kind that there is not.
        """
        statuses = {member.value: member for member in Status}
        if isinstance(status, str) and status not in statuses:
            raise AltaError(f"circuit: no status {status!r}; expected {', '.join(statuses)}")
        if kind is not None and kind not in KINDS:
            raise AltaError(f"circuit: no kind {kind!r}; expected one of {', '.join(KINDS)}")
        wanted = statuses[status] if isinstance(status, str) else status
        return tuple(
            answer
            for answer in self.answers
            if answer.status is wanted and kind in (None, answer.component.kind)
        )

    def answer(self, name: str) -> Answer:
        """Returns what is known of the component of a name, of the kind that comes first.

        Raises:
            AltaError: when there is none.
        """
        for answer in self.answers:
            if answer.component.name == name:
                return answer
        raise AltaError(
            f"circuit: no component {name!r}; names are those of variables and heads, edges as "
            "'a -> b' or 'a -> head.query', and units as 'fired[0]'"
        )

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        max_len = self.report.facts["max_len"]
        yield f"{self.program.name}: circuit, on all inputs of 1 to {max_len} tokens"
        for kind in KINDS:
            counts = [len(self.of(status, kind)) for status in Status]
            if any(counts):
                shown = ", ".join(
                    f"{count} {status.value}"
                    for status, count in zip(Status, counts, strict=True)
                    if count
                )
                yield f"  {kind}s: {shown}"
        for status in (Status.DEAD, Status.UNDECIDED):
            named = [
                answer.component.name for kind in KINDS[:4] for answer in self.of(status, kind)
            ]
            if named:
                shortened = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
                yield f"  {status.value}: {', '.join(named[:_SHOWN])}{shortened}"
        masks = [dependence.mask for dependence in self.dependences.values()]
        counts = [sum(int((mask == number).sum()) for mask in masks) for number in (1, 0, -1)]
        parts = zip(counts, Status, strict=True)
        shown = ", ".join(f"{count:,} {status.value}" for count, status in parts)
        yield f"  outputs by tokens, over all lengths: {shown}"

    def to_json(self) -> str:
        """Returns the circuit as JSON text."""
        facts = self.report.facts
        entries = {
            "format": _FORMAT,
            "program": self.program.name,
            "program_sha256": program_hash(self.program),
            "weights_sha256": bits(self.model.weights),
            "dtype": self.model.dtype,
            "max_len": facts["max_len"],
            "theorem": self.report.claim,
            "definition": _DEFINITION,
            "heads": list(self.program.heads),
            "components": [answer.to_json() for answer in self.answers],
            "dependences": [mask.to_json() for mask in self.dependences.values()],
        }
        return json.dumps(entries, indent=1)

    def save(self, path: str | Path) -> None:
        """Writes the circuit to a file, as JSON.

        Raises:
            AltaError: when the file cannot be written.
        """
        write_text(Path(path), self.to_json() + "\n")


def _values(outputs: Sequence[Value]) -> list[Any]:
    """Returns outputs as JSON has them: sets as lists, UNDEFINED as null."""
    return [
        sorted(value) if isinstance(value, frozenset) else value if _is_number(value) else None
        for value in outputs
    ]


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float)
