"""Explanations: what is shown around a counterexample is what both sides do there."""

from __future__ import annotations

import json

import pytest

import alta
from alta.nn.weights import named
from alta_verify.search import explanation
from alta_verify.search.counterexample import find_difference
from tests.alta_verify.mutants import with_arrays
from tests.alta_verify.search.damage import (
    parity_in_the_model,
    shuffled_sort,
    silent_sort,
    trapping,
)
from tests.cases import CASES

GOLDEN = {
    parity_in_the_model: """
                  layer 1  layer 2
1 1  parity       1        1
     done         1        1
     parity_left  0        0
     done_left    1        1
2 1  parity       1        0 ≠ UNDEFINED  ←
     done         0        1
     parity_left  1        1
     done_left    0        1
""",
    silent_sort: """
                start  layer 1  layer 2
0 BOS  token    0      0        0
       index    0      0        0
       up_to    {0}    {0}      {0}
       bos      1.0    1.0      1.0
       rank     0      0        0
       sorted   0      0        0
       mean            1.0      1.0 ≠ 2.0
       fetched         0        0
1 1    token    1      1        1
       index    1      1        1
       up_to    {0,1}  {0,1}    {0,1}
       bos      0.0    0.0      0.0
       rank     1      1        1
       sorted   0      1 ≠ 0    1 ≠ 0      ←
       mean            0.5      0.5 ≠ 1.0
       fetched         1        1
""",
    shuffled_sort: """
                start            layer 1
0 BOS  token    0 ≠ 3            0 ≠ 3            ←
       index    0                0
       up_to    {0} ≠ {0,1,2,3}  {0} ≠ {0,1,2,3}
       bos      1.0 ≠ 0.0        1.0 ≠ 0.0
       rank     0                0 ≠ 3
       sorted   0                0 ≠ 3
       mean                      1.0 ≠ 0.0
       fetched                   0 ≠ 3
""",
    trapping: """
            layer 1    layer 2
0 0  bit    0
     steps  1
     left   UNDEFINED  UNDEFINED
1 1  bit    1
     steps  1                     ←
     left   0          0
""",
}


@pytest.mark.parametrize("make", list(GOLDEN), ids=lambda make: make.__name__)
def test_the_table_shows_both_sides_around_the_place(make):
    assert make().table() == GOLDEN[make].strip("\n")


def test_json_has_all_of_the_explanation():
    for make in GOLDEN:
        found = make()
        values = json.loads(json.dumps(found.to_json()))["explanation"]
        assert values["layers"] == list(found.explanation.layers)
        assert len(values["rows"]) == len(found.explanation.rows)
        assert values["rules"] == list(found.explanation.rules)
        assert [neuron["index"] for neuron in values["neurons"]] == [
            neuron.index for neuron in found.explanation.neurons
        ]
    sets = next(
        row for row in shuffled_sort().to_json()["explanation"]["rows"] if row["name"] == "up_to"
    )
    assert sets["cells"][0] == {"expected": [0], "actual": [0, 1, 2, 3]}


def test_a_large_explanation_shows_what_changes_or_differs(monkeypatch):
    found = parity_in_the_model()
    monkeypatch.setattr(explanation, "_MAX_ROWS", 3)
    assert [line.split() for line in found.table().splitlines()] == [
        ["layer", "1", "layer", "2"],
        ["2", "1", "parity", "1", "0", "≠", "UNDEFINED", "←"],
        ["done", "0", "1"],
        ["done_left", "0", "1"],
    ]


def test_what_a_program_does_beyond_its_layers_is_not_shown():
    """Layer 2 would trap, but only layer 1 counts."""
    program = alta.program_spec_from_rules(
        name="one_step",
        variables={"bit": alta.input_var(2)},
        heads={},
        rules=[alta.rule({"bit": 0}, "bit", 1), alta.rule({"bit": 1}, "bit", 2)],
        output_name="bit",
        input_range=2,
        layers=1,
        inputs=alta.inputs.sequences([(0,)]),
    )
    model = alta.compile(program)
    bias = dict(named(model.weights))["mlp.lookup_in_bias"] - 9
    found = find_difference(program, with_arrays(model, {"mlp.lookup_in_bias": bias}), (0,), None)
    assert found is not None
    assert found.table().splitlines()[1].split() == ["0", "0", "bit", "0", "1", "≠", "0", "←"]


def test_means_that_differ_by_rounding_look_the_same():
    case = CASES["increment"]
    (broken,) = (one for one in case.programs if one.name == "most is taken for all")
    good = alta.compile(case.build())
    found = find_difference(broken.change(good.program), good, (0, 0, *[1] * 7, 2), None)
    assert found is not None
    rest = next(row for row in found.explanation.rows if (row.position, row.name) == (0, "rest"))
    assert rest.cells[1].expected != rest.cells[1].actual
    assert "rest            0.888889\n" in found.table()
    assert not found.explanation.attention
