"""Expressions in many states at once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from alta.lang.domain import Deferred, Facet, Guard, NotFollowed
from alta.lang.frame import Frame, Table
from alta.lang.operations import BINARY, COMPARISONS, CONVERSIONS, UNARY, formatted, joined
from alta.lang.syntax import Definition

__all__ = ["EXPRESSIONS", "defined"]

_COLLECTIONS: Final[Mapping[type[ast.AST], type]] = {
    ast.List: list,
    ast.ListComp: list,
    ast.Set: set,
    ast.SetComp: set,
    ast.Tuple: tuple,
}

# They take all elements of what they are given, before anything else happens.
_CONSUMERS: Final = (frozenset, list, max, min, set, sorted, sum, tuple)


# Returns the facet of values one of which ends the evaluation where it is true, or where it is not.
def _until(
    frame: Frame, parts: Sequence[Callable[[Guard], Facet]], guard: Guard, *, ending: bool
) -> Facet:
    domain = frame.domain
    result = parts[0](guard)
    for part in parts[1:]:
        true = domain.truth(guard, result)
        guard = domain.without(guard, true) if ending else true
        if guard == domain.false:
            break
        value = part(guard)
        # Where the evaluation has ended, the result stands.
        result = domain.choose(guard, value, result)
    return result


def _boolean(frame: Frame, node: ast.BoolOp, guard: Guard) -> Facet:
    parts = [partial(frame.value, part) for part in node.values]
    return _until(frame, parts, guard, ending=isinstance(node.op, ast.Or))


def _comparison(frame: Frame, node: ast.Compare, guard: Guard) -> Facet:
    left = frame.value(node.left, guard)

    def step(index: int, where: Guard) -> Facet:
        nonlocal left
        right = frame.value(node.comparators[index], where)
        function = COMPARISONS[type(node.ops[index])]
        first, left = left, right
        return frame.domain.lift(where, function, first, right)

    parts = [partial(step, index) for index in range(len(node.ops))]
    return _until(frame, parts, guard, ending=False)


def _conditional(frame: Frame, node: ast.IfExp, guard: Guard) -> Facet:
    domain = frame.domain
    true = domain.truth(guard, frame.value(node.test, guard))
    false = domain.without(guard, true)
    if false == domain.false:
        return frame.value(node.body, true)
    second = frame.value(node.orelse, false)
    if true == domain.false:
        return second
    return domain.choose(true, frame.value(node.body, true), second)


# Returns the elements that expressions give, those of starred ones in their place.
def _listed(frame: Frame, nodes: Sequence[ast.expr], guard: Guard) -> list[tuple[Guard, Facet]]:
    elements = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            elements += frame.domain.items(guard, frame.value(node.value, guard))
        else:
            elements.append((guard, frame.value(node, guard)))
    return elements


def _display(frame: Frame, node: Any, guard: Guard) -> Facet:
    return frame.domain.collected(guard, _COLLECTIONS[type(node)], _listed(frame, node.elts, guard))


def _dictionary(frame: Frame, node: ast.Dict, guard: Guard) -> Facet:
    entries = []
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            raise NotFollowed("it writes a dictionary with '**'")
        entries.append((guard, frame.value(key, guard), frame.value(value, guard)))
    return frame.domain.mapped(guard, entries)


def _text(frame: Frame, node: ast.JoinedStr, guard: Guard) -> Facet:
    return frame.domain.lift(guard, joined, *[frame.value(part, guard) for part in node.values])


def _formatted(frame: Frame, node: ast.FormattedValue, guard: Guard) -> Facet:
    domain, spec = frame.domain, frame.domain.leaf("")
    if node.format_spec is not None:
        spec = frame.value(node.format_spec, guard)
    value = frame.value(node.value, guard)
    convert = domain.leaf(CONVERSIONS[node.conversion])
    return domain.lift(guard, formatted, convert, value, spec)


# Goes through what a comprehension gives, in Python's order. What is done with it says in which
# states the comprehension goes on.
def _generate(
    frame: Frame,
    generators: list[ast.comprehension],
    guard: Guard,
    consume: Callable[[Frame, Guard], Guard],
) -> Guard:
    domain = frame.domain
    if not generators:
        return consume(frame, guard)
    generator, *inner = generators
    if generator.is_async:
        raise NotFollowed("it is asynchronous")
    iterable = frame.value(generator.iter, guard)
    with domain.passed(iterable, storing=False):
        for present, element in domain.items(guard, iterable):
            # Some states may have stopped since the elements were listed.
            kept = domain.intersection(guard, present)
            if kept == domain.false:
                continue
            scope = frame.nested(kept)
            scope.store(generator.target, element, kept)
            for test in generator.ifs:
                kept = domain.truth(kept, scope.value(test, kept))
                if kept == domain.false:
                    break
            else:
                going = _generate(scope, inner, kept, consume)
                if going != kept:
                    guard = domain.without(guard, domain.without(kept, going))
    return guard


# Returns the values of a comprehension, each with the states that have it.
def _elements(frame: Frame, node: Any, guard: Guard, *parts: ast.expr) -> list[tuple[Any, ...]]:
    if any(isinstance(part, ast.NamedExpr) for part in ast.walk(node)):
        raise NotFollowed("a comprehension binds a name with ':='")
    elements: list[tuple[Any, ...]] = []

    def consume(scope: Frame, where: Guard) -> Guard:
        elements.append((where, *[scope.value(part, where) for part in parts]))
        return where

    _generate(frame, node.generators, guard, consume)
    return elements


def _comprehension(frame: Frame, node: Any, guard: Guard) -> Facet:
    elements = _elements(frame, node, guard, node.elt)
    return frame.domain.collected(guard, _COLLECTIONS[type(node)], elements)


def _generator(frame: Frame, node: ast.GeneratorExp, guard: Guard) -> Facet:
    return frame.domain.generated(guard, _elements(frame, node, guard, node.elt))


def _mapping(frame: Frame, node: ast.DictComp, guard: Guard) -> Facet:
    return frame.domain.mapped(guard, _elements(frame, node, guard, node.key, node.value))


# Returns what `any` or `all` gives: they stop at the first that decides, and do not read what is
# behind it.
def _decided(frame: Frame, node: ast.GeneratorExp, guard: Guard, *, ending: bool) -> Facet:
    domain = frame.domain

    def consume(scope: Frame, where: Guard) -> Guard:
        true = domain.truth(where, scope.value(node.elt, where))
        return domain.without(where, true) if ending else true

    going = _generate(frame, node.generators, guard, consume)
    return domain.choose(going, domain.leaf(not ending), domain.leaf(ending))


def _call(frame: Frame, node: ast.Call, guard: Guard) -> Facet:
    domain = frame.domain
    callee = frame.value(node.func, guard)
    definite = domain.definite(callee)
    function = definite[0] if definite else None
    parts = node.args
    if any(isinstance(part, ast.NamedExpr) for arg in parts for part in ast.walk(arg)) and any(
        isinstance(part, ast.GeneratorExp) for part in parts
    ):
        raise NotFollowed("a comprehension binds a name with ':='")
    if len(parts) == 1 and isinstance(parts[0], ast.GeneratorExp) and function in (any, all):
        return _decided(frame, parts[0], guard, ending=function is any)
    if function in _CONSUMERS:
        # Whether it takes the elements from a list or as they come, it takes all of them.
        parts = [
            ast.copy_location(ast.ListComp(part.elt, part.generators), part)
            if isinstance(part, ast.GeneratorExp)
            else part
            for part in parts
        ]
    elements = _listed(frame, parts, guard)
    if any(present != guard for present, _ in elements):
        raise NotFollowed("the number of arguments depends on what was read")
    named = {str(part.arg): frame.value(part.value, guard) for part in node.keywords if part.arg}
    if len(named) != len(node.keywords):
        raise NotFollowed("it calls a function with '**'")
    arguments = [element for _, element in elements]
    return domain.call(guard, callee, arguments, named, frame.depth + 1)


def _named(frame: Frame, node: ast.NamedExpr, guard: Guard) -> Facet:
    facet = frame.value(node.value, guard)
    frame.store(node.target, facet, guard)
    return facet


def defined(frame: Frame, node: Definition, guard: Guard) -> Facet:
    """Returns the facet of a function that is defined on the way."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(
            positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True
        ),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    defaults = {part.arg: frame.value(node, guard) for part, node in pairs if node is not None}
    return frame.domain.deferred(Deferred(node, frame, defaults))


