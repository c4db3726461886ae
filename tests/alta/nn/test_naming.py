"""Names are read off weights: coordinates, conditions, and the rules that write by a neuron."""

from dataclasses import replace

import numpy as np
import pytest

import alta
from alta.interp.step import firing, steps
from alta.nn import reference
from alta.nn.layout import Layout
from alta.nn.naming import Naming, coordinate_names
from tests.alta.lang.toys import toy
from tests.cases import CASES

PARITY = alta.compile(alta.programs.parity_sequential_relative())

PROGRAMS = {
    "parity": (PARITY.program, 4),
    "means": (alta.programs.parity_sum_mod_2(), 4),
    "sets": (alta.programs.sort_unique(max_value=3), 4),
    "numbers": (CASES["smoothing"].build(), 3),
    "one-hot numbers": (CASES["histogram"].build(), 3),
    "rules that test a mean and more": (
        toy(
            [alta.rule({"x": 0, "h": mean}, "y", mean) for mean in (0, 2)]
            + [alta.rule({"x": 1, "h": mean}, "y", 1) for mean in (0, 1, 2)],
            variables={"bit": alta.numeric_var(input_init_fn=lambda token: token == 2)},
            heads={"h": alta.qkv("y", "y", "bit", output_spec=alta.numeric_var([0, 0.5, 1]))},
        ),
        3,
    ),
}


def naming(model, **changed):
    weights = replace(model.weights, mlp=replace(model.weights.compiled_mlp, **changed))
    return Naming.of(model.program, model.layout, weights.mlp)


def test_every_kind_of_variable_has_names_for_its_coordinates():
    program = toy(
        variables={
            "seen": alta.set_var(2, [frozenset(), frozenset({1})]),
            "level": alta.numeric_var([0.5], input_init_fn=lambda token: token / 4),
        }
    )
    names = coordinate_names(program, Layout.of(program))
    assert names[6:] == ("0 in seen", "1 in seen", "level")
    one_hot = coordinate_names(program, Layout.of(program, {"level"}))
    assert one_hot[8:] == ("level=0.0", "level=0.25", "level=0.5")


def attended_streams(model, word, n_layers):
    """The streams after attention, in NumPy and float64."""
    weights = model.dense().weights
    x = weights.token_embedding[list(word)].astype(float)
    if len(weights.position_embedding):
        x = x + weights.position_embedding[: len(word)]
    for _ in range(n_layers):
        reads = {
            name: reference.attention_weights(head, model.program.heads[name].mask, x)
            @ (x @ head.value)
            for name, head in weights.heads.items()
        }
        x = x + sum(reads[name] @ head.output for name, head in weights.heads.items())
        yield x
        x = reference.mlp(weights.mlp, x).after


@pytest.mark.parametrize("name", PROGRAMS)
def test_rules_fire_exactly_where_their_neurons_are_on(name):
    program, longest = PROGRAMS[name]
    model = alta.compile(program, max_len=longest)
    names = Naming.of(program, model.layout, model.weights.mlp, longest)
    texts = names.units("fired")["meaning"]
    seen = set()
    for word in [w for w in program.inputs.enumerate(longest) if w][-20:]:
        layers = list(steps(program, word, min(6, program.layer_bound(longest) or 6)))
        streams = attended_streams(model, word, len(layers))
        for layer, stream in zip(layers, streams, strict=True):
            on = reference.mlp(model.weights.mlp, stream).fired
            for local, units in zip(layer.after_attention, on, strict=True):
                rules = set(firing(program, local))
                seen |= rules
                for unit, by in enumerate(names.rules):
                    adds = texts[unit].startswith("+")
                    if by and units[unit] > 1 / 2:
                        assert rules & set(by), (texts[unit], rules)
                    if adds and rules & set(by):
                        assert units[unit] == 1, (texts[unit], rules)
    # Of a program that is run at all some rules fire, and each of these has its neurons.
    assert seen
    assert seen <= {rule for by in names.rules for rule in by}


def test_conditions_are_told_in_the_programs_names():
    hidden = Naming.of(PARITY.program, PARITY.layout, PARITY.weights.mlp).units("hidden")["meaning"]
    assert "parity=0 & done=0 & parity_left=1 & done_left=1" in hidden
    assert "clip(+0.5·[parity_left=0])" in hidden


def test_intervals_of_numbers_are_told_by_their_ends():
    model = alta.compile(PROGRAMS["means"][0], max_len=4)
    fired = Naming.of(model.program, model.layout, model.weights.mlp, 4).units("fired")["meaning"]
    assert fired[0].startswith("+1·[parity=1] if ")
    assert "< mean <" in fired[0]


def test_units_in_other_measures_and_places_are_named_alike():
    mlp = PARITY.dense().weights.compiled_mlp
    order = np.random.default_rng(0).permutation(mlp.expand_in.shape[1])
    moved = naming(
        PARITY,
        expand_in=mlp.expand_in[:, order],
        expand_in_bias=mlp.expand_in_bias[order],
        expand_out=mlp.expand_out[order],
    )
    as_compiled = naming(PARITY)
    assert moved.rules == as_compiled.rules
    meaning = np.array(as_compiled.units("hidden")["meaning"])
    assert moved.units("hidden")["meaning"] == meaning[order].tolist()


def test_a_unit_that_is_changed_loses_the_name_it_no_longer_deserves():
    mlp = PARITY.dense().weights.compiled_mlp
    weights = mlp.expand_in.copy()
    weights[weights[:, 0] == 2, 0] = 1.25
    changed = naming(PARITY, expand_in=weights)
    assert changed.units("hidden")["meaning"][0].startswith("clip(")
    assert changed.rules[1] == ()
    assert naming(PARITY).rules[1] != ()


def test_a_unit_that_one_of_its_coordinates_sets_off_is_no_conjunction():
    mlp = PARITY.dense().weights.compiled_mlp
    bias = mlp.expand_in_bias.copy()
    bias[0] += 6
    changed = naming(PARITY, expand_in_bias=bias)
    assert changed.units("hidden")["meaning"][0].startswith("clip(")


def test_a_neuron_that_writes_something_else_is_no_longer_its_rules():
    mlp = PARITY.dense().weights.compiled_mlp
    written = mlp.lookup_out.copy()
    written[1] = written[0]
    assert naming(PARITY).rules[1] != ()
    assert naming(PARITY, lookup_out=written).rules[1] == ()


def test_units_of_a_learned_block_have_no_names():
    assert Naming.of(PARITY.program, PARITY.layout, None).units("layer 1") == {}
