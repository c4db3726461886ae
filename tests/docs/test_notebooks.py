"""The notebooks run from top to bottom, show something in every cell, and end as their texts say.

`make docs` runs them in Jupyter; here their cells are run one after another.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from alta_verify import Verdict

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def cells(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def carried_out(path: Path) -> tuple[dict[str, Any], list[object]]:
    """Runs a notebook; returns its names, and the values that its cells end with."""
    names: dict[str, Any] = {"__name__": "__main__"}
    values: list[object] = []
    for number, cell in enumerate(cells(path)):
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        end = tree.body[-1]
        last = end.value if isinstance(end, ast.Expr) else None
        statements = ast.Module(tree.body[:-1] if last else tree.body, [])
        exec(compile(statements, f"{path.name}:{number}", "exec"), names)
        if last is not None:
            values.append(eval(compile(ast.Expression(last), path.name, "eval"), names))
    return names, values


def test_there_are_three_and_the_pages_list_them():
    index = (FOLDER / "index.md").read_text(encoding="utf-8")
    assert [path.stem for path in NOTEBOOKS] == ["break-a-network", "learn-until-proved", "tour"]
    assert all(f"\n{path.stem}\n" in index for path in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path):
    for cell in cells(path):
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@pytest.mark.campaign
def test_the_tour_ends_with_proofs(capsys):
    pytest.importorskip("matplotlib")
    pytest.importorskip("xarray")
    names, values = carried_out(FOLDER / "tour.ipynb")
    assert names["report"].verdict is Verdict.PROVED
    assert values[-1] is Verdict.PROVED
    assert "rules" in capsys.readouterr().out


@pytest.mark.campaign
def test_a_broken_network_is_found_out(capsys):
    pytest.importorskip("matplotlib")
    names, values = carried_out(FOLDER / "break-a-network.ipynb")
    assert names["unclear"].verdict is Verdict.UNKNOWN
    assert values.count(Verdict.PROVED) == 2
    out = capsys.readouterr().out
    assert "on input 'START 1 1', after layer 2, position 2: parity is 0 in the program" in out
    verdicts = [line.split()[1] for line in out.splitlines()[-4:]]
    assert verdicts == ["PROVED", "REFUTED", "REFUTED", "REFUTED"]


@pytest.mark.campaign
def test_a_block_learns_until_it_is_proved():
    pytest.importorskip("equinox")
    names, _ = carried_out(FOLDER / "learn-until-proved.ipynb")
    outcome = names["outcome"]
    assert outcome.rounds[0].verdict is Verdict.REFUTED
    assert outcome.report.verdict is Verdict.PROVED
