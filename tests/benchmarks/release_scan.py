"""SCAN in the style and size of the published program: 78 positions, 35 variables, 13 heads.

The sequence holds, after START, a stack, a tree, the output, and then the command. A shift-reduce
parser takes four layers a step; a decoder walks along the tree, three layers a step. Everything
that points is a position, and nothing is packed, so that a run takes up to 400 layers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum, auto
from typing import Final

import alta
from alta.datasets import scan_commands
from alta.lang.program import Program

__all__ = ["scan_all", "scan_one"]


class _Step(IntEnum):
    """What all positions do in the next layer."""

    START = 0
    MATCH = auto()
    FIND_CHILDREN = auto()
    MARK = auto()
    SHIFT_OR_REDUCE = auto()
    START_DECODING = auto()
    CHOOSE = auto()
    IS_DONE = auto()
    ACT = auto()
    DONE = auto()


class _Action(IntEnum):
    """What the decoder does at the current node."""

    NONE = 0
    COPY = auto()
    TO_LEFT = auto()
    TO_RIGHT = auto()
    TO_PARENT = auto()


_VERBS: Final = ("walk", "look", "run", "jump")
_SIDES: Final = {"left": "LTURN", "right": "RTURN"}
_WORDS: Final = ("and", "after", "opposite", "turn", "around", *_SIDES, "twice", "thrice", *_VERBS)
_ACTIONS: Final = (*(verb.upper() for verb in _VERBS), *_SIDES.values())
_PHRASE: Final = "S"
_SYMBOLS: Final = ("", *_WORDS, *_ACTIONS, _PHRASE)
_TOKENS: Final = (*_WORDS, "START", "CELL", "END", "PAD")

_STACK: Final = 4
_TREE: Final = _STACK + 8
_OUTPUT: Final = _TREE + 8
_COMMAND: Final = _OUTPUT + 48
_PLACES: Final = _COMMAND + 9 + 1


def _grammar() -> Iterator[tuple[tuple[str, ...], tuple[str | int, ...]]]:
    """Yields rules: symbols of a phrase, and its actions, or which of its phrases comes there."""
    yield ("S", "and", "S"), (0, 1)
    yield ("S", "after", "S"), (1, 0)
    yield ("S", "twice"), (0, 0)
    yield ("S", "thrice"), (0, 0, 0)
    for verb in _VERBS:
        yield (verb,), (verb.upper(),)
    for side, turn in _SIDES.items():
        yield ("turn", side), (turn,)
        yield ("turn", "opposite", side), (turn, turn)
        yield ("turn", "around", side), (turn,) * 4
        yield ("S", side), (turn, 0)
        yield ("S", "opposite", side), (turn, turn, 0)
        yield ("S", "around", side), (turn, 0) * 4


_RULES: Final = tuple(_grammar())


def scan_one(
    *, command: str = "jump around left twice after walk opposite right thrice"
) -> Program:
    """Carries out one command, the only one in the input language."""
    return _scan("scan_one", [command])


def scan_all() -> Program:
    """Carries out any of the 20,910 commands, which the input language lists."""
    return _scan("scan_all", (command for command, _ in scan_commands()))


def _scan(name: str, commands: Iterable[str]) -> Program:
    variables, heads = _variables(), _heads()
    mlp = alta.MLPBuilder(variables, heads)
    _add_rules(mlp)
    return alta.program_spec_from_rules(
        name=name,
        variables=variables,
        heads=heads,
        rules=mlp.rules,
        output_name="output",
        input_range=len(_TOKENS),
        position_range=_PLACES,
        vocab=_TOKENS,
        inputs=alta.inputs.sequences(
            ["START", *["CELL"] * (_COMMAND - 1), *command.split(), "END"] for command in commands
        ),
    )


def _variables() -> dict[str, alta.Variable]:
    pointers = ("stack_end", "below_1", "below_2", "below_3", "tree_end", "next_word")
    nodes = ("first_node", "second_node", "symbol_node", "left", "right", "parent")
    flags = ("is_match", "is_left", "is_right", "is_new", "is_removed", "is_tree_end", "is_root")
    return {
        "token": alta.input_var(len(_TOKENS)),
        "place": alta.position_var(_PLACES),
        "step": alta.var(len(_Step), default=_Step.START),
        "start_token": alta.var(len(_TOKENS), default=_TOKENS.index("START")),
        "matched": alta.var(len(_RULES)),
        "matched_length": alta.var(4),
        "first_slot": alta.var(4),
        "second_slot": alta.var(4),
        **{name: alta.var(_PLACES) for name in (*pointers, *nodes, "output_end", "current")},
        **{name: alta.var(2) for name in flags},
        "symbol": alta.var(len(_SYMBOLS)),
        "node_rule": alta.var(len(_RULES) + 1),
        "action": alta.var(len(_Action)),
        "action_symbol": alta.var(len(_SYMBOLS)),
        "progress": alta.var(9),
        "output": alta.var(len(_SYMBOLS)),
    }


def _heads() -> dict[str, alta.Head]:
    stack = {
        f"{read}_{slot}": alta.qkv(f"below_{slot}", "place", variable)
        for read, variable in (("symbol", "symbol"), ("node", "symbol_node"))
        for slot in (1, 2, 3)
    }
    node = {
        f"current_{variable}": alta.qkv("current", "place", variable)
        for variable in ("node_rule", "left", "right", "parent", "progress")
    }
    return {
        "start": alta.qkv("start_token", "token", "place"),
        "word": alta.qkv("next_word", "place", "token"),
        **stack,
        **node,
    }


def _add_rules(mlp: alta.MLPBuilder) -> None:
    layers = {
        _Step.START: _start,
        _Step.MATCH: _match,
        _Step.FIND_CHILDREN: _find_children,
        _Step.MARK: _mark,
        _Step.SHIFT_OR_REDUCE: _shift_or_reduce,
        _Step.START_DECODING: _start_decoding,
        _Step.CHOOSE: _choose,
        _Step.IS_DONE: _see_whether_done,
        _Step.ACT: _act,
    }
    for step in mlp.get("step"):
        if step in layers:
            layers[_Step(step)](mlp)


def _where(mlp: alta.MLPBuilder, **values: int) -> Iterator[None]:
    """Yields once where variables have these values."""
    for held in mlp.get(*values):
        if held == (next(iter(values.values())) if len(values) == 1 else tuple(values.values())):
            yield


def _fill(mlp: alta.MLPBuilder, name: str, value: int) -> None:
    """Sets a variable that is 0."""
    for _ in _where(mlp, **{name: 0}):
        mlp.set(name, value)


def _move(mlp: alta.MLPBuilder, pointer: str, by: int) -> None:
    for place in mlp.get(pointer):
        mlp.set(pointer, place + by)


def _move_stack(mlp: alta.MLPBuilder, by: int) -> None:
    for pointer in ("stack_end", "below_1", "below_2", "below_3"):
        _move(mlp, pointer, by)


def _start(mlp: alta.MLPBuilder) -> None:
    for start in mlp.get("start"):
        _fill(mlp, "stack_end", start + _STACK)
        for slot in (1, 2, 3):
            _fill(mlp, f"below_{slot}", start + _STACK - slot)
        _fill(mlp, "tree_end", start + _TREE)
        _fill(mlp, "next_word", start + _COMMAND)
    mlp.set("step", _Step.MATCH)


def _match(mlp: alta.MLPBuilder) -> None:
    for number, (symbols, _) in enumerate(_RULES):
        top = {
            f"symbol_{slot}": _SYMBOLS.index(symbol)
            for slot, symbol in enumerate(reversed(symbols), 1)
        }
        # A conjunction binds least, so that it waits for the end.
        if symbols[1:2] in {("and",), ("after",)}:
            top["word"] = _TOKENS.index("END")
        for _ in _where(mlp, **top):
            _fill(mlp, "matched", number)
            _fill(mlp, "matched_length", len(symbols))
            _fill(mlp, "is_match", 1)
            slots = [len(symbols) - i for i, symbol in enumerate(symbols) if symbol == _PHRASE]
            for name, slot in zip(("first_slot", "second_slot"), slots, strict=False):
                _fill(mlp, name, slot)
    mlp.set("step", _Step.FIND_CHILDREN)


def _find_children(mlp: alta.MLPBuilder) -> None:
    for child in ("first", "second"):
        for slot in mlp.get(f"{child}_slot"):
            if slot:
                for node in mlp.get(f"node_{slot}"):
                    _fill(mlp, f"{child}_node", node)
    mlp.set("step", _Step.MARK)


def _mark(mlp: alta.MLPBuilder) -> None:
    for length, place, end in mlp.get("matched_length", "place", "stack_end"):
        if place == end - length:
            _fill(mlp, "is_new", 1)
        elif end - length < place < end:
            _fill(mlp, "is_removed", 1)
    for place, end in mlp.get("place", "tree_end"):
        if place == end:
            _fill(mlp, "is_tree_end", 1)
    for flag, child in (("is_left", "first_node"), ("is_right", "second_node")):
        for place, node in mlp.get("place", child):
            if place == node > 0:
                _fill(mlp, flag, 1)
    mlp.set("step", _Step.SHIFT_OR_REDUCE)


def _shift_or_reduce(mlp: alta.MLPBuilder) -> None:
    for is_match in mlp.get("is_match"):
        if is_match:
            _reduce(mlp)
            mlp.set("step", _Step.MATCH)
            continue
        for word in mlp.get("word"):
            if _TOKENS[word] == "END":
                mlp.set("step", _Step.START_DECODING)
            else:
                # What is no word is nothing to shift: a trap.
                _shift(mlp, 1 + word if word < len(_WORDS) else None)
                mlp.set("step", _Step.MATCH)
    for name in ("matched", "matched_length", "is_match", "is_new", "is_removed", "is_tree_end"):
        mlp.set(name, 0)
    for name in ("is_left", "is_right", "first_slot", "second_slot", "first_node", "second_node"):
        mlp.set(name, 0)


def _shift(mlp: alta.MLPBuilder, symbol: int | None) -> None:
    _move(mlp, "next_word", 1)
    for place, end in mlp.get("place", "stack_end"):
        if place == end:
            mlp.set("symbol", symbol)
    _move_stack(mlp, 1)


def _reduce(mlp: alta.MLPBuilder) -> None:
    for _ in _where(mlp, is_removed=1):
        mlp.set("symbol", 0)
        mlp.set("symbol_node", 0)
    for _ in _where(mlp, is_new=1):
        mlp.set("symbol", _SYMBOLS.index(_PHRASE))
        for end in mlp.get("tree_end"):
            mlp.set("symbol_node", end)
    for length in mlp.get("matched_length"):
        _move_stack(mlp, 1 - length)
    for _ in _where(mlp, is_tree_end=1):
        for number in mlp.get("matched"):
            _fill(mlp, "node_rule", number + 1)
        for name, child in (("left", "first_node"), ("right", "second_node")):
            for node in mlp.get(child):
                _fill(mlp, name, node)
    for end, is_left, is_right in mlp.get("tree_end", "is_left", "is_right"):
        if is_left or is_right:
            _fill(mlp, "parent", end)
    _move(mlp, "tree_end", 1)


def _start_decoding(mlp: alta.MLPBuilder) -> None:
    for start in mlp.get("start"):
        _fill(mlp, "output_end", start + _OUTPUT)
    # The root is the node that was made last.
    for end in mlp.get("tree_end"):
        mlp.set("tree_end", end - 1)
        mlp.set("current", end - 1)
    mlp.set("step", _Step.CHOOSE)


def _choose(mlp: alta.MLPBuilder) -> None:
    for node, root in mlp.get("current", "tree_end"):
        if node == root:
            mlp.set("is_root", 1)
    for number, (_, target) in enumerate(_RULES, 1):
        for place, what in enumerate((*target, None)):
            for _ in _where(mlp, current_node_rule=number, current_progress=place):
                if what is None:
                    _fill(mlp, "action", _Action.TO_PARENT)
                elif isinstance(what, int):
                    _fill(mlp, "action", (_Action.TO_LEFT, _Action.TO_RIGHT)[what])
                else:
                    _fill(mlp, "action", _Action.COPY)
                    _fill(mlp, "action_symbol", _SYMBOLS.index(what))
    mlp.set("step", _Step.IS_DONE)


def _see_whether_done(mlp: alta.MLPBuilder) -> None:
    for action, is_root in mlp.get("action", "is_root"):
        done = action == _Action.TO_PARENT and is_root
        mlp.set("step", _Step.DONE if done else _Step.ACT)
    mlp.set("is_root", 0)


def _act(mlp: alta.MLPBuilder) -> None:
    for action in mlp.get("action"):
        if action == _Action.COPY:
            for symbol, end, place in mlp.get("action_symbol", "output_end", "place"):
                if place == end:
                    _fill(mlp, "output", symbol)
            _move(mlp, "output_end", 1)
        elif action:
            moves = {
                _Action.TO_PARENT: "parent",
                _Action.TO_LEFT: "left",
                _Action.TO_RIGHT: "right",
            }
            for node in mlp.get(f"current_{moves[_Action(action)]}"):
                mlp.set("current", node)
        for place, node in mlp.get("place", "current"):
            if action and place == node:
                if action == _Action.TO_PARENT:
                    mlp.set("progress", 0)
                    continue
                for progress in mlp.get("progress"):
                    mlp.set("progress", progress + 1)
    mlp.set("step", _Step.CHOOSE)
    for name in ("action", "action_symbol", "is_root"):
        mlp.set(name, 0)
