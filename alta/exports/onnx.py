"""Models as ONNX has them: written, read back, and run by onnxruntime.

Of a file the weights are read, and its graph has to be the one that is written for them: otherwise
what is proved of the weights would say nothing about what the file computes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from alta.errors import ModelError, TokenError
from alta.exports import folder
from alta.exports.tensors import Form, tensors_of
from alta.extras import needed
from alta.interp.run import Run
from alta.interp.tokens import Tokens, check_layers, check_tokens
from alta.lang.parsing import parse_program
from alta.lang.program import program_text
from alta.nn import storage
from alta.nn.decoding import Decoding
from alta.nn.model import Model
from alta.nn.sparse import Array
from alta.output import whole_file

__all__ = ["FILE", "Session", "load", "read_graph", "write_graph"]

FILE: Final = "model.onnx"
"""The file with graph and weights."""

_CONFIG: Final = "alta"
_SHAPE: Final = "alta.shape"


def write_graph(model: Model, directory: Path, length: int | None, n_layers: int | None) -> None:
    """Writes the graph of a model, with its weights and its configuration."""
    for name, number, least in (("length", length, 1), ("n_layers", n_layers, 0)):
        if number is not None and (type(number) is not int or number < least):
            raise ModelError(f"export: {name}={number!r}: expected an int of at least {least}")
    proto = _graph(model, length, n_layers)
    config = json.dumps(folder.config_of(model), separators=(",", ":"))
    shape = json.dumps({"length": length, "n_layers": n_layers})
    needed("onnx", "export", "onnx").helper.set_model_props(proto, {_CONFIG: config, _SHAPE: shape})
    directory.mkdir(parents=True, exist_ok=True)
    with whole_file(directory / FILE) as draft:
        draft.write_bytes(proto.SerializeToString())


def _graph(model: Model, length: int | None, n_layers: int | None) -> Any:
    needed("onnx", "ONNX", "onnx")
    from alta.exports.graph import Shape, graph_of

    # A function of the length, and the table of it in a program's text, have to make one graph.
    model = replace(model, program=parse_program(program_text(model.program)))
    # Runtimes do not take arrays without columns, as a head without query and key has.
    tensors = tensors_of(model.weights, Form.of(model.program, model.weights), least=1)
    return graph_of(model, tensors, Shape(length, n_layers))


def read_graph(path: Path) -> Model:
    """Returns the model whose weights a file has, whatever was done to them alone."""
    model, _ = _read(path)
    return model


def _read(path: Path) -> tuple[Model, bytes]:
    onnx = needed("onnx", f"to read {path}", "onnx")
    data = storage.read_file(path, storage.MAX_WEIGHTS, f"{FILE}, as alta.export wrote it")
    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(data)
    except Exception as error:  # protobuf says by several classes that bytes are none of its own
        raise ModelError(f"{path}: not a file of ONNX: {error}") from error
    entries = {entry.key: entry.value for entry in proto.metadata_props}
    if missing := [name for name in (_CONFIG, _SHAPE) if name not in entries]:
        raise ModelError(
            f"{path}: its metadata have no {' and no '.join(map(repr, missing))}, and so nothing "
            "says which program it is for; expected what alta.export wrote"
        )
    names = Counter(tensor.name for tensor in proto.graph.initializer)
    if twice := [name for name, count in names.items() if count > 1]:
        # Readers would differ in which of them counts.
        raise ModelError(f"{path}: the initialiser {twice[0]:.60} is there twice; expected one")
    tensors = {
        tensor.name: _array(onnx, tensor, path)
        for tensor in proto.graph.initializer
        if "/" not in tensor.name and tensor.name != "max_layers"
    }
    model = folder.model_of(folder.parse_config(entries[_CONFIG], path), tensors, path)
    shape = storage.parse_object(entries[_SHAPE], path)
    _check_graph(proto, model, shape, path)
    return model, data


def _array(onnx: Any, tensor: Any, path: Path) -> Array:
    # Another file would be read that the name in this one points to.
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        raise ModelError(
            f"{path}: {tensor.name:.60} is in another file; expected all weights in this one: "
            "onnx.save with save_as_external_data=False"
        )
    try:
        return np.asarray(onnx.numpy_helper.to_array(tensor))
    except (TypeError, ValueError) as error:
        raise ModelError(f"{path}: {tensor.name:.60} cannot be read: {error}") from error


def _check_graph(proto: Any, model: Model, shape: dict[str, Any], path: Path) -> None:
    length, n_layers = shape.get("length"), shape.get("n_layers")
    # A file says how large a graph it wants to be compared with, so that is bounded before.
    limits = ((length, storage.MAX_SIDE), (n_layers, len(proto.graph.node)))
    if any(n is not None and not (type(n) is int and 0 <= n <= limit) for n, limit in limits):
        raise ModelError(
            f"{path}: shape: expected a length of at most {storage.MAX_SIDE} and no more layers "
            f"than nodes, or null, got {str(shape)[:60]}"
        )
    expected = _graph(model, length, n_layers)
    if _computation(proto) != _computation(expected):
        raise ModelError(
            f"{path}: its graph is not the one that is written for such weights, so what holds of "
            "the weights need not hold of the file; change initialisers only, or put the weights "
            f"into {folder.WEIGHTS}"
        )


def _computation(proto: Any) -> list[bytes]:
    """Returns everything of a graph but its weights, of which sizes and numbers may change."""
    graph = proto.graph
    constants = [entry for entry in graph.initializer if "/" in entry.name]
    default = [entry for entry in graph.initializer if entry.name == "max_layers"]
    versions = [*proto.opset_import]
    parts = [*graph.node, *graph.input, *graph.output, *constants, *default, *versions]
    # What is not written: functions and sparse initialisers that nodes could stand for.
    parts += [*proto.functions, *graph.sparse_initializer]
    return [part.SerializeToString(deterministic=True) for part in parts]


# --- running --------------------------------------------------------------------------------------


def load(path: str | Path) -> Session:
    """Returns what runs the graph in a file, or in a folder, by onnxruntime.

    Args:
        path: `model.onnx`, or the folder that it is in.

    Raises:
        ModelError: when something is missing, damaged, or does not fit.
        AltaError: when onnxruntime is not installed.
    """
    place = Path(path)
    return Session(*_read(place / FILE if place.is_dir() else place))


@final
class Session:
    """A graph in onnxruntime, whose results are decoded as the model's are.

    Attributes:
        model: the model of the same weights.
        inference: the session of onnxruntime.
    """

    def __init__(self, model: Model, data: bytes) -> None:
        self.model = model
        runtime = needed("onnxruntime", "alta.exports.onnx.load", "onnx")
        options = runtime.SessionOptions()
        # Whoever is told of something that matters is told by an error.
        options.log_severity_level = 3
        self.inference = runtime.InferenceSession(data, options, ["CPUExecutionProvider"])
        inputs = {entry.name: entry.shape for entry in self.inference.get_inputs()}
        self._length = inputs["tokens"][1]

    def run(self, tokens: Tokens, max_layers: int | None = None) -> Run:
        """Runs one input and decodes it; arguments, result and errors as for `alta.run`.

        A graph that was unrolled takes all its layers, and no other bound.
        """
        return self.run_batch([tokens], max_layers)[0]

    def run_batch(self, sequences: Sequence[Tokens], max_layers: int | None = None) -> list[Run]:
        """Runs inputs of one length as a batch, as `run` runs each."""
        program = self.model.program
        words = [check_tokens(program, tokens) for tokens in sequences]
        results = self.outputs(np.array(words, np.int64), max_layers)
        decoding = Decoding(program, self.model.layout, self.model.dtype)
        columns = self.model.layout.columns[program.output_name]
        runs = []
        for index, word in enumerate(words):
            streams, n_layers = self.streams(results, index), int(results["n_layers"][index])
            runs.append(
                Run(
                    program=program,
                    tokens=word,
                    outputs=decoding.outputs(streams[-1][:, list(columns)]),
                    n_layers=n_layers,
                    halted=bool(results["halted"][index]),
                    make_trace=partial(decoding.trace, streams),
                )
            )
        return runs

    def outputs(self, words: Array, max_layers: int | None = None) -> dict[str, Array]:
        """Returns all outputs of the graph, by name.

        Args:
            words: tokens, (batch, position).
            max_layers: the most layers, for a graph with a loop.
        """
        longest, length = self.model.max_len, words.shape[-1]
        if words.ndim != 2 or (type(self._length) is int and length != self._length):
            raise TokenError(
                f"tokens: expected (batch, {self._length}), the length that the graph was written "
                f"for, got shape {words.shape}"
            )
        if longest is not None and length > longest:
            raise TokenError(f"the model takes at most {longest} tokens (max_len), got {length}")
        feed = {"tokens": words}
        if len(self.inference.get_overridable_initializers()):
            check_layers(self.model.program, length, max_layers)
            if max_layers is not None:
                feed["max_layers"] = np.array(max_layers, np.int64)
        elif max_layers is not None:
            raise ModelError(
                f"max_layers={max_layers!r}: the graph was written with its number of layers; "
                "export it without n_layers="
            )
        names = [entry.name for entry in self.inference.get_outputs()]
        return dict(zip(names, self.inference.run(names, feed), strict=True))

    def streams(self, results: dict[str, Array], index: int) -> list[Array]:
        """Returns the residual streams of one sequence: the first, then two a layer it took."""
        dtype = self.model.weights.token_embedding.dtype
        streams = [results["embedding"][index]]
        for layer in range(int(results["n_layers"][index])):
            streams += [results[name][layer, index] for name in ("attended", "residual")]
        # They are numbers of the narrow format already.
        return [stream.astype(dtype) for stream in streams]
