"""Traces are what the plain interpreter's runs go through, every transition counted once."""

import dataclasses
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

import alta
from alta import UNDEFINED
from alta.errors import AltaError, ExecutionError
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


def test_a_failing_run_has_no_traces():
    twice = [alta.rule({"x": 1}, "y", value) for value in (1, 2)]
    program = alta.program_spec_from_rules(
        variables={"x": alta.input_var(2), "y": alta.var(3)},
        heads={},
        rules=twice,
        output_name="y",
        input_range=2,
        layers=1,
    )
    assert len(traces(program, [(0,)])) == 1
    with pytest.raises(ExecutionError, match="both fire"):
        traces(program, [(0,), (1,)])


def same(one, other):
    return (
        [*one] == [*other]
        and one.sequences == other.sequences
        and all(one.before[name].dtype == other.before[name].dtype for name in one.before)
    )


@pytest.mark.parametrize("name", ["scan_parser", "parity_sum_mod_2_intermediate"])
def test_other_threads_find_the_same_in_the_same_order(name, monkeypatch):
    monkeypatch.setattr("alta.learn.tracing.extraction._POSITIONS", 30)
    program, sequences = inputs(name)
    told = []
    with ThreadPoolExecutor(3) as pool:
        found = traces(program, sequences, executor=pool, progress=lambda *a: told.append(a))
    assert same(found, traces(program, sequences))
    assert told[-1] == (len(sequences), len(sequences))


def test_other_processes_find_the_same():
    program, sequences = inputs("addition")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert same(traces(program, sequences, executor=pool), traces(program, sequences))


@pytest.mark.campaign
def test_large_sets_go_to_local_processes(monkeypatch):
    monkeypatch.setattr("alta.learn.tracing.extraction._LARGE", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    program, sequences = inputs("scan_parser")
    found = traces(program, sequences)
    monkeypatch.undo()
    assert same(found, traces(program, sequences))


@pytest.mark.campaign
@pytest.mark.filterwarnings("default")
def test_a_dask_cluster_of_several_processes_finds_the_same(monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("alta.learn.tracing.extraction._POSITIONS", 30)
    program, sequences = inputs("scan_parser")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = traces(program, sequences, executor=client.get_executor())
        assert len(client.scheduler_info()["workers"]) == 2
    assert same(found, traces(program, sequences))


def test_parts_are_parts():
    found = traces(RELATIVE, words(RELATIVE, 6))
    assert [*found.some(slice(2, 5))] == [*found][2:5]
    assert [*found.some(found.counts > 3)] == [one for one in found if one.count > 3]
    with pytest.raises(IndexError):
        found[len(found)]


def test_no_sequences_have_no_transitions():
    empty = traces(RELATIVE, [])
    assert (len(empty), empty.total, empty.sequences) == (0, 0, 0)
    assert empty.before["parity"].dtype == np.int32
