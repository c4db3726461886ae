"""Explanations: what is shown around a counterexample is what both sides do there."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import alta
from alta.interp.run import run
from alta.nn.weights import named, sparse_weights
from alta_verify.search import explanation
from alta_verify.search.counterexample import find_difference
from alta_verify.search.explanation import AttentionWeights, attention_weights, writing_neurons
from tests.alta_verify.boxes import learned_blocks
from tests.alta_verify.mutants import with_arrays
from tests.alta_verify.search.damage import (
    PARITY,
    SORT,
    compiled,
    damaged,
    misled,
    parity_in_the_model,
    refuting,
    shuffled_sort,
    silent_sort,
    trapping,
    without_first,
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


# --- causes: what neurons add, and what heads attend to -------------------------------------------


def test_neurons_add_what_the_residual_stream_gains():
    counterexample = parity_in_the_model()
    before, after = counterexample.model.residual_streams((2, 1, 1), counterexample.layer)[-2:]
    columns = list(counterexample.model.layout.columns[counterexample.variable])
    gained = (after - before)[counterexample.position, columns]
    adds = [neuron.adds for neuron in counterexample.explanation.neurons]
    assert np.sum(adds, axis=0).tolist() == gained.tolist()


def test_sparse_weights_have_the_same_explanation():
    model = damaged("parity", "mlp.lookup_out", without_first)
    sparse = replace(model, weights=sparse_weights(model.weights))
    assert refuting(sparse, 2, 1, 1).explanation == parity_in_the_model().explanation


def test_a_neuron_that_should_not_fire_is_named_where_no_rule_does():
    counterexample = refuting(
        damaged("parity", "mlp.lookup_in_bias", lambda array: array + 9), 2, 1
    )
    rule, neurons = counterexample.cause()
    assert rule.startswith(("program: rule '", "program: no rule writes "))
    assert "neuron " in neurons
    assert len(counterexample.explanation.neurons) > len(counterexample.explanation.rules)


def test_units_of_a_learned_block_stand_for_no_rules():
    model = learned_blocks.MODEL.with_mlp(learned_blocks.EXACT)
    (stream,) = model.residual_streams((2,), 0)
    assert writing_neurons(model, np.asarray(stream)[0], (0, 1)) == ()


def test_a_head_that_attends_elsewhere_is_named_with_what_it_attends_to():
    counterexample = refuting(misled(), 2, 1, 0)
    (weights,) = counterexample.explanation.attention
    assert counterexample.cause()[0] == str(weights)
    assert str(weights) == "head done_left: program selects 0; model attends to 1 with 1"


def test_attention_is_shared_as_softmax_shares_it():
    """The query says nothing, so that all four positions get as much."""
    model = damaged("sort", "heads.fetched.query", lambda array: array * 0)
    counterexample = refuting(model, 0, 2, 3, 1, program=SORT)
    (weights,) = counterexample.explanation.attention
    assert weights.weights == tuple((position, 0.25) for position in range(4))
    assert len(weights.selected) == 1
    (head,) = counterexample.to_json()["explanation"]["attention"]
    assert head == {
        "head": "fetched",
        "selected": list(weights.selected),
        "weights": [[position, 0.25] for position in range(4)],
    }


def test_a_right_model_attends_to_what_the_program_selects():
    model, word = compiled("parity"), (2, 1, 0, 1)
    state = run(PARITY, word).initial
    (stream,) = model.residual_streams(word, 0)
    for name, head in PARITY.heads.items():
        for position in range(len(word)):
            weights = attention_weights(model, name, head, state, np.asarray(stream), position)
            # Where nothing is selected, the model may attend to anything that its mask allows.
            if weights.selected:
                assert [position for position, _ in weights.weights] == list(weights.selected)


def test_of_many_positions_some_are_named_and_the_others_counted():
    weights = AttentionWeights("near", tuple(range(7)), ((3, 0.5), (1, 1 / 3)))
    assert str(weights) == (
        "head near: program selects 0, 1, 2, 3 and 3 more; model attends to 3 with 0.5, 1 with "
        "0.333"
    )
    assert str(AttentionWeights("far", (), ())).endswith(
        "program selects nothing; model attends to nothing"
    )
