"""SCAN: commands such as ``jump twice after walk`` to actions, by a parser and a decoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from alta import inputs
from alta.errors import TokenError
from alta.lang.build import program_spec_from_rules
from alta.lang.program import Program, halt_spec
from alta.programs import scan_decode as decoder
from alta.programs import scan_parse as parser
from alta.programs.scan_grammar import RULES, Tree, parse_command, tree_from_postfix
from alta.programs.scan_layout import (
    BLANK,
    MAX_ACTIONS,
    MAX_WORDS,
    VOCABULARY,
    Action,
    Layout,
    Phase,
)

__all__ = ["scan", "scan_parser"]

_VERB = "(walk|look|run|jump)"
_SIDE = "(left|right)"

# Words, actions and pattern of every kind of motion.
_MOTIONS = (
    (1, 1, _VERB),
    (2, 1, f"turn {_SIDE}"),
    (2, 2, f"{_VERB} {_SIDE}"),
    (3, 2, f"turn opposite {_SIDE}"),
    (3, 3, f"{_VERB} opposite {_SIDE}"),
    (3, 4, f"turn around {_SIDE}"),
    (3, 8, f"{_VERB} around {_SIDE}"),
)

# Words, actions and pattern of every kind of phrase.
_PHRASES = tuple(
    (words + extra, actions * times, f"{pattern}{repeat}")
    for words, actions, pattern in _MOTIONS
    for extra, times, repeat in ((0, 1, ""), (1, 2, " twice"), (1, 3, " thrice"))
)


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
        inputs=_commands(layout),
        encode=lambda text: _encode(text, layout),
        decode=_tree_as_text,
        oracle=_postfix,
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
        inputs=_commands(layout),
        encode=lambda text: _encode(text, layout),
        decode=_actions_as_text,
        oracle=_actions,
    )


# Describes the commands that fit a layout, each in the length that it has there. A length settles
# the number of blanks, so the patterns need not count them.
def _commands(layout: Layout) -> inputs.InputSpec:
    of_length: dict[int, list[int]] = {}
    for actions in range(1, (layout.actions or MAX_ACTIONS) + 1):
        of_length.setdefault(layout.length(actions), []).append(actions)
    return inputs.lengths(lambda length: _pattern(layout.words, of_length.get(length, ())))


def _pattern(words: int, actions: Sequence[int]) -> str | None:
    alternatives = tuple(_alternatives(words, actions))
    return f"START {_choice(alternatives)} _+" if alternatives else None


# Yields patterns for the commands with at most so many words, and one of these numbers of actions.
def _alternatives(limit: int, wanted: Sequence[int]) -> Iterator[str]:
    single = [
        pattern for words, actions, pattern in _PHRASES if words <= limit and actions in wanted
    ]
    if single:
        yield _choice(single)
    # Phrases that go with the same second ones share an alternative.
    firsts: dict[tuple[str, ...], list[str]] = {}
    for words, actions, pattern in _PHRASES:
        seconds = tuple(
            second
            for more_words, more_actions, second in _PHRASES
            if words + 1 + more_words <= limit and actions + more_actions in wanted
        )
        if seconds:
            firsts.setdefault(seconds, []).append(pattern)
    for seconds, patterns in firsts.items():
        yield f"{_choice(patterns)} (and|after) {_choice(seconds)}"


def _choice(patterns: Sequence[str]) -> str:
    return f"({'|'.join(patterns)})"


def _encode(text: str, layout: Layout) -> list[int]:
    actions = len(parse_command(text).actions)
    if layout.actions is not None and actions > layout.actions:
        raise TokenError(
            f"command {text!r}: expected at most {layout.actions} actions, got {actions}; "
            "build the program with a greater max_actions"
        )
    return layout.encode(text.split(), actions)


def _actions(tokens: Sequence[int]) -> list[int]:
    return _in_area([Action[name].value for name in _parsed(tokens).actions], tokens)


def _postfix(tokens: Sequence[int]) -> list[int]:
    return _in_area([1 + RULES.index(rule) for rule in _parsed(tokens).postfix], tokens)


# Takes the words from START to the first blank apart.
def _parsed(tokens: Sequence[int]) -> Tree:
    words = [VOCABULARY[token] for token in tokens[1:]]
    return parse_command(" ".join(words[: words.index(VOCABULARY[BLANK])]))


# Returns a value for each of the tokens: these from the first cell of an area on, else 0.
def _in_area(values: Sequence[int], tokens: Sequence[int]) -> list[int]:
    return [0, *values, *[0] * (len(tokens) - 1 - len(values))]


def _actions_as_text(outputs: Sequence[Any]) -> str:
    return " ".join(Action(value).name for value in outputs if value)


def _tree_as_text(outputs: Sequence[Any]) -> str:
    rules = [RULES[value - 1] for value in outputs if value]
    return str(tree_from_postfix(rules)) if rules else ""
