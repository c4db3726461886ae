"""Saving and loading change nothing; what was tampered with is refused or loads to the same."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta import ModelError
from alta.nn.model import Model
from alta.nn.weights import named
from alta_verify.strategies import inputs_of, mutations, programs
from tests.properties.running import cases, course, frozen, shown, small_total_programs

FILES = ["manifest.json", "weights.safetensors"]
DTYPES = ["float32", "float64", "bfloat16", "float16"]


def same_model(one: Model, other: Model) -> bool:
    """Whether two models are the same: program, layout, bound, and every bit of the weights."""
    return (
        one.program == other.program
        and one.layout == other.layout
        and one.max_len == other.max_len
        and [
            (name, array.dtype, array.shape, array.tobytes()) for name, array in named(one.weights)
        ]
        == [
            (name, array.dtype, array.shape, array.tobytes())
            for name, array in named(other.weights)
        ]
    )


@cases(80)
@given(st.data())
def test_a_program_read_from_its_text_is_equal_and_runs_alike(data) -> None:
    program = shown(data.draw(programs()))
    again = alta.parse_program(alta.program_text(program))
    assert again == program
    assert alta.program_text(again) == alta.program_text(program)
    for word in data.draw(st.lists(inputs_of(program), max_size=3)):
        bound = None if program.layers is not None else data.draw(st.integers(0, 6))
        want, got = course(program, word, bound), course(again, word, bound)
        assert str(got.error) == str(want.error)
        assert list(map(frozen, got.tables)) == list(map(frozen, want.tables))
        assert list(map(frozen, got.attended)) == list(map(frozen, want.attended))


@cases(8)
@given(st.data(), st.sampled_from(DTYPES), st.none() | st.integers(4, 9))
def test_a_saved_model_is_loaded_bit_for_bit_and_runs_alike(data, dtype, max_len) -> None:
    program = shown(data.draw(small_total_programs))
    compiled = alta.compile(program, max_len=max_len, dtype=dtype)
    model = data.draw(mutations(compiled)).model
    with tempfile.TemporaryDirectory() as directory:
        model.save(directory)
        again = alta.load(directory)
    assert same_model(again, model)
    words = data.draw(st.lists(inputs_of(program), min_size=1, max_size=4))
    for got, want in zip(again.run_batch(words, 3), model.run_batch(words, 3), strict=True):
        assert (got.outputs, got.n_layers, got.halted) == (want.outputs, want.n_layers, want.halted)


def tampered(data: st.DataObject, content: bytes) -> bytes:
    """The bytes with one changed, some left out, or some put in."""
    at = data.draw(st.integers(0, len(content) - 1))
    how = data.draw(st.sampled_from(["changed", "left out", "put in"]))
    if how == "changed":
        return (
            content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :]
        )
    if how == "left out":
        return content[:at] + content[at + data.draw(st.integers(1, 40)) :]
    return content[:at] + data.draw(st.binary(min_size=1, max_size=9)) + content[at:]


@cases(40)
@given(st.data(), st.sampled_from(DTYPES), st.none() | st.integers(1, 99))
def test_a_tampered_file_is_refused_or_loads_to_the_same_model(data, dtype, max_len) -> None:
    model = alta.compile(shown(data.draw(programs(total=True))), max_len=max_len, dtype=dtype)
    with tempfile.TemporaryDirectory() as directory:
        model.save(directory)
        for name in FILES:
            path = Path(directory) / name
            content = path.read_bytes()
            for _ in range(8):
                path.write_bytes(tampered(data, content))
                try:
                    again = alta.load(directory)
                except ModelError:
                    continue
                assert same_model(again, model)
            path.write_bytes(content)
        assert same_model(alta.load(directory), model)


@pytest.mark.campaign
@pytest.mark.parametrize("name", FILES)
def test_every_single_byte_that_is_changed_is_refused_or_makes_no_difference(
    name, tmp_path
) -> None:
    model = alta.compile(alta.programs.parity_sequential_relative(), max_len=7)
    model.save(tmp_path)
    content = (tmp_path / name).read_bytes()
    for at in range(len(content)):
        for flip in (1, 2, 4, 8, 0x10, 0x80):
            changed = content[:at] + bytes([content[at] ^ flip]) + content[at + 1 :]
            (tmp_path / name).write_bytes(changed)
            try:
                again = alta.load(tmp_path)
            except ModelError:
                continue
            assert same_model(again, model), (at, flip)


def test_numbers_exchanged_in_the_layout_of_a_manifest_are_noticed(tmp_path) -> None:
    model = alta.compile(alta.programs.parity_sequential_relative())
    model.save(tmp_path)
    path = tmp_path / "manifest.json"
    manifest = json.loads(path.read_text())
    columns = manifest["layout"]["columns"]
    first, second = list(columns)[:2]
    columns[first], columns[second] = columns[second], columns[first]
    path.write_text(json.dumps(manifest))
    with pytest.raises(ModelError):
        alta.load(tmp_path)
