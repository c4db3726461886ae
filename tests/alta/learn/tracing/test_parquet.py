"""Traces in Parquet files come back as they were, whoever reads them."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import alta
from alta.errors import AltaError
from alta.learn import read_traces, stream_traces, write_traces
from alta.learn.tracing.extraction import traces
from alta.learn.tracing.vectors import vectors
from tests.alta.learn.programs import inputs


@pytest.mark.parametrize("name", ["parity_sum_mod_2", "sort_unique", "scan_parser"])
def test_what_was_written_is_read(name, tmp_path, monkeypatch):
    monkeypatch.setattr("alta.learn.tracing.parquet._ROWS", 7)
    program, sequences = inputs(name)
    written = traces(program, sequences)
    write_traces(written, tmp_path / "t.parquet")
    found = read_traces(tmp_path / "t.parquet")
    assert [*found] == [*written]
    assert found.sequences == written.sequences
    assert {column.dtype for column in found.before.values()} == {
        column.dtype for column in written.before.values()
    }
    assert len(list(stream_traces(tmp_path / "t.parquet"))) == -(-len(written) // 7)


def test_nothing_is_written_and_read(tmp_path):
    program, _ = inputs("scan_parser")
    write_traces(traces(program, []), tmp_path / "t.parquet", vectors=True)
    assert len(read_traces(tmp_path / "t.parquet")) == 0


def test_vectors_are_written_beside(tmp_path, monkeypatch):
    from pyarrow import parquet

    monkeypatch.setattr("alta.learn.tracing.parquet._ROWS", 5)
    program, sequences = inputs("parity_sequential_relative")
    found = traces(program, sequences)
    write_traces(found, tmp_path / "t.parquet", vectors=True, undefined="noise", seed=3)
    table = parquet.read_table(tmp_path / "t.parquet")
    expected = vectors(found, "noise", seed=3)
    assert np.array_equal(np.array(table["input"].to_pylist(), np.float32), expected.inputs)
    assert np.array_equal(np.array(table["output"].to_pylist(), np.float32), expected.outputs)
    marked = [np.flatnonzero(row).tolist() for row in expected.undefined]
    assert table["undefined"].to_pylist() == marked
    assert any(marked)


def test_other_files_are_refused(tmp_path):
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"x": [1]}), tmp_path / "t.parquet")
    with pytest.raises(AltaError, match="expected a file that write_traces"):
        read_traces(tmp_path / "t.parquet")


def test_without_pyarrow_the_error_names_the_extra(tmp_path, monkeypatch):
    program, sequences = inputs("parity_sequential_relative")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(AltaError, match=r"pip install 'alta-verify\[learn\]'"):
        write_traces(traces(program, sequences), tmp_path / "t.parquet")


@pytest.mark.campaign
@pytest.mark.filterwarnings("default")
def test_pandas_polars_and_datasets_read_the_files(tmp_path):
    import datasets
    import pandas as pd
    import polars as pl

    program, sequences = inputs("parity_sequential_relative")
    found = traces(program, sequences)
    write_traces(found, tmp_path / "t.parquet", vectors=True)
    path, width = str(tmp_path / "t.parquet"), alta.compile(program).layout.width
    frame = pd.read_parquet(path)
    assert frame["count"].sum() == pl.read_parquet(path)["count"].sum() == found.total
    assert frame["in.done_left"].isna().sum() == found.undefined("done_left").sum()
    loaded = datasets.load_dataset(
        "parquet", data_files=path, split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded.num_rows == len(found)
    assert len(loaded[0]["input"]) == width


@pytest.mark.campaign
def test_all_traces_of_scan_fit_through_four_gigabytes(tmp_path):
    code = (
        "import alta, resource\n"
        "from alta.learn import *\n"
        "from alta.learn.training.data import inputs_of\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (4 << 30, 4 << 30))\n"
        "program = alta.programs.scan()\n"
        "with ThreadPoolExecutor(1) as pool:\n"
        "    found = traces(program, inputs_of(program, 'scan'), executor=pool)\n"
        "write_traces(found, 'scan.parquet', vectors=True, undefined='noise')\n"
        "print(len(found), found.total)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(alta.__file__).parents[1])},
    )
    assert done.stdout.split() == ["376700", "18545288"]
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 4 << 20
    rows = sum(len(part) for part in stream_traces(tmp_path / "scan.parquet"))
    assert rows == 376_700
