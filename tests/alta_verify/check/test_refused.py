"""What is concluded of all of something is refused of nothing; hostile text steers no terminal."""

from __future__ import annotations

import pytest

import alta
from alta_verify import verify
from alta_verify.check.__main__ import main
from alta_verify.check.files import MANIFEST
from alta_verify.check.numbers import Span, hull
from alta_verify.check.refused import Refused, nonempty, visible
from tests.alta_verify.certificate.forging import edited


@pytest.mark.parametrize("some", [[0], {0: 0}, {0}, (0,), "0", 1], ids=repr)
def test_what_there_is_is_returned(some):
    assert nonempty(some, "numbers") is some


@pytest.mark.parametrize("some", [[], {}, set(), (), "", 0], ids=repr)
def test_of_nothing_nothing_is_concluded(some):
    with pytest.raises(Refused, match="there are no numbers, so that nothing can be concluded"):
        nonempty(some, "numbers")


@pytest.mark.parametrize("bound", [hull, Span.of])
def test_no_bounds_are_those_of_no_numbers(bound):
    with pytest.raises(Refused, match="there are no numbers"):
        bound([])


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
