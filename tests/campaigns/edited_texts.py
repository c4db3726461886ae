"""Edits of a program's text: of characters, tokens, numbers, lists, lines and the language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from random import Random

__all__ = ["EDITS", "edited"]

ODD = (
    *" \t\r\n\x0b\x0c\x1c\x85\x9b\xa0\0\x7f\u2028\u2029\u202e\u200b\ufeff",
    *'"\\/-_.,;:={}[]()|*+?&>^',
    *"0123456789eExXaZ",
    *"é٣０²Ⅷ🎲",
    "\\u0061",
    "\\ud800",
    "…",
)

NUMBERS = (
    *(
        "0",
        "1",
        "2",
        "-1",
        "-0",
        "00",
        "01",
        "+1",
        "1_0",
        "1.0",
        "0.5",
        "-0.0",
        "1e0",
        "1E0",
        "0.10",
    ),
    *("1e-7", "1e-07", "1e999", ".5", "1.", "0x1", "NaN", "Infinity", "-Infinity", "true", "null"),
    *(
        "999999999999999999",
        "9" * 19,
        "9" * 5000,
        "٣",
        "3000000000",
        '"1"',
        "[]",
        "[0]",
        "{0}",
        "-",
    ),
)

PATTERNS = (
    *(".", ".*", "(", ")", "|", "*", "+", "?", "{2}", "{0}", "{1,}", "{0,2}", "{2,1}", "{,1}", "{"),
    *("{01}", "{ 1 , 2 }", "{999999999}", "{10001}", "[", "]", "[^", "[]", "^", "-", "\\", "\\\\"),
    *(
        "()",
        "zzz",
        " ",
        "  ",
        "\t",
        "0-1",
        "1-0",
        "٣",
        "(.*)*",
        "(.?){3}",
        "[^0]",
        "[0 1]",
        "[0-1]",
    ),
)

KEYWORDS = (
    *(
        "name",
        "tokens",
        "vocab",
        "positions",
        "variable",
        "head",
        "rule",
        "output",
        "halt",
        "layers",
    ),
    *("inputs", "range", "values", "subsets", "of", "default", "token", "position", "query", "key"),
    *("value", "mask", "always", "->", ":=", "&", "anything", "regex", "distinct", "sequences"),
    *("lengths", '"free text"', "# comment", "output_name"),
)

_TOKENS = re.compile(r"\d+|[A-Za-z_][A-Za-z0-9_.]*|\s|.", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?")
_LIST = re.compile(r"\[[^\[\]\n]*\]|\[\[[^\n]*?\]\]|\{[^{}\n]*\}")
_QUOTED = re.compile(r'"[^"\n]*"')


def _place(text: str, rng: Random) -> int:
    return rng.randrange(len(text) + 1)


def _characters(text: str, rng: Random) -> str:
    at = _place(text, rng)
    new = rng.choice((rng.choice(ODD), rng.choice(text or " "), ""))
    return text[:at] + new + text[at + rng.choice((0, 1, 1)) :]


def _tokens(text: str, rng: Random) -> str:
    tokens = _TOKENS.findall(text)
    at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
    match rng.randrange(5):
        case 0:
            tokens[at] = tokens[other]
        case 1:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        case 2:
            tokens[at] = rng.choice(KEYWORDS)
        case 3:
            tokens[at] = ""
        case _:
            tokens.insert(at, tokens[other])
    return "".join(tokens)


def _replaced(pattern: re.Pattern[str], text: str, rng: Random, new: Callable[[str], str]) -> str:
    found = list(pattern.finditer(text))
    if not found:
        return text
    one = rng.choice(found)
    return text[: one.start()] + new(one[0]) + text[one.end() :]


def _number(text: str, rng: Random) -> str:
    def new(old: str) -> str:
        kind = rng.randrange(4)
        if kind == 0 or not old.isdigit():
            return rng.choice(NUMBERS)
        return str(max(0, int(old) + rng.choice((-1, 1)))) if kind < 3 else f"0{old}"

    return _replaced(_NUMBER, text, rng, new)


def _list(text: str, rng: Random) -> str:
    def new(old: str) -> str:
        entries = re.findall(r"\[[^\[\]]*\]|[^,\[\]{}]+", old[1:-1])
        match rng.randrange(5):
            case 0:
                rng.shuffle(entries)
            case 1:
                entries.sort(reverse=True)
            case 2:
                entries += entries[:1]
            case 3:
                entries = entries[:-1]
            case _:
                return old.replace(",", ", ", 1)
        return f"{old[0]}{','.join(entries)}{old[-1]}"

    return _replaced(_LIST, text, rng, new)


def _lines(text: str, rng: Random) -> str:
    lines = text.split("\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[other])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = f"{rng.choice(KEYWORDS)} {lines[at].partition(' ')[2]}"
        case _:
            lines.insert(at, rng.choice(("", "unknown line", "rule always -> x := 0", 'name "b"')))
    return "\n".join(lines)


def _ends(text: str, rng: Random) -> str:
    return rng.choice(
        (
            text.removesuffix("\n"),
            text + "\n",
            text.replace("\n", "\r\n"),
            text.replace("\n", "\r\n", 1),
            text.replace("\n", "\u2028", 1),
            text.replace("\n", "\x0b", 1),
            f"\ufeff{text}",
            f" {text}",
            text[: _place(text, rng)],
        )
    )


def _quotes(text: str, rng: Random) -> str:
    def new(old: str) -> str:
        inner = old[1:-1]
        at = _place(inner, rng)
        odd = rng.choice(ODD)
        match rng.randrange(4):
            case 0:
                return f'"{inner[:at]}{odd}{inner[at:]}"'
            case 1:
                return json.dumps(inner[:at] + odd + inner[at:])
            case 2:
                escaped = [f"\\u{ord(letter):04x}" for letter in inner]
                return f'"{"".join(escaped)}"'
            case _:
                return inner

    return _replaced(_QUOTED, text, rng, new)


def _rules(text: str, rng: Random) -> str:
    """Changes the order of rules or of atoms, or repeats one of them."""
    lines = text.split("\n")
    rules = [at for at, line in enumerate(lines) if line.startswith("rule ")]
    if not rules:
        return text
    at, other = rng.choice(rules), rng.choice(rules)
    condition, arrow, assignment = lines[at].removeprefix("rule ").partition(" -> ")
    atoms = condition.split(" & ")
    match rng.randrange(4):
        case 0:
            lines[at], lines[other] = lines[other], lines[at]
        case 1:
            rng.shuffle(atoms)
        case 2:
            atoms.append(rng.choice(atoms))
        case _:
            lines.insert(at, lines[other])
            return "\n".join(lines)
    if lines[at].startswith(f"rule {condition}"):
        lines[at] = f"rule {' & '.join(atoms)}{arrow}{assignment}"
    return "\n".join(lines)


def _language(text: str, rng: Random) -> str:
    """Puts a pattern of odd pieces into the line of the inputs."""
    names = json.loads(_vocab(text))
    pieces = [rng.choice((rng.choice(PATTERNS), *map(str, names))) for _ in range(rng.randrange(6))]
    pattern = json.dumps(rng.choice((" ", "")).join(pieces))
    kinds = ("regex ", "regex ", "distinct ", "sequences ", "anything ", "")
    line = f"inputs {rng.choice(kinds)}{pattern}"
    return re.sub(r"^inputs .*$", lambda _: line, text, count=1, flags=re.MULTILINE)


def _vocab(text: str) -> str:
    found = re.search(r"^vocab (\[.*\])$", text, flags=re.MULTILINE)
    try:
        return found[1] if found and isinstance(json.loads(found[1]), list) else "[]"
    except ValueError:
        return "[]"


EDITS: Mapping[str, Callable[[str, Random], str]] = {
    "characters": _characters,
    "tokens": _tokens,
    "a number": _number,
    "a list": _list,
    "lines": _lines,
    "ends of lines": _ends,
    "quoted text": _quotes,
    "rules": _rules,
    "the language": _language,
}


def edited(text: str, rng: Random, kinds: Sequence[str] = tuple(EDITS)) -> str:
    """Returns a text with one to three edits; now and then with none."""
    for _ in range(rng.choice((0, 1, 1, 1, 1, 1, 2, 3))):
        text = EDITS[rng.choice(kinds)](text, rng) or "\n"
    return text
