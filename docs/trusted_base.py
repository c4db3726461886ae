"""The trusted base: every source file belongs to one group, and its lines are counted here.

The pages show the counts through the directive ``trusted-base``, so they are those of the tree that
the pages were built from. `python docs/trusted_base.py` prints the same tables.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["GROUPS", "ROOT", "Source", "files_of", "group_table", "sources", "summary_table"]

ROOT: Final = Path(__file__).resolve().parents[1]

GROUPS: Final = {
    "meaning": (
        "alta/errors.py",
        "alta/limit.py",
        "alta/interp/__init__.py",
        "alta/interp/batch/*.py",
        "alta/interp/run.py",
        "alta/interp/step.py",
        "alta/interp/tokens.py",
        "alta/lang/build.py",
        "alta/lang/builder.py",
        "alta/lang/domains.py",
        "alta/lang/heads.py",
        "alta/lang/kinds.py",
        "alta/lang/limits.py",
        "alta/lang/names.py",
        "alta/lang/parsing.py",
        "alta/lang/paths.py",
        "alta/lang/program.py",
        "alta/lang/reading.py",
        "alta/lang/rule_index.py",
        "alta/lang/rules.py",
        "alta/lang/text.py",
        "alta/lang/uniform.py",
        "alta/lang/values.py",
        "alta/lang/variables.py",
        "alta/visible.py",
    ),
    "language": (
        "alta/inputs.py",
        "alta/lang/automata.py",
        "alta/lang/determinise.py",
        "alta/lang/distinct.py",
        "alta/lang/language.py",
        "alta/lang/lengths.py",
        "alta/lang/pattern_tree.py",
        "alta/lang/patterns.py",
        "alta/lang/positions.py",
        "alta/lang/spec.py",
        "alta/lang/specs.py",
        "alta/lang/vocabulary.py",
    ),
    "network": ("alta/nn/*.py",),
    "proof": (
        "alta_verify/__init__.py",
        "alta_verify/abstraction.py",
        "alta_verify/architecture.py",
        "alta_verify/bounds.py",
        "alta_verify/deadline.py",
        "alta_verify/ending.py",
        "alta_verify/equivalence.py",
        "alta_verify/interval.py",
        "alta_verify/ledger.py",
        "alta_verify/means.py",
        "alta_verify/network.py",
        "alta_verify/probe.py",
        "alta_verify/prove.py",
        "alta_verify/remote.py",
        "alta_verify/report.py",
        "alta_verify/schedule.py",
        "alta_verify/task.py",
        "alta_verify/transition.py",
        "alta_verify/universal.py",
        "alta_verify/verification.py",
        "alta_verify/wording.py",
        "alta_verify/cache/*.py",
        "alta_verify/compare/*.py",
        "alta_verify/dense/*.py",
        "alta_verify/encode/*.py",
        "alta_verify/reach/*.py",
        "alta_verify/solver/*.py",
    ),
    "showing": (
        "alta/blame.py",
        "alta/command.py",
        "alta/finding.py",
        "alta/interruption.py",
        "alta/output.py",
        "alta/progress.py",
        "alta_verify/__main__.py",
        "alta_verify/arguments.py",
        "alta_verify/cli.py",
        "alta_verify/proving.py",
        "alta_verify/pytest_plugin/*.py",
        "alta_verify/rendering.py",
    ),
    "checking": ("alta_verify/check/*.py",),
    "search": (
        "alta_verify/attending.py",
        "alta_verify/counterexample.py",
        "alta_verify/disagreement.py",
        "alta_verify/falsify.py",
        "alta_verify/invariant.py",
        "alta_verify/lockstep.py",
        "alta_verify/pursue.py",
        "alta_verify/samples.py",
        "alta_verify/scene.py",
        "alta_verify/shrink.py",
        "alta_verify/transitions.py",
    ),
    "untrusted": (
        "alta/__init__.py",
        "alta/__main__.py",
        "alta/cli.py",
        "alta/commands.py",
        "alta/compiler/*.py",
        "alta/datasets/*.py",
        "alta/interp/table.py",
        "alta/lang/lint.py",
        "alta/lang/remark.py",
        "alta/lang/watch.py",
        "alta/learn/*.py",
        "alta/learning_cli.py",
        "alta/lint_cli.py",
        "alta/programs/*.py",
        "alta_verify/certificate/*.py",
        "alta_verify/learning/*.py",
        "alta_verify/lint.py",
        "alta_verify/strategies/*.py",
        "alta_verify/weights/*.py",
    ),
}
"""For each group, patterns of the files in it. The page says what each group is trusted for."""

_TITLES: Final = {
    "meaning": "what a program means",
    "language": "which inputs there are",
    "network": "what the network is",
    "proof": "the proof",
    "showing": "how a verdict reaches you",
    "checking": "the check of certificates, in place of the proof",
    "search": "the search for counterexamples",
    "untrusted": "compiler, shipped programs, data sets, conveniences",
}


@final
@dataclass(frozen=True)
class Source:
    """Is one source file.

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


def sources() -> list[str]:
    """Returns the path of every Python file of the two packages."""
    found = [path for package in ("alta", "alta_verify") for path in (ROOT / package).rglob("*.py")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def files_of(group: str) -> list[str]:
    """Returns the paths of the files in a group."""
    return [path for path in sources() if any(fnmatch(path, glob) for glob in GROUPS[group])]


def _read(group: str) -> list[Source]:
    return [Source.of(path, (ROOT / path).read_text(encoding="utf-8")) for path in files_of(group)]


def group_table(group: str) -> str:
    """Returns the files of a group as a Markdown table."""
    read = _read(group)
    rows = [
        (f"`{one.path}`", str(one.lines), str(one.code), _escaped(one.claim))
        for one in read
        if one.code
    ]
    total = ("**together**", *_totals(read), "")
    return "\n".join(_table(("file", "lines", "of code", "what it is"), [*rows, total]))


def summary_table() -> str:
    """Returns the size of every group as a Markdown table."""
    rows = [(_TITLES[group], *_totals(_read(group))) for group in GROUPS]
    return "\n".join(_table(("group", "lines", "of code"), rows))


def _totals(read: list[Source]) -> tuple[str, str]:
    lines, code = sum(one.lines for one in read), sum(one.code for one in read)
    return f"{lines:,}", f"{code:,}"


def _escaped(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|").replace("*", "\\*")


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
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
