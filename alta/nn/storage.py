"""Storage: what the files of models consist of, opened with care, and bounded before use.

They may be a stranger's. Every reader says what was expected by its caller's own words.
"""

from __future__ import annotations

import hashlib
import json
import operator
import os
import stat
from pathlib import Path
from typing import Any, Final, NoReturn

import jax
import numpy as np
import safetensors
from safetensors import SafetensorError

from alta.errors import AltaError, ModelError
from alta.lang.parsing import parse_program
from alta.lang.program import Program, program_hash
from alta.nn.layout import Layout
from alta.nn.sparse import Array

__all__ = [
    "FORMATS",
    "MAX_MANIFEST",
    "MAX_SIDE",
    "MAX_WEIGHTS",
    "digest",
    "layout_entry",
    "parse_object",
    "read_arrays",
    "read_file",
    "read_layout",
    "read_max_len",
    "read_program",
]

MAX_MANIFEST: Final = 1 << 28
"""The most bytes of a model's manifest."""

MAX_WEIGHTS: Final = 1 << 36
"""The most bytes of a model's weights."""

MAX_SIDE: Final = 1 << 18
"""The most rows, and the most columns, of a matrix that is stored without its zeros."""

FORMATS: Final = {
    "F64": "float64",
    "F32": "float32",
    "BF16": "bfloat16",
    "F16": "float16",
    "I32": "int32",
}
"""The formats of arrays, by their names in a safetensors file."""

# A pipe is not waited for.
_READING: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def read_file(path: Path, limit: int, expected: str) -> bytes:
    """Returns the bytes of a regular file, of which there may be so many."""
    try:
        # Opened once and then asked what it is: the path may lead elsewhere at a second look.
        descriptor = os.open(path, _READING)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ModelError(f"{path}: expected a file, got a folder, a pipe or a device")
            # Bounded before anything is read: a stranger's file may be as large as the disk.
            if status.st_size > limit:
                raise ModelError(
                    f"{path}: expected at most {limit} bytes, got {status.st_size}; the "
                    "documentation has the limits of files"
                )
            return file.read(status.st_size)
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}; expected {expected}") from error


def parse_object(text: bytes | str, where: str | Path) -> dict[str, Any]:
    """Returns the JSON object that a text is; a key that is there twice is refused."""
    try:
        content = json.loads(text, parse_constant=_no_number, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{where}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{where}: expected a JSON object, got {str(content)[:60]!r}")
    return content


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON leaves open which of two equal keys counts, and readers would differ.
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def digest(content: Any) -> str:
    """Returns the SHA-256 of what a JSON text says, whatever its order and spacing."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_arrays(data: bytes, where: Path) -> dict[str, Array]:
    """Returns the arrays of a safetensors file, bfloat16 included."""
    try:
        entries = safetensors.deserialize(data)  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise ModelError(f"{where}: not a safetensors file: {error}") from error
    arrays = {}
    for name, entry in entries:
        if entry["dtype"] not in FORMATS:
            raise ModelError(
                f"{where}: array {name:.60} is {entry['dtype']}; expected one of "
                f"{', '.join(FORMATS)}"
            )
        # `deserialize` hands on bytes and shapes as they are in the file.
        flat = np.frombuffer(bytes(entry["data"]), jax.numpy.dtype(FORMATS[entry["dtype"]]))
        arrays[name] = flat.reshape(entry["shape"])
    return arrays


def layout_entry(layout: Layout) -> dict[str, Any]:
    """Returns what a file says of a layout."""
    columns = {name: list(columns) for name, columns in layout.columns.items()}
    return {"width": layout.width, "columns": columns}


def read_layout(entry: Any, where: str | Path) -> Layout:
    """Returns the layout that a file has, which may still fit no program."""
    try:
        columns = {
            name: tuple(operator.index(column) for column in columns)
            for name, columns in entry["columns"].items()
        }
        return Layout(operator.index(entry["width"]), columns)
    except (AttributeError, KeyError, TypeError) as error:
        raise ModelError(
            f"{where}: layout: expected a width and a list of columns for each name, got "
            f"{str(entry)[:60]}"
        ) from error


def read_max_len(longest: Any, where: str | Path) -> int | None:
    """Returns the longest sequence that a file says its model is for; None for no such bound."""
    if longest is not None and (type(longest) is not int or longest < 1):
        raise ModelError(
            f"{where}: max_len: expected null or an int of at least 1, got {longest!r:.60}"
        )
    return longest


def read_program(content: dict[str, Any], where: str | Path) -> Program:
    """Returns the program whose text, hash and vocabulary a file has."""
    lines = content["program"]
    if not isinstance(lines, list) or any(type(line) is not str or "\n" in line for line in lines):
        raise ModelError(f"{where}: program: expected a list of lines, got {str(lines)[:60]!r}")
    try:
        program = parse_program("".join(f"{line}\n" for line in lines))
    except AltaError as error:
        raise ModelError(f"{where}: {error}") from error
    expected = program_hash(program)
    if expected != content["program_sha256"]:
        raise ModelError(
            f"{where}: the program's SHA-256 is {expected[:12]}…, the manifest says "
            f"{str(content['program_sha256'])[:12]}…; the program was changed after it was saved"
        )
    # The program's text has the vocabulary, too: who reads the manifest alone is told no other one.
    if list(program.vocab) != content["vocab"]:
        raise ModelError(f"{where}: the vocabulary is not the program's")
    return program
