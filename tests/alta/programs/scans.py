"""The SCAN programs and the commands of their data set, shared by their tests."""

from typing import Any

import pytest

import alta
from alta.datasets import scan_commands

COMMANDS = dict(scan_commands())
PROGRAMS: dict[str, Any] = {
    "scan": alta.programs.scan(),
    "scan_parser": alta.programs.scan_parser(),
}
both_programs = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
SHORTEST = "walk"
LONGEST = "jump around left thrice and run around right thrice"
