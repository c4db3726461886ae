"""Keys: the same theorem has the same one, and whatever a theorem depends on changes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import jax
import numpy as np
import pytest

import alta
from alta.lang.program import Program
from alta.nn.layout import Layout
from alta.nn.model import Model
from alta.nn.sparse import SparseMatrix
from alta.nn.weights import named, sparse_weights
from alta_verify.cache import key
from alta_verify.cache.key import bits, claim_key, code_hash, hash_files, surroundings, tools
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from tests.alta_verify.mutants import with_arrays

LENGTH = 6


def declared(**changes: object) -> Program:
    """A program with variables of every kind, a head, a halt and bounds; nothing in it is right."""
    parts: dict[str, object] = {
        "name": "some",
        "variables": {
            "bit": alta.input_var(3, init_fn=lambda token: token % 2),
            "place": alta.position_var(4, init_fn=lambda position: min(position, 3)),
            "number": alta.numeric_var(values=(0.0, 0.5), default=0.25),
            "some": alta.set_var(3, values=[{0}, {0, 2}], default={0}),
        },
        "heads": {"left": alta.v_relative("bit", -1)},
        "rules": [alta.rule({"left": 1}, "bit", 1), alta.rule({"number": 1}, "bit", 0)],
        "output_name": "bit",
        "input_range": 3,
        "position_range": 8,
        "halt": alta.halt_spec("bit", 1),
        "layers": 3,
        "inputs": alta.inputs.regex("(0|1)*"),
    }
    return alta.program_spec_from_rules(**(parts | changes))


def variable(name: str, value: object) -> dict[str, object]:
    return {"variables": {**declared().variables, name: value}}


PROGRAMS: Mapping[str, Callable[[], Program]] = {
    "name": lambda: declared(name="other"),
    "range": lambda: declared(
        **variable("place", alta.position_var(5, init_fn=lambda position: min(position, 3)))
    ),
    "first value by token": lambda: declared(
        **variable("bit", alta.input_var(3, init_fn=lambda token: int(token == 2)))
    ),
    "first value by position": lambda: declared(
        **variable("place", alta.position_var(4, init_fn=lambda position: position % 4))
    ),
    "default": lambda: declared(**variable("some", alta.set_var(3, [{0}, {0, 2}], {0, 2}))),
    "last place of a number": lambda: declared(
        **variable("number", alta.numeric_var((0.0, 0.5), float(np.nextafter(0.25, 1))))
    ),
    "points of a number": lambda: declared(
        **variable("number", alta.numeric_var((0.0, 0.75), 0.25))
    ),
    "subsets": lambda: declared(**variable("some", alta.set_var(3, [{0}, {1, 2}], {0}))),
    "mask": lambda: declared(heads={"left": alta.v_relative("bit", -2)}),
    "name of a head": lambda: declared(
        heads={"right": alta.v_relative("bit", -1)}, rules=declared().rules[:0]
    ),
    "value of a head": lambda: declared(
        heads={"left": alta.v_relative("place", -1)},
    ),
    "one rule less": lambda: declared(rules=[alta.rule({"left": 1}, "bit", 1)]),
    "what a rule tests": lambda: declared(
        rules=[alta.rule({"left": 0}, "bit", 1), alta.rule({"number": 1}, "bit", 0)]
    ),
    "what a rule assigns": lambda: declared(
        rules=[alta.rule({"left": 1}, "bit", 2), alta.rule({"number": 1}, "bit", 0)]
    ),
    "output": lambda: declared(output_name="place"),
    "halt variable": lambda: declared(halt=alta.halt_spec("place", 1)),
    "halt value": lambda: declared(halt=alta.halt_spec("bit", 0)),
    "no halt": lambda: declared(halt=None),
    "layers": lambda: declared(layers=4),
    "layers by length": lambda: declared(layers=lambda length: 3 + (length == LENGTH)),
    "position_range": lambda: declared(position_range=9),
    "token names": lambda: declared(vocab=("0", "1", "two")),
    "language": lambda: declared(inputs=alta.inputs.regex("(0|1|2)*")),
}

PROGRAM = declared()
MODEL = alta.compile(alta.programs.parity_sequential_absolute(max_length=LENGTH))


def task(program: Program = PROGRAM, model: Model = MODEL, **bounds: int | None) -> Task:
    chosen = {"max_len": LENGTH, "max_layers": None, **bounds}
    return Task(program, model, deadline=Deadline.after(None), **chosen)


@pytest.fixture(autouse=True)
def the_code_is_not_edited_meanwhile(monkeypatch):
    monkeypatch.setattr(key, "code_hash", lambda: "code")


def test_the_same_theorem_has_the_same_key():
    again = alta.compile(alta.programs.parity_sequential_absolute(max_length=LENGTH))
    known = claim_key(task())
    assert known is not None
    assert claim_key(task(declared(), again)) == known


def test_time_is_no_part_of_a_theorem():
    hurried = Task(PROGRAM, MODEL, LENGTH, None, Deadline.after(1.0))
    assert claim_key(hurried) == claim_key(task())


@pytest.mark.parametrize("what", list(PROGRAMS))
def test_every_part_of_the_program_is_in_the_key(what):
    assert claim_key(task(PROGRAMS[what]())) != claim_key(task())


@pytest.mark.parametrize("what", list(PROGRAMS))
def test_every_part_of_the_model_s_own_program_is_in_the_key(what):
    mine = replace(MODEL, program=PROGRAM)
    theirs = replace(MODEL, program=PROGRAMS[what]())
    assert claim_key(task(model=theirs)) != claim_key(task(model=mine))


@pytest.mark.parametrize("what", list(PROGRAMS))
def test_program_and_model_are_not_taken_for_one_another(what):
    other = PROGRAMS[what]()
    one = task(PROGRAM, replace(MODEL, program=other))
    two = task(other, replace(MODEL, program=PROGRAM))
    assert claim_key(one) != claim_key(two)


def flipped(array: np.ndarray) -> np.ndarray:
    """The array with the lowest bit of its last number changed."""
    raw = bytearray(array.tobytes())
    raw[-array.dtype.itemsize] ^= 1
    return np.frombuffer(bytes(raw), dtype=array.dtype).reshape(array.shape)


@pytest.mark.parametrize("name", [name for name, array in named(MODEL.weights) if array.size])
def test_every_bit_of_every_array_is_in_the_key(name):
    array = dict(named(MODEL.weights))[name]
    changed = with_arrays(MODEL, {name: flipped(array)})
    assert claim_key(task(model=changed)) != claim_key(task())


def test_the_sign_of_a_zero_is_in_the_key():
    name = "mlp.lookup_out_bias"
    array = dict(named(MODEL.weights))[name]
    assert not array.any()
    assert claim_key(task(model=with_arrays(MODEL, {name: -array}))) != claim_key(task())


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16"])
def test_the_format_of_the_weights_is_in_the_key(dtype):
    model = alta.compile(MODEL.program, dtype=dtype)
    assert claim_key(task(model=model)) != claim_key(task())


def test_the_same_bits_in_another_format_are_other_weights():
    array = np.arange(4, dtype=np.float16)
    bfloat = array.view(jax.numpy.bfloat16)
    assert array.tobytes() == bfloat.tobytes()
    assert bits({"a": array}) != bits({"a": bfloat})


def test_the_same_bits_in_another_shape_are_other_weights():
    array = np.zeros((2, 3))
    assert bits({"a": array}) != bits({"a": array.reshape(3, 2)})
    assert bits({"a": array}) != bits({"b": array})
    assert bits({"a": array, "b": array[:0]}) != bits({"a": array[:0], "b": array})


def test_the_same_numbers_lie_in_memory_as_they_like():
    array = np.arange(6.0).reshape(2, 3)
    assert bits({"a": array}) == bits({"a": np.asfortranarray(array)})
    assert bits({"a": array}) != bits({"a": np.asfortranarray(array).T})


@dataclass(frozen=True)
class Held:
    data: object
    places: object = None


def test_numbers_beside_the_arrays_are_in_the_key():
    array = np.ones(3)
    assert bits(Held(array, (0, 1))) == bits(Held(array, (0, 1)))
    assert bits(Held(array, (0, 1))) != bits(Held(array, (1, 0)))
    assert bits(Held(array, np.array([0, 1]))) != bits(Held(array, np.array([1, 0])))


def test_the_places_of_sparse_weights_are_in_the_key():
    def held(row: int, weight: float, rows: int = 3) -> object:
        return SparseMatrix.of([row, 2], [0, 1], np.array([weight, 1.0]), (rows, 2))

    assert bits(held(0, 2.0)) == bits(held(0, 2.0))
    others = [held(0, 2.0), held(1, 2.0), held(0, 3.0), held(0, 2.0, rows=4)]
    assert len({bits(one) for one in others}) == len(others)
    sparse = replace(MODEL, weights=sparse_weights(MODEL.weights))
    assert claim_key(task(model=sparse)) not in {None, claim_key(task())}


@pytest.mark.parametrize(
    "odd",
    [object(), 0.5, [np.ones(1)], np.array([object()])],
    ids=["an object", "a number", "a list", "an array of objects"],
)
def test_what_has_no_bits_has_no_key(odd):
    with pytest.raises(TypeError, match="weights"):
        bits(Held(odd))
    strange = replace(MODEL, weights=Held(odd))
    assert claim_key(task(model=strange)) is None


def test_the_layout_is_in_the_key():
    columns = dict(MODEL.layout.columns)
    first, second = list(columns)[:2]
    columns[first], columns[second] = columns[second], columns[first]
    exchanged = replace(MODEL, layout=Layout(MODEL.layout.width, columns))
    assert claim_key(task(model=exchanged)) != claim_key(task())


def test_every_bound_is_in_the_key():
    tasks = [
        task(),
        task(max_len=LENGTH - 1),
        task(max_layers=0),
        task(max_layers=1),
        task(model=replace(MODEL, max_len=LENGTH)),
        task(model=replace(MODEL, max_len=LENGTH + 1)),
    ]
    assert len({claim_key(one) for one in tasks}) == len(tasks)


# --- functions that canonical text does not tabulate to their end ---------------------------------


def endless(layers: object = 1, at: int = 0, inputs: object = None) -> Program:
    return alta.program_spec_from_rules(
        variables={"place": alta.position_var(2, init_fn=lambda position: int(position == at))},
        heads={},
        rules=[],
        output_name="place",
        input_range=1,
        layers=layers,
        inputs=inputs,
    )


FAR = 300

FUNCTIONS = {
    "first value": lambda at: endless(at=at),
    "layers": lambda at: endless(layers=lambda length: 1 + (length == at)),
    "language": lambda at: endless(
        inputs=alta.inputs.lengths(lambda n: "0*" if n in {1, FAR, at} else None)
    ),
}


@pytest.mark.parametrize("what", list(FUNCTIONS))
def test_functions_are_in_the_key_up_to_the_bound_and_no_further(what):
    def keyed(at: int) -> str | None:
        return claim_key(task(FUNCTIONS[what](at), max_len=FAR))

    assert keyed(FAR - 1) != keyed(FAR + 1)
    assert keyed(FAR + 2) == keyed(FAR + 1)


def test_a_function_that_fails_leaves_the_theorem_without_a_key():
    def wild(length: int) -> int:
        raise ZeroDivisionError

    # Canonical text does not ask for lengths, nor does the program when it is built.
    assert claim_key(task(endless(layers=wild))) is None


# --- the code and its surroundings ----------------------------------------------------------------


def test_the_code_is_in_the_key(monkeypatch):
    known = claim_key(task())
    monkeypatch.setattr(key, "code_hash", lambda: "other")
    assert claim_key(task()) != known


def test_unknown_code_has_no_key(monkeypatch):
    monkeypatch.setattr(key, "code_hash", lambda: None)
    assert claim_key(task()) is None


@pytest.mark.parametrize("what", list(surroundings()))
def test_every_version_and_the_device_are_in_the_key(what, monkeypatch):
    known = claim_key(task())
    others = surroundings() | {what: "other"}
    monkeypatch.setattr(key, "surroundings", lambda: others)
    assert claim_key(task()) != known


def test_the_surroundings_name_what_is_believed():
    known = surroundings()
    assert {"python", "numpy", "jax", "z3", "pysat", "ml_dtypes", "device"} <= set(known)
    assert jax.__version__ in known["jax"]
    assert all(known.values())


def test_settings_of_jax_are_among_the_surroundings(monkeypatch):
    known = surroundings()
    assert surroundings() == known
    with jax.default_matmul_precision("float32"):
        assert surroundings()["settings"] != known["settings"]
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    assert surroundings()["environment"] != known["environment"]


# --- the code -------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "one.py").write_text("x = 1\n")
    (tmp_path / "inner" / "two.py").write_text("y = 2\n")
    return tmp_path


def test_the_same_files_have_the_same_hash(folder):
    assert hash_files([folder]) == hash_files([folder])


EDITS = {
    "edited": lambda folder: (folder / "one.py").write_text("x = 2\n"),
    "added": lambda folder: (folder / "inner" / "three.py").write_text(""),
    "removed": lambda folder: (folder / "one.py").unlink(),
    "renamed": lambda folder: (folder / "one.py").rename(folder / "other.py"),
    "moved": lambda folder: (folder / "one.py").rename(folder / "inner" / "one.py"),
    "compiled": lambda folder: (folder / "one.so").write_bytes(b"\x7fELF"),
}


@pytest.mark.parametrize("how", list(EDITS))
def test_whatever_is_done_to_a_file_changes_the_hash(folder, how):
    before = hash_files([folder])
    EDITS[how](folder)
    assert hash_files([folder]) != before


def test_what_moves_from_one_file_to_the_next_changes_the_hash(folder):
    before = hash_files([folder])
    (folder / "one.py").write_text("x = ")
    (folder / "one.py2").write_text("1\n")
    assert hash_files([folder]) != before


def test_what_python_keeps_for_itself_does_not_count(folder):
    before = hash_files([folder])
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "one.cpython-311.pyc").write_bytes(b"anything")
    assert hash_files([folder]) == before


def test_both_packages_are_hashed():
    assert sorted(folder.name for folder in key._PACKAGES) == ["alta", "alta_verify"]
    assert all((folder / "__init__.py").is_file() for folder in key._PACKAGES)
    assert len(code_hash() or "") == 64


def test_code_that_was_edited_after_it_was_imported_has_no_hash(monkeypatch):
    monkeypatch.setattr(key, "_IMPORTED", "the hash of another day")
    assert code_hash() is None


def test_code_that_is_in_no_files_has_no_hash(monkeypatch, tmp_path):
    monkeypatch.setattr(key, "__file__", str(tmp_path / "archive.zip" / "key.py"))
    assert key._read() is None


def test_files_that_cannot_be_read_have_no_hash(monkeypatch):
    def refused(folders: object) -> str:
        raise PermissionError

    monkeypatch.setattr(key, "hash_files", refused)
    assert key._read() is None


# --- the surroundings -----------------------------------------------------------------------------


def test_tools_are_named_with_their_versions():
    assert {"python", "numpy"} <= tools().keys()
    assert tools().items() <= surroundings().items()


def test_the_device_and_what_steers_it_are_named():
    assert {"jax", "device", "processor", "settings", "environment"} <= surroundings().keys()


@pytest.mark.parametrize("name", ["XLA_FLAGS", "JAX_SOMETHING", "OMP_NUM_THREADS"])
def test_a_variable_that_may_change_results_makes_a_difference(name, monkeypatch):
    before = surroundings()
    monkeypatch.setenv(name, "another value")
    assert surroundings() != before
    monkeypatch.setenv("EDITOR", "another value")
    monkeypatch.delenv(name)
    assert "EDITOR" not in surroundings()["environment"]


def test_another_processor_is_another_witness(monkeypatch):
    before = surroundings()
    monkeypatch.setattr(key, "_processor", lambda: "flags: none")
    assert surroundings() != before
