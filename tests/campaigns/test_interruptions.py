"""Ctrl-C at any moment ends a command with status 130 and one line."""

from __future__ import annotations

import pytest

from tests.campaigns.interruptions import COMMANDS, interruptions


@pytest.mark.campaign
@pytest.mark.parametrize("name", COMMANDS)
def test_ctrl_c_at_any_moment_ends_a_command_quietly(name):
    ended = [each for each in interruptions(name, 64) if each.interrupted]
    assert ended
    assert [each for each in ended if not each.quiet] == []
