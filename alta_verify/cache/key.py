"""The key of a claim: a hash of everything that it, and what is believed of it, depends on.

That is what it says, the code of both packages, since another verifier is another witness, and the
versions, the settings and the device that a verification runs with. Of the code a version number
would not do, since it changes between releases: what a mistake let pass must not outlive its
correction. Hashing all files takes some milliseconds, a fraction of importing them.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, TypeAlias

import jax
import jaxlib.version
import ml_dtypes
import numpy as np

import alta
from alta.lang.program import Program, program_text
from alta_verify.claim.computes import Task
from alta_verify.claim.equivalent import Pair
from alta_verify.claim.meets import Meets
from alta_verify.solver.smt import solver_versions
from alta_verify.specs.digest import digest

__all__ = [
    "Claim",
    "bits",
    "claim_key",
    "code_hash",
    "hash_files",
    "ingredients",
    "surroundings",
    "tools",
]

_PACKAGES: Final = (Path(alta.__file__).parent, Path(__file__).parents[1])

# Environment variables with these prefixes can change what JAX computes.
_SETTINGS: Final = ("CUDA_", "JAX_", "MKL_", "NVIDIA_", "OMP_", "TF_", "XLA_")

Claim: TypeAlias = Task | Pair | Meets
"""What can be claimed: that a model computes a program, that two programs are equivalent, or that
a program does what was meant."""


def claim_key(claim: Claim) -> str | None:
    """Returns a hash that two claims have in common only if they ask the same of the same code.

    None says that something cannot be hashed, as then nothing may be kept.
    """
    code = code_hash()
    if code is None:
        return None
    try:
        said = ingredients(claim)
    except Exception:  # noqa: BLE001 - functions of the program run here; the proof will show it
        return None
    # Two programs are compared without JAX, which takes a second to start.
    around = surroundings() if isinstance(claim, Task) else tools()
    stated = {**said, "code": code, **around}
    return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()


def ingredients(claim: Claim) -> dict[str, Any]:
    """Returns what a claim says, as JSON values, by name.

    The deadline is no part of it: a proof stays one however long it took.
    """
    bounds: dict[str, Any] = {"max_len": claim.max_len, "max_layers": claim.max_layers}
    if isinstance(claim, Pair):
        return {"first": _hash(claim.first, claim), "second": _hash(claim.second, claim), **bounds}
    meets = claim if isinstance(claim, Meets) else claim.meets
    if meets is not None:
        bounds["specification"] = digest(meets.specification)
    if isinstance(claim, Meets):
        return {"program": _hash(claim.program, claim), **bounds}
    model = claim.model
    # The model's own program counts as well: it decides on masks, halt and kinds, as `architecture`
    # says.
    return {
        "program": _hash(claim.program, claim),
        "model": _hash(model.program, claim),
        "weights": bits(model.weights),
        "layout": [model.layout.width, sorted(model.layout.columns.items())],
        "model_max_len": model.max_len,
        **bounds,
    }


def _hash(program: Program, claim: Claim) -> str:
    return hashlib.sha256("\n".join(_program(program, claim)).encode()).hexdigest()


def _program(program: Program, claim: Claim) -> Iterator[str]:
    """Yields the canonical text, and what it leaves open of functions, up to the bound.

    Canonical text tabulates a function of the length up to some length, and of a function of the
    position only the first values where no `position_range` ends the table.
    """
    yield program_text(program)
    yield program.inputs.spec.tabulate(claim.extent.searched).to_text()
    # Bounds of the program count only where the claim has none of its own.
    if claim.max_layers is None:
        yield repr([program.layer_bound(length) for length in claim.representatives])
    for name, variable in program.variables.items():
        if variable.initial.table is None:
            values = [
                variable.computed(position, name=name)
                for position in range(max(claim.representatives))
            ]
            yield f"{name} {[sorted(v) if isinstance(v, frozenset) else v for v in values]!r}"


def bits(tree: Any) -> str:
    """Returns the SHA-256 of the weights: of each array its place, format, shape and bits.

    A TypeError is raised for what it does not know, so that nothing is left out unnoticed.
    """
    digest = hashlib.sha256()
    for place, description, data in _pieces(tree, "weights"):
        # Lengths stand before what they measure, so that no two trees give one sequence of bytes.
        for piece in (place.encode(), description.encode(), data):
            digest.update(len(piece).to_bytes(8, "big"))
            digest.update(piece)
    return digest.hexdigest()


def _pieces(tree: Any, place: str) -> Iterator[tuple[str, str, bytes]]:
    """Yields place, description and bits of every array, and of every number beside them."""
    # Bits and not numbers, as 0.0 and -0.0 are equal, and may lead to different sums.
    if isinstance(tree, np.ndarray):
        if tree.dtype.hasobject:
            raise TypeError(f"{place}: an array of objects has no bits")
        yield place, f"{tree.dtype.name} {tree.dtype.byteorder} {tree.shape}", tree.tobytes("C")
    elif isinstance(tree, Mapping):
        yield place, f"{len(tree)} entries", b""
        for name in sorted(tree):
            yield from _pieces(tree[name], f"{place}[{name!r}]")
    elif is_dataclass(tree) and not isinstance(tree, type):
        yield place, type(tree).__qualname__, b""
        for field in fields(tree):
            yield from _pieces(getattr(tree, field.name), f"{place}.{field.name}")
    elif isinstance(tree, tuple) and not all(map(_is_word, tree)):
        yield place, f"{len(tree)} entries", b""
        for index, entry in enumerate(tree):
            yield from _pieces(entry, f"{place}[{index}]")
    elif isinstance(tree, tuple) or _is_word(tree):
        yield place, repr(tree), b""
    else:
        raise TypeError(f"{place}: expected arrays in dataclasses and mappings, got {type(tree)}")


def _is_word(tree: Any) -> bool:
    """Says whether something is no array and holds none, so that words show all of it."""
    return tree is None or isinstance(tree, (int, str))


# --- the code -------------------------------------------------------------------------------------


def hash_files(folders: Iterable[Path]) -> str:
    """Returns the SHA-256 of names and contents of all files, but for what Python keeps itself."""
    digest = hashlib.sha256()
    for folder in folders:
        # Not only *.py: a compiled module beside a source file would be the one that runs.
        files = (path for path in folder.rglob("*") if path.is_file())
        for path in sorted(path for path in files if "__pycache__" not in path.parts):
            data = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode())
            digest.update(data)
    return digest.hexdigest()


def _read() -> str | None:
    """Returns the hash; None where the code is not in files, as in a zip archive."""
    if not Path(__file__).is_file():
        return None
    try:
        return hash_files(_PACKAGES)
    except OSError:
        return None


# What runs is the code as it was when it was imported.
_IMPORTED: Final = _read()


def code_hash() -> str | None:
    """Returns the hash of the code that runs; None where it is not known.

    It is not known once a file was edited after this process had read it: what is shown by the old
    code must not be kept under the name of the new.
    """
    return _IMPORTED if _IMPORTED is not None and _read() == _IMPORTED else None


# --- the surroundings -----------------------------------------------------------------------------


def tools() -> dict[str, str]:
    """Returns what the answers of solvers and interpreters may depend on, in words.

    It names more than can matter: a difference too many costs time, one too few a theorem.
    """
    return {
        "python": f"{sys.implementation.name} {sys.version} {sys.flags}",
        "numpy": np.__version__,
        **solver_versions(),
    }


def surroundings() -> dict[str, str]:
    """Returns what the answers of tools and device may depend on, in words."""
    # Where JAX would compute now, which contexts and settings can change.
    (device,) = jax.device_put(np.zeros(())).devices()
    # Every setting with the value that it has in this thread, if it can have another.
    settings = [(name, getattr(jax.config, name, old)) for name, old in jax.config.values.items()]
    variables = [item for item in os.environ.items() if item[0].startswith(_SETTINGS)]
    return {
        **tools(),
        "ml_dtypes": ml_dtypes.__version__,
        "jax": f"{jax.__version__} {jaxlib.version.__version__}",
        "device": f"{device.platform} {device.device_kind} {device.client.platform_version}",
        # JAX calls every processor "cpu", but compiles for the instructions of the one at hand.
        "processor": f"{platform.system()} {platform.machine()} {_processor()}",
        "settings": repr(sorted(settings, key=itemgetter(0))),
        "environment": repr(sorted(variables)),
    }


def _processor() -> str:
    """Returns model and instructions of the first processor, where the system tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor()
    first = text.partition("\n\n")[0]
    told = ("model name", "flags", "CPU", "Features")
    return "; ".join(line for line in first.splitlines() if line.startswith(told))
