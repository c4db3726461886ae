"""Building a program: normalise and check every part, so that a `Program` is never malformed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from alta.errors import ProgramError, nearest
from alta.lang.domains import domains_of
from alta.lang.heads import Head
from alta.lang.paths import MLPFunction, rules_of
from alta.lang.program import HaltSpec, LayerBound, Program
from alta.lang.rules import Atom, Rule
from alta.lang.spec import InputLanguage, InputSpec
from alta.lang.specs import Anything
from alta.lang.variables import Categorical, Initial, check_range, normalise_value

__all__ = ["program_spec", "program_spec_from_rules", "replace"]


def program_spec(
    variables: Mapping[str, Categorical],
    heads: Mapping[str, Head],
    ffn_fn: MLPFunction,
    output_name: str,
    input_range: int,
    position_range: int | None = None,
    halt: HaltSpec | None = None,
    *,
    name: str = "program",
    layers: LayerBound = None,
    vocab: Sequence[str] | None = None,
    inputs: InputSpec | None = None,
    encode: Callable[[str], Sequence[int]] | None = None,
    decode: Callable[[Sequence[Any]], str] | None = None,
    oracle: Callable[[Sequence[int]], Sequence[Any]] | None = None,
) -> Program:
    """Builds a program whose MLP is a Python function.

    The function is turned into rules path by path (`alta.lang.paths`).

    Args:
        variables: variables by name.
        heads: attention heads by name.
        ffn_fn: the MLP: takes `z`, reads ``z["x"]``, writes ``z["x"] = value``.
        output_name: the variable whose final values are the result.
        input_range: number of tokens.
        position_range: longest sequence; None for no limit. Position variables need one to be
            compiled.
        halt: what ends a run, from `alta.halt_spec`; None for nothing.
        name: for people.
        layers: layers that a run takes when nothing halts it: an int, a function of the length,
            or None.
        vocab: one name per token; None for the decimal numbers.
        inputs: the input language, from `alta.inputs`; None for every sequence.
        encode: text to tokens.
        decode: outputs to text.
        oracle: tokens to the intended outputs, for tests.

    Raises:
        ProgramError: when any part is malformed, naming it.
    """
    domains = domains_of(variables, heads)
    return program_spec_from_rules(
        variables=variables,
        heads=heads,
        rules=rules_of(ffn_fn, domains),
        output_name=output_name,
        input_range=input_range,
        position_range=position_range,
        halt=halt,
        name=name,
        layers=layers,
        vocab=vocab,
        inputs=inputs,
        encode=encode,
        decode=decode,
        oracle=oracle,
    )


def program_spec_from_rules(
    variables: Mapping[str, Categorical],
    heads: Mapping[str, Head],
    rules: Iterable[Rule],
    output_name: str,
    input_range: int,
    position_range: int | None = None,
    halt: HaltSpec | None = None,
    *,
    name: str = "program",
    layers: LayerBound = None,
    vocab: Sequence[str] | None = None,
    inputs: InputSpec | None = None,
    encode: Callable[[str], Sequence[int]] | None = None,
    decode: Callable[[Sequence[Any]], str] | None = None,
    oracle: Callable[[Sequence[int]], Sequence[Any]] | None = None,
) -> Program:
    """Builds a program from rules, for example those of an `alta.MLPBuilder`.

    The arguments are those of `program_spec`, with `rules` in place of the function.

    Raises:
        ProgramError: when any part is malformed, naming it.
    """
    domains = domains_of(variables, heads)
    n_tokens = _positive(input_range, "input_range")
    n_positions = None if position_range is None else _positive(position_range, "position_range")
    _check_variable(output_name, variables, heads, "output_name")
    names = _vocabulary(vocab, n_tokens)
    tables = {
        key: _with_table(key, variable, n_tokens, n_positions)
        for key, variable in variables.items()
    }
    return Program(
        variables=MappingProxyType(tables),
        heads=MappingProxyType(dict(heads)),
        rules=_canonical_rules(rules, variables, heads, domains),
        output_name=output_name,
        input_range=n_tokens,
        position_range=n_positions,
        halt=_checked_halt(halt, variables, heads),
        inputs=_bound(inputs, names, n_positions),
        layers=_checked_layers(layers),
        name=str(name),
        vocab=names,
        domains=MappingProxyType({**domains, **tables}),
        encode=encode,
        decode=decode,
        oracle=oracle,
    )


def replace(program: Program, **parts: Any) -> Program:
    """Builds a program like another one, with some parts replaced.

    Args:
        program: the program to start from.
        parts: arguments of `program_spec_from_rules`.

    Raises:
        ProgramError: when the parts do not fit together.
    """
    same: dict[str, Any] = {
        "variables": program.variables,
        "heads": program.heads,
        "rules": program.rules,
        "output_name": program.output_name,
        "input_range": program.input_range,
        "position_range": program.position_range,
        "halt": program.halt,
        "name": program.name,
        "layers": program.layers,
        "vocab": program.vocab,
        "inputs": program.inputs.spec,
        "encode": program.encode,
        "decode": program.decode,
        "oracle": program.oracle,
    }
    if unknown := sorted(set(parts) - set(same)):
        raise ProgramError(f"replace: no part {unknown[0]!r}; {nearest(unknown[0], same)}")
    return program_spec_from_rules(**(same | parts))


def _positive(value: object, what: str) -> int:
    number = normalise_value(value, what=what)
    if number < 1:
        raise ProgramError(f"{what}: expected at least 1, got {number}")
    return number


def _check_variable(
    name: str, variables: Mapping[str, Categorical], heads: Mapping[str, Head], what: str
) -> None:
    if name in heads:
        raise ProgramError(
            f"{what}: {name!r} is a head output, which only attention writes; "
            "use a variable and copy the head output into it"
        )
    if name not in variables:
        raise ProgramError(f"{what}: no variable {name!r}; {nearest(str(name), variables)}")


def _vocabulary(vocab: Sequence[Any] | None, n_tokens: int) -> tuple[str, ...]:
    if vocab is None:
        return tuple(map(str, range(n_tokens)))
    names = tuple(vocab)
    if len(names) != n_tokens:
        raise ProgramError(
            f"vocab: expected one name for each of the {n_tokens} tokens (input_range), "
            f"got {len(names)}"
        )
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name or name != "".join(name.split()):
            raise ProgramError(
                f"vocab: token {index}: expected a non-empty str without white space, got {name!r}"
            )
        if name in names[:index]:
            raise ProgramError(f"vocab: the name {name!r} is given to two tokens")
    return names


def _with_table(
    name: str, variable: Categorical, n_tokens: int, n_positions: int | None
) -> Categorical:
    initial = variable.initial
    size = check_range(variable.range)
    domain = {"default": 1, "token": n_tokens, "position": n_positions}[initial.source]
    function = initial.function
    if function is None:
        if initial.table is None or len(initial.table) != domain:
            entries = "position_range" if domain is None else domain
            raise ProgramError(
                f"variable {name!r}: expected a table of {entries} initial values by "
                f"{initial.source}, got {initial.table!r}"
            )
        function = initial.table.__getitem__
    elif domain is None:
        return variable
    given = Categorical(size, Initial(initial.source, function=function))
    values = tuple(given.computed(index, name=name) for index in range(domain))
    return Categorical(size, Initial(initial.source, table=values))


def _canonical_rules(
    rules: Iterable[Rule],
    variables: Mapping[str, Categorical],
    heads: Mapping[str, Head],
    domains: Mapping[str, Categorical],
) -> tuple[Rule, ...]:
    """Returns the rules checked, merged, without those that never change anything, sorted."""
    order = {name: index for index, name in enumerate(domains)}
    kept: dict[Rule, None] = {}
    for given in rules:
        if not isinstance(given, Rule):
            raise ProgramError(
                f"rules: expected the result of alta.rule or MLPBuilder.rules, got {given!r}"
            )
        _check_variable(given.variable, variables, heads, f"rule '{given}' assigns")
        value = normalise_value(given.value, what=f"value that rule '{given}' assigns")
        atoms = {_checked_atom(atom, given, domains) for atom in given.atoms}
        in_order = sorted(atoms, key=lambda atom: (order[atom.variable], atom.value))
        rule = Rule(tuple(in_order), given.variable, value)
        if not rule.contradictory and not rule.is_no_op:
            kept[rule] = None

    def key(rule: Rule) -> tuple[int, list[tuple[int, int]], int]:
        return (
            order[rule.variable],
            [(order[atom.variable], atom.value) for atom in rule.atoms],
            rule.value,
        )

    return tuple(sorted(kept, key=key))


def _checked_atom(atom: Atom, rule: Rule, domains: Mapping[str, Categorical]) -> Atom:
    if atom.variable not in domains:
        raise ProgramError(
            f"rule '{rule}': no variable or head {atom.variable!r}; "
            f"{nearest(atom.variable, domains)}"
        )
    value = normalise_value(atom.value, what=f"rule '{rule}': value of {atom.variable!r}")
    size = domains[atom.variable].range
    if not 0 <= value < size:
        raise ProgramError(
            f"rule '{rule}': {atom.variable!r} has the values 0 … {size - 1}, so the test "
            f"'{atom}' can never hold"
        )
    return Atom(atom.variable, value)


def _checked_halt(
    halt: HaltSpec | None, variables: Mapping[str, Categorical], heads: Mapping[str, Head]
) -> HaltSpec | None:
    if halt is None:
        return None
    if not isinstance(halt, HaltSpec):
        raise ProgramError(f"halt: expected the result of alta.halt_spec, got {halt!r}")
    _check_variable(halt.variable, variables, heads, "halt_var")
    value = normalise_value(halt.value, what=f"halt_value of {halt.variable!r}")
    size = variables[halt.variable].range
    if not 0 <= value < size:
        raise ProgramError(
            f"halt_value: variable {halt.variable!r} has the values 0 … {size - 1}, got {value}"
        )
    return HaltSpec(halt.variable, value)


def _checked_layers(layers: LayerBound) -> LayerBound:
    if layers is None or callable(layers):
        return layers
    number = normalise_value(layers, what="layers")
    if number < 0:
        raise ProgramError(f"layers: expected at least 0, got {number}")
    return number


def _bound(
    inputs: InputSpec | None, vocab: tuple[str, ...], position_range: int | None
) -> InputLanguage:
    if inputs is not None and not isinstance(inputs, InputSpec):
        raise ProgramError(f"inputs: expected an input language from alta.inputs, got {inputs!r}")
    return (Anything() if inputs is None else inputs).bind(vocab, position_range)
