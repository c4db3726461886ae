"""Traces are what the plain interpreter's runs go through, every transition counted once."""

import dataclasses
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

import alta
from alta import UNDEFINED
from alta.errors import AltaError
from alta.lang.paths import ManyPaths
from alta.learn.tracing.extraction import traces
from tests.alta.learn.programs import SMALL, inputs, words

RELATIVE = alta.programs.parity_sequential_relative()


def transitions(program, sequences):
    """Counts the transitions of the plain interpreter's runs, with the place of the first."""
    counts, places = Counter(), {}
    for number, tokens in enumerate(sequences):
        for layer, state in enumerate(alta.run(program, tokens).states, 1):
            both = zip(state.after_attention, state.after_mlp, strict=True)
            for position, (before, after) in enumerate(both):
                key = (tuple(before.items()), tuple(after.items()))
                counts[key] += 1
                places.setdefault(key, set()).add((number, layer, position))
    return counts, places


@pytest.mark.parametrize("name", SMALL)
def test_traces_are_the_transitions_of_plain_runs(name):
    program, sequences = inputs(name)
    found = traces(program, sequences)
    counts, places = transitions(program, sequences)
    assert {
        (tuple(one.before.items()), tuple(one.after.items())): one.count for one in found
    } == counts
    for one in found:
        key = (tuple(one.before.items()), tuple(one.after.items()))
        assert (one.sequence, one.layer, one.position) in places[key]


def test_counts_add_up_to_all_positions_of_all_layers():
    sequences = words(RELATIVE, 12)
    found = traces(RELATIVE, sequences)
    runs = [alta.run(RELATIVE, tokens) for tokens in sequences]
    assert found.total == sum(run.n_layers * len(run.tokens) for run in runs)
    assert found.sequences == len(sequences)
    assert len(found) < found.total


def test_what_is_undefined_is_marked():
    found = traces(RELATIVE, ["START 1"])
    assert found[0].before["parity_left"] is UNDEFINED
    assert found.undefined("parity_left").tolist() == [True, False]
    assert found.indices("parity_left").tolist() == [-1, 0]
    assert found.before["parity_left"].tolist() == [-1, 0]


def test_means_in_one_bucket_are_different_transitions():
    mean = alta.numeric_var(values=[0, 1])
    program = alta.program_spec_from_rules(
        variables={"x": alta.numeric_var(input_init_fn=float), "y": alta.var(2)},
        heads={"mean": alta.qkv(None, None, "x", output_spec=mean)},
        rules=[alta.rule({"mean": 1}, "y", 1)],
        output_name="y",
        input_range=5,
        layers=1,
    )
    found = traces(program, [(1, 2), (4, 2), (1, 1), (2, 1)])
    pairs = zip(found.before["mean"].tolist(), found.indices("mean").tolist(), strict=True)
    assert sorted(set(pairs)) == [(1.0, 1), (1.5, 1), (3.0, 1)]


def test_programs_that_are_functions_have_traces_too():
    written = alta.programs.parity_sum_mod_2(max_length=6)

    def odd(z):
        z["parity"] = (round(1 / z["mean"]) - 1) % 2

    many = dataclasses.replace(written, mlp=ManyPaths(odd, "it may"))
    found = traces(many, words(many, 5))
    assert all(one.after["parity"] == round(1 / one.before["mean"] - 1) % 2 for one in found)
    with ThreadPoolExecutor(1) as pool, pytest.raises(AltaError, match="leave out executor="):
        traces(many, words(many, 5), executor=pool)


def test_parts_are_parts():
    found = traces(RELATIVE, words(RELATIVE, 6))
    assert [*found.select(slice(2, 5))] == [*found][2:5]
    assert [*found.select(found.counts > 3)] == [one for one in found if one.count > 3]
    with pytest.raises(IndexError):
        found[len(found)]
