"""Extraction: wherever the runs are done, the transitions and their order are the same."""

import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

import alta
from alta.errors import ExecutionError
from alta.learn.tracing.extraction import merged, traces
from tests.alta.learn.programs import inputs

RELATIVE = alta.programs.parity_sequential_relative()


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
        client.wait_for_workers(2, timeout=120)
        # Asked of the workers: what a client knows of them may be late.
        processes = {os.getpid(), *client.run(os.getpid).values()}
        assert len(processes) == 3
        found = traces(program, sequences, executor=client.get_executor())
    assert same(found, traces(program, sequences))


def test_no_sequences_have_no_transitions():
    with ThreadPoolExecutor(1) as pool:
        assert len(traces(RELATIVE, [], executor=pool)) == 0
    empty = traces(RELATIVE, [])
    assert (len(empty), empty.total, empty.sequences) == (0, 0, 0)
    assert empty.before["parity"].dtype == np.int32


def transitions(traces):
    """The transitions with their counts, in whatever order."""
    rows = [*traces.before.values(), *traces.after.values(), traces.counts]
    return sorted(zip(*(np.nan_to_num(row, nan=-1.0).tolist() for row in rows), strict=True))


def test_merged_parts_are_the_whole():
    program, sequences = inputs("parity_sum_mod_2")
    whole = traces(program, sequences)
    parts = [traces(program, sequences[:3]), traces(program, sequences[3:])]
    together = merged(program, parts)
    assert (len(together), together.total, together.sequences) == (
        len(whole),
        whole.total,
        whole.sequences,
    )
    assert transitions(together) == transitions(whole)
