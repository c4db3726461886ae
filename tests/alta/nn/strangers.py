"""Stored models that nobody should trust: each is small, and would take much to be read."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import alta
from alta.errors import AltaError
from tests.alta.nn.test_files import MANIFEST, edit, put, signed, write
from tests.cases.memory import peak

__all__ = ["CASES"]

MUCH = 900_000
"""About as many bytes as a file may have here."""

Edit = Callable[[Path], object]


def _line(old: str, new: str) -> Edit:
    """Replaces a part of the model's program."""

    def change(manifest: Any) -> None:
        text = "\n".join(manifest["program"])
        assert old in text
        manifest["program"] = text.replace(old, new, 1).split("\n")

    return edit(change)


def _regex(pattern: str) -> Edit:
    return _line("inputs anything", f"inputs regex {json.dumps(pattern)}")


def _stored(size: int, *, shape: Sequence[int] = (2,), **arrays: list[int]) -> bytes:
    """A safetensors file of zeros, with arrays that are said to be at some places."""
    header = {
        name: {"dtype": "F32", "shape": list(shape), "data_offsets": places}
        for name, places in arrays.items()
    }
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(size)


CASES: Mapping[str, Edit] = {
    "a width": put(2_000_000_000, "layout", "width"),
    "columns": put([2_000_000_000] * 6, "layout", "columns", "index"),
    "many columns": put(list(range(90_000)), "layout", "columns", "index"),
    "a longest input": put(10**18, "max_len"),
    "a longest input of many digits": edit(lambda m: m.update(max_len="9" * MUCH)),
    "a sparse matrix": put({"token_embedding": [2, 2_000_000_000]}, "sparse"),
    "a sparse matrix of nothing": put({"none": [2, 2]}, "sparse"),
    "a dtype": put("float8", "dtype"),
    "a dtype that is a list": put([1], "dtype"),
    "shapes": put({"token_embedding": [2_000_000_000]}, "shapes"),
    "no program": put(None, "program"),
    "a range": _line("index range 6", "index range 3000000000"),
    "positions": _line("positions 6", "positions 999999999999999999"),
    "layers": _line("layers ", "layers 1"),
    "nested repetitions": _regex("0 1 (0{999999999}){999999999}"),
    "many parentheses": _regex("(" * MUCH),
    "many symbols": _regex("0 " * (MUCH // 2)),
    "deep JSON": write(MANIFEST, b"[" * MUCH),
    "many digits": write(MANIFEST, b'{"format": ' + b"9" * MUCH + b"}"),
    "a long header": signed(struct.pack("<Q", 1 << 62) + bytes(99)),
    "a deep header": signed(struct.pack("<Q", MUCH) + b"[" * MUCH),
    "overlapping arrays": signed(_stored(8, a=[0, 8], b=[0, 8])),
    "a shape of nothing": signed(_stored(0, shape=[0, 1 << 40], a=[0, 0])),
}


def main(folder: Path) -> None:
    """Prints what becomes of some models, and the memory that it took, in MiB."""
    before = peak()
    reasons = {}
    for folder_read in sorted(folder.iterdir()):
        try:
            alta.load(folder_read)
            reasons[folder_read.name] = "loaded"
        except AltaError as error:
            reasons[folder_read.name] = f"refused: {error}"
    sys.stdout.write(json.dumps({"reasons": reasons, "most": peak() - before}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
