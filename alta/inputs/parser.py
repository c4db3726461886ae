r"""A pattern is a regular expression whose symbols are token names.

Names are separated by spaces; a name is a maximal run of characters that are neither spaces nor
special. The special characters are `( ) | * + ? { } . [ ] \`:

    a b          a, then b                    (a|b)        a or b; (|a): nothing or a
    a*  a+  a?   any number, one on, 0 or 1   a{2} a{2,} a{2,5}
    .            any token                    [0-3 7 END]  one of these; 0-3: the tokens from 0 to 3
    [^0-3]       any token but these          \+           a backslash quotes the next character

`-` is special only between brackets, `^` only right after the opening one. The empty pattern
matches the empty sequence alone.
"""

from typing import Never

from alta.errors import InputLanguageError
from alta.inputs.pattern import (
    Name,
    Node,
    Pattern,
    TokenSet,
    choice,
    concatenation,
    pattern_error,
    repeat,
    too_large,
)

__all__ = ["MAX_NESTING", "parse_pattern"]

# The most parentheses that may be open at once.
MAX_NESTING = 100

_SPECIAL = frozenset("()|*+?{}.[]\\")
_MARKS = frozenset("*+?{")
# A count of more digits is more than `MAX_POSITIONS` in any case.
_COUNT_DIGITS = 9


def parse_pattern(text: str) -> Pattern:
    """Parses a pattern of at most `MAX_POSITIONS` symbols; errors point at the place."""
    if not isinstance(text, str):
        raise InputLanguageError(f"pattern: expected a str, got {text!r} ({type(text).__name__})")
    return Pattern(text, _PatternParser(text).parse())


# Recursive descent, one method for each rule of the grammar:
#     choice        = concatenation ("|" concatenation)*
#     concatenation = repeated*
#     repeated      = item ("*" | "+" | "?" | "{" bounds "}")?
#     item          = "(" choice ")" | "[" "^"? (name ("-" name)?)+ "]" | "." | name
class _PatternParser:
    """A reader of a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open: list[int] = []

    def parse(self) -> Node:
        root = self._choice()
        if self._peek() is not None:
            self._fail("expected a name or the end of the pattern", "; no '(' is open here")
        return root

    def _choice(self) -> Node:
        options = [self._concatenation()]
        while self._takes("|"):
            options.append(self._concatenation())
        return choice(options)

    def _concatenation(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in (None, "|", ")"):
            parts.append(self._repeated())
        return concatenation(parts)

    def _repeated(self) -> Node:
        body = self._item()
        if self._peek() not in _MARKS:
            return body
        column = self._at
        at_least, at_most = self._bounds()
        if self._peek() in _MARKS:
            self._fail(
                "expected one repetition mark at most", "; put the part before it in parentheses"
            )
        return repeat(body, at_least, at_most, column)

    def _item(self) -> Node:
        column = self._at
        match self._peek():
            case "(":
                return self._group()
            case "[":
                return self._brackets()
            case ".":
                self._at += 1
                return TokenSet((), negated=True, column=column)
            case "*" | "+" | "?" | "{" | "}" | "]" as mark:
                self._fail(
                    "expected a name, '(', '[' or '.'", f"; the name {mark} is written \\{mark}"
                )
        name = self._name(ends="")
        return TokenSet(((name, name),), negated=False, column=name.column)

    def _group(self) -> Node:
        # Each open parenthesis is some frames of Python's stack.
        if len(self._open) == MAX_NESTING:
            self._fail(f"expected at most {MAX_NESTING} open parentheses")
        self._open.append(self._at)
        self._at += 1
        inner = self._choice()
        opened = self._open.pop()
        if not self._takes(")"):
            self._fail(f"expected ')' for the '(' in column {opened + 1}")
        return inner

    def _brackets(self) -> Node:
        opened = self._at
        self._at += 1
        negated = self._text.startswith("^", self._at)
        self._at += negated
        ranges: list[tuple[Name, Name]] = []
        # Empty brackets are refused: the first thing in them has to be a name.
        while not ranges or not self._takes("]"):
            first = last = self._bracket_name(opened)
            if self._takes("-"):
                last = self._bracket_name(opened)
                if self._peek() == "-":
                    self._fail("expected a name or ']' after a range", r"; quote it: \-")
            ranges.append((first, last))
        return TokenSet(tuple(ranges), negated=negated, column=opened)

    def _bracket_name(self, opened: int) -> Name:
        character = self._peek()
        if character is None:
            self._fail(f"expected ']' for the '[' in column {opened + 1}")
        if character == "-" or (character in _SPECIAL and character != "\\"):
            hint = f"; between brackets, the name {character} is written \\{character}"
            self._fail("expected a name", hint)
        return self._name(ends="-")

    def _name(self, *, ends: str) -> Name:
        column = self._at
        characters: list[str] = []
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == "\\":
                self._at += 1
                if self._at == len(self._text):
                    self._fail("expected a character after the backslash", r"; quote it: \\")
                character = self._text[self._at]
            elif character in _SPECIAL or character in ends or character.isspace():
                break
            characters.append(character)
            self._at += 1
        return Name("".join(characters), column)

    def _bounds(self) -> tuple[int, int | None]:
        opened = self._at
        self._at += 1
        if (mark := self._text[opened]) != "{":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[mark]
        at_least = self._integer()
        at_most: int | None = at_least
        expected = "',' or '}'"
        if self._takes(","):
            at_most = None if self._peek() == "}" else self._integer()
            expected = "'}'"
        if self._peek() != "}":
            self._fail(f"expected {expected} for the '{{' in column {opened + 1}")
        if at_most is not None and at_most < at_least:
            problem = f"expected the smaller bound first, got {{{at_least},{at_most}}}"
            raise pattern_error(self._text, opened, problem)
        self._at += 1
        return at_least, at_most

    def _integer(self) -> int:
        self._peek()
        # Spaces before the number were passed over by `_peek`.
        start = self._at
        while self._text[self._at : self._at + 1] in set("0123456789"):
            self._at += 1
        digits = self._text[start : self._at]
        counted = digits.lstrip("0")
        if not digits:
            self._fail("expected a number", "; repetitions are {2}, {2,} and {2,5}")
        # Python may refuse to read thousands of digits.
        if len(counted) > _COUNT_DIGITS:
            raise too_large(self._text, start)
        return int(counted or "0")

    def _takes(self, character: str) -> bool:
        """Says whether this is the next character, and moves behind it if so."""
        taken = self._peek() == character
        self._at += taken
        return taken

    def _peek(self) -> str | None:
        """Returns the next character that is not a space, and moves to it."""
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._text[self._at] if self._at < len(self._text) else None

    def _fail(self, expected: str, hint: str = "") -> Never:
        character = self._text[self._at : self._at + 1]
        got = repr(character) if character else "the end of the pattern"
        raise pattern_error(self._text, self._at, f"{expected}, got {got}{hint}")
