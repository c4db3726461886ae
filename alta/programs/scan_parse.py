"""The first half of the SCAN programs: a shift-reduce parser that takes a word a layer.

A layer reads the next word and the two topmost symbols of the stack. It shifts the word, or, where
the word completes a rule of the grammar, reduces at once; the conjunction, which binds least, is
reduced by the first blank behind the command. A node that was finished is *due*: the next layer
appends it to the tree, while the parser is at the next word already. So nodes are numbered as they
are finished, children before parents, and a subtree on top of the stack always belongs to the last
node made.

All of the control (phase, pointers, what is due) is the same at every position. Any two rules that
write one variable test some variable for different values, so they cannot conflict in any state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from alta.lang.heads import Head, qkv, v_relative
from alta.lang.kinds import Categorical
from alta.lang.rules import Rule, rule
from alta.lang.variables import input_var, position_var, var
from alta.programs.scan_grammar import BINARY, DIRECTIONS, LEAVES, UNARY, VERBS
from alta.programs.scan_layout import (
    BLANK,
    BOTTOM,
    NODES,
    VOCABULARY,
    Cursor,
    Layout,
    Phase,
    Symbol,
)

__all__ = ["Label", "heads", "move_cursor", "rules", "variables"]

# How many children the node that is due has, and one more; 0 where none is due.
NO_NODE, LEAF, ONE_CHILD, TWO_CHILDREN = range(4)

_ARITIES = {
    **dict.fromkeys(LEAVES, LEAF),
    **dict.fromkeys(UNARY, ONE_CHILD),
    **dict.fromkeys(BINARY, TWO_CHILDREN),
}

# The most nodes of a phrase: verb, turning, repetition.
MOST_OF_PHRASE = 3

# How many nodes there may be when a node with so many children is appended.
MADE_BEFORE = {LEAF: range(4), ONE_CHILD: range(1, 6), TWO_CHILDREN: range(2, 7)}

# What a word that is shifted puts on the stack, and the slots where SCAN needs it.
_PUSHED = {
    **dict.fromkeys(VERBS, (Symbol.S, (1, 3))),
    "turn": (Symbol.TURN, (1, 3)),
    "opposite": (Symbol.OPPOSITE, (2, 4)),
    "around": (Symbol.AROUND, (2, 4)),
    "and": (Symbol.AND, (2,)),
    "after": (Symbol.AFTER, (2,)),
}
_CONJUNCTIONS = {"and": Symbol.AND, "after": Symbol.AFTER}
_MANNERS = {"opposite": Symbol.OPPOSITE, "around": Symbol.AROUND}

Where = dict[str, int]


@final
@dataclass(frozen=True)
class Label:
    """A variable of the tree that tells a node's grammar rule, or some part of it.

    `code` maps the name of a grammar rule to a value; 0 stands for no node.
    """

    name: str
    range: int
    code: Callable[[str], int]

    @property
    def due(self) -> str:
        """The name of the variable that holds the value of the node that is due."""
        return f"due_{self.name}"


def variables(layout: Layout, labels: Sequence[Label]) -> dict[str, Categorical]:
    """Returns the parser's variables, with the labels that the tree is to tell of each node."""
    return {
        # Given.
        "token": input_var(len(VOCABULARY)),
        "index": position_var(layout.indices, layout.index),
        "above": position_var(layout.indices, layout.above),
        # Control, the same at every position.
        "phase": var(len(Phase), Phase.PARSE),
        "input_pointer": var(layout.indices, 1),
        "stack_pointer": var(layout.indices, BOTTOM),
        "made": var(NODES + 1, 0),
        "due_arity": var(4, NO_NODE),
        **{label.due: var(label.range, 0) for label in labels},
        # Stack.
        "symbol": var(len(Symbol), Symbol.EMPTY),
        "kept_node": var(NODES + 1, BOTTOM),
        # Tree.
        **{label.name: var(label.range, 0) for label in labels},
        # A node is its position in the tree, and so is never START, which stands for no child. The
        # last node made is never a child: there is one less, and no child.
        "left": var(NODES, BOTTOM),
        "right": var(NODES, BOTTOM),
        "tree_cursor": position_var(len(Cursor), layout.cursor),
    }


def heads() -> dict[str, Head]:
    """Returns the parser's heads."""
    # All but the last have a query that is the same everywhere, so they read the same everywhere.
    return {
        "word": qkv("input_pointer", "index", "token"),
        "top": qkv("stack_pointer", "index", "symbol"),
        "below": qkv("stack_pointer", "above", "symbol"),
        "top_node": qkv("stack_pointer", "index", "kept_node"),
        "tree_cursor_left": v_relative("tree_cursor", -1),
    }


def rules(layout: Layout, labels: Sequence[Label]) -> Iterator[Rule]:
    """Yields the parser's rules, with the labels that the tree is to tell of each node."""
    yield from (*_move_on(layout), *_shift(), *_reduce())
    for where, grammar_rule in _finished():
        yield from _make_due(where, grammar_rule, labels)
    yield from (*_keep_left_operand(), *_append(labels), *_link_children())


def _move_on(layout: Layout) -> Iterator[Rule]:
    for cell in range(1, layout.words + 1):
        yield rule({"phase": Phase.PARSE, "input_pointer": cell}, "input_pointer", cell + 1)
    yield rule({"phase": Phase.PARSE, "word": BLANK}, "phase", Phase.LINK)
    yield rule({"phase": Phase.LINK}, "phase", Phase.DECODE)


