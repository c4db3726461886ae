"""The study leaves what it says, and goes on where it stopped."""

import json

import pytest

from alta.errors import AltaError
from alta.learn.study import Size, parity_study


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"short": 0}, "short of at least 1, got 0"),
        ({"share": 0.0}, "share above 0 and at most 1, got 0.0"),
        ({"seed": -1}, "seed of at least 0, got -1"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_study_of_no_size_is_refused(changes, message):
    with pytest.raises(AltaError, match=message):
        Size(**changes)


@pytest.mark.campaign
def test_the_study_of_parity_leaves_a_table_a_plot_and_checkpoints(tmp_path):
    size = Size(short=4, per_count=10, test_per_count=5, share=0.01, baseline_steps=20)
    said = []
    rows = parity_study(tmp_path, size, say=said.append)
    supervision = [row.supervision for row in rows]
    assert supervision == ["rules", "traces"] * 3 + ["answers"] * 4
    minimal = {row.name.partition(": ")[2]: row for row in rows[:6:2]}
    assert minimal["Sequential (Relative)"].accuracy == 1
    assert minimal["Sequential (Absolute)"].short == 1 > minimal["Sequential (Absolute)"].long
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "accuracy.png",
        "baselines",
        "blocks",
        "figures.json",
        "table.md",
    ]
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert [row["name"] for row in figures["rows"]] == [row.name for row in rows]
    assert not any("trained before" in line for line in said)
    again = parity_study(tmp_path, size, say=said.append)
    assert sum("trained before" in line for line in said) == 4
    assert [row.accuracy for row in again] == [row.accuracy for row in rows]
