"""What a proof will cost is said by what it took before, and nothing else rests on that."""

from __future__ import annotations

import io
import sys
import time
from dataclasses import dataclass

import pytest

import alta
from alta_verify.command.estimates import Estimate, Timings
from alta_verify.command.main import main

PARITY = alta.programs.parity_sequential_relative()


class Terminal(io.StringIO):
    """Standard error that says it is a terminal."""

    def isatty(self):
        return True


@dataclass
class Finding:
    name: str
    seconds: float
    cached: bool = False


@dataclass
class Report:
    obligations: tuple[Finding, ...]


SLOW = Report((Finding("sampling", 40.0), Finding("embedding", 2.0), Finding("reset[x]", 5, True)))


def test_what_a_proof_took_is_said_before_the_next_one(tmp_path):
    first = Timings.of(PARITY, "computes", tmp_path)
    assert "not timed here yet; --timeout S" in first.announcement("parity", 20)
    first.keep(SLOW, 20)
    second = Timings.of(PARITY, "computes", tmp_path)
    assert second.by_length == {20: {"sampling": 40.0, "embedding": 2.0}}
    said = "parity, inputs of up to 20 tokens: took 42 s when it was proved last"
    assert second.announcement("parity", 20) == said
    assert second.announcement("parity", 99).endswith("not timed here yet; up to 20 took 42 s")


def test_another_program_and_another_question_have_times_of_their_own(tmp_path):
    Timings.of(PARITY, "computes", tmp_path).keep(SLOW, 20)
    addition = alta.programs.addition()
    assert Timings.of(addition, "computes", tmp_path).by_length == {}
    assert Timings.of(PARITY, "equivalent", tmp_path).by_length == {}


def test_what_was_cached_keeps_the_time_that_it_took(tmp_path):
    timings = Timings.of(PARITY, "computes", tmp_path)
    timings.keep(SLOW, 20)
    timings.keep(Report((Finding("sampling", 0.0, True), Finding("embedding", 3.0))), 20)
    assert timings.by_length[20] == {"sampling": 40.0, "embedding": 3.0}


@pytest.mark.parametrize("text", ["", "[]", "3", '{"KEY": 3}', '{"KEY": {"x": {"a": "b"}}}', "\0"])
def test_a_file_that_somebody_edited_is_as_good_as_none(text, tmp_path):
    key = Timings.of(PARITY, "computes", tmp_path).key
    (tmp_path / "timings.json").write_text(text.replace("KEY", key))
    timings = Timings.of(PARITY, "computes", tmp_path)
    assert timings.by_length == {}
    timings.keep(SLOW, 20)
    assert 20 in Timings.of(PARITY, "computes", tmp_path).by_length


def test_without_a_folder_nothing_is_kept(tmp_path):
    timings = Timings.of(PARITY, "computes", None)
    timings.keep(SLOW, 20)
    assert timings.by_length == {}


def test_an_estimate_counts_down_and_tells_how_far_the_obligation_is(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    estimate = Estimate({"sampling": 40.0, "embedding": 20.0})
    assert str(estimate) == "about 60 s left"
    estimate.begin("sampling")
    now[0] = 10.0
    estimate.tell("64 inputs run")
    assert str(estimate) == "64 inputs run; about 50 s left"
    now[0] = 99.0
    assert str(estimate) == "64 inputs run; about 20 s left"
    estimate.begin("embedding")
    assert str(estimate) == "about 20 s left"
    now[0] = 130.0
    assert str(estimate) == ""
    estimate.begin("never heard of")
    assert str(estimate) == ""


def test_the_command_keeps_times_where_somebody_looks(call, user_cache, monkeypatch):
    name = ["parity_sequential_relative", "--max-len", "2", "--timeout", "0"]
    assert call(main, *name)[0] == 3
    assert not (user_cache / "timings.json").exists()
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert call(main, *name, "--no-cache")[0] == 3
    assert not (user_cache / "timings.json").exists()
    assert call(main, *name)[0] == 3
    assert (user_cache / "timings.json").is_file()
    assert "up to 2 tokens: not timed here yet" in sys.stderr.getvalue()
