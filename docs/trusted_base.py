"""The trusted base: every source file belongs to one group, and its lines are counted here.

The pages show the counts through the directive ``trusted-base``, so they are those of the tree that
the pages were built from. `python docs/trusted_base.py` prints the same tables.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = [
    "GROUPS",
    "ROOT",
    "Source",
    "files_of",
    "group_table",
    "measured",
    "sources",
    "summary_table",
]

ROOT: Final = Path(__file__).resolve().parents[1]

GROUPS: Final = {
    "meaning": (
        "alta/errors.py",
        "alta/interp/",
        "alta/lang/",
        "alta/limit.py",
        "alta/visible.py",
    ),
    "language": ("alta/inputs/",),
    "network": ("alta/nn/",),
    "elsewhere": ("alta/exports/",),
    "proof": (
        "alta_verify/__init__.py",
        "alta_verify/abstraction.py",
        "alta_verify/arithmetic/",
        "alta_verify/boxes/",
        "alta_verify/cache/",
        "alta_verify/circuits/",
        "alta_verify/claim/",
        "alta_verify/deadline.py",
        "alta_verify/encode/",
        "alta_verify/equivalence.py",
        "alta_verify/obligation.py",
        "alta_verify/prove/",
        "alta_verify/reach/",
        "alta_verify/reading/",
        "alta_verify/report/",
        "alta_verify/satisfaction.py",
        "alta_verify/solver/",
        "alta_verify/specs/",
        "alta_verify/universal.py",
        "alta_verify/verification.py",
    ),
    "showing": (
        "alta/command/",
        "alta/extras.py",
        "alta/interruption.py",
        "alta/output.py",
        "alta/pages/",
        "alta/progress.py",
        "alta_verify/__main__.py",
        "alta_verify/command/",
        "alta_verify/pytest_plugin/",
    ),
    "checking": ("alta_verify/check/",),
    "search": ("alta_verify/search/",),
    "untrusted": (
        "alta/__init__.py",
        "alta/__main__.py",
        "alta/compiler/",
        "alta/datasets/",
        "alta/learn/",
        "alta/programs/",
        "alta_verify/certificate/",
        "alta_verify/exchange/",
        "alta_verify/learning/",
        "alta_verify/strategies/",
        "alta_verify/weights/",
    ),
}
"""For each group, its folders, and its files outside of them.

The page says what each group is trusted for.
"""

_TITLES: Final = {
    "meaning": "what a program means",
    "language": "which inputs there are",
    "network": "what the network is",
    "elsewhere": "what the network is elsewhere",
    "proof": "the proof",
    "showing": "how a verdict reaches you",
    "checking": "the check of certificates, in place of the proof",
    "search": "the search for counterexamples",
    "untrusted": "compiler, shipped programs, data sets, conveniences",
}


@final
@dataclass(frozen=True)
class Source:
    """One source file.

    Attributes:
        path: from the root of the tree.
        lines: how many lines it has.
        code: how many of them hold code, not only comments, documentation or nothing.
        claim: the first line of its documentation.
    """

    path: str
    lines: int
    code: int
    claim: str

    @classmethod
    def of(cls, path: str, text: str) -> Source:
        """Counts the lines of a file."""
        claim = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
        return cls(path, len(text.splitlines()), len(_code_lines(text)), claim)


def _code_lines(text: str) -> set[int]:
    blank = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in blank:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        # A string that is a statement is documentation.
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


@cache
def sources() -> tuple[str, ...]:
    """Returns the path of every Python file of the two packages."""
    paths = [path for package in ("alta", "alta_verify") for path in (ROOT / package).rglob("*.py")]
    return tuple(sorted(path.relative_to(ROOT).as_posix() for path in paths))


def files_of(group: str) -> list[str]:
    """Returns the paths of the files in a group."""
    return [path for path in sources() if path.startswith(GROUPS[group])]


@cache
def measured(path: str) -> Source:
    """Returns one file with its counts."""
    return Source.of(path, (ROOT / path).read_text(encoding="utf-8"))


def group_table(group: str) -> str:
    """Returns the files of a group as a Markdown table."""
    files = [measured(path) for path in files_of(group)]
    rows = [
        (f"`{file.path}`", str(file.lines), str(file.code), _escaped(file.claim))
        for file in files
        if file.code
    ]
    total = ("**together**", *_totals(files), "")
    return "\n".join(_table(("file", "lines", "of code", "what it is"), [*rows, total]))


def summary_table() -> str:
    """Returns the size of every group as a Markdown table."""
    rows = [(_TITLES[group], *_totals(map(measured, files_of(group)))) for group in GROUPS]
    return "\n".join(_table(("group", "lines", "of code"), rows))


def _totals(files: Iterable[Source]) -> tuple[str, str]:
    lines, code = zip(*((file.lines, file.code) for file in files), strict=True)
    return f"{sum(lines):,}", f"{sum(code):,}"


def _escaped(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|").replace("*", "\\*")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield "|" + "|".join("--:" if name in ("lines", "of code") else ":--" for name in header) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def setup(app: Sphinx) -> dict[str, Any]:
    """Adds the directive ``trusted-base``, whose argument is a group or ``summary``."""
    from docutils import nodes
    from sphinx.util.docutils import SphinxDirective

    class TrustedBase(SphinxDirective):
        required_arguments = 1

        def run(self) -> list[nodes.Node]:
            (group,) = self.arguments
            for path in sources():
                self.env.note_dependency(str(ROOT / path))
            table = summary_table() if group == "summary" else group_table(group)
            return self.parse_text_to_nodes(table)

    app.add_directive("trusted-base", TrustedBase)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    import sys

    for group in GROUPS:
        sys.stdout.write(f"\n{_TITLES[group]}\n\n{group_table(group)}\n")
    sys.stdout.write(f"\n{summary_table()}\n")
