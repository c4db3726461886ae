"""What the tests of the command share with those of other commands."""

from tests.cases.command_line import call, files, folder, models, programs_py, user_cache

__all__ = ["call", "files", "folder", "models", "programs_py", "user_cache"]
