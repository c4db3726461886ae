"""The first word decides whether something is proved or a certificate is checked."""

from __future__ import annotations

import pytest

import alta_verify.check.__main__ as check
from alta_verify.command import arguments
from alta_verify.command.main import main


@pytest.mark.parametrize(
    ("words", "call", "status"),
    [
        (["check", "folder", "--by", "itself"], ("check", ["folder", "--by", "itself"]), 4),
        (["parity", "check"], ("prove", ["parity", "check"]), 3),
        ([], ("prove", []), 3),
    ],
    ids=str,
)
def test_a_call_goes_to_one_command_without_its_word(words, call, status, monkeypatch):
    calls: list[tuple[str, list[str]]] = []

    def answering(name: str, answer: int):
        def command(words: list[str]) -> int:
            calls.append((name, words))
            return answer

        return command

    monkeypatch.setattr(arguments, "prove", answering("prove", 3))
    monkeypatch.setattr(check, "main", answering("check", 4))
    assert main(words) == status
    assert calls == [call]
