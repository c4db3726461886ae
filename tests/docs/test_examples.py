"""The examples in README.md and docs/ do what they show.

Each file is one test; its examples run in order, with one namespace and one empty working folder:

- A ``python`` block is executed. Where it starts with ``>>>``, what it prints must be what it
  shows; ``...`` stands for any text.
- A ``python`` block below a line ``**`NAME`**`` is also written to the file NAME, for the commands
  that follow and for imports.
- A ``console`` block holds commands after ``$ `` and, below each, exactly what it prints; ``...``
  stands for any text, and times such as ``0.25 s`` may differ. A command that fails unexpectedly
  shows in its output or in an ``$ echo $?``.
- ``text``, ``sh``, ``diff``, ``json``, ``toml`` and ``yaml`` blocks are not executed. Others are
  refused, so that no example escapes by a misspelling. A ``toml`` block, too, is written to the
  file above it.
"""

from __future__ import annotations

import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from mypy.api import run as mypy
from sybil import Document, Example, Region
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser
from sybil.typing import Parser

from alta.command.main import main as alta_main
from alta_verify.command.main import main as alta_verify_main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if page.is_file() and "_build" not in page.parts
]

LANGUAGES = {"console", "diff", "json", "python", "sh", "text", "toml", "yaml"}
PROGRAMS = {"alta", "alta-verify", "cat", "echo", "ls", "pytest", "python"}
COMMAND_SECONDS = 300

