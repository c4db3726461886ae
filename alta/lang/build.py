"""Building a program: normalise and check every part, so that a `Program` is never malformed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from alta.errors import ProgramError
from alta.inputs.descriptions import Universal
from alta.inputs.language import InputLanguage, InputSpec
from alta.lang.factoring import witnesses
from alta.lang.heads import Head, domains_of
from alta.lang.kinds import Categorical, Initial, Numerical, SetVariable, Variable
from alta.lang.lint import contradictions, lint
from alta.lang.paths import ManyPaths, MLPFunction, rules_of
from alta.lang.program import HaltSpec, LayerBound, Program, layer_count
from alta.lang.rules import Rule, RuleSet, canonical_rules, check_assignable
from alta.lang.values import check_name, normalise_count, show_value
from alta.lang.variables import check_points, check_range, check_subsets
from alta.lang.watch import Watch, issue

__all__ = [
    "build",
    "get_rules_from_ffn_fn",
    "program_spec",
    "program_spec_from_rules",
    "read_function",
]


def program_spec(
    variables: Mapping[str, Variable],
    heads: Mapping[str, Head],
    ffn_fn: MLPFunction,
    output_name: str,
    input_range: int,
    position_range: int | None = None,
    halt: HaltSpec | None = None,
    generate_rules: bool | None = None,
    *,
    name: str = "program",
    layers: LayerBound = None,
    vocab: Sequence[str] | None = None,
    inputs: InputSpec | None = None,
    encode: Callable[[str], Sequence[int]] | None = None,
    decode: Callable[[Sequence[Any]], str] | None = None,
    oracle: Callable[[Sequence[int]], Sequence[Any]] | None = None,
    observed: Iterable[str] = (),
) -> Program:
    """Builds a program whose MLP is a Python function.

    The function is turned into rules path by path (`alta.lang.paths`). When it has too many
    paths, the program can be interpreted but has no rules, and so cannot be compiled.

    Args:
        variables: variables by name.
        heads: attention heads by name.
        ffn_fn: the MLP: takes `z`, reads ``z["x"]``, writes ``z["x"] = value``.
        output_name: the variable whose final values are the result.
        input_range: number of tokens.
        position_range: longest sequence; None for no limit. Position variables need one to be
            compiled.
        halt: what ends a run, from `alta.halt_spec`; None for nothing.
        generate_rules: True to refuse a function that cannot be turned into rules; otherwise its
            program can be interpreted. A function that can be is turned into rules in any case.
        name: for people.
        layers: layers that a run takes when nothing halts it: an int, a function of the length,
            or None.
        vocab: one name per token; None for the decimal numbers.
        inputs: the input language, from `alta.inputs`; None for every sequence.
        encode: text to tokens.
        decode: outputs to text.
        oracle: tokens to the intended outputs, for tests.
        observed: variables that are read off the states of runs, beside the output, so that no
            warning says that nothing depends on them.

    Raises:
        ProgramError: when any part is malformed, naming it.
    """
    # At first the locals are the arguments, and nothing else.
    parts = dict(locals())
    watch = Watch()
    mlp = read_function(parts.pop("ffn_fn"), variables, heads, watch)
    _check_generated(mlp, parts.pop("generate_rules"))
    program = build(mlp=mlp, watch=watch, **parts)
    issue(lint(program), program.name, stacklevel=2)
    return program


def program_spec_from_rules(
    variables: Mapping[str, Variable],
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
    observed: Iterable[str] = (),
) -> Program:
    """Builds a program from rules, for example those of an `alta.MLPBuilder`.

    The arguments are those of `program_spec`, with `rules` in place of the function.

    Raises:
        ProgramError: when any part is malformed, naming it.
    """
    parts = dict(locals())
    program = build(mlp=parts.pop("rules"), **parts)
    issue(lint(program), program.name, stacklevel=2)
    return program


def get_rules_from_ffn_fn(
    variables: Mapping[str, Variable], heads: Mapping[str, Head], ffn_fn: MLPFunction
) -> list[Rule]:
    """Returns the rules of an MLP function, read path by path as by `program_spec`.

    Args:
        variables: variables by name.
        heads: attention heads by name.
        ffn_fn: the MLP.

    Raises:
        ProgramError: when a part is malformed, or the function has too many paths.
    """
    return read_function(ffn_fn, variables, heads).get_rules()


def _check_generated(mlp: RuleSet | ManyPaths, generate_rules: bool | None) -> None:
    if generate_rules and isinstance(mlp, ManyPaths):
        raise ProgramError(
            f"generate_rules={generate_rules!r}: expected a function that can be turned into "
            f"rules; {mlp.reason}"
        )


def read_function(
    ffn_fn: MLPFunction,
    variables: Mapping[str, Variable],
    heads: Mapping[str, Head],
    watch: Watch | None = None,
) -> RuleSet | ManyPaths:
    """Returns the rules of an MLP function, or why it has none."""
    mlp = rules_of(ffn_fn, domains_of(variables, heads), heads, watch)
    return mlp if isinstance(mlp, ManyPaths) else RuleSet(mlp, ffn_fn)


def build(
    *,
    variables: Mapping[str, Variable],
    heads: Mapping[str, Head],
    mlp: Iterable[Rule] | ManyPaths,
    output_name: str,
    input_range: int,
    position_range: int | None = None,
    halt: HaltSpec | None = None,
    name: str = "program",
    layers: LayerBound = None,
    vocab: Sequence[str] | None = None,
    inputs: InputSpec | None = None,
    encode: Callable[[str], Sequence[int]] | None = None,
    decode: Callable[[Sequence[Any]], str] | None = None,
    oracle: Callable[[Sequence[int]], Sequence[Any]] | None = None,
    observed: Iterable[str] = (),
    watch: Watch | None = None,
) -> Program:
    """Builds a program without warnings, for programs that are made rather than written.

    The arguments are those of `program_spec_from_rules`, with `mlp` in place of the rules, and
    `watch` for what the MLP function was seen to do.
    """
    rules = () if isinstance(mlp, ManyPaths) else _listed_rules(mlp)
    domains, variables, observed = _declared(variables, heads, rules, observed)
    n_tokens = normalise_count(input_range, where="input_range")
    n_positions = None
    if position_range is not None:
        n_positions = normalise_count(position_range, where="position_range")
    check_assignable(output_name, variables, heads, "output_name")
    if layers is not None and not callable(layers):
        layers = layer_count(layers, where="layers")
    names = _vocabulary(vocab, n_tokens)
    sizes = {"default": 1, "token": n_tokens, "position": n_positions}
    tables = {key: _with_table(key, variable, sizes) for key, variable in variables.items()}
    remarks = () if watch is None else tuple(watch.remarks(domains, names))
    if not isinstance(mlp, ManyPaths):
        function = mlp.function if isinstance(mlp, RuleSet) else None
        mlp = RuleSet(canonical_rules(rules, variables, heads, domains), function)
        remarks += tuple(contradictions(rules)) if len(mlp) < len(rules) else ()
    return Program(
        variables=tables,
        heads=heads,
        mlp=mlp,
        output_name=output_name,
        input_range=n_tokens,
        position_range=n_positions,
        halt=_checked_halt(halt, variables, heads),
        inputs=_bound(inputs, names, n_positions),
        layers=layers,
        name=check_name(str(name), "name"),
        vocab=names,
        domains={**domains, **tables},
        encode=_checked_function(encode, "encode"),
        decode=_checked_function(decode, "decode"),
        oracle=_checked_function(oracle, "oracle"),
        observed=_checked_observed(observed, variables, heads),
        remarks=remarks,
    )


# Returns domains, variables and observed ones, with the variables that carry tests alone.
def _declared(
    variables: Mapping[str, Variable],
    heads: Mapping[str, Head],
    rules: Iterable[Any],
    observed: Iterable[str],
) -> tuple[Mapping[str, Variable], Mapping[str, Variable], Iterable[str]]:
    domains = domains_of(variables, heads)
    if not (extra := witnesses(rules, heads)):
        return domains, variables, observed
    declared = {**variables, **extra}
    return domains_of(declared, heads), declared, (*observed, *extra)


def _vocabulary(vocab: Sequence[Any] | None, n_tokens: int) -> tuple[str, ...]:
    if vocab is None:
        return tuple(map(str, range(n_tokens)))
    if not isinstance(vocab, Iterable):
        raise ProgramError(f"vocab: expected a list of token names, got {vocab!r}")
    names = tuple(vocab)
    if len(names) != n_tokens:
        raise ProgramError(
            f"vocab: expected one name for each of the {n_tokens} tokens (input_range), "
            f"got {len(names)}"
        )
    taken: set[str] = set()
    # Text is split into names at white space, and an empty name could not be written.
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name or name != "".join(name.split()):
            raise ProgramError(
                f"vocab: token {index}: expected a non-empty str without white space, got {name!r}"
            )
        check_name(name, f"vocab: token {index}")
        if name in taken:
            raise ProgramError(f"vocab: the name {name!r} is given to two tokens")
        taken.add(name)
    return names


def _listed_rules(rules: object) -> tuple[Any, ...]:
    if not isinstance(rules, Iterable):
        hint = "; its rules are in .rules" if hasattr(rules, "rules") else ""
        raise ProgramError(f"rules: expected a list of rules, got {rules!r}{hint}")
    return tuple(rules)


def _checked_function(function: Any, argument: str) -> Any:
    if function is not None and not callable(function):
        raise ProgramError(f"{argument}: expected a function or None, got {function!r}")
    return function


def _checked_observed(
    names: Iterable[str], variables: Mapping[str, Variable], heads: Mapping[str, Head]
) -> tuple[str, ...]:
    if isinstance(names, str):
        raise ProgramError(f"observed: expected names such as ({names!r},), got the str {names!r}")
    listed = tuple(names)
    for name in listed:
        check_assignable(name, variables, heads, "observed")
    return listed


def _with_table(name: str, variable: Variable, sizes: Mapping[str, int | None]) -> Variable:
    initial = variable.initial
    checked = _checked_values(variable)
    domain = sizes[initial.source]
    function = initial.function
    if function is None and initial.table is not None and len(initial.table) != domain:
        # The table was made for another number of tokens or positions.
        function = initial.origin
    if function is None:
        if initial.table is None or len(initial.table) != domain:
            entries = "position_range" if domain is None else domain
            raise ProgramError(
                f"variable {name!r}: expected a table of {entries} initial values by "
                f"{initial.source}, got {initial.table!r}; the function that could make one is "
                "not there, so declare the variable anew"
            )
        function = initial.table.__getitem__
    elif domain is None:
        # A position variable without a position_range is asked for each position of a run.
        return checked.starting(Initial(initial.source, function=function))
    # A function is asked here, once an entry; from now on the table is what the program says.
    computing = checked.starting(Initial(initial.source, function=function))
    values = tuple(computing.computed(index, name=name) for index in range(domain))
    origin = initial.function or initial.origin
    return checked.starting(Initial(initial.source, table=values, origin=origin))


# Returns a variable with what a caller may have put there by hand normalised.
def _checked_values(variable: Variable) -> Variable:
    match variable:
        case Categorical():
            return Categorical(check_range(variable.range), variable.initial)
        case Numerical():
            values = None if variable.values is None else check_points(variable.values)
            return Numerical(values, variable.initial)
        case SetVariable():
            size = check_range(variable.range)
            return SetVariable(size, check_subsets(variable.values, size), variable.initial)
    raise ProgramError(f"expected a variable from alta, got {variable!r}")


def _checked_halt(
    halt: HaltSpec | None, variables: Mapping[str, Variable], heads: Mapping[str, Head]
) -> HaltSpec | None:
    if halt is None:
        return None
    if not isinstance(halt, HaltSpec):
        raise ProgramError(f"halt: expected the result of alta.halt_spec, got {halt!r}")
    check_assignable(halt.variable, variables, heads, "halt_var")
    variable = variables[halt.variable]
    value = variable.normalise(halt.value, where=f"halt_value of {halt.variable!r}")
    if not variable.holds(value):
        raise ProgramError(
            f"halt_value: variable {halt.variable!r} has the values {variable.description}, got "
            f"{show_value(value)}"
        )
    return HaltSpec(halt.variable, value)


def _bound(
    inputs: InputSpec | None, vocab: tuple[str, ...], position_range: int | None
) -> InputLanguage:
    if inputs is not None and not isinstance(inputs, InputSpec):
        raise ProgramError(f"inputs: expected an input language from alta.inputs, got {inputs!r}")
    return (Universal() if inputs is None else inputs).bind(vocab, position_range)
