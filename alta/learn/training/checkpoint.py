"""Checkpoints: where training is, in files from which it goes on to the same bits, and figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import jax
import jax.numpy as jnp
import numpy as np

from alta.errors import AltaError
from alta.learn.training.steps import State
from alta.nn.block import DenseBlock
from alta.output import whole_file, write_text
from alta.progress import bar

__all__ = ["Files", "load_block", "load_leaves", "monitor", "save_block", "save_leaves"]

_FIGURES: Final = "metrics.jsonl"
_STATE: Final = "state.safetensors"
_BLOCK: Final = "block.safetensors"


@final
@dataclass(frozen=True)
class Files:
    """The files of a training in its folder, None to keep nothing.

    What they are `about` has to be the same to go on: the configuration, the seed, and hashes of
    program and data.
    """

    folder: Path | None
    about: dict[str, Any]

    def write(self, figures: dict[str, Any]) -> None:
        """Adds a line of figures."""
        if self.folder is not None:
            # Added line by line, so that a process that dies leaves what it has written.
            with (self.folder / _FIGURES).open("a", encoding="utf-8") as file:
                file.write(json.dumps(figures) + "\n")

    def keep_up_to(self, step: int) -> None:
        """Drops the figures of later steps, which come again."""
        if self.folder is None or not (path := self.folder / _FIGURES).exists():
            return
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        # A line without its end was cut off when the process died.
        kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step]
        write_text(path, "".join(kept))

    def load_state(self, like: State) -> State:
        """Returns the state of the checkpoint, which has the shapes of `like`; that without one."""
        if self.folder is None:
            return like
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / _STATE
        if not path.exists():
            return like
        arrays, recorded = _read(path)
        # Through JSON, as what was recorded went: tuples have become lists.
        wanted = json.loads(json.dumps(self.about))
        for key in sorted({*recorded, *wanted}):
            if recorded.get(key) != wanted.get(key):
                raise AltaError(
                    f"{path}: expected a checkpoint of the same training, but its {key} is "
                    f"{recorded.get(key)!r}, not {wanted.get(key)!r}; choose another folder"
                )
        state: State = _tree(arrays, like)
        return state

    def save_state(self, state: State) -> None:
        """Writes a checkpoint; a run that is interrupted meanwhile leaves the previous one."""
        if self.folder is not None:
            save_leaves(self.folder / _STATE, state, self.about)

    def save_block(self, block: DenseBlock, step: int, name: str) -> None:
        """Writes the block after a step, with the name of its configuration."""
        if self.folder is not None:
            save_block(self.folder, block, {**self.about, "configuration": name, "step": step})


def save_block(folder: Path, block: DenseBlock, about: dict[str, Any]) -> None:
    """Writes a trained block, with what is said of it."""
    arrays = {f"matrix.{index}": np.asarray(matrix) for index, matrix in enumerate(block.matrices)}
    arrays |= {f"bias.{index}": np.asarray(bias) for index, bias in enumerate(block.biases)}
    _write(folder / _BLOCK, arrays, {"activation": block.activation, **about})


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
    arrays, about = _read(path)
    matrices, biases = (
        tuple(arrays[f"{part}.{index}"] for index in range(len(arrays) // 2))
        for part in ("matrix", "bias")
    )
    return DenseBlock(matrices, biases, about["activation"])


def save_leaves(path: Path, tree: Any, about: dict[str, Any]) -> None:
    """Writes the arrays of a pytree, with what is said of them."""
    arrays = {str(index): np.asarray(leaf) for index, leaf in enumerate(jax.tree.leaves(tree))}
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, arrays, about)


def load_leaves(path: Path, like: Any) -> tuple[Any, dict[str, Any]] | None:
    """Returns a pytree like another that `save_leaves` wrote, and what is said of it; or None."""
    if not path.exists():
        return None
    arrays, about = _read(path)
    return _tree(arrays, like), about


def _tree(arrays: dict[str, Any], like: Any) -> Any:
    # Leaves are numbered in the order of the flattened pytree.
    leaves = [jnp.asarray(arrays[str(index)]) for index in range(len(arrays))]
    return jax.tree.unflatten(jax.tree.structure(like), leaves)


def _write(path: Path, arrays: dict[str, Any], about: dict[str, Any]) -> None:
    from safetensors.numpy import save_file

    # The format has rows one after another, and arrays are written as they lie in memory.
    rows = {name: np.array(array, order="C") for name, array in arrays.items()}
    with whole_file(path) as draft:
        # With sorted keys the same arrays make the same file.
        save_file(rows, draft, metadata={"alta": json.dumps(about, sort_keys=True)})


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata() or {}
    if "alta" not in metadata:
        raise AltaError(f"{path}: expected a file that `alta train` wrote")
    return arrays, json.loads(metadata["alta"])


@contextmanager
def monitor(
    title: str, steps: int, *, quiet: bool = False
) -> Iterator[Callable[[int, float, float, float | None], None]]:
    """Shows a bar of so many steps on a terminal, unless quiet, and yields what updates it.

    That is told the steps that were taken, and a second; the mean loss of the last ones; and the
    share of transitions that come out right, where it is known.
    """

    def show(step: int, rate: float, loss: float, accuracy: float | None) -> None:
        if update is not None:
            right = "" if accuracy is None else f"  right {accuracy:.4f}"
            update(completed=step, figures=f"{rate:,.0f} steps/s  loss {loss:.2e}{right}")

    with nullcontext() if quiet else bar(title, steps, transient=False) as update:
        yield show
