"""Frozen values: arrays and mappings that nobody can change, so that what is proved still runs.

NumPy lets whoever holds an array that owns its memory make it writeable again. Memory of a `bytes`
object cannot be written to at all, whatever the flags of the arrays on it are set to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Never, TypeVar, final

import numpy as np

from alta.errors import ModelError

__all__ = ["FrozenMapping", "frozen_array"]

_Entry_co = TypeVar("_Entry_co", covariant=True)


@final
class FrozenMapping(Mapping[str, _Entry_co]):
    """A mapping that cannot be changed; copied and pickled like a dict, a pytree in weights."""

    __slots__ = ("_entries",)

    _entries: Mapping[str, _Entry_co]

    def __init__(self, entries: Mapping[str, _Entry_co]) -> None:
        """Copies the entries."""
        object.__setattr__(self, "_entries", MappingProxyType(dict(entries)))

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"a FrozenMapping cannot be changed: {name}={value!r}")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"a FrozenMapping cannot be changed: del {name}")

    def __getitem__(self, name: str) -> _Entry_co:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __repr__(self) -> str:
        return repr(dict(self._entries))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenMapping, (dict(self._entries),)


def frozen_array(array: Any) -> np.ndarray[Any, Any]:
    """Returns an array of the same numbers on memory, mostly a copy, that cannot be written to."""
    source = np.asarray(array)
    if source.dtype.hasobject:
        raise ModelError(f"weights: expected arrays of numbers, got {array!r}")
    if not _on_bytes(source):
        # `frombuffer` of bytes makes an array that NumPy refuses to make writeable.
        source = np.frombuffer(source.tobytes(), source.dtype).reshape(source.shape)
    # An array of its own: shape and format of another one can be set by whoever holds it.
    return source.view()


def _on_bytes(array: np.ndarray[Any, Any]) -> bool:
    """Says whether an array lies in the memory of a `bytes` object."""
    # A view's base is another array, down to whatever owns the memory.
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    return type(base) is bytes
