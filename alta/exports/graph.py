"""The graph of ONNX that computes what a model computes, unrolled or with a loop until it halts.

Weights are initialisers under the names of `alta.exports.tensors`, of which nothing but casts is
made before they are used; names of constants contain a slash, so that both are told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, final

import numpy as np
import onnx
from onnx import helper, numpy_helper

from alta.errors import ModelError
from alta.lang.masks import Mask
from alta.nn.block import DenseBlock
from alta.nn.decoding import Decoding
from alta.nn.model import Model
from alta.nn.sparse import Array
from alta.nn.weights import ACCUMULATE

__all__ = ["OUTPUTS", "Shape", "graph_of"]

OUTPUTS: Final = ("logits", "n_layers", "halted", "embedding", "attended", "residual")
"""What a graph gives: logits, layers taken and whether halted, and the residual streams."""

# The operators are those of this version, which onnxruntime has had since 1.17.
_OPSET: Final = 20
_IR: Final = 10

# More than there are layers or positions.
_ENDLESS: Final = 1 << 62

_ACTIVATIONS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "relu": ("Relu", {}),
    "gelu": ("Gelu", {"approximate": "tanh"}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
}


@final
@dataclass(frozen=True)
class Shape:
    """How a graph is laid out.

    Attributes:
        length: that of all inputs; None for any.
        n_layers: the layers that are written out one after the other, whatever the halt says; None
            for a loop, which ends when all sequences have halted or taken their layers.
    """

    length: int | None = None
    n_layers: int | None = None


def graph_of(model: Model, tensors: dict[str, Array], shape: Shape) -> Any:
    """Returns a model of ONNX with these tensors as its weights."""
    builder = _Builder(model, tensors)
    numbers = builder.tokens(shape)
    x = builder.embedded(numbers)
    layers = builder.unrolled(x, shape.n_layers) if shape.n_layers is not None else builder.loop(x)
    logits = builder.add("Gather", layers["last"], builder.output, axis=2)
    results = {"logits": logits, "embedding": x} | layers
    wide, sizes = builder.wide, ("batch", shape.length or "length", model.layout.width)
    stacked = ("layer", *sizes)
    kinds = {
        "logits": (wide, (*sizes[:2], len(model.layout.columns[model.program.output_name]))),
        "n_layers": (np.dtype("int64"), sizes[:1]),
        "halted": (np.dtype("bool"), sizes[:1]),
        "embedding": (wide, sizes),
        "attended": (wide, stacked),
        "residual": (wide, stacked),
    }
    for name in OUTPUTS:
        builder.nodes.append(helper.make_node("Identity", [results[name]], [name]))
    inputs = [helper.make_tensor_value_info("tokens", onnx.TensorProto.INT64, sizes[:2])]
    if shape.n_layers is None:
        inputs.append(helper.make_tensor_value_info("max_layers", onnx.TensorProto.INT64, ()))
        builder.initialisers.append(numpy_helper.from_array(np.int64(-1), "max_layers"))
    graph = helper.make_graph(
        builder.nodes,
        "alta",
        inputs,
        [_value(name, *kinds[name]) for name in OUTPUTS],
        builder.initialisers,
    )
    versions = [helper.make_opsetid("", _OPSET)]
    return helper.make_model(
        graph, opset_imports=versions, ir_version=_IR, producer_name="alta-verify"
    )


def _value(name: str, dtype: Any, sizes: Sequence[Any]) -> Any:
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype), sizes)


@final
@dataclass
class _Builder:
    """A graph while it is made: nodes, initialisers, and what all layers share."""

    model: Model
    tensors: dict[str, Array]
    nodes: list[Any] = field(default_factory=list)
    initialisers: list[Any] = field(default_factory=list)
    _counter: Iterator[int] = field(default_factory=lambda: iter(range(1 << 31)))

    def __post_init__(self) -> None:
        self.wide = np.dtype(ACCUMULATE[self.model.dtype])
        # Everything is computed in the wide format, in which the numbers of the narrow one are
        # exact: runtimes have few operators for those.
        self.narrow = None
        if self.model.dtype != self.wide.name:
            self.narrow = helper.np_dtype_to_tensor_dtype(self.tensors["embed.W_E"].dtype)
        columns = self.model.layout.columns[self.model.program.output_name]
        self.output = self.constant(np.array(columns, np.int64))
        self._weights = {name: self._weight(name, array) for name, array in self.tensors.items()}

    # --- parts of a graph -------------------------------------------------------------------------

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Adds a node, and returns the name of what it gives."""
        name = f"{operator}/{next(self._counter)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def constant(self, value: Any) -> str:
        """Adds a constant, and returns its name."""
        name = f"constant/{next(self._counter)}"
        self.initialisers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def number(self, value: float) -> str:
        """Adds a number of the wide format."""
        return self.constant(np.array(value, self.wide))

    def _weight(self, name: str, array: Array) -> str:
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name if array.dtype == self.wide else self._cast(name, self.wide)

    def _cast(self, name: str, dtype: Any) -> str:
        return self.add("Cast", name, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def stored(self, name: str) -> str:
        """Rounds to the format of the weights, and returns the same numbers in the wide one."""
        if self.narrow is None:
            return name
        return self._cast(self.add("Cast", name, to=self.narrow), self.wide)

    # --- before the layers ------------------------------------------------------------------------

    def tokens(self, shape: Shape) -> str:
        """Adds what is known of the tokens: their number, the mask of heads, and the bound."""
        sizes = self.add("Shape", "tokens")
        self._batch = self.add("Gather", sizes, self.constant(np.array([0], np.int64)), axis=0)
        self._length = self.add("Gather", sizes, self.constant(np.int64(1)), axis=0)
        start, step = self.constant(np.int64(0)), self.constant(np.int64(1))
        positions = self.add("Range", start, self._length, step)
        row, column = (self.constant(np.array([axis], np.int64)) for axis in (0, 1))
        distances = self.add(
            "Sub", self.add("Unsqueeze", positions, row), self.add("Unsqueeze", positions, column)
        )
        masks = [head.mask for head in self.model.program.heads.values()]
        allowed = [self.add("Unsqueeze", self._within(mask, distances), row) for mask in masks]
        # An axis for the batch, then one for the heads.
        if masks:
            self.allowed = self.add("Unsqueeze", self.add("Concat", *allowed, axis=0), row)
        self._bound = self._layer_bound(shape) if shape.n_layers is None else None
        return "tokens"

    def _within(self, mask: Mask, distances: str) -> str:
        """Says for each position and each other one whether the mask lets it be read."""
        if mask.listed is None:
            last = _ENDLESS if mask.last is None else mask.last
            return self.add("LessOrEqual", distances, self.constant(np.int64(last)))
        listed = self.constant(np.array(mask.listed, np.int64))
        last_axis = self.constant(np.array([2], np.int64))
        equal = self.add("Equal", self.add("Unsqueeze", distances, last_axis), listed)
        highest = self.add("ReduceMax", self._cast(equal, "int32"), last_axis, keepdims=0)
        return self._cast(highest, "bool")

    def _layer_bound(self, shape: Shape) -> str:
        """Adds the most layers of a run: those asked for, or else the program's own."""
        program = self.model.program
        longest = shape.length or self.model.max_len or program.position_range
        if program.layers is None or isinstance(program.layers, int):
            bound = self.constant(np.int64(_ENDLESS if program.layers is None else program.layers))
        elif longest is not None:
            # A number of layers for each length is a table.
            table = [program.layer_bound(length) for length in range(longest + 1)]
            bound = self.add(
                "Gather", self.constant(np.array(table, np.int64)), self._length, axis=0
            )
        else:
            raise ModelError(
                f"export: the layers of program {program.name!r} are a function of the length, "
                "which may be any; compile with max_len=, or export with length= or n_layers="
            )
        asked = self.add("GreaterOrEqual", "max_layers", self.constant(np.int64(0)))
        return self.add("Where", asked, "max_layers", bound)

    def embedded(self, numbers: str) -> str:
        """Adds the residual stream before the first layer."""
        x = self.add("Gather", self._weights["embed.W_E"], numbers, axis=0)
        if not len(self.tensors["pos_embed.W_pos"]):
            return x
        ends = [self.constant(np.array([0], np.int64)), self._vector(self._length)]
        rows = self.add("Slice", self._weights["pos_embed.W_pos"], *ends)
        return self.stored(self.add("Add", x, rows))

    def _vector(self, scalar: str) -> str:
        return self.add("Unsqueeze", scalar, self.constant(np.array([0], np.int64)))

    # --- layers -----------------------------------------------------------------------------------

    def unrolled(self, x: str, n_layers: int) -> dict[str, str]:
        """Adds so many layers one after the other."""
        axis, kept = self.constant(np.array([0], np.int64)), []
        for _ in range(n_layers):
            attended = self._attended(x)
            x = self._after(attended)
            kept.append((attended, x))
        halted = self._halted(x)
        taken = self._for_each_sequence(np.int64(n_layers))
        empty = self.add("Slice", self.add("Unsqueeze", x, axis), axis, axis)
        stacks = {"attended": empty, "residual": empty}
        for name, streams in zip(stacks, zip(*kept, strict=True), strict=False):
            rows = [self.add("Unsqueeze", stream, axis) for stream in streams]
            stacks[name] = self.add("Concat", *rows, axis=0)
        return {"last": x, "n_layers": taken, "halted": halted} | stacks

    def loop(self, x: str) -> dict[str, str]:
        """Adds a loop of layers that ends when every sequence has ended."""
        halted = self._halted(x)
        taken = self._for_each_sequence(np.int64(0))
        goes_on = self._any_moves(halted)
        outside, self.nodes = self.nodes, []
        # Names of the loop's own variables; everything else is that of the graph around it.
        attended = self._attended("loop/x")
        after = self._after(attended)
        # Who has halted keeps its stream.
        stays = self.add("Unsqueeze", "loop/halted", self.constant(np.array([1, 2], np.int64)))
        following = self.add("Where", stays, "loop/x", after)
        moved = self._cast(self.add("Not", "loop/halted"), "int64")
        results = [
            self.add("Or", "loop/halted", self._halted(following)),
            self.add("Add", "loop/taken", moved),
        ]
        goes_on_then = self._any_moves(results[0])
        sizes = ("batch", "length", self.model.layout.width)
        flags, counts, floats = np.dtype("bool"), np.dtype("int64"), self.wide
        carried: list[tuple[str, Any, Sequence[Any]]] = [
            ("x", floats, sizes),
            ("halted", flags, sizes[:1]),
            ("taken", counts, sizes[:1]),
        ]
        inputs = [_value("loop/number", counts, ()), _value("loop/goes_on", flags, ())]
        inputs += [_value(f"loop/{name}", kind, form) for name, kind, form in carried]
        names = [goes_on_then, following, *results]
        outputs = [_value(goes_on_then, flags, ())]
        outputs += [
            _value(name, kind, form)
            for name, (_, kind, form) in zip(names[1:], carried, strict=True)
        ]
        # Scan outputs, which are stacked: the streams of each layer.
        kept = [self.add("Identity", stream) for stream in (attended, following)]
        outputs += [_value(name, floats, sizes) for name in kept]
        body = helper.make_graph(self.nodes, "layer", inputs, outputs)
        self.nodes = outside
        names_of_results = ["last", "halted", "n_layers", "attended", "residual"]
        results = [f"loop/{name}" for name in ("last", "ended", "count", "kept", "after")]
        arguments = [str(self._bound), goes_on, x, halted, taken]
        self.nodes.append(helper.make_node("Loop", arguments, results, body=body))
        return dict(zip(names_of_results, results, strict=True))

    def _for_each_sequence(self, value: Any) -> str:
        entry = numpy_helper.from_array(np.array([value]))
        return self.add("ConstantOfShape", self._batch, value=entry)

    def _any_moves(self, halted: str) -> str:
        axis = self.constant(np.array([0], np.int64))
        all_halted = self.add("ReduceMin", self._cast(halted, "int32"), axis, keepdims=0)
        return self.add("Not", self._cast(all_halted, "bool"))

    def _halted(self, x: str) -> str:
        """Says of each sequence whether all its positions hold the halt value."""
        halt = Decoding(self.model.program, self.model.layout, self.model.dtype).halt
        if halt is None:
            return self._for_each_sequence(np.bool_(False))
        axes = self.constant(np.array([1, 2], np.int64))
        held = self.add("Gather", x, self.constant(np.array(halt.columns, np.int64)), axis=2)
        code = np.array(halt.code, self.wide)
        if halt.exact:
            equal = self.add("Equal", held, self.constant(code))
        else:
            high = self.add("Greater", held, self.number(0.5))
            equal = self.add("Equal", high, self.constant(code > 0.5))
        lowest = self.add("ReduceMin", self._cast(equal, "int32"), axes, keepdims=0)
        return self._cast(lowest, "bool")

    def _attended(self, x: str) -> str:
        """Adds what all heads add to the stream."""
        if not self.model.program.heads:
            return self.add("Identity", x)
        query, key, value = (
            self.stored(self.add("Einsum", x, self._weights[name], equation="bid,hdk->bhik"))
            for name in ("attn.W_Q", "attn.W_K", "attn.W_V")
        )
        scores = self.add("Einsum", query, key, equation="bhik,bhjk->bhij")
        scores = self.add("Where", self.allowed, scores, self.number(-np.inf))
        axis = self.constant(np.array([3], np.int64))
        # Softmax is the same for scores less their maximum; a row with nothing left is 0.
        top = self.add("ReduceMax", scores, axis)
        zero, unit = self.number(0), self.number(1)
        top = self.add("Where", self.add("IsInf", top), zero, top)
        powers = self.add("Exp", self.add("Sub", scores, top))
        total = self.add("ReduceSum", powers, axis)
        total = self.add("Where", self.add("Equal", total, zero), unit, total)
        pattern = self.stored(self.add("Div", powers, total))
        read = self.stored(self.add("Einsum", pattern, value, equation="bhij,bhjv->bhiv"))
        added = self.add("Einsum", read, self._weights["attn.W_O"], equation="bhiv,hvd->bid")
        return self.stored(self.add("Add", x, added))

    def _after(self, x: str) -> str:
        """Adds what the feed-forward block adds to the stream."""
        mlp = self.model.weights.mlp
        if isinstance(mlp, DenseBlock):
            last = len([name for name in self.tensors if name.startswith("mlp.layers.")]) // 2 - 1
            hidden = x
            for index in range(last):
                operator, attributes = _ACTIVATIONS[mlp.activation]
                pre = self._affine(hidden, f"mlp.layers.{index}.W", f"mlp.layers.{index}.b")
                hidden = self.add(operator, pre, **attributes)
            added = self._affine(hidden, f"mlp.layers.{last}.W", f"mlp.layers.{last}.b")
            return self.stored(self.add("Add", x, added))
        hidden = self._clipped(self._affine(x, "mlp.expand.W_in", "mlp.expand.b_in"))
        expanded = self.stored(self._affine(hidden, "mlp.expand.W_out", "mlp.expand.b_out"))
        fired = self._clipped(self._affine(expanded, "mlp.W_in", "mlp.b_in"))
        added = self._affine(fired, "mlp.W_out", "mlp.b_out")
        return self.stored(self.add("Add", x, added))

    def _affine(self, x: str, matrix: str, bias: str) -> str:
        product = self.add("MatMul", x, self._weights[matrix])
        return self.add("Add", product, self._weights[bias])

    def _clipped(self, x: str) -> str:
        return self.stored(self.add("Clip", x, self.number(0), self.number(1)))
