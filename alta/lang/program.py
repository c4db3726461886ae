"""Programs: the whole of what an ALTA program declares, checked and frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, final

from alta.lang.heads import Head
from alta.lang.rules import Rule
from alta.lang.spec import InputLanguage
from alta.lang.variables import Categorical, normalise_value

__all__ = ["HaltSpec", "LayerBound", "Program", "halt_spec"]

LayerBound = int | Callable[[int], int] | None


@final
@dataclass(frozen=True)
class HaltSpec:
    """Ends a run as soon as `variable` holds `value` at all positions."""

    variable: str
    value: int = 1


def halt_spec(halt_var: str, halt_value: int = 1) -> HaltSpec:
    """Declares that a run ends as soon as all positions hold the halt value.

    Args:
        halt_var: a variable, not a head output.
        halt_value: the value that ends the run.
    """
    return HaltSpec(halt_var, halt_value)


@final
@dataclass(frozen=True, eq=False)
class Program:
    """Is a program; build one with `alta.program_spec` or `alta.program_spec_from_rules`.

    Everything in it is normalised and checked. Two programs are equal when their canonical texts
    (`alta.program_text`) are.

    Attributes:
        variables: the variables by name, in the order of their declaration.
        heads: the attention heads by name.
        rules: the MLP, in canonical order: identical rules merged, no-ops dropped, traps kept.
        output_name: the variable whose final values are the result.
        input_range: number of tokens; a token is an int in 0 … input_range-1.
        position_range: longest sequence, or None where any length will do.
        halt: what ends a run, or None.
        inputs: the input language, bound to the program's tokens.
        layers: the number of layers a run takes when nothing halts it: an int, a function of the
            length, or None.
        name: for people.
        vocab: one name per token.
        encode: text to tokens, or None.
        decode: outputs to text, or None.
        oracle: tokens to the intended outputs in plain Python, or None.
    """

    variables: Mapping[str, Categorical]
    heads: Mapping[str, Head]
    rules: tuple[Rule, ...]
    output_name: str
    input_range: int
    position_range: int | None
    halt: HaltSpec | None
    inputs: InputLanguage
    layers: LayerBound
    name: str
    vocab: tuple[str, ...]
    domains: Mapping[str, Categorical] = field(repr=False)
    encode: Callable[[str], Sequence[int]] | None = field(default=None, repr=False)
    decode: Callable[[Sequence[Any]], str] | None = field(default=None, repr=False)
    oracle: Callable[[Sequence[int]], Sequence[Any]] | None = field(default=None, repr=False)

    def layer_bound(self, length: int) -> int | None:
        """Returns how many layers a run on `length` tokens takes when nothing halts it.

        Raises:
            ProgramError: when the function `layers` returns something that is no int.
        """
        if not callable(self.layers):
            return self.layers
        what = f"layers of program {self.name!r} at length {length}"
        return normalise_value(self.layers(length), what=what)

    def is_trap(self, rule: Rule) -> bool:
        """Says whether a rule assigns a value out of range."""
        return not 0 <= rule.value < self.domains[rule.variable].range

    @cached_property
    def rules_by_variable(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules that assign each variable (variables that no rule assigns have none)."""
        grouped: dict[str, list[Rule]] = {name: [] for name in self.variables}
        for rule in self.rules:
            grouped[rule.variable].append(rule)
        return MappingProxyType({name: tuple(rules) for name, rules in grouped.items()})

    def __repr__(self) -> str:
        return (
            f"<Program {self.name}: {len(self.variables)} variables, {len(self.heads)} heads, "
            f"{len(self.rules)} rules>"
        )

    def __eq__(self, other: object) -> bool:
        """Compares canonical texts."""
        if not isinstance(other, Program):
            return NotImplemented
        from alta.lang.text import program_text

        return program_text(self) == program_text(other)

    def __hash__(self) -> int:
        return hash((self.name, self.rules))
