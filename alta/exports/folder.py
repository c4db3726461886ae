"""Folders: ``model.safetensors`` and ``config.json``, as PyTorch and Hugging Face have models.

Weights are meant to be changed by others, so no hash of them is kept; what they are for is in the
configuration, which is also in the header of the file with the weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import safetensors.numpy

from alta.errors import ModelError
from alta.exports.tensors import Form, tensors_of, weights_of
from alta.lang.program import Program, program_hash, program_text
from alta.nn import storage
from alta.nn.block import ACTIVATIONS
from alta.nn.model import Model
from alta.nn.sparse import Array
from alta.output import whole_file

__all__ = [
    "CONFIG",
    "WEIGHTS",
    "config_of",
    "model_of",
    "parse_config",
    "read_folder",
    "read_weights",
    "write_folder",
]

CONFIG: Final = "config.json"
"""The file that says what the weights are for."""

WEIGHTS: Final = "model.safetensors"
"""The file with the weights."""

# A configuration of another format is refused, and never read as if it were one of this.
_FORMAT: Final = "alta-transformer 1"
_ENTRIES: Final = (
    *("program", "program_sha256", "vocab", "layout", "max_len"),
    *("heads", "sparse", "activation"),
)
_METADATA: Final = "alta"


def config_of(model: Model) -> dict[str, Any]:
    """Returns what is to be known of a model beside its tensors."""
    program, form = model.program, Form.of(model.program, model.weights)
    return {
        "format": _FORMAT,
        "model_type": "alta",
        "architectures": ["Transformer"],
        "dtype": model.dtype,
        "max_len": model.max_len,
        "vocab": list(program.vocab),
        "layout": storage.layout_entry(model.layout),
        "heads": {name: list(widths) for name, widths in form.widths.items()},
        "sparse": sorted(form.sparse),
        "activation": form.activation,
        "program": program_text(program).splitlines(),
        "program_sha256": program_hash(program),
    }


def write_folder(model: Model, directory: Path, config: Mapping[str, Any]) -> None:
    """Writes weights and configuration to a directory, which is made if needed."""
    directory.mkdir(parents=True, exist_ok=True)
    tensors = tensors_of(model.weights, Form.of(model.program, model.weights))
    # safetensors silently writes the bytes of arrays that are not contiguous in the wrong order.
    arrays = {name: array.copy(order="C") for name, array in tensors.items()}
    data = safetensors.numpy.save(
        arrays, metadata={"format": "pt", _METADATA: json.dumps(config, separators=(",", ":"))}
    )
    # Written before either is put into its place, so that neither is there without the other.
    with whole_file(directory / WEIGHTS) as weights, whole_file(directory / CONFIG) as entries:
        weights.write_bytes(data)
        entries.write_text(json.dumps(config, indent=1) + "\n", encoding="ascii")


def read_folder(directory: Path) -> Model:
    """Returns the model in a directory, whatever was done to its weights."""
    config = parse_config(_config_text(directory / CONFIG), directory / CONFIG)
    data = storage.read_file(
        directory / WEIGHTS,
        storage.MAX_WEIGHTS,
        f"the weights in one file of safetensors beside {CONFIG}; files of pickle run code when "
        "they are opened, and are not read",
    )
    tensors = storage.read_arrays(data, directory / WEIGHTS)
    return model_of(config, tensors, directory / WEIGHTS)


def read_weights(path: Path) -> Model:
    """Returns the model of one file of weights, by the configuration in it or beside it."""
    data = storage.read_file(path, storage.MAX_WEIGHTS, "a file of safetensors")
    tensors = storage.read_arrays(data, path)
    # `read_arrays` has shown that the header is there, and that it is JSON.
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    text, where = header.get("__metadata__", {}).get(_METADATA), path
    if text is None:
        # Saved by other means, as by `safetensors.torch.save_file(module.state_dict(), path)`.
        where = path.with_name(CONFIG)
        if not where.exists():
            raise ModelError(
                f"{path}: its header does not say which program the weights are for; expected "
                f"{CONFIG} beside it: copy that of the exported folder, or save with "
                "module.save(directory)"
            )
        text = _config_text(where)
    return model_of(parse_config(text, where), tensors, path)


def _config_text(path: Path) -> bytes:
    return storage.read_file(path, storage.MAX_MANIFEST, f"the {CONFIG} that alta.export wrote")


def parse_config(text: bytes | str, where: Path) -> dict[str, Any]:
    """Returns a configuration with all its entries; whether they fit is seen by `model_of`."""
    config = storage.parse_object(text, where)
    if config.get("format") != _FORMAT:
        raise ModelError(
            f"{where}: format: expected {_FORMAT!r}, got {config.get('format')!r:.60}; what "
            "alta.export writes has it"
        )
    if missing := [entry for entry in _ENTRIES if entry not in config]:
        raise ModelError(f"{where}: missing: {', '.join(missing)}; export the model anew")
    return config | {"where": where}


def model_of(config: Mapping[str, Any], tensors: Mapping[str, Array], where: Path) -> Model:
    """Returns the model that tensors are by a configuration, once all of it fits."""
    place = config["where"]
    program = storage.read_program(dict(config), place)
    layout = storage.read_layout(config["layout"], place)
    layout.check(program)
    form = _form(config, program, place)
    weights = weights_of(tensors, form, program, layout, where)
    model = Model(program, weights, layout, storage.read_max_len(config["max_len"], place))
    model.check()
    return model


def _form(config: Mapping[str, Any], program: Program, where: Path) -> Form:
    heads, sparse, activation = (config[entry] for entry in ("heads", "sparse", "activation"))
    if (
        not isinstance(heads, dict)
        or set(heads) != set(program.heads)
        or not all(_are_widths(widths) for widths in heads.values())
    ):
        raise ModelError(
            f"{where}: heads: expected the widths of key and value for each of "
            f"{', '.join(program.heads) or 'no heads'}, got {str(heads)[:60]}"
        )
    if not isinstance(sparse, list) or any(type(name) is not str for name in sparse):
        raise ModelError(f"{where}: sparse: expected a list of names, got {str(sparse)[:60]}")
    if activation is not None and activation not in (names := [*ACTIVATIONS]):
        raise ModelError(
            f"{where}: activation: expected null for a compiled block, or one of "
            f"{', '.join(names)}, got {activation!r:.60}"
        )
    # In the order of the program, in which the tensors stack them.
    widths = {name: (heads[name][0], heads[name][1]) for name in program.heads}
    return Form(widths, frozenset(sparse), activation)


def _are_widths(widths: Any) -> bool:
    return (
        isinstance(widths, list)
        and len(widths) == 2
        and all(type(width) is int and 0 <= width <= storage.MAX_SIDE for width in widths)
    )
