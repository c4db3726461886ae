"""A working folder for tests that write files."""

from tests.cases.command_line import folder

__all__ = ["folder"]
