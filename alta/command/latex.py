"""Programs as LaTeX: variables, heads, and what rules make of a variable, as formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, groupby
from typing import Any, Final

import sympy

from alta.command.cases import Case, cases_of
from alta.command.showing import first_values, language_of
from alta.lang.heads import Head
from alta.lang.kinds import Categorical, Numerical, SetVariable, Variable
from alta.lang.masks import Mask
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta.lang.values import Defined, show_value
from alta.visible import visible

__all__ = ["as_latex"]

# Means of so many numbers are shown as fractions.
_DENOMINATOR: Final = 10_000

# First values are shown up to so many letters.
_LETTERS: Final = 36

# Of more cases of one variable the first ones are shown.
_LIMIT: Final = 24

_SPECIAL: Final = re.compile(r"[\\{}$&#%_^~]")


def as_latex(program: Program, *, all_rules: bool = False) -> str:
    """Returns a program as LaTeX that needs the packages amsmath and amssymb."""
    numerical = any(isinstance(domain, Numerical) for domain in program.domains.values())
    rounded = " Brackets round a number to the nearest of the values that rules test."
    lines = [
        "% needs \\usepackage{amsmath,amssymb}",
        f"\\paragraph{{{_text(program.name)}}}",
        f"The input is {_text(language_of(program))}.",
        f"The output is ${_name(program.output_name)}$.{_end(program)}",
        "At position $i$ heads read from positions $j$, and the MLP makes $x'$ of $x$."
        + (rounded if numerical else ""),
        *_aligned(_variables(program)),
        *_aligned(_head(program, name, head) for name, head in program.heads.items()),
        *_rules(program, None if all_rules else _LIMIT),
    ]
    return "\n".join(lines)


def _end(program: Program) -> str:
    if program.halt is None:
        return ""
    name, value = _name(program.halt.variable), _value(program.halt.value)
    return f" A run halts once ${name}_i = {value}$ for all $i$."


def _variables(program: Program) -> Iterator[str]:
    for name, variable in program.variables.items():
        if isinstance(variable, Categorical):
            domain = f"\\in \\{{0, \\ldots, {variable.range - 1}\\}}"
        elif isinstance(variable, SetVariable):
            domain = f"\\subseteq \\{{0, \\ldots, {variable.range - 1}\\}}"
        else:
            domain = "\\in \\mathbb{R}"
        source, values, ellipsis = first_values(program, name, variable)
        by = "" if source == "default" else f", by {source}"
        # Sets are long, and a line of formulas is not broken.
        shown = [
            value
            for value, end in zip(values, accumulate(map(len, values)), strict=True)
            if end <= _LETTERS
        ]
        ellipsis = ellipsis or len(shown) < len(values) or not values
        listed = ", ".join([*map(_escaped, shown), *(["\\ldots"] if ellipsis else [])])
        yield f"{_name(name)} &{domain} && \\text{{at first{by}: }} {listed}"


def _head(program: Program, name: str, head: Head) -> str:
    conditions = []
    if head.query is not None and head.key is not None:
        holds_set = isinstance(program.variables[head.query], SetVariable)
        relation = "\\in" if holds_set else "="
        conditions.append(f"{_name(head.key)}_j {relation} {_name(head.query)}_i")
    conditions += _within(head.mask)
    if head.query is None and head.mask.single and head.mask.listed is not None:
        # One offset and nothing else: what is read is known.
        return f"{_name(name)}_i &= {_name(head.value)}_{{{_shifted(head.mask.listed[0])}}}"
    where = ", ".join(conditions) or "j"
    if isinstance(program.domains[name], Numerical):
        where = f"\\mid {where}" if conditions else ""
        mean = f"\\operatorname{{mean}}\\left\\{{{_name(head.value)}_j {where}\\right\\}}"
        return f"{_name(name)}_i &= {mean}"
    text = "for the only " + ("$j$ with " if conditions else "")
    return f"{_name(name)}_i &= {_name(head.value)}_j \\quad \\text{{{text}}} {where}"


def _within(mask: Mask) -> list[str]:
    if mask.listed is not None:
        offsets = ", ".join(map(str, mask.listed))
        return [f"j - i \\in \\{{{offsets}\\}}"]
    return [] if mask.last is None else ["j \\le i" if mask.last == 0 else "j < i"]


def _shifted(offset: int) -> str:
    return "i" if offset == 0 else f"i {'+' if offset > 0 else '-'} {abs(offset)}"


def _rules(program: Program, limit: int | None) -> Iterator[str]:
    if isinstance(program.mlp, ManyPaths):
        yield f"The MLP is a function without rules: {_text(program.mlp.reason)}."
        return
    for name, rules in program.rules_by_variable.items():
        if rules:
            cases = cases_of(rules)
            hidden = len(cases) - len(cases if limit is None else cases[:limit])
            yield from _aligned([f"{_name(name)}' &= {_piecewise(program, name, cases, limit)}"])
            if hidden:
                yield f"% {hidden} more cases: --rules shows them"


def _piecewise(program: Program, name: str, cases: Sequence[Case], limit: int | None) -> str:
    """Returns what a variable becomes, by cases, and otherwise stays."""
    shown = cases[:limit]
    pieces = [
        (made, sympy.Or(*(_condition(program, case) for case in group)))
        for made, group in groupby(shown, key=_made)
    ]
    if len(shown) < len(cases):
        pieces.append((sympy.Symbol("\\ldots"), sympy.Symbol("\\ldots")))
    if not any(condition is sympy.true for _, condition in pieces):
        pieces.append((sympy.Symbol(_name(name)), sympy.true))
    text = str(sympy.latex(sympy.Piecewise(*pieces, evaluate=False)))
    return text.replace(" \\\\", " \\\\\n    ")


def _made(case: Case) -> Any:
    """Returns what a variable becomes in a case."""
    if case.source is None or not isinstance(case.value, int):
        return sympy.Symbol(_value(case.value))
    return sympy.Symbol(_name(case.source)) + case.value


def _condition(program: Program, case: Case) -> Any:
    tests = [
        _test(sympy.Symbol(_name(name)), program.domains[name], indices)
        for name, indices in case.tested.items()
    ]
    return sympy.And(*tests, evaluate=False) if len(tests) > 1 else sympy.And(*tests)


def _test(symbol: sympy.Symbol, variable: Variable, indices: tuple[int, ...]) -> Any:
    """Returns that a variable has one of some indices."""
    if isinstance(variable, Categorical):
        values = [sympy.Integer(index) for index in indices]
    else:
        values = [_content(variable.contents[index]) for index in indices]
    if isinstance(variable, Numerical):
        symbol = sympy.Symbol(f"\\lfloor {symbol.name} \\rceil")
    if len(values) == 1:
        return sympy.Eq(symbol, values[0], evaluate=False)
    first, last = indices[0], indices[-1]
    together = isinstance(variable, Categorical) and len(indices) == last - first + 1 > 2
    held = sympy.Range(first, last + 1) if together else sympy.FiniteSet(*values)
    return sympy.Contains(symbol, held, evaluate=False)


def _content(value: Any) -> Any:
    """Returns what a rule compares with, a float as the short fraction that it is nearest to."""
    if isinstance(value, float):
        short = Fraction(value).limit_denominator(_DENOMINATOR)
        if float(short) == value:
            return sympy.Rational(short.numerator, short.denominator)
    return sympy.Symbol(_value(value))


def _aligned(rows: Any) -> list[str]:
    lines = list(rows)
    if not lines:
        return []
    return ["\\begin{align*}", " \\\\\n".join(f"  {line}" for line in lines), "\\end{align*}"]


def _name(name: str) -> str:
    return f"\\mathit{{{_escaped(name)}}}"


def _value(value: Defined | None) -> str:
    # Null is no value: a rule that assigns it must not fire.
    return "\\bot" if value is None else _escaped(show_value(value))


def _text(text: str) -> str:
    return f"\\texttt{{{_escaped(text)}}}"


def _escaped(text: str) -> str:
    words = {"\\": "\\textbackslash{}", "^": "\\textasciicircum{}", "~": "\\textasciitilde{}"}
    shown = visible(text, lines=False)
    return _SPECIAL.sub(lambda match: words.get(match[0], f"\\{match[0]}"), shown)
