"""The collector counts local states, however many of them are counted together."""

import numpy as np

import alta
from alta.interp.batch import Transitions, execute
from alta.learn.tracing.collector import Collector

PROGRAM = alta.programs.parity_sequential_relative()
TOKENS = np.array([[2, 1, 0], [2, 1, 1]])


def collected(together, monkeypatch):
    monkeypatch.setattr("alta.learn.tracing.collector._TOGETHER", together)
    collector = Collector(Transitions(PROGRAM, exact=True))
    collector.expect(np.array([7, 8]))
    execute(PROGRAM, TOKENS, None, transitions=collector.transitions, local_states=collector)
    return collector


def test_every_position_of_every_layer_is_counted_once(monkeypatch):
    collector = collected(1 << 20, monkeypatch)
    layers = [run.n_layers for run in alta.run_batch(PROGRAM, TOKENS.tolist())]
    assert collector.counts.sum() == 3 * sum(layers)
    assert len(collector) == len(collector.places) == len(collector.counts)
    # Rows have the numbers that they were said to have.
    assert set(collector.places[:, 0].tolist()) <= {7, 8}


def test_it_does_not_matter_how_many_are_counted_together(monkeypatch):
    few, many = collected(1, monkeypatch), collected(1 << 20, monkeypatch)
    assert few.counts.tolist() == many.counts.tolist()
    assert few.places.tolist() == many.places.tolist()
