"""Whatever is in a small file, the checker refuses it with a reason and within its memory."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

import pytest

import alta
from alta_verify import verify
from alta_verify.check.limits import bounded
from alta_verify.check.refused import Refused
from alta_verify.check.run import check
from tests.alta_verify.check.strangers import CASES, MUCH, RIGHT, sealed_again

NAMES = sorted(CASES)


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, Any]:
    """What a process with little memory makes of all of them."""
    folder = tmp_path_factory.mktemp("strangers")
    honest = folder / "honest"
    program = alta.programs.parity_sequential_relative()
    verify(program, alta.compile(program), max_len=3).save(honest)
    for number, name in enumerate(NAMES):
        copy = folder / f"{number:03}"
        shutil.copytree(honest, copy)
        edit = CASES[name]
        late = getattr(edit, "late", False)
        if not late:
            edit(copy)
        # The certificate's own manifest may have been edited.
        with suppress(ValueError, RecursionError):
            sealed_again(copy)
        if late:
            edit(copy)
        else:
            assert max(one.stat().st_size for one in copy.rglob("*")) < 2 * MUCH, name
    done = subprocess.run(
        [sys.executable, "-m", "tests.alta_verify.check.strangers", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


@pytest.mark.campaign
@pytest.mark.parametrize("name", NAMES)
def test_a_strangers_file_ends_in_a_word_with(name, found):
    reason = found["reasons"][f"{NAMES.index(name):03}"]
    assert (reason == "shown") == (name in RIGHT)
    assert "memory" not in reason.split(":")[0]
    assert "--limit" not in reason
    assert not reason.startswith(("MemoryError", "RecursionError", "OverflowError"))
    assert len(reason) < 2000


@pytest.mark.campaign
def test_none_of_it_takes_much_memory(found):
    assert found["reasons"]["honest"] == "shown"
    assert found["most"] < 1024


def test_the_clock_and_the_memory_of_a_check_end_it():
    with pytest.raises(Refused, match=r"longer than 0\.05 s"), bounded(0.05, None):
        time.sleep(60)
    with pytest.raises(MemoryError), bounded(None, 64):
        bytearray(1 << 30)
    assert bytearray(1 << 27)


def test_a_check_that_takes_too_long_or_too_much_is_refused(monkeypatch, tmp_path):
    def endless(_: object) -> None:
        time.sleep(60)

    def hungry(_: object) -> None:
        bytearray(1 << 30)

    for read, word in ((endless, "--limit"), (hungry, "--memory")):
        monkeypatch.setattr("alta_verify.check.run.read_certificate", read)
        outcome = check(tmp_path, limit=0.05, memory=64)
        assert not outcome.checked
        assert word in (outcome.reason or "")


def test_a_folder_that_is_no_certificate_is_refused_at_its_first_file(monkeypatch, tmp_path):
    (tmp_path / "more").mkdir()
    monkeypatch.setattr("alta_verify.check.files.os.scandir", None)  # nothing is listed
    assert check(tmp_path).reason == "certificate.json is missing"
