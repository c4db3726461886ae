"""What the tests of command lines share."""

import pytest

from alta.command.main import main
from tests.cases.command_line import call, files, folder, models, odd, programs_py, user_cache

__all__ = ["call", "files", "folder", "models", "odd", "programs_py", "user_cache"]


@pytest.fixture
def output(call):
    """Runs a command that succeeds and returns what it prints."""

    def run(*arguments):
        status, out, err = call(main, *arguments)
        assert (status, err) == (0, "")
        return out

    return run
