"""Attention heads: which position reads which value from which other position."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from alta.errors import ProgramError
from alta.lang.variables import Categorical, normalise_value

__all__ = ["Head", "qkv", "v_relative"]


@final
@dataclass(frozen=True)
class Head:
    """Is an attention head.

    Position j is selected by position i when j - i is in `mask` (None: always) and the key at j
    equals the query at i (both None: always). Exactly one selected position gives its value;
    otherwise the head's output is UNDEFINED.

    Attributes:
        query: name of the query variable, or None.
        key: name of the key variable, or None exactly when `query` is.
        value: name of the value variable.
        mask: the relative positions j - i that may be selected, sorted; None for all.
        output: the declared output variable, checked against the value's range; None to take it
            from the value.
    """

    query: str | None
    key: str | None
    value: str
    mask: tuple[int, ...] | None = None
    output: Categorical | None = None

    def __post_init__(self) -> None:
        if self.mask is not None:
            object.__setattr__(self, "mask", _checked_mask(self.mask, self.value))

    def allows(self, offset: int) -> bool:
        """Says whether the mask lets position i read position i + offset."""
        return self.mask is None or offset in self.mask


def qkv(
    query: str,
    key: str,
    value: str,
    relative_position_mask: Iterable[int] | None = None,
    output_spec: Categorical | None = None,
) -> Head:
    """Declares a head that reads `value` where `key` equals `query`.

    Args:
        query: variable read at the attending position.
        key: variable compared with the query at every attended position.
        value: variable whose value is read.
        relative_position_mask: the offsets j - i that may be attended to; None for all.
        output_spec: the head output's variable, when it should be checked; its range must be the
            value's.

    Raises:
        ProgramError: when the mask is empty or holds something other than ints.
    """
    mask = None if relative_position_mask is None else _checked_mask(relative_position_mask, value)
    return Head(query, key, value, mask, output_spec)


def v_relative(value: str, offset: int) -> Head:
    """Declares a head that reads `value` at a fixed distance.

    Args:
        value: variable whose value is read.
        offset: the distance j - i; -1 reads the position to the left.
    """
    distance = normalise_value(offset, what=f"offset of a head that reads {value!r}")
    return Head(None, None, value, (distance,))


def _checked_mask(offsets: Iterable[int], value: str) -> tuple[int, ...]:
    what = f"relative_position_mask of a head that reads {value!r}"
    if not isinstance(offsets, Iterable):
        raise ProgramError(f"{what}: expected offsets such as [-1, 0], got {offsets!r}")
    mask = tuple(sorted({normalise_value(offset, what=what) for offset in offsets}))
    if not mask:
        raise ProgramError(
            f"{what} is empty: it would select nothing; pass None to attend everywhere"
        )
    return mask
