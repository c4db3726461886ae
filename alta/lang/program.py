"""Programs: the whole of what an ALTA program declares, checked and frozen."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, final

import numpy as np

from alta.errors import ProgramError
from alta.inputs.language import InputLanguage
from alta.lang.heads import Head
from alta.lang.kinds import Categorical, Numerical, SetVariable, Variable
from alta.lang.paths import ManyPaths
from alta.lang.rules import Rule, RuleIndex, RuleSet
from alta.lang.values import Defined, normalise_count, show_value
from alta.lang.watch import Remark

__all__ = [
    "HEADER",
    "HaltSpec",
    "LayerBound",
    "LayerTable",
    "Program",
    "halt_spec",
    "layer_count",
    "program_hash",
    "program_text",
]

HEADER: Final = "alta-program 1"

# Names of other forms are written as JSON strings.
_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z")

# A failing example of Hypothesis shows the rules of a program that has no more than this.
_SHOWN: Final = 8

# So many lengths are tabulated of a function of the length, when nothing bounds the length.
_TABULATED: Final = 256

LayerBound = int | Callable[[int], int] | None


def layer_count(number: object, *, where: str) -> int:
    """Returns a number of layers, an int of at least 0; a bool is none."""
    if isinstance(number, (bool, np.bool_)):
        raise ProgramError(f"{where}: expected an int of at least 0, got {number!r}")
    return normalise_count(number, where=where, least=0)


@final
@dataclass(frozen=True)
class HaltSpec:
    """The end of a run: all positions hold `value` in `variable`."""

    variable: str
    value: Defined = 1


def halt_spec(halt_var: str, halt_value: Defined = 1) -> HaltSpec:
    """Declares that a run ends as soon as all positions hold the halt value.

    Args:
        halt_var: a variable, not a head output.
        halt_value: the value that ends the run.
    """
    return HaltSpec(halt_var, halt_value)


@final
@dataclass(frozen=True, eq=False)
class Program:
    """A program; build one with `alta.program_spec` or `alta.program_spec_from_rules`.

    Everything in it is normalised and checked, and nothing of it can be changed. Two programs are
    equal when their canonical texts (`alta.program_text`) are.

    Attributes:
        variables: the variables by name, in the order of their declaration.
        heads: the attention heads by name.
        mlp: the rules in canonical order, identical ones merged, no-ops dropped, traps kept; or
            a function with too many paths to be turned into rules.
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
        observed: variables that are read off the states of runs, beside the output.
        remarks: what the program was built from that can hardly be meant; `alta.lang.lint` says
            what its parts tell.
    """

    variables: Mapping[str, Variable]
    heads: Mapping[str, Head]
    mlp: RuleSet | ManyPaths = field(repr=False)
    output_name: str
    input_range: int
    position_range: int | None
    halt: HaltSpec | None
    inputs: InputLanguage
    layers: LayerBound
    name: str
    vocab: tuple[str, ...]
    domains: Mapping[str, Variable] = field(repr=False)
    encode: Callable[[str], Sequence[int]] | None = field(default=None, repr=False)
    decode: Callable[[Sequence[Any]], str] | None = field(default=None, repr=False)
    oracle: Callable[[Sequence[int]], Sequence[Any]] | None = field(default=None, repr=False)
    observed: tuple[str, ...] = field(default=(), repr=False)
    remarks: tuple[Remark, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        for name in ("variables", "heads", "domains"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        # A list could be changed after something was proved of the program.
        object.__setattr__(self, "vocab", tuple(self.vocab))
        if not isinstance(self.mlp, (ManyPaths, RuleSet)):
            object.__setattr__(self, "mlp", RuleSet(self.mlp))

    def __reduce__(self) -> tuple[Any, ...]:
        """Has a program pickled and copied without what was cached."""
        parts = (getattr(self, part.name) for part in fields(self))
        return Program, tuple(
            dict(part) if isinstance(part, MappingProxyType) else part for part in parts
        )

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the MLP, in canonical order.

        Raises:
            ProgramError: when the MLP is a function with too many paths, naming the variables
                whose reads multiply.
        """
        if isinstance(self.mlp, ManyPaths):
            raise ProgramError(f"program {self.name!r} has no rules: {self.mlp.reason}")
        return self.mlp

    def layer_bound(self, length: int) -> int | None:
        """Returns how many layers a run on `length` tokens takes when nothing halts it.

        A function is asked once for each length: what it says then is part of the program.

        Raises:
            ProgramError: when the function `layers` returns something that is no int of at least 0.
        """
        if not callable(self.layers):
            return self.layers
        # Asked once, so that a function with a memory cannot give two runs different bounds.
        if length not in self._layers_by_length:
            number = self.layers(length)
            if not length and type(number) is int:
                # "n - 1" is a bound, too: without positions there is nothing for a layer to do.
                number = max(0, number)
            where = f"layers of program {self.name!r} at length {length}"
            self._layers_by_length[length] = layer_count(number, where=where)
        return self._layers_by_length[length]

    @cached_property
    def _layers_by_length(self) -> dict[int, int]:
        return {}

    def is_trap(self, rule: Rule) -> bool:
        """Says whether a rule assigns a value that its variable cannot hold."""
        return not self.domains[rule.variable].holds(rule.value)

    def index_assigned(self, rule: Rule) -> int:
        """Returns the index of the value that a rule assigns, if it is no trap."""
        return self.domains[rule.variable].index_of(rule.value)

    @property
    def halt_index(self) -> int | None:
        """The index of the halt value; None for a program without halt spec."""
        halt = self.halt
        return None if halt is None else self.variables[halt.variable].index_of(halt.value)

    def numbers(self, name: str) -> tuple[float, ...]:
        """Returns all numbers that a numerical variable can ever hold, in ascending order.

        Raises:
            ProgramError: when it starts with any number for a position, as there is no last one.
        """
        table = self.variables[name].initial.table
        if table is None:
            raise ProgramError(
                f"program {self.name!r}: {name!r} is numerical and starts with a value read from "
                "the position, so position_range must say how many positions there are"
            )
        # There is no other way to come by a number than to start with it or to be assigned it.
        rules = (rule for rule in self.rules_by_variable[name] if not self.is_trap(rule))
        assigned = (rule.value for rule in rules)
        return tuple(sorted(map(float, {*table, *assigned})))

    @cached_property
    def rule_index(self) -> RuleIndex:
        """The rules, to be looked up by the state of a position."""
        return RuleIndex(self.rules)

    @cached_property
    def rules_by_variable(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules that assign each variable (variables that no rule assigns have none)."""
        grouped: dict[str, list[Rule]] = {name: [] for name in self.variables}
        for rule in self.rules:
            grouped[rule.variable].append(rule)
        return MappingProxyType({name: tuple(rules) for name, rules in grouped.items()})

    @cached_property
    def tested_by_variable(self) -> Mapping[str, tuple[str, ...]]:
        """The names that the rules for each variable test, each once."""
        return MappingProxyType(
            {
                name: tuple(dict.fromkeys(atom.variable for rule in rules for atom in rule.atoms))
                for name, rules in self.rules_by_variable.items()
            }
        )

    def __repr__(self) -> str:
        mlp = "a function" if isinstance(self.mlp, ManyPaths) else f"{len(self.mlp)} rules"
        sizes = f"{len(self.variables)} variables, {len(self.heads)} heads, {mlp}"
        return f"<Program {self.name}: {sizes}>"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Shows a failing example of Hypothesis in a few lines, with the rules where few are."""
        rules = () if isinstance(self.mlp, ManyPaths) or len(self.mlp) > _SHOWN else self.mlp
        printer.text("\n".join([repr(self), *(f"    {rule}" for rule in rules)]))

    def __eq__(self, other: object) -> bool:
        """Compares canonical texts; without rules there is none, and only itself is equal."""
        if not isinstance(other, Program):
            return NotImplemented
        # Whether two functions do the same cannot be decided.
        if isinstance(self.mlp, ManyPaths) or isinstance(other.mlp, ManyPaths):
            return self is other
        return program_text(self) == program_text(other)

    def __hash__(self) -> int:
        # Coarser than equality, which compares texts: a text takes long to make for every look-up.
        return hash((self.name, self.mlp))


@final
@dataclass(frozen=True)
class LayerTable:
    """A layer bound by length that was read back from text."""

    by_length: tuple[int, ...]

    def __call__(self, length: int) -> int:
        """Returns the bound for inputs of a length that is not beyond the table."""
        if length >= len(self.by_length):
            raise ProgramError(
                f"layers: the program's text has bounds for lengths up to "
                f"{len(self.by_length) - 1} only, not for {length}; pass max_layers"
            )
        return self.by_length[length]


def program_text(program: Program) -> str:
    """Returns the canonical text of a program, which `alta.parse_program` reads back.

    Functions appear as tables. Text has no place for `encode`, `decode` and `oracle`, which are
    conveniences and no part of what a program means.
    """
    return "\n".join(_lines(program)) + "\n"


def program_hash(program: Program) -> str:
    """Returns the SHA-256 of a program's canonical text, in hexadecimal."""
    return hashlib.sha256(program_text(program).encode()).hexdigest()


def _lines(program: Program) -> Iterator[str]:
    longest = _TABULATED if program.position_range is None else program.position_range
    halt = program.halt
    # Every fact once and in one order: equal programs have one text, and one hash.
    yield HEADER
    yield f"name {json.dumps(program.name)}"
    yield f"tokens {program.input_range}"
    yield f"vocab {_compact(program.vocab)}"
    yield f"positions {'-' if program.position_range is None else program.position_range}"
    for name, variable in program.variables.items():
        yield f"variable {_quoted(name)} {_kind(variable)} {_initial(name, variable)}"
    for name, head in program.heads.items():
        yield _head_line(name, head, program.domains[name])
    yield from map(_rule_line, program.rules)
    yield f"output {_quoted(program.output_name)}"
    yield "halt -" if halt is None else f"halt {_quoted(halt.variable)}={show_value(halt.value)}"
    yield f"layers {_layers(program, longest)}"
    yield f"inputs {program.inputs.spec.tabulate(longest).to_text()}"


def _layers(program: Program, longest: int) -> str:
    layers = program.layers
    if layers is None:
        return "-"
    if not callable(layers):
        return str(layers)
    if isinstance(layers, LayerTable):
        return _compact(layers.by_length)
    # A function need not have an answer for no tokens: their layers have no positions.
    try:
        bounds = [program.layer_bound(0)]
    except ProgramError:
        bounds = [0]
    return _compact(bounds + [program.layer_bound(length) for length in range(1, longest + 1)])


def _head_line(name: str, head: Head, output: Variable) -> str:
    # Of a mean also the points that it is discretised to.
    points = f" {_kind(output)}" if isinstance(output, Numerical) else ""
    return (
        f"head {_quoted(name)} query {_quoted(head.query)} key {_quoted(head.key)} "
        f"value {_quoted(head.value)} mask {head.mask}{points}"
    )


def _rule_line(rule: Rule) -> str:
    atoms = " & ".join(f"{_quoted(atom.variable)}={atom.value}" for atom in rule.atoms)
    return f"rule {atoms or 'always'} -> {_quoted(rule.variable)} := {show_value(rule.value)}"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _quoted(name: str | None) -> str:
    if name is None:
        return "-"
    return name if _BARE.match(name) else json.dumps(name)


def _kind(variable: Variable) -> str:
    match variable:
        case Categorical():
            return f"range {variable.range}"
        case Numerical():
            return f"values {'-' if variable.values is None else _compact(variable.values)}"
        case SetVariable():
            return f"subsets {_compact(list(map(sorted, variable.values)))} of {variable.range}"
    raise TypeError(variable)


def _initial(name: str, variable: Variable) -> str:
    initial = variable.initial
    if initial.table is not None:
        return f"{initial.source} {_table(initial.table)}"
    # Only a position function of a program without position_range has no table.
    start = [variable.computed(index, name=name) for index in range(min(8, variable.size))]
    return f"{initial.source} {_table(start)[:-1]},…]"


def _table(values: Iterable[Defined]) -> str:
    return _compact([sorted(value) if isinstance(value, frozenset) else value for value in values])
