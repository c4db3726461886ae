"""Programs as LaTeX: braces and environments match, and formulas say what the rules say."""

from __future__ import annotations

import re

import pytest

import alta
from alta.command.latex import as_latex
from alta.lang import paths
from tests.alta.lang.toys import ODD_NAMES, copied, counter, named, toy, toy_function

PARITY = as_latex(alta.programs.parity_sequential_relative())


def check_form(text: str) -> None:
    """Checks that every brace and environment that begins has an end."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text.replace("\\\\", "")):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    opened = re.findall(r"\\begin\{([a-z*]+)\}", text)
    assert sorted(opened) == sorted(re.findall(r"\\end\{([a-z*]+)\}", text))
    assert text.count("\\left") == text.count("\\right")
    # Outside of commands there are no characters that mean something to LaTeX.
    assert not re.search(r"(?<!\\)#", text)


@pytest.mark.parametrize("name", ["parity_sum_mod_2", "sort_unique", "addition"])
def test_shipped_programs_are_well_formed(name):
    check_form(as_latex(alta.programs.get(name)))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_escaped(name):
    check_form(as_latex(named(name, "head")))


def test_heads_are_formulas():
    assert "\\mathit{parity\\_left}_i &= \\mathit{parity}_{i - 1}" in PARITY
    heads = {
        "before": alta.qkv("x", "y", "x", relative_position_mask=alta.before()),
        "near": alta.qkv("x", "y", "x", relative_position_mask=[0, 1]),
    }
    text = as_latex(toy(heads=heads))
    assert "\\text{for the only $j$ with } \\mathit{y}_j = \\mathit{x}_i, j < i" in text
    assert "\\mathit{y}_j = \\mathit{x}_i, j - i \\in \\{0, 1\\}" in text
    mean = as_latex(alta.programs.sort_unique())
    assert "\\mid \\mathit{token}_j \\in \\mathit{up\\_to}_i" in mean


def test_rules_are_cases_and_otherwise_nothing_changes():
    assert "1 & \\text{for}\\: \\mathit{done\\_left} = 1 \\wedge \\mathit{done} = 0" in PARITY
    assert "\\mathit{parity} & \\text{otherwise} \\end{cases}" in PARITY
    copying = as_latex(toy(copied("x")))
    assert "\\mathit{x} & \\text{for}\\: \\mathit{x} \\in \\left\\{0, 1, 2\\right\\}" in copying
    trap = as_latex(toy([alta.rule({"x": 1}, "y", None)]))
    assert "\\bot & \\text{for}\\: \\mathit{x} = 1" in trap


def test_a_rule_that_always_fires_leaves_nothing_over():
    text = as_latex(toy([alta.rule({}, "y", 1)]))
    assert "1 & \\text{otherwise}" in text or "\\mathit{y}' &= 1" in text
    assert "\\mathit{y} & " not in text


def test_numbers_are_compared_with_what_they_are_rounded_to():
    text = as_latex(alta.programs.sort_unique())
    assert "\\lfloor \\mathit{mean} \\rceil = \\frac{1}{16}" in text
    assert "Brackets round" in text
    assert "Brackets round" not in PARITY


def test_of_many_cases_the_first_are_shown_unless_all_are_asked_for():
    rules = [alta.rule({"x": value}, "y", 7 * value % 29) for value in range(29)]
    variables = {"x": alta.input_var(29), "y": alta.var(29)}
    program = toy(rules, variables=variables, input_range=29)
    assert "more cases: --rules shows them" in as_latex(program)
    assert "\\ldots & \\text{for}\\: \\ldots" in as_latex(program)
    assert "--rules" not in as_latex(program, all_rules=True)
    # Counting is one case and the step back to 0 another.
    assert as_latex(counter(40)).count("\\text{for}") == 2


def test_a_function_with_too_many_paths_is_told(monkeypatch):
    monkeypatch.setattr(paths, "MAX_PATHS", 2)
    program = toy_function(lambda z: z.__setitem__("y", z["x"]))
    assert "a function without rules" in as_latex(program)
