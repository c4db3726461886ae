"""Reading: the model in a folder or a file, in whichever form it was written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alta.errors import ModelError
from alta.exports import folder, onnx
from alta.nn import files
from alta.nn.model import Model

__all__ = ["read"]


def _saved(path: Path) -> Model:
    return Model(*files.read(path))


# What a folder is told by, and the suffixes of files; in the order in which they are looked for.
_FOLDERS: Final[dict[str, Callable[[Path], Model]]] = {
    files.MANIFEST: _saved,
    folder.CONFIG: folder.read_folder,
    onnx.FILE: lambda path: onnx.read_graph(path / onnx.FILE),
}
_FILES: Final[dict[str, Callable[[Path], Model]]] = {
    ".safetensors": folder.read_weights,
    ".onnx": onnx.read_graph,
}

# Files that run code when they are opened.
_PICKLED: Final = (".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth")


def read(path: Path) -> Model:
    """Returns the model in a folder or a file; an error says what could have been read."""
    for name, read_folder in _FOLDERS.items():
        if (path / name).exists():
            return read_folder(path)
    if path.suffix in _FILES and not path.is_dir():
        return _FILES[path.suffix](path)
    if path.suffix in _PICKLED:
        hint = (
            "; a file of pickle runs code when it is opened, and is not read: "
            "module.save(directory), or safetensors.torch.save_file(module.state_dict(), file), "
            "writes one that is"
        )
    elif path.is_dir():
        names = sorted(entry.name for entry in path.iterdir())
        hint = f"; it has {', '.join(names[:8]) or 'nothing'}{', …' if len(names) > 8 else ''}"
    else:
        hint = "" if path.exists() else "; there is no such file or folder"
    raise ModelError(
        f"{path}: expected a directory written by Model.save or by 'alta compile' "
        f"({files.MANIFEST}), one written by alta.export ({folder.CONFIG} and {folder.WEIGHTS}, "
        f"or {onnx.FILE}), or a file of such a one (.safetensors, .onnx){hint}"
    )
