"""Characters that steer a terminal are written out before anything is shown."""

from __future__ import annotations

import pytest

import alta
from alta_verify import verify
from alta_verify.check.__main__ import main
from alta_verify.check.files import MANIFEST
from alta_verify.check.refused import visible
from tests.alta_verify.certificate.forging import edited

STEERING = (
    "\x00\x07\x08\t\n\r\x1b\x7f\x85\x9b\u061c\u200b\u200e\u2028\u2029\u202e\u2066\u2069\ufeff\ud800"
)


@pytest.mark.parametrize("letter", STEERING, ids=ascii)
def test_a_character_that_shows_nothing_is_written_out(letter):
    shown = visible(f"a{letter}b")
    assert shown.isascii()
    assert shown.isprintable()
    assert shown == f"a{letter.encode('unicode_escape').decode()}b"


@pytest.mark.parametrize("text", ["", "a b ~", "größe", "→ ≤ 🎲", "日本語"])
def test_others_are_left_as_they_are(text):
    assert visible(text) == text


def test_nothing_steers_the_terminal_that_shows_a_check(tmp_path, capsys):
    odd = f"x{STEERING[1:-1]}"
    program = alta.program_spec_from_rules(
        variables={odd: alta.input_var(2)},
        heads={},
        rules=[alta.rule({odd: 0}, odd, 1)],
        output_name=odd,
        input_range=2,
        layers=1,
        vocab=["\x9b", "\u202e"],
        name=odd,
    )
    folder = tmp_path / "certificate"
    verify(program, max_len=2).save(folder)
    assert main([str(folder)]) == 0
    edited(folder, MANIFEST, lambda found: found.update(claim=odd))
    assert main([str(folder)]) == 1
    main([f"no{odd[2:]}"])
    out, err = capsys.readouterr()
    for said in (out, err):
        assert said
        assert not set(said) & set(STEERING) - {"\n"}
