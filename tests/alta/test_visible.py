"""Characters that steer a terminal or a page are written out wherever names are shown."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import alta
from alta.visible import visible
from alta_verify import verify
from alta_verify.check import refused as checked
from tests.alta_verify.mutants import with_arrays

ODD = "x\x07\x1b[31m\x7f\x85\x9b\u200b\u2028\u202e\u2066"
STEERING = set(ODD) - set("x[31m")


def program() -> alta.Program:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return alta.program_spec_from_rules(
            variables={ODD: alta.input_var(2), "y": alta.var(2)},
            heads={},
            rules=[alta.rule({ODD: 1}, "y", 1)],
            output_name="y",
            input_range=2,
            layers=1,
            name=ODD,
            vocab=["a\x9b", "b\u202e"],
        )


def refuted():
    model = alta.compile(program())
    return verify(
        program(),
        with_arrays(model, {"mlp.lookup_out": -model.weights.mlp.lookup_out}),
        max_len=2,
    )


def error() -> str:
    with pytest.raises(alta.TokenError) as caught:
        alta.run(program(), [7])
    with pytest.raises(alta.AltaError) as letter:
        alta.load(Path(f"no{ODD}such"))
    return f"{caught.value}\n{letter.value}"


def rich(shown: object) -> str:
    from rich.console import Console

    console = Console(width=200, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(shown)
    return capture.get()


def table() -> str:
    return str(refuted().counterexample.table())


SHOWN = {
    "an error": error,
    "a conflict": lambda: str(alta.ConflictError(ODD, variable="x", position=0, layer=1)),
    "a run": lambda: str(alta.run(program(), [0, 1])),
    "a run as a page": lambda: alta.run(program(), [0, 1])._repr_html_(),
    "a run on a terminal": lambda: rich(alta.run(program(), [0, 1])),
    "a proof": lambda: str(verify(program(), max_len=2)),
    "a proof on a terminal": lambda: rich(verify(program(), max_len=2)),
    "a refutation": lambda: str(refuted()),
    "a refutation on a terminal": lambda: rich(refuted()),
    "a refutation as a page": lambda: refuted()._repr_html_(),
    "a counterexample": lambda: str(refuted().counterexample),
    "a counterexample as a table": table,
}


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_nothing_that_is_shown_steers(shown):
    said = shown()
    assert said
    assert not set(said) & STEERING


def test_the_language_and_the_checker_write_out_the_same():
    character = "".join(map(chr, range(0x3000))) + "\ud800\ue000\U000e0001🎲"
    assert visible(character, lines=False) == checked.visible(character)
    assert visible("a\nb") == "a\nb"
    assert visible("größe → 日本") == "größe → 日本"
