"""Limits on time: a certificate is written in time, or there is none."""

from __future__ import annotations

import pytest

import alta
from alta.limit import OutOfTime, limited
from alta_verify import verify
from alta_verify.certificate import writing
from alta_verify.check.run import check
from alta_verify.command import proving
from alta_verify.deadline import Deadline
from alta_verify.report.report import CertificateError

PROGRAM = alta.programs.parity_sequential_relative()


@pytest.fixture(scope="module")
def report():
    return verify(PROGRAM, max_len=3)


def test_without_time_there_is_no_certificate_and_it_is_said_why(report, tmp_path):
    with pytest.raises(CertificateError, match="proved, but out of time"):
        proving._save(report, str(tmp_path / "certificate"), Deadline.after(0))
    assert not list(tmp_path.iterdir())


def test_with_time_there_is_one(report, tmp_path):
    proving._save(report, str(tmp_path / "certificate"), Deadline.after(600))
    assert check(tmp_path / "certificate").checked


def test_time_that_runs_out_while_the_checker_looks_leaves_nothing_behind(
    report, tmp_path, monkeypatch
):
    limit = Deadline.after(600)

    def slow(folder):
        monkeypatch.setattr(Deadline, "expired", property(lambda _: True))
        return check(folder)

    monkeypatch.setattr(writing, "check", slow)
    with limited(limit), pytest.raises(OutOfTime):
        report.save(tmp_path / "certificate")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("timeout", ["5", True, -1, float("nan"), float("inf"), None])
def test_the_checker_refuses_a_timeout_that_is_no_time(report, tmp_path, timeout):
    with pytest.raises(ValueError, match="timeout: expected a number of seconds"):
        check(tmp_path, timeout=timeout)