EXPRESSIONS: Final[Table] = {
    ast.Attribute: lambda frame, node, guard: frame.domain.attribute(
        guard, frame.value(node.value, guard), node.attr
    ),
    ast.BinOp: lambda frame, node, guard: frame.domain.lift(
        guard, BINARY[type(node.op)], frame.value(node.left, guard), frame.value(node.right, guard)
    ),
    ast.BoolOp: _boolean,
    ast.Call: _call,
    ast.Compare: _comparison,
    ast.Constant: lambda frame, node, _: frame.domain.leaf(node.value),
    ast.Dict: _dictionary,
    ast.DictComp: _mapping,
    ast.FormattedValue: _formatted,
    ast.GeneratorExp: _generator,
    ast.IfExp: _conditional,
    ast.JoinedStr: _text,
    ast.Lambda: defined,
    ast.List: _display,
    ast.ListComp: _comprehension,
    ast.Name: lambda frame, node, guard: frame.name(node.id, guard),
    ast.NamedExpr: _named,
    ast.Set: _display,
    ast.SetComp: _comprehension,
    ast.Slice: lambda frame, node, guard: frame.domain.lift(
        guard,
        slice,
        *[
            frame.domain.leaf(None) if end is None else frame.value(end, guard)
            for end in (node.lower, node.upper, node.step)
        ],
    ),
    ast.Subscript: lambda frame, node, guard: frame.domain.subscript(
        guard, frame.value(node.value, guard), frame.value(node.slice, guard)
    ),
    ast.Tuple: _display,
    ast.UnaryOp: lambda frame, node, guard: frame.domain.lift(
        guard, UNARY[type(node.op)], frame.value(node.operand, guard)
    ),
}
"""How expressions are run."""
