"""The collector counts local states, alike or not, and says where each came up first."""

import numpy as np

import alta
from alta.interp.batch import Transitions, execute
from alta.learn.tracing.collector import Collector

PROGRAM = alta.programs.parity_sequential_relative()
TOKENS = np.array([[2, 1, 0], [2, 1, 1]])


def collected(program=PROGRAM, tokens=TOKENS):
    collector = Collector(Transitions(program, exact=True))
    collector.sequences = np.arange(7, 7 + len(tokens))
    execute(program, tokens, None, transitions=collector.transitions, local_states=collector)
    return collector


def test_every_position_of_every_layer_is_counted_once():
    collector = collected()
    layers = [run.n_layers for run in alta.run_batch(PROGRAM, TOKENS.tolist())]
    assert collector.counts.sum() == 3 * sum(layers)
    assert len(collector) == len(collector.places) == len(collector.counts)
    # Rows have the numbers that they were said to have.
    assert set(collector.places[:, 0].tolist()) <= {7, 8}
