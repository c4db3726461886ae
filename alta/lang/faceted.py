"""Faceted execution: one run of an MLP function in all local states at once.

Every value is a facet, and every statement runs under a guard (Austin and Flanagan 2012; Nguyen,
Kästner and Nguyen 2014, there called variational execution). Branches meet again, so that what two
blocks do is added and not multiplied. Helpers that do not take the state are called, on values.
What is outside of the part of Python that is followed here is refused, and nothing is guessed.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType, MethodType
from typing import Any, Final, final

from alta.lang.diagrams import ABSENT
from alta.lang.facets import MUTABLE, STATE, Facets, NotFollowed
from alta.lang.factoring import Behaviour
from alta.lang.kinds import Variable
from alta.lang.operations import BINARY, COMPARISONS, CONVERSIONS, UNARY
from alta.lang.syntax import definition_of

__all__ = ["NotFollowed", "behaviour_of"]

_DEEPEST: Final = 50
_MOST_TURNS: Final = 10_000

# They take all elements of what they are given.
_CONSUMERS: Final = (frozenset, list, max, min, set, sorted, sum, tuple)
_COMPREHENSIONS: Final[Mapping[type[ast.AST], Callable[[tuple[Any, ...]], Any]]] = {
    ast.ListComp: list,
    ast.GeneratorExp: list,
    ast.SetComp: set,
}


def behaviour_of(function: object, domains: Mapping[str, Variable]) -> Behaviour:
    """Returns what an MLP function does in every local state.

    Raises `NotFollowed` with the reason where that is not certain, and `TooLarge`.
    """
    facets = Facets(domains)
    _called(facets, facets.diagrams.true, function, [facets.diagrams.leaf(STATE)], {}, depth=0)
    return facets.behaviour


# Runs a function that takes the state, and returns the facet of what it returns.
def _called(
    facets: Facets,
    guard: int,
    function: object,
    arguments: list[int],
    named: dict[str, int],
    depth: int,
) -> int:
    if isinstance(function, MethodType):
        arguments = [facets.diagrams.leaf(function.__self__), *arguments]
        function = function.__func__
    definition = definition_of(function) if isinstance(function, FunctionType) else None
    if not isinstance(function, FunctionType) or definition is None or depth > _DEEPEST:
        raise NotFollowed(f"the source of {function!r} is not to be had")
    bound = inspect.signature(function, follow_wrapped=False)
    values: dict[str, int] = dict(bound.bind(*arguments, **named).arguments)
    for parameter in bound.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise NotFollowed(f"{function!r} takes any number of arguments")
        if parameter.name not in values:
            values[parameter.name] = facets.diagrams.leaf(parameter.default)
    frame = _Frame(facets, function, values, facets.diagrams.leaf(None), depth)
    if isinstance(definition, ast.Lambda):
        return frame.value(definition.body, guard)
    frame.run(definition.body, guard)
    return frame.returned


@final
@dataclass
class _Loop:
    """The states that left the turn at hand of a loop, and those that left the loop."""

    continued: int
    broken: int


@final
@dataclass
class _Frame:
    """A call: its local names, what it has returned, and the loops around the place."""

    facets: Facets
    function: FunctionType
    local: dict[str, int]
    returned: int
    depth: int
    loops: list[_Loop] = field(default_factory=list)

    def run(self, statements: list[ast.stmt], guard: int) -> int:
        """Runs statements, and returns the guard of those states that get behind them."""
        for statement in statements:
            if guard == self.facets.diagrams.false:
                break
            guard = _entry(_STATEMENTS, statement)(self, statement, guard)
        return guard

    def value(self, node: ast.expr, guard: int) -> int:
        """Returns the facet of an expression."""
        facet: int = _entry(_EXPRESSIONS, node)(self, node, guard)
        return facet

    def name(self, name: str, guard: int) -> int:
        """Returns the facet of a name."""
        code, diagrams = self.function.__code__, self.facets.diagrams
        if name in self.local:
            facet = self.local[name]
            if diagrams.is_leaf(facet) and diagrams.value(facet) is not ABSENT:
                return facet
            # Where it is not bound, there is an error.
            return self.facets.lift(guard, lambda value: value, facet)
        if name in (*code.co_varnames, *code.co_cellvars):
            raise NotFollowed(f"{name!r} is not bound")
        if name in code.co_freevars:
            cell = (self.function.__closure__ or ())[code.co_freevars.index(name)]
            return diagrams.leaf(cell.cell_contents)
        for scope in (self.function.__globals__, vars(builtins)):
            if name in scope:
                return diagrams.leaf(scope[name])
        raise NotFollowed(f"{name!r} is not defined")

    def store(self, target: ast.expr, facet: int, guard: int) -> None:
        """Assigns a facet to a target."""
        match target:
            case ast.Name(id=name):
                before = self.local.get(name, self.facets.diagrams.leaf(ABSENT))
                self.local[name] = self.facets.diagrams.choose(guard, facet, before)
            case ast.Subscript(value=base, slice=key) if self.is_state(self.value(base, guard)):
                name = self.facets.constant(guard, self.value(key, guard), "the name of a write")
                self.facets.write(guard, name, facet)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                elements = self.facets.items(guard, facet)
                if [present for present, _ in elements] != [guard] * len(targets):
                    raise NotFollowed("the number of values to unpack depends on what was read")
                for part, (_, element) in zip(targets, elements, strict=True):
                    self.store(part, element, guard)
            case _:
                raise NotFollowed(f"it assigns to '{ast.unparse(target)}'")

    def is_state(self, facet: int) -> bool:
        """Whether a facet is the state that the MLP function takes."""
        diagrams = self.facets.diagrams
        return diagrams.is_leaf(facet) and diagrams.value(facet) is STATE


def _entry(table: Mapping[type[ast.AST], Callable[..., Any]], node: ast.AST) -> Callable[..., Any]:
    if type(node) not in table:
        raise NotFollowed(f"line {getattr(node, 'lineno', 0)}: '{ast.unparse(node)}'")
    return table[type(node)]


def _subscript(frame: _Frame, node: ast.Subscript, guard: int) -> int:
    base, key = frame.value(node.value, guard), frame.value(node.slice, guard)
    if frame.is_state(base):
        return frame.facets.read(guard, frame.facets.constant(guard, key, "the name of a read"))
    return frame.facets.lift(guard, operator.getitem, base, key)


def _slice(frame: _Frame, node: ast.Slice, guard: int) -> int:
    ends = (node.lower, node.upper, node.step)
    none = frame.facets.diagrams.leaf(None)
    parts = [none if end is None else frame.value(end, guard) for end in ends]
    return frame.facets.lift(guard, slice, *parts)


# Returns the facet of values one of which ends the evaluation where it is true, or where it is not.
def _until(
    frame: _Frame, parts: Sequence[Callable[[int], int]], guard: int, *, ending: bool
) -> int:
    facets = frame.facets
    result = parts[0](guard)
    for part in parts[1:]:
        true = facets.truth(guard, result)
        guard = facets.without(guard, true) if ending else true
        if guard == facets.diagrams.false:
            break
        value = part(guard)
        # Where the evaluation has ended, the result stands.
        result = facets.diagrams.choose(guard, value, result)
    return result


def _boolean(frame: _Frame, node: ast.BoolOp, guard: int) -> int:
    parts = [partial(frame.value, part) for part in node.values]
    return _until(frame, parts, guard, ending=isinstance(node.op, ast.Or))


def _comparison(frame: _Frame, node: ast.Compare, guard: int) -> int:
    left = frame.value(node.left, guard)

    def step(index: int, where: int) -> int:
        nonlocal left
        right = frame.value(node.comparators[index], where)
        function = COMPARISONS[type(node.ops[index])]
        first, left = left, right
        return frame.facets.lift(where, function, first, right)

    parts = [partial(step, index) for index in range(len(node.ops))]
    return _until(frame, parts, guard, ending=False)


def _conditional(frame: _Frame, node: ast.IfExp, guard: int) -> int:
    facets = frame.facets
    true = facets.truth(guard, frame.value(node.test, guard))
    false = facets.without(guard, true)
    result = facets.diagrams.leaf(ABSENT)
    for where, part in ((true, node.body), (false, node.orelse)):
        if where != facets.diagrams.false:
            result = facets.diagrams.choose(where, frame.value(part, where), result)
    return result


def _display(build: Callable[..., Any]) -> Callable[[_Frame, Any, int], int]:
    def evaluate(frame: _Frame, node: Any, guard: int) -> int:
        elements = [frame.value(element, guard) for element in node.elts]
        return frame.facets.lift(guard, lambda *values: build(values), *elements)

    return evaluate


def _dictionary(frame: _Frame, node: ast.Dict, guard: int) -> int:
    if None in node.keys:
        raise NotFollowed("it writes a dictionary with '**'")
    parts = [frame.value(part, guard) for part in (*node.keys, *node.values) if part is not None]
    half = len(node.values)
    return frame.facets.lift(
        guard, lambda *values: dict(zip(values[:half], values[half:], strict=True)), *parts
    )


def _text(frame: _Frame, node: ast.JoinedStr, guard: int) -> int:
    parts = [frame.value(part, guard) for part in node.values]
    return frame.facets.lift(guard, lambda *values: "".join(values), *parts)


def _formatted(frame: _Frame, node: ast.FormattedValue, guard: int) -> int:
    convert = CONVERSIONS[node.conversion]
    spec = frame.facets.diagrams.leaf("")
    if node.format_spec is not None:
        spec = frame.value(node.format_spec, guard)
    value = frame.value(node.value, guard)
    return frame.facets.lift(guard, lambda part, how: format(convert(part), how), value, spec)


# Yields the elements of a comprehension; each is there in all states.
def _elements(frame: _Frame, node: Any, guard: int) -> list[Callable[[int], int]]:
    if any(isinstance(part, ast.NamedExpr) for part in ast.walk(node)):
        raise NotFollowed("a comprehension binds a name with ':='")
    places: list[dict[str, int]] = [frame.local]
    for generator in node.generators:
        after = []
        for place in places:
            scope = _Frame(frame.facets, frame.function, dict(place), frame.returned, frame.depth)
            for present, element in frame.facets.items(guard, scope.value(generator.iter, guard)):
                inner = _Frame(
                    frame.facets, frame.function, dict(place), frame.returned, frame.depth
                )
                inner.store(generator.target, element, guard)
                tests = [inner.value(test, guard) for test in generator.ifs]
                kept = [frame.facets.constant(guard, test, "a filter") for test in tests]
                if present != guard:
                    raise NotFollowed("the length of a comprehension depends on what was read")
                if all(kept):
                    after.append(inner.local)
        places = after
    frames = [_Frame(frame.facets, frame.function, p, frame.returned, frame.depth) for p in places]
    return [partial(inner.value, node.elt) for inner in frames]


def _comprehension(frame: _Frame, node: Any, guard: int) -> int:
    build = _COMPREHENSIONS[type(node)]
    values = [element(guard) for element in _elements(frame, node, guard)]
    return frame.facets.lift(guard, lambda *parts: build(parts), *values)


def _call(frame: _Frame, node: ast.Call, guard: int) -> int:
    facets, diagrams = frame.facets, frame.facets.diagrams
    callee = frame.value(node.func, guard)
    function = diagrams.value(callee) if diagrams.is_leaf(callee) else None
    generated = [part for part in node.args if isinstance(part, ast.GeneratorExp)]
    if generated and function in (any, all) and len(node.args) == 1:
        # They stop at the first that decides, and do not read the others.
        def truth(part: Callable[[int], int], where: int) -> int:
            return facets.truth(where, part(where))

        parts = [partial(truth, part) for part in _elements(frame, generated[0], guard)]
        neutral = diagrams.leaf(function is all)
        result = _until(frame, parts, guard, ending=function is any) if parts else neutral
        return facets.lift(guard, bool, result)
    if generated and function not in _CONSUMERS:
        raise NotFollowed("it passes a generator on")
    arguments = [
        _comprehension(frame, part, guard) if part in generated else frame.value(part, guard)
        for part in node.args
    ]
    named = {str(part.arg): frame.value(part.value, guard) for part in node.keywords if part.arg}
    if len(named) != len(node.keywords):
        raise NotFollowed("it calls a function with '**'")
    if any(map(frame.is_state, (*arguments, *named.values()))):
        return _called(facets, guard, function, arguments, named, frame.depth + 1)
    return facets.call(guard, tuple(named), callee, *arguments, *named.values())


def _named(frame: _Frame, node: ast.NamedExpr, guard: int) -> int:
    facet = frame.value(node.value, guard)
    frame.store(node.target, facet, guard)
    return facet


def _binary(frame: _Frame, node: ast.BinOp, guard: int) -> int:
    parts = frame.value(node.left, guard), frame.value(node.right, guard)
    return frame.facets.lift(guard, BINARY[type(node.op)], *parts)


_EXPRESSIONS: Final[Mapping[type[ast.AST], Callable[[_Frame, Any, int], int]]] = {
    ast.Attribute: lambda frame, node, guard: frame.facets.lift(
        guard, lambda owner: getattr(owner, node.attr), frame.value(node.value, guard)
    ),
    ast.BinOp: _binary,
    ast.BoolOp: _boolean,
    ast.Call: _call,
    ast.Compare: _comparison,
    ast.Constant: lambda frame, node, _: frame.facets.diagrams.leaf(node.value),
    ast.Dict: _dictionary,
    ast.FormattedValue: _formatted,
    ast.IfExp: _conditional,
    ast.JoinedStr: _text,
    ast.List: _display(list),
    ast.ListComp: _comprehension,
    ast.Name: lambda frame, node, guard: frame.name(node.id, guard),
    ast.NamedExpr: _named,
    ast.Set: _display(set),
    ast.SetComp: _comprehension,
    ast.Slice: _slice,
    ast.Subscript: _subscript,
    ast.Tuple: _display(tuple),
    ast.UnaryOp: lambda frame, node, guard: frame.facets.lift(
        guard, UNARY[type(node.op)], frame.value(node.operand, guard)
    ),
}


def _expression(frame: _Frame, node: ast.Expr, guard: int) -> int:
    frame.value(node.value, guard)
    return guard


def _assign(frame: _Frame, node: ast.Assign, guard: int) -> int:
    facet = frame.value(node.value, guard)
    for target in node.targets:
        frame.store(target, facet, guard)
    return guard


def _annotated(frame: _Frame, node: ast.AnnAssign, guard: int) -> int:
    if node.value is not None:
        frame.store(node.target, frame.value(node.value, guard), guard)
    return guard


def _augmented(frame: _Frame, node: ast.AugAssign, guard: int) -> int:
    operation = BINARY[type(node.op)]

    def changed(before: Any, value: Any) -> Any:
        if isinstance(before, MUTABLE) or hasattr(type(before), "__iadd__"):
            raise NotFollowed(f"it changes an object in line {node.lineno}")
        return operation(before, value)

    before = frame.value(node.target, guard)
    facet = frame.facets.lift(guard, changed, before, frame.value(node.value, guard))
    frame.store(node.target, facet, guard)
    return guard


def _if(frame: _Frame, node: ast.If, guard: int) -> int:
    true = frame.facets.truth(guard, frame.value(node.test, guard))
    false = frame.facets.without(guard, true)
    return frame.facets.diagrams.disjunction(
        [frame.run(node.body, true), frame.run(node.orelse, false)]
    )


# Runs the body of a loop once, and returns the guard of those states that go on.
def _turn(frame: _Frame, node: ast.For | ast.While, guard: int) -> int:
    guard = frame.run(node.body, guard)
    loop = frame.loops[-1]
    going = frame.facets.diagrams.disjunction([guard, loop.continued])
    loop.continued = frame.facets.diagrams.false
    return going


def _for(frame: _Frame, node: ast.For, guard: int) -> int:
    facets, diagrams = frame.facets, frame.facets.diagrams
    frame.loops.append(_Loop(diagrams.false, diagrams.false))
    ended = diagrams.false
    for present, element in facets.items(guard, frame.value(node.iter, guard)):
        turning = diagrams.conjunction(guard, present)
        ended = diagrams.disjunction([ended, facets.without(guard, turning)])
        guard = turning
        if guard != diagrams.false:
            frame.store(node.target, element, guard)
            guard = _turn(frame, node, guard)
    loop = frame.loops.pop()
    ended = frame.run(node.orelse, diagrams.disjunction([ended, guard]))
    return diagrams.disjunction([ended, loop.broken])


def _while(frame: _Frame, node: ast.While, guard: int) -> int:
    facets, diagrams = frame.facets, frame.facets.diagrams
    frame.loops.append(_Loop(diagrams.false, diagrams.false))
    ended = diagrams.false
    for _ in range(_MOST_TURNS):
        turning = facets.truth(guard, frame.value(node.test, guard))
        ended = diagrams.disjunction([ended, facets.without(guard, turning)])
        if turning == diagrams.false:
            break
        guard = _turn(frame, node, turning)
        if guard == diagrams.false:
            break
    else:
        raise NotFollowed(f"a loop has more than {_MOST_TURNS:,} turns")
    loop = frame.loops.pop()
    return diagrams.disjunction([frame.run(node.orelse, ended), loop.broken])


def _return(frame: _Frame, node: ast.Return, guard: int) -> int:
    diagrams = frame.facets.diagrams
    value = diagrams.leaf(None) if node.value is None else frame.value(node.value, guard)
    frame.returned = diagrams.choose(guard, value, frame.returned)
    return diagrams.false


def _break(frame: _Frame, _: ast.Break, guard: int) -> int:
    loop, diagrams = frame.loops[-1], frame.facets.diagrams
    loop.broken = diagrams.disjunction([loop.broken, guard])
    return diagrams.false


def _continue(frame: _Frame, _: ast.Continue, guard: int) -> int:
    loop, diagrams = frame.loops[-1], frame.facets.diagrams
    loop.continued = diagrams.disjunction([loop.continued, guard])
    return diagrams.false


_STATEMENTS: Final[Mapping[type[ast.AST], Callable[[_Frame, Any, int], int]]] = {
    ast.AnnAssign: _annotated,
    ast.Assign: _assign,
    ast.AugAssign: _augmented,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Expr: _expression,
    ast.For: _for,
    ast.If: _if,
    ast.Pass: lambda _frame, _node, guard: guard,
    ast.Return: _return,
    ast.While: _while,
}
