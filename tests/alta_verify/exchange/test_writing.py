"""What is written is read and solved by others: right weights are unsat, and wrong ones sat."""

from __future__ import annotations

import json

import numpy as np
import pytest

import alta
from alta import AltaError
from alta_verify.exchange import writing
from alta_verify.exchange.writing import check_exportable, write_queries
from tests.alta_verify.circuits.toy import LENGTH, toy
from tests.alta_verify.mutants import with_arrays

MISSING = "the extra vnnlib is not installed"


def written(folder, model=None):
    pytest.importorskip("onnx", reason=MISSING)
    return write_queries(toy(), model, folder, max_len=LENGTH)


def marabou(folder, query):
    solver = pytest.importorskip("maraboupy.Marabou", reason="maraboupy is not installed")
    network = solver.read_onnx(str(folder / query.network))
    options = solver.createOptions(verbosity=0, timeoutInSeconds=60)
    answer, *_ = network.solve(
        propertyFilename=str(folder / query.files[0]), verbose=False, options=options
    )
    return answer


@pytest.mark.campaign
def test_every_file_is_read_by_others_and_has_its_line(tmp_path):
    found = written(tmp_path)
    vnnlib = pytest.importorskip("vnnlib", reason=MISSING)
    runtime = pytest.importorskip("onnxruntime", reason=MISSING)
    assert {query.variable for query in found.queries} == set(toy().variables)
    assert not found.left_out
    for query in found.queries:
        parsed = vnnlib.parse_query_file(str(tmp_path / query.files[1]))
        assert len(parsed.networks) == 1
        runtime.InferenceSession(str(tmp_path / query.network))
    lines = (tmp_path / "instances.csv").read_text().splitlines()
    assert len(lines) == len(found.queries)
    index = json.loads((tmp_path / "index.json").read_text())
    assert [entry["variable"] for entry in index["queries"]] == [q.variable for q in found.queries]


@pytest.mark.campaign
@pytest.mark.filterwarnings("ignore")
def test_a_solver_for_networks_says_the_same_as_the_proof(tmp_path):
    found = written(tmp_path)
    assert {marabou(tmp_path, query) for query in found.queries} == {"unsat"}


@pytest.mark.campaign
@pytest.mark.filterwarnings("ignore")
def test_the_twin_with_a_wrong_weight_is_refuted(tmp_path):
    model = alta.compile(toy(), max_len=LENGTH).dense()
    array = np.array(model.weights.mlp.lookup_out)
    (column,) = model.layout.columns["left_odd"][1:]
    array[:, column] *= 0.25
    found = written(tmp_path, with_arrays(model, {"mlp.lookup_out": array}))
    answers = {(q.variable, q.value): marabou(tmp_path, q) for q in found.queries}
    assert answers["left_odd", "1"] == "sat"
    assert answers["spare", "1"] == "unsat"


@pytest.mark.campaign
def test_what_has_too_many_states_is_left_out_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setattr("alta_verify.exchange.transitions._STATES", 8)
    found = written(tmp_path)
    assert found.left_out["left_odd"] == "left_odd has more than 8 local states"
    assert found.queries


def test_inputs_of_every_length_are_refused():
    with pytest.raises(AltaError, match="inputs of every length: give --max-len"):
        check_exportable(None)


def test_without_the_library_it_is_said_what_to_install(monkeypatch):
    def missing(module, user, extra):
        raise AltaError(f"{user} needs {module}: pip install 'alta-verify[{extra}]'")

    monkeypatch.setattr(writing, "needed", missing)
    with pytest.raises(
        AltaError, match=r"--vnnlib needs onnx: pip install 'alta-verify\[vnnlib\]'"
    ):
        check_exportable(20)
