"""SCAN: commands such as ``jump twice after walk`` to actions, by a parser and a decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alta.errors import TokenError
from alta.lang.build import program_spec_from_rules
from alta.lang.program import Program, halt_spec
from alta.programs import scan_decode as decoder
from alta.programs import scan_parse as parser
from alta.programs.scan_grammar import RULES, parse_command, tree_from_postfix
from alta.programs.scan_language import commands
from alta.programs.scan_layout import (
    MAX_ACTIONS,
    MAX_WORDS,
    VOCABULARY,
    Action,
    Layout,
    Phase,
    command_of,
    in_area,
)

__all__ = ["scan", "scan_parser"]


def scan_parser(*, max_words: int = MAX_WORDS) -> Program:
    """Parses a SCAN command into a tree, by shift and reduce.

    The input is START, the words of the command, and blanks up to the end of the sequence; all
    sequences have one length, 11 by default. The outputs are the tree in postfix form: position k
    holds the k-th node to be finished, children before parents, as the number of its rule, counted
    from 1, in `alta.programs.scan_grammar.RULES`; 0 stands for no node. As every rule has a fixed
    number of children this settles the tree; the variables `left` and `right` also hold the
    children of each node, as their positions, or 0 for none. A command of n words halts after
    n + 2 layers. Text is a command; the answer is its tree, such as ``after(twice(jump), walk)``.

    Args:
        max_words: the most words of a command, 1 … 9; the input language are the commands that fit.

    Source: Shaw et al. (2025), the shift-reduce parser of the SCAN program; this one is smaller.
    """
    # The tree is the answer, so each node is told by its rule and nothing else.
    layout = Layout(max_words)
    labels = [parser.Label("rule", 1 + len(RULES), lambda name: 1 + RULES.index(name))]
    return program_spec_from_rules(
        name="scan_parser",
        variables=parser.variables(layout, labels),
        heads=parser.heads(),
        rules=parser.rules(layout, labels),
        output_name="rule",
        input_range=len(VOCABULARY),
        position_range=layout.longest,
        halt=halt_spec("phase", Phase.DECODE),
        vocab=VOCABULARY,
        inputs=commands(layout),
        encode=lambda text: _encode(text, layout),
        decode=_tree_as_text,
        oracle=lambda tokens: in_area(_postfix(command_of(tokens)), tokens),
        observed=("left", "right"),
    )


def scan(
    *, max_words: int = MAX_WORDS, max_actions: int = MAX_ACTIONS, short_length: int = 20
) -> Program:
    """Carries out a SCAN command: parses it into a tree, then decodes the tree to actions.

    The input is START, the words of the command, and blanks up to the end of the sequence. As in
    batches that are formed by length, a sequence has the shorter of two lengths, 20 and 49 by
    default, that has a position for START and one for each action; a command is one sequence, and
    in the other length it is no input. The outputs are the actions, one a position from position 1
    on, as numbers from 1 (WALK, LOOK, RUN, JUMP, LTURN, RTURN); 0 is none. Parsing takes one layer
    a word and two more; then comes a layer for each action, and for each time that ``twice``,
    ``thrice``, ``and`` or ``after`` goes to a child. Text is a command; the answer is its actions
    in words.

    Args:
        max_words: the most words of a command, 1 … 9.
        max_actions: the most actions of a command, 1 … 48; the input language are the commands
            that fit both. The longer length is `max_actions` + 1, or what the words need.
        short_length: the shorter length, at least 1 + the greater of `max_words` + 1 and 7, which
            parsing needs. If it is the longer one or more, there is but that one.

    Source: Shaw et al. (2025), the SCAN program; this one is smaller.
    """
    # The decoder asks for the shape and the action of a node, and never for its rule.
    layout = Layout(max_words, max_actions, short_length)
    return program_spec_from_rules(
        name="scan",
        variables=parser.variables(layout, decoder.LABELS) | decoder.variables(layout),
        heads=parser.heads() | decoder.heads(),
        rules=[*parser.rules(layout, decoder.LABELS), *decoder.rules()],
        output_name="output",
        input_range=len(VOCABULARY),
        position_range=layout.longest,
        halt=halt_spec("phase", Phase.DONE),
        vocab=VOCABULARY,
        inputs=commands(layout),
        encode=lambda text: _encode(text, layout),
        decode=_actions_as_text,
        oracle=lambda tokens: in_area(_actions(command_of(tokens)), tokens),
    )


def _encode(text: str, layout: Layout) -> list[int]:
    actions = len(parse_command(text).actions)
    if layout.actions is not None and actions > layout.actions:
        raise TokenError(
            f"command {text!r}: expected at most {layout.actions} actions, got {actions}; "
            "build the program with a greater max_actions"
        )
    return layout.encode(text.split(), actions)


def _actions(command: str) -> list[int]:
    return [Action[name].value for name in parse_command(command).actions]


def _postfix(command: str) -> list[int]:
    return [1 + RULES.index(rule) for rule in parse_command(command).postfix]


def _actions_as_text(outputs: Sequence[Any]) -> str:
    return " ".join(Action(value).name for value in outputs if value)


def _tree_as_text(outputs: Sequence[Any]) -> str:
    rules = [RULES[value - 1] for value in outputs if value]
    return str(tree_from_postfix(rules)) if rules else ""
