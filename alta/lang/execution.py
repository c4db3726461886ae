"""Faceted execution: one run of a Python function in many states at once.

Every value is a facet, and every statement runs under a guard (Austin and Flanagan 2012; Nguyen,
Kästner and Nguyen 2014, there called variational execution). Branches meet again, so that what two
blocks do is added and not multiplied. What facets and guards are is a domain's own business. What
is outside of the part of Python that is followed here is refused, and nothing is guessed.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Iterator, Mapping
from functools import partial
from types import FunctionType, MethodType
from typing import Final

from alta.lang.domain import Deferred, Domain, Facet, Guard, NotFollowed
from alta.lang.expressions import EXPRESSIONS
from alta.lang.frame import Frame, Table
from alta.lang.statements import STATEMENTS
from alta.lang.syntax import Definition, definition_of

__all__ = ["called"]

_DEEPEST: Final = 50
_TABLE: Final[Table] = {**EXPRESSIONS, **STATEMENTS}

_SCOPES: Final = (ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.AsyncFunctionDef)
# With them a call does something else than to return a value.
_UNUSUAL: Final = (ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal)


def called(
    domain: Domain,
    guard: Guard,
    function: object,
    arguments: list[Facet],
    named: dict[str, Facet],
    depth: int,
) -> Facet:
    """Runs a function and returns the facet of what it returns.

    Raises `NotFollowed` with the reason where it cannot be followed.
    """
    if isinstance(function, MethodType):
        arguments = [domain.leaf(function.__self__), *arguments]
        function = function.__func__
    if depth > _DEEPEST:
        raise NotFollowed(f"calls are more than {_DEEPEST} deep")
    if isinstance(function, Deferred):
        definition: Definition = function.node
        signature = _signature(function.node, function.defaults)
        parent: Frame = function.frame
        outer, file = parent.name, parent.file
    else:
        source = definition_of(function) if isinstance(function, FunctionType) else None
        if not isinstance(function, FunctionType) or source is None:
            raise NotFollowed(f"the source of {function!r} is not to be had")
        definition = source
        signature = _leaves(domain, inspect.signature(function, follow_wrapped=False))
        outer, file = partial(_global, domain, function), function.__code__.co_filename
    local = _bound(signature, arguments, named)
    frame = Frame(domain, _TABLE, outer, file, _names(definition), local, guard, depth)
    if isinstance(definition, ast.Lambda):
        return frame.value(definition.body, guard)
    for statement in definition.body:
        # All others have returned, and what names are bound to there matters no more.
        frame.live = guard
        guard = frame.run([statement], guard)
    return frame.result(guard)


def _bound(
    signature: inspect.Signature, arguments: list[Facet], named: dict[str, Facet]
) -> dict[str, Facet]:
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise NotFollowed(
                f"it calls a function that takes any number of arguments ({parameter})"
            )
    try:
        bound = signature.bind(*arguments, **named)
    except TypeError as error:
        raise NotFollowed(f"it calls a function with arguments that do not fit: {error}") from None
    bound.apply_defaults()
    return dict(bound.arguments)


# Returns the signature with facets of the defaults.
def _leaves(domain: Domain, signature: inspect.Signature) -> inspect.Signature:
    return signature.replace(
        parameters=[
            parameter
            if parameter.default is parameter.empty
            else parameter.replace(default=domain.leaf(parameter.default))
            for parameter in signature.parameters.values()
        ]
    )


def _signature(node: Definition, defaults: Mapping[str, Facet]) -> inspect.Signature:
    arguments, kinds = node.args, inspect.Parameter
    if arguments.vararg or arguments.kwarg:
        raise NotFollowed("it defines a function that takes any number of arguments")
    return inspect.Signature(
        [
            kinds(part.arg, kind, default=defaults.get(part.arg, kinds.empty))
            for parts, kind in (
                (arguments.posonlyargs, kinds.POSITIONAL_ONLY),
                (arguments.args, kinds.POSITIONAL_OR_KEYWORD),
                (arguments.kwonlyargs, kinds.KEYWORD_ONLY),
            )
            for part in parts
        ]
    )


# Returns the facet of a name that is not local to a function.
def _global(domain: Domain, function: FunctionType, name: str, _: Guard) -> Facet:
    code = function.__code__
    if name in code.co_freevars:
        cell = (function.__closure__ or ())[code.co_freevars.index(name)]
        return domain.leaf(cell.cell_contents)
    for scope in (function.__globals__, vars(builtins)):
        if name in scope:
            return domain.leaf(scope[name])
    raise NotFollowed(f"{name!r} is not defined")


# Yields the nodes of a function that are run when it is called, and the heads of those inside.
def _inside(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _SCOPES):
            yield from _inside(child)


# Returns the names that are local to a function.
def _names(node: Definition) -> frozenset[str]:
    parts = [*_inside(node)]
    for part in parts:
        if isinstance(part, _UNUSUAL):
            raise NotFollowed(f"'{ast.unparse(part)}' is in it; write a function that returns")
    # Comprehensions have scopes of their own.
    inner = {
        name
        for part in parts
        if isinstance(part, ast.comprehension)
        for name in ast.walk(part.target)
    }
    return frozenset(
        [part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)]
        + [part.name for part in parts if isinstance(part, ast.FunctionDef)]
        + [
            part.id
            for part in parts
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and part not in inner
        ]
    )
