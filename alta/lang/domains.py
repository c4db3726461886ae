"""Domains: the values of every variable and head output, checked against one another."""

from __future__ import annotations

from collections.abc import Mapping

from alta.errors import ProgramError, nearest
from alta.lang.heads import Head
from alta.lang.kinds import Categorical, Initial, Numerical, SetVariable, Variable
from alta.lang.values import check_name
from alta.lang.variables import check_points

__all__ = ["domains_of"]


def domains_of(variables: Mapping[str, Variable], heads: Mapping[str, Head]) -> dict[str, Variable]:
    """Returns the variables followed by the head outputs, all as variables.

    Raises:
        ProgramError: when a name is taken twice or is no name, a head reads something that is no
            variable or not of the kind it takes, query and key differ in range, or value and
            declared output do.
    """
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
