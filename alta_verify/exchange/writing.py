"""Writing: the obligations ``ffn[v]`` of a model as networks with queries, in a folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import alta
from alta.errors import AltaError
from alta.extras import needed
from alta.lang.program import Program
from alta.nn.model import Model
from alta.nn.naming import coordinate_names
from alta.output import write_text
from alta_verify.deadline import Deadline
from alta_verify.exchange.network import BlockNetwork
from alta_verify.exchange.text import MARGIN, version_1, version_2
from alta_verify.exchange.transitions import columns_read, groups
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context
from alta_verify.prove.computes.theorem import Computes
from alta_verify.prove.decide import Request
from alta_verify.verification import task_of

__all__ = ["Query", "Written", "check_exportable", "write_queries"]

_INSTANCES: Final = "instances.csv"
_SECONDS: Final = 60


@final
@dataclass(frozen=True)
class Query:
    """A query that was written: that a variable comes to a value wherever it should.

    Attributes:
        variable: the variable.
        value: the value, in words.
        states: how many local states lead there.
        network: the file of the network, from the folder.
        files: those of the query, in VNN-LIB 1.0 and 2.0.
    """

    variable: str
    value: str
    states: int
    network: str
    files: tuple[str, str]


@final
@dataclass(frozen=True)
class Written:
    """What a folder has, and of which variables there is nothing in it, with the reason."""

    queries: tuple[Query, ...]
    left_out: dict[str, str]


def check_exportable(max_len: int | None) -> None:
    """Refuses what no query is about, and a system without the library for networks.

    Raises:
        AltaError: for inputs of every length, or when onnx is not installed.
    """
    if max_len is None:
        raise AltaError("--vnnlib: the local states of inputs of every length: give --max-len")
    needed("onnx", "--vnnlib", "vnnlib")


def write_queries(
    program: Program,
    model: Model | None,
    directory: str | Path,
    *,
    max_len: int = 20,
    max_layers: int | None = None,
) -> Written:
    """Writes the obligations ``ffn[v]`` of a model, for other verifiers of networks.

    For each variable there is the part of the feed-forward block that writes it, as ONNX, and for
    each value a query in VNN-LIB 1.0 and 2.0: is there a vector among the boxes of the local states
    that may occur, and from which the rules give this value, such that the coordinates after the
    block are outside of its box? ``unsat`` is what the obligation says, in real arithmetic and but
    for a margin. ``instances.csv`` lists networks and queries as competitions of verifiers do.

    Args:
        program: what the model is meant to compute.
        model: the weights, with a compiled block; None compiles the program.
        directory: where to write; it is made if needed.
        max_len: the longest input, which bounds the local states.
        max_layers: the most layers of a run that count.

    Raises:
        AltaError: when an argument is malformed, or onnx is not installed.
    """
    check_exportable(max_len)
    made = alta.compile(program, max_len=max_len) if model is None else model
    request = Request(max_len, max_layers, Deadline.after(None))
    context = Computes(task_of(request, program, lambda: made)).context
    _ = made.weights.compiled_mlp
    root, left_out = Path(directory), dict[str, str]()
    root.mkdir(parents=True, exist_ok=True)
    queries: list[Query] = []
    for number, variable in enumerate(program.variables):
        try:
            queries += _written(context, root, number, variable)
        except NotShown as reason:
            left_out[variable] = str(reason)
    rows = [f"{q.network},{file},{_SECONDS}" for q in queries for file in q.files[:1]]
    write_text(root / _INSTANCES, "\n".join(rows) + "\n")
    entries = {"margin": str(MARGIN), "left_out": left_out, "queries": [vars(q) for q in queries]}
    write_text(root / "index.json", json.dumps(entries, indent=1) + "\n")
    return Written(tuple(queries), left_out)


def _written(context: Context, root: Path, number: int, variable: str) -> Iterator[Query]:
    """Writes the network and the queries of one variable."""
    model = context.model
    read, written = columns_read(context, variable), model.layout.columns[variable]
    network = BlockNetwork.of(model, read, written)
    title = f"ffn_{number}_{re.sub(r'[^A-Za-z0-9]', '_', variable)}"
    found = groups(context, variable)
    for folder in ("onnx", "vnnlib1", "vnnlib2"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    graph = f"onnx/{title}.onnx"
    (root / graph).write_bytes(network.to_onnx(title).SerializeToString())
    names = coordinate_names(context.program, model.layout)
    for index, group in enumerate(found):
        comments = [
            f"ffn[{variable}]: from {len(group.states)} local states it becomes {group.value}",
            f"network {graph}; unsat is expected",
            *(f"X {place}: {names[column]}" for place, column in enumerate(read)),
            *(f"Y {place}: {names[column]}" for place, column in enumerate(written)),
        ]
        files = f"vnnlib1/{title}_{index}.vnnlib", f"vnnlib2/{title}_{index}.vnnlib"
        comments = [comment.encode("ascii", "replace").decode() for comment in comments]
        write_text(root / files[0], version_1(group, comments))
        write_text(root / files[1], version_2(group, comments, network.dtype))
        yield Query(variable, group.value, len(group.states), graph, files)
