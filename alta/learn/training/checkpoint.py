"""Checkpoints: where training is, in files from which it goes on to the same bits."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from alta.errors import AltaError
from alta.learn.training.configuration import Configuration
from alta.learn.training.steps import State
from alta.nn.block import DenseBlock
from alta.output import whole_file

__all__ = ["load_block", "load_leaves", "load_state", "save_block", "save_leaves", "save_state"]

_STATE: Final = "state.safetensors"
_BLOCK: Final = "block.safetensors"


def save_state(
    folder: Path, state: State, configuration: Configuration, about: dict[str, Any]
) -> None:
    """Writes a checkpoint; a run that is interrupted meanwhile leaves the previous one.

    Args:
        folder: where to.
        state: where training is.
        configuration: how to train.
        about: what has to be the same to go on: the seed, and hashes of program and data.
    """
    save_leaves(folder / _STATE, state, {"configuration": asdict(configuration), **about})


def load_state(
    folder: Path, like: State, configuration: Configuration, about: dict[str, Any]
) -> State | None:
    """Returns the state of a checkpoint; None where there is none.

    Args:
        folder: where it is.
        like: a state of the same shapes.
        configuration: how to train.
        about: what has to be the same.

    Raises:
        AltaError: when the checkpoint belongs to other training, saying what differs.
    """
    path = folder / _STATE
    if not path.exists():
        return None
    arrays, said = _read(path)
    recorded = json.loads(said)
    # Through JSON, as what was recorded went: tuples have become lists.
    wanted = json.loads(json.dumps({"configuration": asdict(configuration), **about}))
    for key in sorted({*recorded, *wanted}):
        if recorded.get(key) != wanted.get(key):
            raise AltaError(
                f"{path}: expected a checkpoint of the same training, but its {key} is "
                f"{recorded.get(key)!r}, not {wanted.get(key)!r}; choose another folder"
            )
    # Leaves are numbered in the order of the flattened pytree.
    leaves = [jax.numpy.asarray(arrays[str(index)]) for index in range(len(arrays))]
    state: State = jax.tree.unflatten(jax.tree.structure(like), leaves)
    return state


def save_block(folder: Path, block: DenseBlock, about: dict[str, Any]) -> None:
    """Writes a trained block.

    Args:
        folder: where to.
        block: the parameters.
        about: what to say of it.
    """
    arrays = {f"matrix.{index}": np.asarray(matrix) for index, matrix in enumerate(block.matrices)}
    arrays |= {f"bias.{index}": np.asarray(bias) for index, bias in enumerate(block.biases)}
    # With sorted keys the same block makes the same file.
    said = json.dumps({"activation": block.activation, **about}, sort_keys=True)
    _write(folder / _BLOCK, arrays, said)


def load_block(folder: str | Path) -> DenseBlock:
    """Returns a block that `train` wrote.

    Args:
        folder: the folder that it wrote to.

    Raises:
        AltaError: when there is none.
    """
    path = Path(folder) / _BLOCK
    if not path.exists():
        raise AltaError(f"{folder}: expected {_BLOCK} in it, which `alta train` writes")
    arrays, said = _read(path)
    count = len(arrays) // 2
    return DenseBlock(
        tuple(arrays[f"matrix.{index}"] for index in range(count)),
        tuple(arrays[f"bias.{index}"] for index in range(count)),
        json.loads(said)["activation"],
    )


def save_leaves(path: Path, tree: Any, about: dict[str, Any]) -> None:
    """Writes the arrays of a pytree, with what is said of them."""
    arrays = {str(index): np.asarray(leaf) for index, leaf in enumerate(jax.tree.leaves(tree))}
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, arrays, json.dumps(about, sort_keys=True))


def load_leaves(path: Path, like: Any) -> tuple[Any, dict[str, Any]] | None:
    """Returns a pytree that `save_leaves` wrote, and what is said of it; None where there is none.

    Args:
        path: the file.
        like: a pytree of the same structure and shapes.
    """
    if not path.exists():
        return None
    arrays, said = _read(path)
    leaves, structure = jax.tree.flatten(like)
    arrays_of_leaves = [jnp.asarray(arrays[str(index)]) for index in range(len(leaves))]
    return jax.tree.unflatten(structure, arrays_of_leaves), json.loads(said)


def _write(path: Path, arrays: dict[str, Any], said: str) -> None:
    from safetensors.numpy import save_file

    with whole_file(path) as draft:
        save_file(
            # The format has rows one after another, and arrays are written as they lie in memory.
            {name: np.array(array, order="C") for name, array in arrays.items()},
            draft,
            metadata={"alta": said},
        )


def _read(path: Path) -> tuple[dict[str, Any], str]:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata() or {}
    if "alta" not in metadata:
        raise AltaError(f"{path}: expected a file that `alta train` wrote")
    return arrays, metadata["alta"]
