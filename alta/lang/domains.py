"""Domains: the values of every variable and head output, checked against one another."""

from __future__ import annotations

from collections.abc import Mapping

from alta.errors import ProgramError, nearest
from alta.lang.heads import Head
from alta.lang.variables import Categorical, Initial

__all__ = ["domains_of"]


def domains_of(
    variables: Mapping[str, Categorical], heads: Mapping[str, Head]
) -> dict[str, Categorical]:
    """Returns the variables followed by the head outputs, all as variables.

    Raises:
        ProgramError: when a name is taken twice or is no name, a head reads something that is no
            variable, query and key differ in range, or value and declared output do.
    """
    for name, variable in variables.items():
        _check_name(name, "variable")
        if not isinstance(variable, Categorical):
            raise ProgramError(
                f"variable {name!r}: expected the result of alta.var, alta.input_var or "
                f"alta.position_var, got {variable!r}"
            )
    domains = dict(variables)
    for name, head in heads.items():
        _check_name(name, "head")
        if name in variables:
            raise ProgramError(f"head {name!r}: a variable has the same name; rename one of them")
        if not isinstance(head, Head):
            raise ProgramError(
                f"head {name!r}: expected the result of alta.qkv or alta.v_relative, got {head!r}"
            )
        domains[name] = _output_of(name, head, variables, heads)
    return domains


def _check_name(name: object, what: str) -> None:
    if not isinstance(name, str) or not name:
        raise ProgramError(f"{what} name: expected a non-empty str, got {name!r}")


def _output_of(
    name: str, head: Head, variables: Mapping[str, Categorical], heads: Mapping[str, Head]
) -> Categorical:
    for role, read in (("query", head.query), ("key", head.key), ("value", head.value)):
        if read is None and role != "value":
            continue
        if read in heads:
            raise ProgramError(
                f"head {name!r}: its {role} is the head output {read!r}; heads are parallel and "
                "read the state before the layer. Store the output in a variable first"
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
    if head.query is not None and head.key is not None:
        query, key = variables[head.query], variables[head.key]
        if query.range != key.range:
            raise ProgramError(
                f"head {name!r}: query {head.query!r} has range {query.range} and key "
                f"{head.key!r} has range {key.range}; they must be equal"
            )
    value = variables[head.value]
    if head.output is not None and not isinstance(head.output, Categorical):
        raise ProgramError(
            f"head {name!r}: output_spec: expected the result of alta.var, got {head.output!r}"
        )
    if head.output is not None and head.output.range != value.range:
        raise ProgramError(
            f"head {name!r}: output_spec has range {head.output.range} and value {head.value!r} "
            f"has range {value.range}; they must be equal"
        )
    return Categorical(value.range, Initial("default", table=(0,)))