FENCE = re.compile(r"^[ \t]*(?P<fence>`{3,}|~{3,}|:{3,})[ \t]*(?P<info>[^\n]*)$", re.MULTILINE)
FILE = re.compile(
    r"^\*\*`(?P<name>[\w.-]+)`\*\*\n+```(?:python|toml)\n(?P<source>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
DURATION = re.compile(r"[ \t]*\b\d+\.\d+[ \t]?(?:µs|ms|s|min)\b")


def fence_languages(text: str) -> Iterator[str]:
    """Yields the language of each code block, also of those inside directives."""
    open_fences: list[tuple[str, bool]] = []
    for match in FENCE.finditer(text):
        fence, info = match["fence"], match["info"].strip()
        is_directive = info.startswith("{")
        if open_fences and not info and fence.startswith(open_fences[-1][0]):
            open_fences.pop()
        elif not open_fences or open_fences[-1][1]:
            open_fences.append((fence, is_directive))
            if not is_directive:
                yield info


def write_file(example: Example) -> None:
    """Writes the block below a file name into the working folder."""
    name, source = example.parsed
    Path(name).write_text(source, encoding="utf-8")


def files(document: Document) -> Iterator[Region]:
    """Finds the file names; the blocks below them are found as Python blocks."""
    for match in FILE.finditer(document.text):
        name_end = match.start("name") + len(match["name"])
        yield Region(match.start(), name_end, (match["name"], match["source"]), write_file)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Yields each command of a console block with the output shown below it."""
    command: str | None = None
    shown: list[str] = []
    for line in block.splitlines():
        if command is not None and command.endswith("\\") and not shown:
            command = f"{command}\n{line.removeprefix('> ')}"
        elif line.startswith("$ "):
            if command is not None:
                yield command, "\n".join(shown)
            command, shown = line.removeprefix("$ "), []
        elif command is None:
            raise ValueError(f"a console block must start with a command after '$ ', got {line!r}")
        else:
            shown.append(line)
    if command is not None:
        yield command, "\n".join(shown)


def normalise(output: str) -> str:
    """Removes what may differ between two runs: times, trailing spaces, outer blank lines."""
    lines = [DURATION.sub(" 0.0 s", line).rstrip() for line in output.splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


TERMINAL = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
"""A plain terminal of 100 columns."""

COMMANDS = {"alta": alta_main, "alta-verify": alta_verify_main}
"""What is run here, as JAX and the solvers are loaded; other commands are run by a shell."""

SHELL = set("|&;<>()$`*?~#")
"""What a shell does not hand on as it is."""


def run_command(command: str, status: int) -> tuple[str, int]:
    """Runs a command as a reader would; ``$?`` is `status`."""
    program, *arguments = shlex.split(command.replace("\\\n", ""))
    if program in COMMANDS and not SHELL & set(command):
        return run_here(COMMANDS[program], arguments)
    bin_folder = str(Path(sys.executable).parent)
    result = subprocess.run(
        ["/bin/sh", "-c", f"(exit {status})\n{command}"],
        env={
            **os.environ,
            **TERMINAL,
            "PATH": os.pathsep.join([bin_folder, os.environ.get("PATH", os.defpath)]),
            # Also where it was installed before it had the plugin.
            "PYTEST_ADDOPTS": "-p alta_verify.pytest_plugin -p no:cacheprovider",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=COMMAND_SECONDS,
        check=False,
    )
    return result.stdout, result.returncode


def run_here(main: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> tuple[str, int]:
    """Runs a command in this process; what it imports of the working folder is forgotten."""
    output = io.StringIO()
    loaded = set(sys.modules)
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(output),
        redirect_stderr(output),
        warnings.catch_warnings(),
    ):
        warnings.resetwarnings()
        for name, value in TERMINAL.items():
            patch.setenv(name, value)
        try:
            status = main(arguments)
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else int(error.code is not None)
    here = Path.cwd()
    for name in set(sys.modules) - loaded:
        if here in Path(getattr(sys.modules[name], "__file__", None) or "/").parents:
            del sys.modules[name]
    return output.getvalue(), status


def run_console(example: Example) -> str | None:
    """Runs the commands of a block; returns what differs from the page, or None."""
    status = 0
    for command, shown in commands(example.parsed):
        if command.split()[0] not in PROGRAMS:
            return f"{command!r} starts with none of {sorted(PROGRAMS)}: put it into a `sh` block"
        output, status = run_command(command, status)
        expected, actual = normalise(shown), normalise(output)
        hidden_traceback = "Traceback (most recent" in actual and "Traceback" not in expected
        agrees = doctest.OutputChecker().check_output(expected, actual, doctest.ELLIPSIS)
        if hidden_traceback or not agrees:
            return f"$ {command}\nexpected:\n{expected}\nactual (exit status {status}):\n{actual}"
    return None


PARSERS: list[Parser] = [
    files,
    PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS),
    CodeBlockParser("console", run_console),
]


def page_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_block_has_a_known_language(page):
    assert set(fence_languages(page.read_text(encoding="utf-8"))) <= LANGUAGES


# Libraries of extras that the tests do not install.
NEEDED = {
    "ask-other-verifiers.md": ["onnx", "maraboupy"],
    "take-it-elsewhere.md": ["torch"],
    "for-transformerlens-users.md": ["torch"],
}

# They start processes of pytest, draw many programs, train, or verify much.
LONG = {
    "ask-other-verifiers.md",
    "for-transformerlens-users.md",
    "ground-truth.md",
    "learn-from-traces.md",
    "state-what-was-meant.md",
    "take-it-elsewhere.md",
    "verify-in-pytest.md",
    "verify-your-weights.md",
    "write-property-tests.md",
}


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.campaign) if page.name in LONG else page
        for page in PAGES
    ],
    ids=page_name,
)
def test_the_examples_of_a_page_do_what_they_show(page, tmp_path, tmp_path_factory, monkeypatch):
    for library in NEEDED.get(page.name, ()):
        pytest.importorskip(library, reason=f"{library} is not installed: {page.name} is not run")
    monkeypatch.chdir(tmp_path)
    # A block may import a file of its page; another page may have another file of that name.
    monkeypatch.syspath_prepend(tmp_path)
    for match in FILE.finditer(page.read_text(encoding="utf-8")):
        monkeypatch.delitem(sys.modules, match["name"].removesuffix(".py"), raising=False)
    # Each page is read for the first time.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("user")))
    for example in Document.parse(str(page), *PARSERS):
        example.evaluate()


@pytest.mark.campaign
def test_the_files_of_the_readme_have_types(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    paths = [tmp_path / match["name"] for match in FILE.finditer(text)]
    for path, match in zip(paths, FILE.finditer(text), strict=True):
        path.write_text(match["source"], encoding="utf-8")
    assert [path.name for path in paths] == ["largest.py", "damage.py", "meant.py"]
    settings = [f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={ROOT / '.mypy_cache'}"]
    untyped = ["--allow-untyped-defs", "--allow-untyped-calls"]
    out, err, status = mypy([*settings, *untyped, *map(str, paths)])
    assert status == 0, out + err


# --- the tests above have been seen to fail -------------------------------------------------------


def run_page(text: str, folder: Path) -> None:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    for example in Document.parse(str(page), *PARSERS):
        example.evaluate()


RIGHT = [
    "```python\nx = 2\n```\n\n```python\n>>> x + 1\n3\n```\n",
    "```python\n>>> print('abc', 'def')\nabc...\n```\n",
    "**`two.py`**\n\n```python\ny = 2\n```\n\n```console\n$ cat two.py\ny = 2\n```\n",
    "```console\n$ python -c 'print(1); print(2)'\n1\n...\n```\n",
    "```console\n$ echo done in 1.25 s\ndone in 0.50 s\n```\n",
    "```console\n$ python -c 'raise SystemExit(3)'\n$ echo $?\n3\n```\n",
    "```console\n$ echo one \\\n> two\none two\n```\n",
    "```console\n$ alta run addition 1+2\n3\n$ alta nothing\n...\n$ echo $?\n2\n```\n",
    "**`two.toml`**\n\n```toml\ny = 2\n```\n\n```console\n$ cat two.toml\ny = 2\n```\n",
]
WRONG = [
    "```python\n>>> 1 + 1\n3\n```\n",
    "```python\nraise ValueError\n```\n",
    "```console\n$ echo 1\n2\n```\n",
    "```console\n$ echo 1\n```\n",
    "```console\n$ python -c 'raise ValueError'\n...\n```\n",
    "```console\n$ python -c 'raise SystemExit(3)'\n$ echo $?\n0\n```\n",
    "```console\n$ pip install nothing\n...\n```\n",
    "```console\nno command\n```\n",
    "```console\n$ alta run addition 1+2\n4\n```\n",
]


@pytest.mark.parametrize("text", RIGHT)
def test_a_right_example_passes(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_page(text, tmp_path)


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_example_fails(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((AssertionError, ValueError)):
        run_page(text, tmp_path)


def test_fences_are_read_as_markdown_reads_them():
    text = """
````text
```python
```
````

````{note}
```toml
```
````

:::{tip}
~~~pyton
~~~
:::

```
```
"""
    assert list(fence_languages(text)) == ["text", "toml", "pyton", ""]
