"""Completion: scripts that have a shell complete commands, options and names of programs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import Any

import shtab

from alta import programs

__all__ = ["completion"]


def completion(parser: argparse.ArgumentParser, shell: str) -> str:
    """Returns the script that has a shell complete the arguments of a parser."""
    names = " ".join(programs.names())
    # Shells share one space of names, and each command has its own script.
    function = f"_{re.sub(r'[^a-z]', '_', parser.prog)}_programs"
    # A program is a shipped one, or in a file.
    preamble = {
        "bash": f"{function}() {{\n  compgen -W '{names}' -- \"$1\"\n"
        "  compgen -f -X '!*.py' -- \"$1\"\n}",
        "zsh": f"{function}() {{ compadd {names}; _files -g '*.py'; }}",
    }
    program = dict.fromkeys(preamble, function)
    # What arguments stand for is told by the names that help has for them.
    places: dict[Any, Any] = {
        "PROGRAM": program,
        "OTHER": program,
        "DIR": shtab.DIRECTORY,
        "FILE": shtab.FILE,
        "PATH": shtab.FILE,
    }
    for action in _arguments(parser):
        if action.metavar in places:
            # The library looks for an attribute of this name.
            vars(action)["complete"] = places[action.metavar]
    return shtab.complete(parser, shell, preamble=preamble[shell])


def _arguments(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yields the arguments of a parser, and of the commands below it."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _arguments(command)
