"""Whether language and checker read the same program from a text.

They are compared part by part, and run by two interpreters; neither reader's way of writing texts
takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import alta
from alta.errors import AltaError, ExecutionError
from alta.lang.kinds import Categorical, Numerical, SetVariable, Variable
from alta.lang.program import Program
from alta_verify.check.language import Language
from alta_verify.check.program import Head, ValueBits, indices
from alta_verify.check.program import Program as Checked
from alta_verify.check.program import Variable as CheckedVariable
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from tests.campaigns.second_run import second_run

__all__ = ["ACCEPTED", "REFUSED", "difference_of_readings", "differences"]

LONGEST = 3
"""Words are compared, and run, up to this length."""

LAYERS = 3

WORDS = 4
"""So many words of each length are run."""

ACCEPTED = "accepted by both"
REFUSED = "refused by both"


def difference_of_readings(text: str) -> tuple[str, str]:
    """Returns how the two readings of a text differ, if they do; and what came out."""
    program = checked = None
    with suppress(AltaError):
        program = alta.parse_program(text)
    with suppress(Refused):
        checked = read_program(text)
    if program is None and checked is None:
        return "", REFUSED
    if program is None or checked is None:
        return f"only the {'checker' if program is None else 'language'} reads it", ""
    return next(differences(program, checked), ""), ACCEPTED


def differences(program: Program, checked: Checked) -> Iterator[str]:
    """Yields where two readings of a program differ."""
    if program.vocab != checked.vocab or program.position_range != checked.positions:
        yield "tokens or positions"
    if list(program.variables) != list(checked.variables) or list(program.heads) != list(
        checked.heads
    ):
        yield "names"
    for name, variable in program.variables.items():
        if _variable(variable) != _checked_variable(checked.variables[name]):
            yield f"variable {name}"
    for name in program.heads:
        if _head(program, name) != _checked_head(checked.heads[name]):
            yield f"head {name}"
    if list(_rules(program, checked)) != list(_checked_rules(checked)):
        yield "rules"
    if program.output_name != checked.output or _halt(program, checked) != checked.halt:
        yield "output or halt"
    for length in range(LONGEST + 1):
        if _bound(program.layer_bound, length) != _bound(checked.bound, length):
            yield "layers"
    yield from _languages(program, checked)


def _variable(variable: Variable) -> tuple[object, ...]:
    table = variable.initial.table
    match variable:
        case Categorical():
            return "range", variable.range, (), variable.initial.source, table
        case Numerical():
            return "values", 1, variable.edges, variable.initial.source, table
        case SetVariable():
            source = variable.initial.source
            return "subsets", variable.range, variable.values, source, table
    raise TypeError(variable)


def _checked_variable(variable: CheckedVariable) -> tuple[object, ...]:
    table = tuple(variable.values[index] for index in variable.table)
    declared = {"range": (), "values": variable.edges, "subsets": variable.values}[variable.kind]
    return variable.kind, variable.width, declared, variable.source, table


def _head(program: Program, name: str) -> tuple[object, ...]:
    head, output = program.heads[name], program.domains[name]
    edges = output.edges if isinstance(output, Numerical) else None
    return (
        head.query,
        head.key,
        head.value,
        str(head.mask),
        edges,
        max(1, output.size),
        output.width,
    )


def _checked_head(head: Head) -> tuple[object, ...]:
    return head.query, head.key, head.value, str(head.mask), head.edges, head.size, head.width


def _rules(program: Program, checked: Checked) -> Iterator[object]:
    for name in program.variables:
        values = checked.variables[name].values
        for rule in program.rules_by_variable[name]:
            tests = {
                atom.variable: _having(program, checked, atom.variable, atom.value)
                for atom in rule.atoms
            }
            yield name, tests, None if program.is_trap(rule) else values.index(rule.value)


def _having(program: Program, checked: Checked, name: str, index: int) -> set[int]:
    """Returns the checker's indices of the values that have an index."""
    if name in program.heads:
        return {index}
    variable = program.variables[name]
    return {
        place
        for place, value in enumerate(checked.variables[name].values)
        if variable.index_of(float(value) if isinstance(variable, Numerical) else value) == index
    }


def _checked_rules(checked: Checked) -> Iterator[object]:
    for name, rules in checked.rules.items():
        for rule in rules:
            yield name, {tested: _set(mask) for tested, mask in rule.tests.items()}, rule.value


def _set(mask: ValueBits) -> set[int]:
    return set(indices(mask))


def _halt(program: Program, checked: Checked) -> tuple[str, int] | None:
    if program.halt is None:
        return None
    name, value = program.halt.variable, program.halt.value
    values = checked.variables[name].values
    return name, values.index(value) if value in values else len(values)


def _bound(bound: Callable[[int], int | None], length: int) -> int | str | None:
    try:
        return bound(length)
    except (AltaError, Refused):
        return "none"


def _languages(program: Program, checked: Checked) -> Iterator[str]:
    language, alike = Language(checked), {token: token for token in range(len(checked.vocab))}
    for length in range(min(LONGEST, program.position_range or LONGEST) + 1):
        words = set(program.inputs.automaton(length).enumerate_words(length))
        theirs = language.words(length, alike)
        if checked.inputs.kind == "distinct":
            # There may be more, which is on the safe side.
            theirs = {word for word in theirs if len(set(word)) == len(word)}
        if words != theirs:
            yield f"inputs of {length} tokens"
        for word in sorted(words)[:WORDS] if length else ():
            if _first_run(program, word) != second_run(checked, word, LAYERS):
                yield f"run on {word}"


def _first_run(program: Program, word: Sequence[int]) -> object:
    """Returns the number of layers and the states of a run; None where it fails."""
    try:
        run = alta.run(program, word, max_layers=LAYERS)
    except ExecutionError:
        return None
    tables = [run.initial, *(layer.after_mlp for layer in run.states)]
    return [[dict(row) for row in table] for table in tables]