def _shift() -> Iterator[Rule]:
    for name, (symbol, slots) in _PUSHED.items():
        for slot in slots:
            where = {"word": _word(name), "stack_pointer": slot - 1}
            yield rule({**where, "phase": Phase.PARSE}, "stack_pointer", slot)
            yield rule({**where, "index": slot}, "symbol", symbol)


# Takes off the stack what a rule of the grammar used up.
# `opposite` and `around` lie on what they belong to: a subtree, which stays as the new one, or
# `turn`, which becomes a subtree.
def _reduce() -> Iterator[Rule]:
    for side in DIRECTIONS:
        # At most one `turn` is on the stack, and the direction is what it waits for.
        yield rule({"word": _word(side), "symbol": Symbol.TURN}, "symbol", Symbol.S)
        for manner in _MANNERS.values():
            # They lie above the motion: in slot 2 of the first phrase, in slot 4 behind a
            # conjunction.
            for slot in (2, 4):
                where = {"word": _word(side), "top": manner, "stack_pointer": slot}
                yield rule({**where, "phase": Phase.PARSE}, "stack_pointer", slot - 1)
    # The right operand goes now; the conjunction goes once its left operand has been linked.
    for conjunction in _CONJUNCTIONS.values():
        yield rule(_at_end(conjunction), "stack_pointer", 2)
    yield rule({"phase": Phase.LINK}, "stack_pointer", 0)


# Yields what may happen in a layer, with the grammar rule that is finished by it.
def _finished() -> Iterator[tuple[Where, str | None]]:
    for name in (*VERBS, "twice", "thrice"):
        yield {"word": _word(name)}, name
    for name in ("turn", *_MANNERS, *_CONJUNCTIONS):
        yield {"word": _word(name)}, None
    for side in DIRECTIONS:
        word = _word(side)
        yield {"word": word, "top": Symbol.S}, side
        yield {"word": word, "top": Symbol.TURN}, f"turn {side}"
        for name, symbol in _MANNERS.items():
            manner = {"word": word, "top": symbol}
            yield {**manner, "below": Symbol.S}, f"{name} {side}"
            yield {**manner, "below": Symbol.TURN}, f"turn {name} {side}"
    for name, symbol in _CONJUNCTIONS.items():
        yield _at_end(symbol), name
    yield _at_end(Symbol.EMPTY), None
    # The word of this layer is blank too; testing it sets the rules apart from those for words.
    yield {"phase": Phase.LINK, "word": BLANK}, None


def _make_due(where: Where, grammar_rule: str | None, labels: Sequence[Label]) -> Iterator[Rule]:
    arity = NO_NODE if grammar_rule is None else _ARITIES[grammar_rule]
    yield rule(where, "due_arity", arity)
    for label in labels:
        yield rule(where, label.due, 0 if grammar_rule is None else label.code(grammar_rule))


# Lets a conjunction that was just pushed keep the last node made, its left operand.
def _keep_left_operand() -> Iterator[Rule]:
    for conjunction in _CONJUNCTIONS.values():
        for made in range(1, MOST_OF_PHRASE + 1):
            where = {"phase": Phase.PARSE, "top": conjunction, "symbol": conjunction, "made": made}
            yield rule(where, "kept_node", made)


# Writes the node that is due, and moves on to the next.
def _append(labels: Sequence[Label]) -> Iterator[Rule]:
    for label in labels:
        for value in range(1, label.range):
            yield rule({"tree_cursor": Cursor.NEXT, label.due: value}, label.name, value)
    for arity in (LEAF, ONE_CHILD, TWO_CHILDREN):
        due = {"due_arity": arity}
        yield from move_cursor("tree_cursor", due)
        for made in MADE_BEFORE[arity]:
            yield rule({**due, "made": made}, "made", made + 1)


# Writes the children of the node that is due: the last node made, and what was kept.
def _link_children() -> Iterator[Rule]:
    # Nodes are numbered as they are finished, so the last one made is the only child or the right
    # one; the left one was kept with the conjunction.
    for arity, side in ((ONE_CHILD, "left"), (TWO_CHILDREN, "right")):
        for made in MADE_BEFORE[arity]:
            where = {"tree_cursor": Cursor.NEXT, "due_arity": arity, "made": made}
            yield rule(where, side, made)
    for node in range(1, MOST_OF_PHRASE + 1):
        where = {"tree_cursor": Cursor.NEXT, "top_node": node, "due_arity": TWO_CHILDREN}
        yield rule(where, "left", node)


def move_cursor(cursor: str, where: Mapping[str, int]) -> Iterator[Rule]:
    """Yields the rules that move a cursor one position to the right."""
    yield rule({**where, cursor: Cursor.NEXT}, cursor, Cursor.NONE)
    ahead = {**where, cursor: Cursor.AHEAD, f"{cursor}_left": Cursor.NEXT}
    yield rule(ahead, cursor, Cursor.NEXT)


def _at_end(below: Symbol) -> Where:
    return {"phase": Phase.PARSE, "word": BLANK, "below": below}


def _word(name: str) -> int:
    return VOCABULARY.index(name)
