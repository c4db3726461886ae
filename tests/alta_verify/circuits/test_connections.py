"""Connections are paths of weights that are not 0, from what is read to what a run shows."""

from __future__ import annotations

import numpy as np

import alta
from alta_verify.circuits.connections import Connections
from tests.alta_verify.circuits.toy import LENGTH, toy
from tests.alta_verify.mutants import with_arrays


def model_of(program):
    return alta.compile(program, max_len=LENGTH).dense()


def names(flags, model):
    return {n for n, columns in model.layout.columns.items() if flags[list(columns)].any()}


def test_what_is_written_to_what_nothing_reads_is_joined_to_nothing():
    model = model_of(toy())
    connections = Connections(model)
    assert names(connections.before, model) == {"odd", "other", "first", "left_odd", "left"}
    assert "spare" not in {written for written, _ in connections.writes()}


def test_the_twin_that_reads_it_has_it_joined():
    model = model_of(toy(spare_read=True))
    connections = Connections(model)
    assert "spare" in names(connections.before, model)
    assert ("left_odd", "spare") in set(connections.writes())


def test_one_weight_is_enough_to_join_it():
    model = model_of(toy())
    arrays = dict(alta_arrays(model))
    (column,) = model.layout.columns["spare"][1:]
    unit = int(np.flatnonzero(Connections(model).units["hidden"])[0])
    changed = np.array(arrays["mlp.expand_in"])
    changed[column, unit] = 2.0**-60
    again = Connections(with_arrays(model, {"mlp.expand_in": changed}))
    assert again.before[column]
    assert not Connections(model).before[column]


def alta_arrays(model):
    from alta.nn.weights import named

    return named(model.weights)


def test_units_that_write_to_nothing_that_matters_are_not_joined():
    model = model_of(toy())
    connections = Connections(model)
    spare = list(model.layout.columns["spare"])
    writes = np.asarray(model.weights.mlp.lookup_out)[:, spare].any(axis=1)
    others = np.asarray(model.weights.mlp.lookup_out).any(axis=1) & ~writes
    assert writes.any()
    assert not connections.units["fired"][writes].any()
    assert others.any()


def test_a_head_reads_the_variable_of_its_value():
    assert list(Connections(model_of(toy())).reads()) == [("left", "odd", "value")]
    assert Connections(model_of(toy())).head("left")
    # A head that nothing reads any more is joined to nothing.
    program = alta.replace(toy(), rules=[])
    assert not Connections(model_of(program)).head("left")


def test_what_decides_when_to_halt_is_joined_though_no_rule_of_the_output_tests_it():
    program = alta.program_spec_from_rules(
        variables={"left": alta.var(2), "out": alta.var(2)},
        heads={},
        rules=[alta.rule({"left": 0}, "left", 1)],
        output_name="out",
        input_range=2,
        position_range=None,
        halt=alta.halt_spec("left", 1),
    )
    model = alta.compile(program, max_len=2).dense()
    assert names(Connections(model).before, model) == {"left", "out"}
