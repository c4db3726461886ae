"""Every lemma is derived and checked; and would not be if it said a little more than it does."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest
import sympy
import z3

from proofs import lemmas
from proofs.lemmas.checking import Underived, at_least, fails, holds, identical, require

HELPERS = {"__main__", "checking", "floats"}
NAMES = sorted({one.name for one in pkgutil.iter_modules(lemmas.__path__)} - HELPERS)
FOLDER = Path(lemmas.__path__[0])
ROOT = FOLDER.parents[1]


def module(name: str) -> ModuleType:
    return importlib.import_module(f"proofs.lemmas.{name}")


@pytest.mark.parametrize("name", NAMES)
def test_a_lemma_is_derived(name):
    module(name).derive()


@pytest.mark.parametrize("name", NAMES)
def test_the_instances_of_a_lemma_hold_and_those_beyond_the_edge_fail(name):
    assert module(name).instances() > 10


GREEDY = {
    "a larger factor than 1/ln 2": ("softmax_leak", "FACTOR", Fraction(14427, 10000), "derive"),
    "powers that fall too fast": ("softmax_leak", "bits", lambda gap: 1 + int(gap), "instances"),
    "a threshold below the edge": ("exponential_zero", "threshold", lambda _: 103, "instances"),
    "a gap of means without a denominator": (
        "bucket_gaps",
        "gap_of_means",
        lambda step, most: step / most,
        "instances",
    ),
    "a gap of inverses that is twice as large": (
        "bucket_gaps",
        "gap_of_inverses",
        lambda most: Fraction(1, most * (most + 1)),
        "instances",
    ),
    "a step with no room": (
        "step_sharpness",
        "bias",
        lambda factor, low, high: -factor * low + Fraction(1, 1000),
        "instances",
    ),
    "a wider margin of conditions": ("snapping", "MARGIN", Fraction(26, 100), "instances"),
    "a lower bias of conditions": ("snapping", "bias", lambda ones: 1 - 2 * ones, "instances"),
    "a grid of twice the size": ("grid", "limit", lambda p, q: 2 * q * 2**p, "instances"),
    "errors that do not grow": ("error_growth", "gamma", lambda n, unit: n * unit, "instances"),
    "errors of half the size": (
        "error_growth",
        "bound",
        lambda n, unit, size, underflow: unit * size / 2,
        "instances",
    ),
    "mixtures of more positions": ("mixtures", "MOST", 2**18, "derive"),
    "mixtures that are exact": ("mixtures", "stretch", lambda *_: Fraction(0), "instances"),
    "a clip that does not clip": ("copies", "clip", lambda number: number, "instances"),
    "a logarithm from too few terms": (
        "natural_logarithm",
        "bounds",
        lambda terms=40: (Fraction(1, 3), Fraction(2, 3)),
        "instances",
    ),
}


@pytest.mark.parametrize("greed", list(GREEDY))
def test_a_lemma_that_says_more_than_is_true_is_noticed(greed, monkeypatch):
    name, attribute, value, way = GREEDY[greed]
    monkeypatch.setattr(module(name), attribute, value)
    with pytest.raises(Underived):
        getattr(module(name), way)()


def test_every_lemma_is_noticed_when_it_says_too_much():
    assert {name for name, *_ in GREEDY.values()} == set(NAMES)


def test_what_is_not_so_is_not_derived():
    x = sympy.Symbol("x", real=True)
    y = z3.Real("y")
    for attempt in (
        lambda: require(None, "nothing"),
        lambda: require(1, "a number"),
        lambda: identical(x, x + 1, "different sides"),
        lambda: at_least(x, 0, "any sign"),
        lambda: holds(y * y > 0, what="0 is against it"),
        lambda: holds(y > 1, given=[y > 2, y < 0], what="premises that contradict one another"),
        lambda: holds(2**y > 0, what="what z3 gives up on"),
        lambda: fails(y * y >= 0, what="what holds"),
    ):
        with pytest.raises(Underived):
            attempt()


def test_lemmas_know_nothing_of_the_code_that_uses_them():
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not [one for one in names if one.partition(".")[0] in {"alta", "alta_verify"}]


@pytest.mark.parametrize("page", ["proofs/lemmas/composition.md", "docs/explanation/theorem.md"])
def test_the_pages_name_every_lemma(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [name for name in NAMES if f"{name}.py" not in text] == []


def test_what_the_composition_names_is_in_the_code():
    text = (FOLDER / "composition.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| [`")]
    assert len(rows) == len(NAMES)
    for _, lemma, uses, *_ in rows:
        for place in uses.split("<br>"):
            name, _, path = (part.strip(" `") for part in place.partition(" in "))
            source = (ROOT / path).read_text(encoding="utf-8")
            assert name.rpartition(".")[2] in source, (lemma, place)
