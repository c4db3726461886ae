"""A vocabulary gives every token one name, and every name at most one token."""

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from alta.errors import InputLanguageError

__all__ = [
    "MAX_DECIMAL_NAMES",
    "Token",
    "Vocabulary",
    "as_number",
    "as_token",
    "as_word",
    "natural",
]

# The most tokens that a language without a vocabulary of its own may turn out to have.
MAX_DECIMAL_NAMES = 1_000_000

# What stands for a token in a sequence: its number or its name.
Token = int | str


@final
@dataclass(frozen=True)
class Vocabulary:
    """The names of the tokens 0 ... n-1, in order and all different."""

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        for index, name in enumerate(self.names):
            if not isinstance(name, str):
                raise InputLanguageError(
                    f"vocab: expected one str per token, got {name!r} for token {index}"
                )
        # A subclass of str, such as NumPy's, may print and compare in its own way.
        object.__setattr__(self, "names", tuple(map(str, self.names)))
        for index, name in enumerate(self.names):
            if self._indices[name] != index:
                raise InputLanguageError(
                    f"vocab: expected distinct names, got {name!r} for both token {index} "
                    f"and token {self._indices[name]}"
                )

    def __len__(self) -> int:
        return len(self.names)

    def find(self, token: object) -> int | None:
        """Returns the number of the token with this number or name, None if there is none."""
        if isinstance(token, str):
            return self._indices.get(token)
        number = as_number(token)
        return number if number is not None and 0 <= number < len(self.names) else None

    @cached_property
    def _indices(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.names)}


def as_token(item: object, *, where: str) -> Token:
    """Returns a token number or name as a plain int or str; `where` is for the error."""
    if isinstance(item, str):
        return str(item)
    if (number := as_number(item)) is not None:
        return number
    raise InputLanguageError(
        f"{where}: expected an int or a token name, got {item!r} ({type(item).__name__})"
    )


def as_word(tokens: Iterable[object] | str) -> Iterable[object]:
    """Returns the tokens of a sequence; a string is split at white space into names."""
    if isinstance(tokens, str):
        return tokens.split()
    # Every item of a JAX array is an array, and taking one runs on the device: all are at once.
    return list(np.asarray(tokens)) if hasattr(tokens, "__array__") else tokens


def as_number(token: object) -> int | None:
    """Returns an integer of Python, NumPy or JAX as a plain int, None for anything else."""
    # A bool is an int, but one of NumPy is no index.
    if isinstance(token, (int, np.bool_)):
        return int(token)
    try:
        return operator.index(token)  # type: ignore[arg-type]
    except TypeError:
        return None


def natural(value: object, *, name: str) -> int:
    """Returns a length, an int of at least 0, as a plain int."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= 0:
        return int(value)
    raise InputLanguageError(f"{name}: expected an int of at least 0, got {value!r}")
