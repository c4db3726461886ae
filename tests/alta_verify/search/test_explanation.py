"""Explanations: what is shown around a counterexample is what both sides do there."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import alta
from alta.nn.model import Model
from alta.nn.weights import named, sparse_weights
from alta_verify import Counterexample
from alta_verify.search import explanation
from alta_verify.search.counterexample import find_difference
from tests.alta_verify.mutants import with_arrays
from tests.cases import CASES

PARITY = alta.programs.parity_sequential_relative()
SORT = alta.programs.sort_unique(max_value=3)


def damaged(program: alta.Program, name: str, change: object) -> Model:
    model = alta.compile(program)
    return with_arrays(model, {name: change(dict(named(model.weights))[name].copy())})


def without_first(array: np.ndarray) -> np.ndarray:
    array[0, 0] = 0
    return array


def parity_in_the_model(model: Model | None = None) -> Counterexample:
    """The neuron that writes `parity = 0` only takes the one away."""
    model = model or damaged(PARITY, "mlp.lookup_out", without_first)
    found = find_difference(PARITY, model, (2, 1, 1), None)
    assert found is not None
    return found


def silent_sort() -> Counterexample:
    """No neuron fires."""
    model = damaged(SORT, "mlp.lookup_in_bias", lambda array: array - 9)
    found = find_difference(SORT, model, (0, 1), None)
    assert found is not None
    return found


def shuffled_sort() -> Counterexample:
    """Every token is taken for another one."""
    model = damaged(SORT, "token_embedding", lambda array: array[::-1])
    found = find_difference(SORT, model, (0,), None)
    assert found is not None
    return found


def trapping() -> Counterexample:
    program = alta.program_spec_from_rules(
        name="trapping",
        variables={"bit": alta.input_var(2), "steps": alta.var(3)},
        heads={"left": alta.v_relative("bit", -1)},
        rules=[
            alta.rule({"steps": 0}, "steps", 1),
            alta.rule({"steps": 1, "bit": 1}, "steps", 3),
        ],
        output_name="bit",
        input_range=2,
        layers=2,
    )
    found = find_difference(program, None, (0, 1), None)
    assert found is not None
    return found


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


def test_the_cause_is_a_rule_and_neurons():
    rule, neuron = parity_in_the_model().cause()
    assert rule == (
        "program: rule 'parity=1 & done=0 & parity_left=1 & done_left=1 -> parity := 0'"
    )
    assert neuron.startswith("model: neuron ")
    assert neuron.endswith(", at 1, adds (0, -1)")


def test_what_nobody_writes_is_said_to_be_written_by_nobody():
    assert silent_sort().cause() == [
        "program: rule 'fetched=1 -> sorted := 1'",
        "model: no neuron writes sorted",
    ]


def test_a_neuron_that_should_not_fire_is_named_where_no_rule_does():
    model = damaged(PARITY, "mlp.lookup_in_bias", lambda array: array + 9)
    found = find_difference(PARITY, model, (2, 1), None)
    assert found is not None
    rule, neurons = found.cause()
    assert rule.startswith(("program: rule '", "program: no rule writes "))
    assert "neuron " in neurons
    assert len(found.explanation.neurons) > len(found.explanation.rules)


@pytest.mark.parametrize("make", [shuffled_sort, trapping], ids=lambda make: make.__name__)
def test_what_no_layer_wrote_has_no_cause(make):
    assert make().cause() == []


def test_sparse_weights_have_the_same_explanation():
    model = damaged(PARITY, "mlp.lookup_out", without_first)
    sparse = replace(model, weights=sparse_weights(model.weights))
    assert parity_in_the_model(sparse).explanation == parity_in_the_model(model).explanation


def test_neurons_add_what_the_residual_stream_gains():
    found = parity_in_the_model()
    before, after = found.model.residual_streams(found.tokens, found.layer)[-2:]
    columns = list(found.model.layout.columns[found.variable])
    gained = (after - before)[found.position, columns]
    assert (
        np.sum([one.adds for one in found.explanation.neurons], axis=0).tolist() == gained.tolist()
    )


def test_json_has_all_of_the_explanation():
    for make in GOLDEN:
        found = make()
        values = json.loads(json.dumps(found.to_json()))["explanation"]
        assert values["layers"] == list(found.explanation.layers)
        assert len(values["rows"]) == len(found.explanation.rows)
        assert values["rules"] == list(found.explanation.rules)
        assert [one["index"] for one in values["neurons"]] == [
            one.index for one in found.explanation.neurons
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


def test_a_head_that_attends_elsewhere_is_named_with_what_it_attends_to():
    found = find_difference(PARITY, misled(), (2, 1, 0), None)
    assert found is not None
    (look,) = found.explanation.attention
    assert found.cause()[0] == str(look)
    assert str(look) == "head done_left: program selects 0; model attends to 1 with 1"


def misled() -> Model:
    """A model whose head looks at the position itself."""
    model = alta.compile(PARITY)
    heads = {**PARITY.heads, "done_left": replace(PARITY.heads["done_left"], mask=(0,))}
    return replace(model, program=alta.replace(PARITY, heads=heads))


def test_attention_is_shared_as_softmax_shares_it():
    """The query says nothing, so that all four positions get as much."""
    model = damaged(SORT, "heads.fetched.query", lambda array: array * 0)
    found = find_difference(SORT, model, (0, 2, 3, 1), None)
    assert found is not None
    (look,) = found.explanation.attention
    assert look.weights == tuple((place, 0.25) for place in range(4))
    assert len(look.selected) == 1
    assert [one["head"] for one in found.to_json()["explanation"]["attention"]] == ["fetched"]


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
