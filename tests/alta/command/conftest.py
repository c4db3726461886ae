"""What the tests of command lines share."""

from tests.cases.command_line import call, files, folder, models, odd, programs_py, user_cache

__all__ = ["call", "files", "folder", "models", "odd", "programs_py", "user_cache"]
