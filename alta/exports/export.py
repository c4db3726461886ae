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


def _torch(model: Model, directory: Path, _: Path | None) -> None:
    from alta.exports.folder import config_of, write_folder

    write_folder(model, directory, config_of(model))


def _hub(model: Model, directory: Path, certificate: Path | None) -> None:
    from alta.exports.hub import write_hub

    write_hub(model, directory, certificate)


FORMS: Final[dict[str, Callable[[Model, Path, Path | None], None]]] = {"torch": _torch, "hf": _hub}
"""What a model can be exported to, by name."""


def export(
    model: Model, directory: str | Path, to: str = "torch", certificate: str | Path | None = None
) -> None:
    """Writes a model for another library; `alta.load` reads it, whatever is done to its weights.

    Args:
        model: a model of arrays, compiled, loaded or learned.
        directory: where to; it is made if needed.
        to: ``"torch"``: ``model.safetensors`` and ``config.json``, for `alta.exports.torch.load`.
            ``"hf"``: the same with ``tokenizer.json`` and a model card, ``README.md``.
        certificate: for ``"hf"``, the folder of a certificate of these weights, whose theorem and
            hash the card then has.

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
    if certificate is not None and to != "hf":
        raise ModelError(
            f"export: certificate={str(certificate)!r}: expected to='hf', whose card has the "
            f"theorem, got {to!r}"
        )
    check_folder(Path(directory))
    FORMS[to](model, Path(directory), None if certificate is None else Path(certificate))
