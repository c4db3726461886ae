"""Neurons are named by what they really add to the residual stream."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from alta.nn.weights import sparse_weights
from alta_verify.search.neurons import writing_neurons
from tests.alta_verify.boxes import learned_blocks
from tests.alta_verify.search.damage import damaged, parity_in_the_model, refuting, without_first


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
