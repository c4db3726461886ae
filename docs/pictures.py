"""The pictures of the README and the pages, each by a command that its readers can type.

`python -m docs.pictures` makes them anew. They are kept with the pages, so that they are there
wherever the pages are read.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Final

from alta.command.main import main as alta

__all__ = ["COMMANDS", "FOLDER", "made", "sources"]

ROOT: Final = Path(__file__).resolve().parents[1]

FOLDER: Final = ROOT / "docs" / "figures"
"""Where the pictures are."""

COMMANDS: Final[Mapping[str, str]] = {
    "largest.svg": "trace largest.py:program START 4 1 2 --figure largest.svg",
    "addition.svg": "trace addition 9+5 --figure addition.svg",
    "attention.svg": "trace sort_unique --with max_value=6 3 1 6 --figure attention.svg "
    "--show attention",
    "stream.svg": "trace parity_sequential_relative 1011 --compiled --figure stream.svg "
    "--show residual",
    "program.svg": "show addition --as svg",
}
"""The command of each picture, without its first word; what one prints is the picture."""

_FILE: Final = re.compile(
    r"^\*\*`(largest\.py)`\*\*\n+```python\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


def made(name: str, folder: Path) -> bytes:
    """Returns a picture that is made anew in a folder."""
    match = _FILE.search((ROOT / "README.md").read_text(encoding="utf-8"))
    if match is None:
        raise LookupError("README.md has no largest.py")
    (folder / match[1]).write_text(match[2], encoding="utf-8")
    words = COMMANDS[name].split()
    printed = folder / "printed"
    with chdir(folder), printed.open("w", encoding="utf-8") as file, redirect_stdout(file):
        status = alta(words)
    if status:
        raise RuntimeError(f"alta {COMMANDS[name]}: exit status {status}")
    return (folder / name if "--figure" in words else printed).read_bytes()


def sources() -> set[str]:
    """Returns the commands that the pages give for pictures."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    return {command for command in COMMANDS.values() if f"alta {command}" in text}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for picture in COMMANDS:
        with tempfile.TemporaryDirectory() as place:
            (FOLDER / picture).write_bytes(made(picture, Path(place)))
        sys.stdout.write(f"{FOLDER / picture}\n")
