"""Statements in many states at once: branches meet again behind them."""

from __future__ import annotations

import ast
from typing import Final

from alta.lang.domain import Guard, NotFollowed
from alta.lang.expressions import defined
from alta.lang.frame import Frame, Loop, Table
from alta.lang.operations import BINARY

__all__ = ["STATEMENTS"]

_MOST_TURNS: Final = 10_000


def _expression(frame: Frame, node: ast.Expr, guard: Guard) -> Guard:
    frame.value(node.value, guard)
    return guard


def _assign(frame: Frame, node: ast.Assign, guard: Guard) -> Guard:
    facet = frame.value(node.value, guard)
    for target in node.targets:
        frame.store(target, facet, guard)
    return guard


def _annotated(frame: Frame, node: ast.AnnAssign, guard: Guard) -> Guard:
    if node.value is not None:
        frame.store(node.target, frame.value(node.value, guard), guard)
    return guard


def _augmented(frame: Frame, node: ast.AugAssign, guard: Guard) -> Guard:
    domain, function, target = frame.domain, BINARY[type(node.op)], node.target
    if isinstance(target, ast.Subscript):
        # What the place is, is worked out once.
        base, key = frame.value(target.value, guard), frame.value(target.slice, guard)
        before = domain.subscript(guard, base, key)
        after = domain.augmented(guard, function, before, frame.value(node.value, guard))
        domain.store(guard, base, key, after)
        return guard
    before = frame.value(target, guard)
    after = domain.augmented(guard, function, before, frame.value(node.value, guard))
    frame.store(target, after, guard)
    return guard


def _if(frame: Frame, node: ast.If, guard: Guard) -> Guard:
    true = frame.domain.truth(guard, frame.value(node.test, guard))
    false = frame.domain.without(guard, true)
    return frame.domain.union_of([frame.run(node.body, true), frame.run(node.orelse, false)])


# Runs the body of a loop once, and returns the guard of those states that go on.
def _turn(frame: Frame, node: ast.For | ast.While, guard: Guard) -> Guard:
    guard = frame.run(node.body, guard)
    loop = frame.loops[-1]
    going = frame.domain.union_of([guard, loop.continued])
    loop.continued = frame.domain.false
    return going


def _for(frame: Frame, node: ast.For, guard: Guard) -> Guard:
    domain = frame.domain
    frame.loops.append(Loop(domain.false, domain.false))
    iterable = frame.value(node.iter, guard)
    with domain.passed(iterable, storing=True):
        for present, element in domain.items(guard, iterable):
            # Those without this element go on with the next, if they have it.
            turning = domain.intersection(guard, present)
            waiting = domain.without(guard, turning)
            if turning != domain.false:
                frame.store(node.target, element, turning)
                guard = domain.union_of([waiting, _turn(frame, node, turning)])
    loop = frame.loops.pop()
    return domain.union_of([frame.run(node.orelse, guard), loop.broken])


def _while(frame: Frame, node: ast.While, guard: Guard) -> Guard:
    domain = frame.domain
    frame.loops.append(Loop(domain.false, domain.false))
    ended = domain.false
    for _ in range(_MOST_TURNS):
        turning = domain.truth(guard, frame.value(node.test, guard))
        ended = domain.union_of([ended, domain.without(guard, turning)])
        if not domain.possible(turning):
            break
        guard = _turn(frame, node, turning)
        if not domain.possible(guard):
            break
    else:
        raise NotFollowed(f"a loop has more than {_MOST_TURNS:,} turns")
    loop = frame.loops.pop()
    return domain.union_of([frame.run(node.orelse, ended), loop.broken])


def _return(frame: Frame, node: ast.Return, guard: Guard) -> Guard:
    domain = frame.domain
    value = domain.leaf(None) if node.value is None else frame.value(node.value, guard)
    frame.returned.append((guard, value))
    return domain.false


def _break(frame: Frame, _: ast.Break, guard: Guard) -> Guard:
    loop, domain = frame.loops[-1], frame.domain
    loop.broken = domain.union_of([loop.broken, guard])
    return domain.false


def _continue(frame: Frame, _: ast.Continue, guard: Guard) -> Guard:
    loop, domain = frame.loops[-1], frame.domain
    loop.continued = domain.union_of([loop.continued, guard])
    return domain.false


def _raise(frame: Frame, node: ast.Raise, guard: Guard) -> Guard:
    if node.exc is None:
        raise NotFollowed("it raises what it caught")
    # What is said of the state need not be known of all states at once.
    frame.domain.failed(guard, f"{frame.file}:{node.lineno}: '{ast.unparse(node)}'")
    return frame.domain.false


def _assert(frame: Frame, node: ast.Assert, guard: Guard) -> Guard:
    domain = frame.domain
    true = domain.truth(guard, frame.value(node.test, guard))
    false = domain.without(guard, true)
    if false != domain.false:
        domain.failed(false, f"{frame.file}:{node.lineno}: '{ast.unparse(node)}'")
    return true


def _definition(frame: Frame, node: ast.FunctionDef, guard: Guard) -> Guard:
    if node.decorator_list:
        raise NotFollowed("it decorates a function")
    frame.store(ast.Name(node.name, ast.Store()), defined(frame, node, guard), guard)
    return guard


STATEMENTS: Final[Table] = {
    ast.AnnAssign: _annotated,
    ast.Assert: _assert,
    ast.Assign: _assign,
    ast.AugAssign: _augmented,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Expr: _expression,
    ast.For: _for,
    ast.FunctionDef: _definition,
    ast.If: _if,
    ast.Pass: lambda _frame, _node, guard: guard,
    ast.Raise: _raise,
    ast.Return: _return,
    ast.While: _while,
}
"""How statements are run."""
