"""Frozen models: however a model is made, nobody can change what it runs."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import numpy as np
import pytest

import alta
from alta.errors import ModelError
from alta.nn.block import DenseBlock
from alta.nn.frozen import FrozenMapping, frozen_array
from alta.nn.layout import Layout
from alta.nn.model import Model
from alta.nn.sparse import SparseMatrix
from alta.nn.weights import Weights, matrices

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM)
WORD = (2, 1, 0, 1)


def own_arrays(weights: Weights) -> Weights:
    """The weights on memory that its owner can write to."""
    return jax.tree.map(np.array, weights)


def block() -> DenseBlock:
    width = MODEL.layout.width
    return DenseBlock(
        [np.zeros((width, 3), np.float32), np.zeros((3, width), np.float32)],
        [np.zeros(3, np.float32), np.zeros(width, np.float32)],
    )


def saved_and_loaded(folder: Path) -> Model:
    MODEL.sparse().save(folder)
    return alta.load(folder)


WAYS: dict[str, Callable[[Path], Model]] = {
    "compiled": lambda _: alta.compile(PROGRAM),
    "compiled to sparse matrices": lambda _: alta.compile(PROGRAM, sparse=True),
    "compiled to bfloat16": lambda _: alta.compile(PROGRAM, dtype="bfloat16", sparse=True),
    "constructed": lambda _: Model(PROGRAM, own_arrays(MODEL.weights), MODEL.layout),
    "replaced": lambda _: dataclasses.replace(MODEL, weights=own_arrays(MODEL.sparse().weights)),
    "loaded": saved_and_loaded,
    "with other weights": lambda _: MODEL.with_weights(own_arrays(MODEL.weights)),
    "with a learned block": lambda _: MODEL.with_mlp(block()),
    "sparse": lambda _: MODEL.sparse(),
    "dense": lambda _: MODEL.sparse().dense(),
    "unpickled": lambda _: pickle.loads(pickle.dumps(plain(MODEL.sparse()))),
    "unpickled after a run": lambda _: pickle.loads(pickle.dumps(run_once(plain(MODEL)))),
    "copied": lambda _: copy.deepcopy(MODEL),
}


def plain(model: Model) -> Model:
    """The model without functions of its program, which pickle takes only where they have names."""
    program = alta.replace(PROGRAM, encode=None, decode=None, oracle=None)
    return dataclasses.replace(model, program=program)


def run_once(model: Model) -> Model:
    model.run(WORD, max_layers=1)
    return model


def arrays_of(model: Model) -> Iterator[np.ndarray]:
    """Every array of a model, those that say where entries stand included."""
    for _, matrix in matrices(model.weights):
        if isinstance(matrix, SparseMatrix):
            yield from (matrix.data, matrix.pattern.rows, matrix.pattern.columns)
        else:
            yield matrix


@pytest.mark.parametrize("way", WAYS)
def test_no_array_of_a_model_can_be_written_to(way, tmp_path):
    for array in arrays_of(WAYS[way](tmp_path)):
        assert type(array) is np.ndarray
        assert not array.flags.writeable
        for view in (array, array.view(), array.reshape(-1), array.T):
            with pytest.raises(ValueError, match="WRITEABLE"):
                view.flags.writeable = True


@pytest.mark.parametrize("way", WAYS)
def test_no_mapping_and_no_field_of_a_model_can_be_changed(way, tmp_path):
    model = WAYS[way](tmp_path)
    for mapping in (model.weights.heads, model.layout.columns):
        name = next(iter(mapping))
        with pytest.raises(TypeError):
            mapping[name] = mapping[name]
        with pytest.raises(TypeError):
            del mapping[name]
        with pytest.raises(AttributeError):
            mapping.clear()
        with pytest.raises(AttributeError):
            mapping._entries = {}
    for owner, field in ((model, "weights"), (model.weights, "mlp"), (model.layout, "columns")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(owner, field, getattr(owner, field))


@pytest.mark.parametrize("way", WAYS)
def test_however_a_model_is_made_it_runs(way, tmp_path):
    model = WAYS[way](tmp_path)
    run = model.run(WORD, max_layers=4)
    if isinstance(model.weights.mlp, DenseBlock):
        assert run.n_layers == 4
    else:
        assert run.outputs == alta.run(PROGRAM, WORD).outputs


# --- what somebody else holds ---------------------------------------------------------------------


def test_arrays_heads_and_columns_that_a_model_was_made_of_may_change_afterwards():
    heads = dict(own_arrays(MODEL.weights).heads)
    weights = dataclasses.replace(own_arrays(MODEL.weights), heads=heads)
    columns = dict(MODEL.layout.columns)
    model = Model(PROGRAM, weights, Layout(MODEL.layout.width, columns))
    expected = model.run(WORD)
    for array in jax.tree.leaves(weights):
        array[...] = 7
    heads.clear()
    columns.clear()
    again = Model(PROGRAM, model.weights, model.layout)
    assert model.run(WORD) == again.run(WORD) == expected == alta.run(PROGRAM, WORD)
    assert set(model.weights.heads) == set(PROGRAM.heads)


@pytest.mark.parametrize("ran_before", [False, True])
def test_arrays_of_a_learned_block_may_change_afterwards(ran_before):
    learned = block()
    model = MODEL.with_mlp(learned)
    if ran_before:
        run_once(model)
    learned.biases[1][:] = 9
    assert model.run(WORD, max_layers=2).outputs == model.run(WORD, max_layers=0).outputs
    assert not model.weights.mlp.biases[1].any()


def test_lists_of_arrays_become_part_of_a_block_as_they_are():
    matrices_, biases = [*block().matrices], [*block().biases]
    learned = DenseBlock(matrices_, biases)
    matrices_.clear()
    assert len(learned.matrices) == 2
    assert isinstance(MODEL.with_mlp(learned).weights.mlp.matrices, tuple)


def test_memory_that_jax_shares_with_numpy_is_copied():
    shared = np.array(MODEL.weights.token_embedding)
    weights = dataclasses.replace(MODEL.weights, token_embedding=jax.device_put(shared))
    model = MODEL.with_weights(weights)
    shared[:] = 7
    assert (model.weights.token_embedding != 7).all()
    assert model.run(WORD) == alta.run(PROGRAM, WORD)


def test_the_array_itself_is_the_model_s_as_well_as_its_memory():
    bias = frozen_array(np.zeros(12, np.float32))
    frozen = frozen_array(bias)
    bias.shape = (3, 4)
    assert frozen.shape == (12,)


def test_arrays_of_objects_are_refused():
    with pytest.raises(ModelError, match="arrays of numbers"):
        frozen_array(np.array([object()]))


# --- what a user does with weights ----------------------------------------------------------------


def test_a_deep_copy_of_the_weights_can_be_edited():
    weights = copy.deepcopy(MODEL.weights)
    weights.mlp.lookup_in_bias[5] -= 1
    weights.heads["parity_left"].value[0, 0] = 3
    model = MODEL.with_weights(weights)
    assert model.weights.mlp.lookup_in_bias[5] == MODEL.weights.mlp.lookup_in_bias[5] - 1
    assert model.weights.heads["parity_left"].value[0, 0] == 3


def test_a_frozen_mapping_is_a_mapping_that_is_a_value():
    mapping = FrozenMapping({"b": 1, "a": 2})
    assert list(mapping) == ["b", "a"]
    assert mapping == {"a": 2, "b": 1} == FrozenMapping({"a": 2, "b": 1})
    assert hash(mapping) == hash(FrozenMapping({"a": 2, "b": 1}))
    assert repr(mapping) == "{'b': 1, 'a': 2}"
    assert pickle.loads(pickle.dumps(mapping)) == copy.deepcopy(mapping) == mapping
    with pytest.raises(AttributeError, match="cannot be changed"):
        del mapping._entries
    assert jax.tree.leaves(mapping) == [2, 1]


# --- the program ----------------------------------------------------------------------------------


def test_no_part_of_a_program_can_be_changed():
    for mapping in (PROGRAM.variables, PROGRAM.heads, PROGRAM.domains, PROGRAM.rules_by_variable):
        with pytest.raises(TypeError):
            mapping["parity"] = None
    variable = PROGRAM.variables["parity"]
    with pytest.raises(TypeError):
        variable.places[0] = 1
    for owner, field in ((PROGRAM, "vocab"), (variable, "initial"), (variable.initial, "table")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(owner, field, ())
    sequences = (PROGRAM.vocab, PROGRAM.rules, PROGRAM.rules[0].atoms, variable.initial.table)
    assert all(isinstance(sequence, tuple) for sequence in sequences)


def test_mappings_that_a_program_is_made_of_by_hand_are_copied():
    variables = dict(PROGRAM.variables)
    program = dataclasses.replace(PROGRAM, variables=variables, vocab=list(PROGRAM.vocab))
    variables.clear()
    assert program == PROGRAM
    assert program.vocab == PROGRAM.vocab


def test_a_function_of_the_length_is_asked_once_for_each_length():
    bounds = {1: 2, 3: 5}
    program = alta.replace(PROGRAM, layers=lambda length: bounds[length])
    assert program.layer_bound(3) == 5
    bounds[3] = 0
    assert program.layer_bound(3) == 5


def test_a_program_is_pickled_and_copied_whole():
    program = alta.programs.parity_sequential_absolute(max_length=4)
    for again in (pickle.loads(pickle.dumps(program)), copy.deepcopy(program)):
        assert again == program
        assert again is not program
