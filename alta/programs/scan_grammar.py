"""The grammar of SCAN: from a command to its tree, and from a tree to its actions.

    command  =  phrase  |  phrase "and" phrase  |  phrase "after" phrase
    phrase   =  motion  |  motion "twice"  |  motion "thrice"
    motion   =  verb  |  verb turning  |  "turn" turning
    turning  =  direction  |  "opposite" direction  |  "around" direction
    verb     =  "walk"  |  "look"  |  "run"  |  "jump"
    direction = "left"  |  "right"

This is plain Python that knows nothing of ALTA: the programs are tested against it.

Source: Lake and Baroni (2018), "Generalization without systematicity", supplementary figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from alta.errors import TokenError, nearest

__all__ = ["RULES", "WORDS", "Tree", "parse_command", "tree_from_postfix"]

VERBS = ("walk", "look", "run", "jump")
DIRECTIONS = ("left", "right")
REPETITIONS = ("twice", "thrice")
WORDS = (*VERBS, "turn", *DIRECTIONS, "opposite", "around", *REPETITIONS, "and", "after")

_TURNINGS = tuple(f"{how}{side}" for how in ("", "opposite ", "around ") for side in DIRECTIONS)
LEAVES = (*VERBS, *(f"turn {turning}" for turning in _TURNINGS))
UNARY = (*_TURNINGS, *REPETITIONS)
BINARY = ("and", "after")

# The rules of the tree, each named by the words that it adds to its children's.
RULES = (*LEAVES, *UNARY, *BINARY)


@final
@dataclass(frozen=True)
class Tree:
    """A command taken apart: one of `RULES`, and no, one or two children in its order."""

    rule: str
    children: tuple[Tree, ...] = ()

    @property
    def postfix(self) -> tuple[str, ...]:
        """The rules, children before parents: the order in which they are finished."""
        inner = tuple(rule for child in self.children for rule in child.postfix)
        return (*inner, self.rule)

    @property
    def actions(self) -> tuple[str, ...]:
        """What the command asks for."""
        parts = [child.actions for child in self.children]
        if self.rule == "and":
            return parts[0] + parts[1]
        if self.rule == "after":
            return parts[1] + parts[0]
        if self.rule in VERBS:
            return (self.rule.upper(),)
        if self.rule in REPETITIONS:
            return parts[0] * (2 if self.rule == "twice" else 3)
        # What is left turns: before the motion, or for its own sake.
        motion = parts[0] if parts else ()
        turn = ("LTURN",) if self.rule.endswith("left") else ("RTURN",)
        if "around" in self.rule:
            return (turn + motion) * 4
        return turn * (2 if "opposite" in self.rule else 1) + motion

    def __str__(self) -> str:
        """Reads ``after(twice(jump), walk)``."""
        inner = ", ".join(map(str, self.children))
        return f"{self.rule}({inner})" if inner else self.rule


def parse_command(text: str) -> Tree:
    """Parses a command; the error names the first word that does not fit."""
    return _PhraseParser(text).command()


def tree_from_postfix(rules: Iterable[str]) -> Tree:
    """Builds the tree whose postfix form these rules are."""
    # A rule takes as many trees off the stack as it has children, the last one topmost.
    stack: list[Tree] = []
    rules = list(rules)
    for rule in rules:
        arity = 2 if rule in BINARY else int(rule in UNARY)
        if rule not in RULES or len(stack) < arity:
            raise TokenError(f"rules {rules!r}: expected a tree in postfix form, got {rule!r}")
        start = len(stack) - arity
        stack[start:] = [Tree(rule, tuple(stack[start:]))]
    if len(stack) != 1:
        raise TokenError(f"rules {rules!r}: expected one tree in postfix form, got {len(stack)}")
    return stack[0]


# A parser by recursive descent: one method a rule of the grammar above, one word ahead.
class _PhraseParser:
    def __init__(self, text: str) -> None:
        self._words = text.split()
        self._next = 0

    def command(self) -> Tree:
        first = self._phrase()
        if (rule := self._take(BINARY)) is None:
            self._expect_end(first, BINARY)
            return first
        second = self._phrase()
        self._expect_end(second, ())
        return Tree(rule, (first, second))

    def _phrase(self) -> Tree:
        motion = self._motion()
        repetition = self._take(REPETITIONS)
        return motion if repetition is None else Tree(repetition, (motion,))

    def _expect_end(self, phrase: Tree, else_: tuple[str, ...]) -> None:
        if self._peek() is None:
            return
        # What could still have come here is worked out for the error alone.
        longer = () if phrase.rule in REPETITIONS else REPETITIONS
        turned = () if phrase.rule not in VERBS else (*DIRECTIONS, "opposite", "around")
        raise self._unexpected((*turned, *longer, *else_))

    def _motion(self) -> Tree:
        verb = self._expect((*VERBS, "turn"))
        if verb == "turn":
            return Tree(f"turn {self._turning()}")
        if self._peek() in ("opposite", "around", *DIRECTIONS):
            return Tree(self._turning(), (Tree(verb),))
        return Tree(verb)

    def _turning(self) -> str:
        if (how := self._take(("opposite", "around"))) is None:
            return self._expect((*DIRECTIONS, "opposite", "around"))
        return f"{how} {self._expect(DIRECTIONS)}"

    def _peek(self) -> str | None:
        return self._words[self._next] if self._next < len(self._words) else None

    def _take(self, expected: tuple[str, ...]) -> str | None:
        if (word := self._peek()) not in expected:
            return None
        self._next += 1
        return word

    def _expect(self, expected: tuple[str, ...]) -> str:
        if (word := self._take(expected)) is None:
            raise self._unexpected(expected)
        return word

    def _unexpected(self, expected: tuple[str, ...]) -> TokenError:
        wanted = " or ".join(map(repr, expected)) or "the end"
        got, hint = f"the end after {self._next} words", ""
        if (word := self._peek()) is not None:
            got = f"{word!r} as word {self._next + 1}"
            hint = "" if word in WORDS else f"; {nearest(word, WORDS)}"
        return TokenError(f"command {' '.join(self._words)!r}: expected {wanted}, got {got}{hint}")
