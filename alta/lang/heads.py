"""Attention heads: which position reads which value from which other position."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from alta.errors import ProgramError
from alta.lang.kinds import Categorical, Numerical
from alta.lang.values import normalise_value

__all__ = ["Head", "qkv", "v_relative"]


@final
@dataclass(frozen=True)
class Head:
    """An attention head.

    Position j is selected by position i when j - i is in `mask` (None: always) and the key at j
    equals the query at i or, for a set query, is one of its members (both None: always). Of a
    categorical value exactly one selected position gives it; otherwise the head's output is
    UNDEFINED. Of a numerical value the output is the mean over all selected positions, UNDEFINED
    when there are none.

    Attributes:
        query: name of the query variable, or None.
        key: name of the key variable, or None exactly when `query` is.
        value: name of the value variable.
        mask: the relative positions j - i that may be selected, sorted; None for all.
        output: the declared output variable: checked against the range of a categorical value,
            and for a numerical one the points to which the mean is discretised; None to take
            both from the value.
    """

    query: str | None
    key: str | None
    value: str
    mask: tuple[int, ...] | None = None
    output: Categorical | Numerical | None = None

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
    output_spec: Categorical | Numerical | None = None,
) -> Head:
    """Declares a head that reads `value` where `key` equals `query`, or is a member of it.

    Args:
        query: categorical or set variable read at the attending position.
        key: categorical variable compared with the query at every attended position.
        value: categorical or numerical variable whose value is read.
        relative_position_mask: the offsets j - i that may be attended to; None for all.
        output_spec: the head output's variable. Its range must be that of a categorical value;
            for a numerical one its `values` are the points to which the mean is discretised
            (None: those of the value).

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
    distance = normalise_value(offset, where=f"offset of a head that reads {value!r}")
    # Without query and key the mask alone selects, and one offset selects one position at most.
    return Head(None, None, value, (distance,))


def _checked_mask(offsets: Iterable[int], value: str) -> tuple[int, ...]:
    where = f"relative_position_mask of a head that reads {value!r}"
    if not isinstance(offsets, Iterable):
        raise ProgramError(f"{where}: expected offsets such as [-1, 0], got {offsets!r}")
    # A mask is a set of offsets: its order and repetitions are no part of the program.
    mask = tuple(sorted({normalise_value(offset, where=where) for offset in offsets}))
    if not mask:
        raise ProgramError(
            f"{where} is empty: it would select nothing; pass None to attend everywhere"
        )
    return mask
