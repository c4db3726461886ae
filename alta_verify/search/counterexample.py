"""Counterexamples: inputs on which a program fails, or a model differs from it, replayed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

from alta.errors import ExecutionError
from alta.interp.run import Run, run
from alta.interp.tokens import check_tokens
from alta.lang.program import Program
from alta.lang.values import Value, show_value
from alta.nn.block import DenseBlock
from alta.nn.model import Model
from alta.visible import visible
from alta_verify.search.difference import bound_of, first_difference, layers_to_take
from alta_verify.search.explanation import Explanation, as_json, explain

__all__ = ["Counterexample", "Replay", "find_difference"]


@final
@dataclass(frozen=True)
class Replay:
    """A counterexample run again on both sides: whether the same showed at the same place.

    The interpreter may have raised an error, and then there need be no run of a model.
    """

    confirmed: bool
    interpreter: Run | ExecutionError
    model: Run | None


@final
@dataclass(frozen=True)
class Counterexample:
    """An input that shows that a claim does not hold.

    Attributes:
        tokens: the input.
        layer: after how many layers it shows; 0 is the initial state. For a program that fails,
            the layer in which it does.
        position: the position at which it shows.
        variable: the variable that differs, or whose rule fails.
        expected: the interpreter's value; None when the program itself fails.
        actual: the model's value; the error's text when the program itself fails.
        kind: ``"mismatch"``, ``"conflict"``, ``"range"`` or ``"undefined"``.
        shortest: whether both sides were run on all shorter inputs, and agreed.
    """

    program: Program = field(repr=False)
    model: Model | None = field(repr=False, compare=False)
    tokens: tuple[int, ...]
    layer: int
    position: int
    variable: str
    expected: Value | str | None
    actual: Value | str
    kind: str
    max_layers: int | None = field(default=None, repr=False)
    shortest: bool = field(default=False, repr=False, compare=False)

    @property
    def names(self) -> str:
        """The input in token names."""
        return " ".join(self.program.vocab[token] for token in self.tokens)

    def replay(self) -> Replay:
        """Runs the input again, on the interpreter and on the JAX model."""
        # Confirmed is what shows the same again, at the same place, with the same values.
        again = find_difference(self.program, self.model, self.tokens, self.max_layers)
        layers = layers_to_take(self.program, self.tokens, self.max_layers)
        try:
            interpreter: Run | ExecutionError = run(self.program, self.tokens, layers)
        except ExecutionError as error:
            interpreter = error
        shown = None if self.model is None else self.model.run(self.tokens, layers)
        return Replay(again == self, interpreter, shown)

    @cached_property
    def explanation(self) -> Explanation:
        """What both sides do around the place where it shows."""
        return explain(
            self.program,
            self.model,
            self.tokens,
            layer=self.layer,
            position=self.position,
            variable=self.variable,
            layers=bound_of(self.program, len(self.tokens), self.max_layers),
            fails=self.kind != "mismatch",
        )

    def table(self) -> str:
        """Returns the run around the place where it shows, both sides next to each other.

        A cell has one value where the sides agree, and ``program ≠ model`` where they do not.
        """
        names = [self.program.vocab[token] for token in self.tokens]
        return visible(self.explanation.table(names, (self.position, self.variable)))

    def cause(self) -> list[str]:
        """Returns what wrote the value in question, a line a side; nothing if no layer did.

        Of the program these are the rules that fire, of the model the neurons that are on. Heads
        that read something else in the model come first, a line each.
        """
        # What is wrong before the first layer comes from the embedding, which has no rules and
        # neurons.
        if self.kind != "mismatch" or not self.layer or self.variable not in self.program.variables:
            return []
        # The program's side of the cause, then the model's; attention comes before both.
        rules = "; ".join(f"rule '{rule}'" for rule in self.explanation.rules)
        neurons = "; ".join(map(str, self.explanation.neurons))
        lines = [str(weights) for weights in self.explanation.attention]
        lines.append(f"program: {rules or f'no rule writes {self.variable}'}")
        learned = self.model is not None and isinstance(self.model.weights.mlp, DenseBlock)
        if learned:
            lines.append("model: the learned block, whose units stand for no rules")
        elif self.explanation.two_sided:
            lines.append(f"model: {neurons or f'no neuron writes {self.variable}'}")
        return lines

    def __str__(self) -> str:
        return visible(self._sentence(), lines=False)

    def _sentence(self) -> str:
        # Ends, texts and tokens are compared in words, which have no layer and position.
        if self.kind == "mismatch" and isinstance(self.expected, str):
            return (
                f"on input '{self.names}': {self.expected} in the program, {self.actual} in the "
                "model"
            )
        if self.kind == "mismatch":
            return (
                f"on input '{self.names}', after layer {self.layer}, position {self.position}: "
                f"{self.variable} is {show_value(self.expected)} in the program and "
                f"{show_value(self.actual)} in the model"
            )
        return f"on input '{self.names}': {self.actual}"

    def to_json(self) -> dict[str, Any]:
        """Returns the counterexample as JSON values."""
        return {
            "tokens": list(self.tokens),
            "names": self.names,
            "layer": self.layer,
            "position": self.position,
            "variable": self.variable,
            "expected": None if isinstance(self.expected, str) else as_json(self.expected),
            "actual": as_json(self.actual),
            "kind": self.kind,
            "shortest": self.shortest,
            "explanation": self.explanation.to_json(),
        }


def find_difference(
    program: Program, model: Model | None, tokens: tuple[int, ...], max_layers: int | None
) -> Counterexample | None:
    """Runs both sides, or the program alone, on an input; returns what differs or fails first."""
    tokens = check_tokens(program, tokens)
    difference = first_difference(program, model, tokens, max_layers)
    if difference is None:
        return None
    return Counterexample(program, model, tokens, **vars(difference), max_layers=max_layers)
