"""Options: what a verification in pytest can be told, and complaints about what it cannot."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import pytest

__all__ = ["OPTIONS", "Check", "Options", "checked", "expecting"]


@final
@dataclass(frozen=True)
class Options:
    """What can be said about a verification, beside what is verified.

    The bounds and the timeout are those of `verify`; "any" stands for a `max_len` of None, inputs
    of every length. Without a `dtype` programs are compiled to float32, and weights that are given
    keep their format. Verdicts that `allow` has pass, too. What was meant, if that is to be proved
    as well, is the `spec`: a name, or what `verify` takes.
    """

    max_len: int | None = 20
    max_layers: int | None = None
    timeout: float | None = None
    dtype: str | None = None
    allow: tuple[str, ...] = ()
    spec: Any = None


Check = Callable[[Any], "str | None"]
"""Says what was expected in place of a value; None where it is right."""

# Files have no word for None.
_ANY_LENGTH: Final = "any"

_FORMATS: Final = ("float64", "float32", "bfloat16", "float16")


def expecting(words: str, right: Callable[[Any], bool]) -> Check:
    """Returns a check of what is right, with the words for what was expected."""
    return lambda value: None if right(value) else words


def _is_number(value: Any, least: int, kinds: Any) -> bool:
    # bool is a subclass of int, and True is no number of layers.
    return isinstance(value, kinds) and not isinstance(value, bool) and bool(value >= least)


def _verdicts(value: Any) -> str | None:
    if isinstance(value, (list, tuple)) and all(v in ("UNKNOWN", "VACUOUS") for v in value):
        return None
    hint = " (a refutation that is expected is an xfail)" if "REFUTED" in str(value) else ""
    return f'a list of verdicts, of "UNKNOWN" and "VACUOUS"{hint}'


OPTIONS: Final[Mapping[str, Check]] = {
    "max_len": expecting(
        'a whole number of at least 1, or "any"',
        lambda v: v is None or v == _ANY_LENGTH or _is_number(v, 1, int),
    ),
    "max_layers": expecting("a whole number of at least 0", lambda v: _is_number(v, 0, int)),
    "timeout": expecting("a number of seconds", lambda v: _is_number(v, 0, (int, float))),
    "dtype": expecting(f"one of {', '.join(_FORMATS)}", lambda v: v in _FORMATS),
    "allow": _verdicts,
    # What a specification is, is known to a module that takes a while to import.
    "spec": expecting(
        '"oracle", "file.py:function", or in a mark a function or what alta_verify.specs makes',
        lambda v: (isinstance(v, str) and v != "") or callable(v) or hasattr(v, "statement"),
    ),
}
"""The fields of `Options`, with what is asked of each."""


def checked(options: Mapping[str, Any], checks: Mapping[str, Check], where: str) -> dict[str, Any]:
    """Returns options that are known and right; a complaint says where, and what was expected."""
    for name, value in options.items():
        if name not in checks:
            raise pytest.UsageError(f"{where}: unknown option {name!r}; {_nearest(name, checks)}")
        expected = checks[name](value)
        if expected is not None:
            raise pytest.UsageError(f"{where}: {name}: expected {expected}, got {value!r}")
    values = {name: tuple(v) if isinstance(v, list) else v for name, v in options.items()}
    if values.get("max_len") == _ANY_LENGTH:
        values["max_len"] = None
    return values


def _nearest(name: str, choices: Iterable[str]) -> str:
    # `alta.errors` has the same, but to import it takes as long as all the rest of pytest.
    close = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(choices)}"
