"""Exporting: a model written in the form that another library has models in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alta.errors import ModelError, nearest
from alta.output import check_folder

if TYPE_CHECKING:
    from alta.nn.model import Model

__all__ = ["FORMS", "export"]


def _torch(model: Model, directory: Path) -> None:
    from alta.exports.folder import config_of, write_folder

    write_folder(model, directory, config_of(model))


def _onnx(
    model: Model, directory: Path, *, length: int | None = None, n_layers: int | None = None
) -> None:
    from alta.exports.onnx import write_graph

    write_graph(model, directory, length, n_layers)


def _hub(model: Model, directory: Path, *, certificate: str | Path | None = None) -> None:
    from alta.exports.hub import write_hub

    write_hub(model, directory, None if certificate is None else Path(certificate))


FORMS: Final[dict[str, Callable[..., None]]] = {"torch": _torch, "onnx": _onnx, "hf": _hub}
"""What a model can be exported to, by name."""

# What only some forms take.
_OPTIONS: Final = {"torch": (), "onnx": ("length", "n_layers"), "hf": ("certificate",)}


def export(
    model: Model,
    directory: str | Path,
    to: str = "torch",
    *,
    certificate: str | Path | None = None,
    length: int | None = None,
    n_layers: int | None = None,
) -> None:
    """Writes a model for another library; `alta.load` reads it, whatever is done to its weights.

    Args:
        model: a model of arrays, compiled, loaded or learned.
        directory: where to; it is made if needed.
        to: ``"torch"``: ``model.safetensors`` and ``config.json``, for `alta.exports.torch.load`.
            ``"onnx"``: ``model.onnx``, a graph with the weights in it, which any runtime takes.
            ``"hf"``: as for PyTorch, with ``tokenizer.json`` and a model card, ``README.md``.
        certificate: for ``"hf"``, the folder of a certificate of these weights, whose theorem and
            hash the card then has.
        length: for ``"onnx"``, that of all inputs; None for any.
        n_layers: for ``"onnx"``, how many layers are written out one after the other, whatever the
            halt says; None for a loop that ends as runs of the model do.

    Raises:
        ModelError: for another form, a model with a function in it, which has no weights, or a
            certificate of other weights.
    """
    # On demand: who only names the forms needs no JAX.
    from alta.nn.model import Model

    if to not in FORMS:
        raise ModelError(
            f"export: to={to!r}: expected one of {', '.join(FORMS)}; {nearest(to, FORMS)}"
        )
    if not isinstance(model, Model):
        raise ModelError(
            f"export: expected a model of arrays, as alta.compile returns, got {model!r:.80}; a "
            "function has no weights to write"
        )
    options = {"certificate": certificate, "length": length, "n_layers": n_layers}
    chosen = {name: value for name, value in options.items() if value is not None}
    if odd := [name for name in chosen if name not in _OPTIONS[to]]:
        form = next(form for form, names in _OPTIONS.items() if odd[0] in names)
        raise ModelError(
            f"export: {odd[0]}={chosen[odd[0]]!r}: expected to={form!r}, which takes it, got {to!r}"
        )
    check_folder(Path(directory))
    FORMS[to](model, Path(directory), **chosen)
