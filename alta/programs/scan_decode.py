"""The second half of the SCAN program: carries out the tree, a step of a node a layer.

The decoder stands at a node, with a *dot* that says which step is next. The *shape* of the node
lists the steps. A step emits the node's action, if it has one, and then stays, goes to a child, or
returns. On the way to a child the decoder leaves on the stack where to go on, but only if the node
has steps left; otherwise the child returns to where the node would have returned. The stack starts
empty; a return from there is the end.

Node, dot and stack pointer are the same at every position. Each layer writes the place to return to
just above the stack, whether or not the stack then grows over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from alta.lang.heads import Head, qkv, v_relative
from alta.lang.kinds import Categorical
from alta.lang.rules import Rule, rule
from alta.lang.variables import position_var, var
from alta.programs.scan_grammar import VERBS
from alta.programs.scan_layout import BOTTOM, NODES, Action, Cursor, Layout, Phase
from alta.programs.scan_parse import (
    MADE_BEFORE,
    MOST_OF_PHRASE,
    NO_NODE,
    TWO_CHILDREN,
    Label,
    move_cursor,
)

__all__ = ["LABELS", "heads", "rules", "variables"]


# Where a step goes from a node.
_STAY, _LEFT, _RIGHT, _RETURN = "stay", "left", "right", "return"

# The shapes of nodes, each with its steps: the way in which a node is carried out, whatever its
# action. Each step emits the node's action; the last four shapes have none.
_STEPS = {
    "turn": (_RETURN,),  # walk, turn left
    "turn opposite": (_STAY, _RETURN),
    "turn around": (_STAY, _STAY, _STAY, _RETURN),
    "": (_LEFT,),  # S left
    "opposite": (_STAY, _LEFT),
    "around": (_LEFT, _LEFT, _LEFT, _LEFT),
    "twice": (_LEFT, _LEFT),
    "thrice": (_LEFT, _LEFT, _LEFT),
    "and": (_LEFT, _RIGHT),
    "after": (_RIGHT, _LEFT),
}

_DOTS = max(map(len, _STEPS.values()))

# Conjunction, repetition and turning leave a place to return to; a leaf does not.
_DEPTH = 3


# Shapes are numbered from 1; 0 is that of no node.
def _shape(grammar_rule: str) -> int:
    words = grammar_rule.removesuffix("left").removesuffix("right").strip()
    return 1 + list(_STEPS).index("turn" if words in VERBS else words)


def _action(grammar_rule: str) -> Action:
    if grammar_rule in VERBS:
        return Action[grammar_rule.upper()]
    if grammar_rule.endswith("left"):
        return Action.LTURN
    return Action.RTURN if grammar_rule.endswith("right") else Action.NONE


# What the tree tells of each node: a grammar rule is a shape and an action.
LABELS = (Label("shape", 1 + len(_STEPS), _shape), Label("action", len(Action), _action))


def variables(layout: Layout) -> dict[str, Categorical]:
    """Returns the variables that the decoder has besides the parser's."""
    return {
        "node": var(layout.indices, BOTTOM),
        "dot": var(_DOTS, 0),
        "kept_dot": var(_DOTS, 0),
        "output": var(len(Action), Action.NONE),
        "output_cursor": position_var(len(Cursor), layout.cursor),
    }


def heads() -> dict[str, Head]:
    """Returns the heads that the decoder has besides the parser's."""
    # All but the last have a query that is the same everywhere, so they read the same everywhere.
    return {
        "shape_at_node": qkv("node", "index", "shape"),
        "action_at_node": qkv("node", "index", "action"),
        "left_of_node": qkv("node", "index", "left"),
        "right_of_node": qkv("node", "index", "right"),
        "top_dot": qkv("stack_pointer", "index", "kept_dot"),
        "output_cursor_left": v_relative("output_cursor", -1),
    }


def rules() -> Iterator[Rule]:
    """Yields the rules that the decoder has besides the parser's."""
    yield from (*_start(), *_emit(), *_keep())
    for shape, steps in enumerate(_STEPS.values(), start=1):
        for dot, move in enumerate(steps):
            yield from _step(shape, steps, dot, move)


# Goes to the root: the node that is due, or else the last one made.
def _start() -> Iterator[Rule]:
    for made in MADE_BEFORE[TWO_CHILDREN]:
        where = {"phase": Phase.LINK, "due_arity": TWO_CHILDREN, "made": made}
        yield rule(where, "node", made + 1)
    for made in range(1, MOST_OF_PHRASE + 1):
        yield rule({"phase": Phase.LINK, "due_arity": NO_NODE, "made": made}, "node", made)


# Writes the action of the current node, and moves on in the output.
def _emit() -> Iterator[Rule]:
    for action in list(Action)[1:]:
        where = {"action_at_node": action}
        yield rule({**where, "output_cursor": Cursor.NEXT}, "output", action)
        yield from move_cursor("output_cursor", where)


# Writes where the current node goes on into the free slot above the stack.
def _keep() -> Iterator[Rule]:
    for slot in range(1, _DEPTH + 1):
        above = {"phase": Phase.DECODE, "stack_pointer": slot - 1, "index": slot}
        for node in range(1, NODES + 1):
            yield rule({**above, "node": node}, "kept_node", node)
        for dot in range(_DOTS - 1):
            yield rule({**above, "dot": dot}, "kept_dot", dot + 1)


def _step(shape: int, steps: Sequence[str], dot: int, move: str) -> Iterator[Rule]:
    # A test of the dot that decides nothing is left out.
    at_shape = {"phase": Phase.DECODE, "shape_at_node": shape}
    where = {**at_shape, "dot": dot} if len(steps) > 1 else at_shape
    going = where if len(set(steps)) > 1 else at_shape

    if move == _STAY:
        yield rule(where, "dot", dot + 1)
    elif move == _RETURN:
        yield from _return(where)
    else:
        for child in range(1, NODES):
            yield rule({**going, f"{move}_of_node": child}, "node", child)
        # A child begins with its first step; at dot 0 there is nothing to change.
        if dot:
            yield rule(where, "dot", 0)
        # For its last child a node leaves no place to return to: a tail call.
        if dot < len(steps) - 1:
            for depth in range(_DEPTH):
                yield rule({**where, "stack_pointer": depth}, "stack_pointer", depth + 1)


def _return(where: Mapping[str, int]) -> Iterator[Rule]:
    for node in range(1, NODES + 1):
        yield rule({**where, "top_node": node}, "node", node)
    for dot in range(1, _DOTS):
        yield rule({**where, "top_dot": dot}, "dot", dot)
    for depth in range(1, _DEPTH + 1):
        yield rule({**where, "stack_pointer": depth}, "stack_pointer", depth - 1)
    # Below the stack lies no node: the root has returned.
    yield rule({**where, "top_node": BOTTOM}, "phase", Phase.DONE)
