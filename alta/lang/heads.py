"""Attention heads: which position reads which value from which other position.

A *domain* is what a variable or a head output can be; the two are checked against one another.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, final

from alta.errors import ProgramError, ProgramWarning, nearest
from alta.lang.kinds import Categorical, Initial, Numerical, SetVariable, Variable
from alta.lang.masks import EVERYWHERE, Mask, mask_of
from alta.lang.values import check_name, normalise_value
from alta.lang.variables import check_points

__all__ = ["RELATIVE_QK", "AttentionHead", "Head", "domains_of", "qkv", "v_relative"]

RELATIVE_QK: Final = None
"""The query and the key of a head that selects by its mask alone, as the published API names it."""


@final
@dataclass(frozen=True)
class Head:
    """An attention head.

    Position j is selected by position i when j - i is in `mask` and the key at j equals the query
    at i or, for a set query, is one of its members (both None: always). Of a categorical value
    exactly one selected position gives it; otherwise the head's output is UNDEFINED. Of a numerical
    value the output is the mean over all selected positions, UNDEFINED when there are none.

    Attributes:
        query: name of the query variable, or None.
        key: name of the key variable, or None exactly when `query` is.
        value: name of the value variable.
        mask: the relative positions j - i that may be selected; made of what `qkv` takes for one.
        output: the declared output variable: checked against the range of a categorical value,
            and for a numerical one the points to which the mean is discretised; None to take
            both from the value.
    """

    query: str | None
    key: str | None
    value: str
    mask: Mask = EVERYWHERE
    output: Categorical | Numerical | None = None

    def __post_init__(self) -> None:
        where = f"relative_position_mask of a head that reads {self.value!r}"
        object.__setattr__(self, "mask", mask_of(self.mask, where))


AttentionHead: TypeAlias = Head
"""The type of what `qkv` gives, as the published API names it."""


def qkv(
    query: str | None,
    key: str | None,
    value: str,
    relative_position_mask: Mask | Iterable[int] | None = None,
    output_spec: Categorical | Numerical | None = None,
) -> Head:
    """Declares a head that reads `value` where `key` equals `query`, or is a member of it.

    Args:
        query: categorical or set variable read at the attending position; None, as the key then
            has to be, to select by the mask alone.
        key: categorical variable compared with the query at every attended position.
        value: categorical or numerical variable whose value is read.
        relative_position_mask: the offsets j - i that may be attended to, or `causal()` or
            `before()` for those of every length; None for all. An empty set, which in the published
            API is the default, is taken for None with a warning.
        output_spec: the head output's variable. Its range must be that of a categorical value;
            for a numerical one its `values` are the points to which the mean is discretised
            (None: those of the value).

    Raises:
        ProgramError: when the mask is an empty list or range, or holds something other than ints.
    """
    mask: Any = relative_position_mask
    if isinstance(mask, AbstractSet) and not mask:
        warnings.warn(
            f"relative_position_mask={mask!r} of a head that reads {value!r} is taken for None, as "
            "in the published ALTA API: every position may be attended to. By what it says, a set "
            "without offsets, none might; write None, or leave it out [empty-mask]",
            ProgramWarning,
            stacklevel=2,
        )
        mask = None
    return Head(query, key, value, mask, output_spec)


def v_relative(value: str, offset: int | None = None, *, position: int | None = None) -> Head:
    """Declares a head that reads `value` at a fixed distance.

    Args:
        value: variable whose value is read.
        offset: the distance j - i; -1 reads the position to the left.
        position: another name of `offset`.
    """
    where = f"offset of a head that reads {value!r}"
    if offset is not None and position is not None:
        raise ProgramError(f"{where}: expected offset or position, got both")
    distance = normalise_value(position if offset is None else offset, where=where)
    # Without query and key the mask alone selects, and one offset selects one position at most.
    return Head(None, None, value, Mask((distance,)))


def domains_of(variables: Mapping[str, Variable], heads: Mapping[str, Head]) -> dict[str, Variable]:
    """Returns the variables followed by the head outputs, all as variables, once all fit."""
    for where, parts in (("variables", variables), ("heads", heads)):
        if not isinstance(parts, Mapping):
            raise ProgramError(f"{where}: expected a dict by name, got {parts!r}")
    for name, variable in variables.items():
        _check_name(name, "variable")
        if not isinstance(variable, Variable):
            raise ProgramError(
                f"variable {name!r}: expected the result of alta.var, alta.input_var, "
                f"alta.position_var, alta.numeric_var or alta.set_var, got {variable!r}"
            )
    # Variables first, then head outputs: the order of the layout and of the canonical form.
    domains = dict(variables)
    for name, head in heads.items():
        _check_name(name, "head")
        if name in variables:
            raise ProgramError(f"head {name!r}: a variable has the same name; rename one of them")
        if not isinstance(head, Head):
            raise ProgramError(
                f"head {name!r}: expected the result of alta.qkv or alta.v_relative, got {head!r}"
            )
        _check_reads(name, head, variables, heads)
        _check_selection(name, head, variables)
        domains[name] = _output_of(name, head, variables[head.value])
    return domains


def _check_name(name: object, where: str) -> None:
    if not isinstance(name, str) or not name:
        raise ProgramError(f"{where} name: expected a non-empty str, got {name!r}")
    check_name(name, f"{where} name")


def _check_reads(
    name: str, head: Head, variables: Mapping[str, Variable], heads: Mapping[str, Head]
) -> None:
    for role, read in (("query", head.query), ("key", head.key), ("value", head.value)):
        if read is None and role != "value":
            continue
        # All heads read the state before the layer, in which head outputs are UNDEFINED.
        if read is not None and read in heads:
            raise ProgramError(
                f"head {name!r}: its {role} is the head output {read!r}; heads are parallel and "
                "read the state before the layer, in which it is UNDEFINED. Store the output in a "
                f"variable first: {_stored(read, role, variables.get(heads[read].value))}"
            )
        if read not in variables:
            raise ProgramError(
                f"head {name!r}: its {role} {read!r} is not a variable; "
                f"{nearest(str(read), variables)}"
            )
    if (head.query is None) != (head.key is None):
        raise ProgramError(
            f"head {name!r}: expected both a query and a key, or neither; got "
            f"query={head.query!r}, key={head.key!r}"
        )


# Returns how to have a head read what another one read a layer before; `value` is what that reads.
def _stored(output: str, role: str, value: Variable | None) -> str:
    is_number = isinstance(value, Numerical)
    maker = "numeric_var()" if is_number else f"var({value.width if value else '…'})"
    stored = f"{output}_stored"
    return (
        f"declare {stored!r}: alta.{maker}, assign z[{stored!r}] = z[{output!r}] in the MLP, and "
        f"take {stored!r} for the {role}. What it reads is then there one layer later, for which "
        "the rest of the MLP has to wait"
    )


def _check_selection(name: str, head: Head, variables: Mapping[str, Variable]) -> None:
    if head.query is None or head.key is None:
        return
    # A score is the inner product of two codes: a one-hot or multi-hot query with a one-hot key.
    query, key = variables[head.query], variables[head.key]
    if not isinstance(query, (Categorical, SetVariable)):
        raise ProgramError(
            f"head {name!r}: expected a categorical or set query, got the {query.kind} variable "
            f"{head.query!r}"
        )
    if not isinstance(key, Categorical):
        raise ProgramError(
            f"head {name!r}: expected a categorical key, got the {key.kind} variable {head.key!r}"
        )
    if query.range != key.range:
        raise ProgramError(
            f"head {name!r}: query {head.query!r} has range {query.range} and key "
            f"{head.key!r} has range {key.range}; they must be equal"
        )


def _output_of(name: str, head: Head, value: Variable) -> Variable:
    if not isinstance(value, (Categorical, Numerical)):
        raise ProgramError(
            f"head {name!r}: expected a categorical or numerical value, got the {value.kind} "
            f"variable {head.value!r}"
        )
    # A categorical output is one of the values read, so a declared range can only agree with
    # theirs; the mean of numbers is a new number, whose buckets may be other ones.
    output = value if head.output is None else head.output
    if type(output) is not type(value):
        maker = "alta.var" if isinstance(value, Categorical) else "alta.numeric_var"
        raise ProgramError(
            f"head {name!r}: output_spec: expected the result of {maker}, got {output!r}"
        )
    if isinstance(output, Numerical):
        points = None if output.values is None else check_points(output.values)
        return Numerical(points, Initial("default", table=(0.0,)))
    if output.range != value.width:
        raise ProgramError(
            f"head {name!r}: output_spec has range {output.range} and value {head.value!r} has "
            f"range {value.width}; they must be equal"
        )
    return Categorical(value.width, Initial("default", table=(0,)))
