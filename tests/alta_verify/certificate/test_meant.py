"""A certificate has what was meant as data, and whatever is changed of it is refused."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import alta
from alta_verify import specs, verify
from alta_verify.certificate import meant
from alta_verify.certificate.meant import tabulated
from alta_verify.check.files import FILES, MANIFEST, MEANT
from alta_verify.check.run import check
from alta_verify.claim.meets import Meets
from alta_verify.deadline import Deadline
from alta_verify.report.report import CertificateError
from alta_verify.specs.meant import as_specification
from tests.alta_verify.certificate.forging import copied, edited, reseal

PARITY = alta.programs.parity_sequential_relative()
FOLD = specs.transducer(lambda state, token: state ^ (token == 1), 0)


def claim(spec, longest: int = 2, program=PARITY) -> Meets:
    return Meets.of(program, as_specification(spec), longest, None, Deadline.after(None))


FORMS = {
    "function": (PARITY.oracle, ["2 : 0", "2 0 : 0 0", "2 1 : 0 1"]),
    "function of the last": (
        specs.function(lambda tokens: float(tokens.count(1)), at=-1),
        ["2 : 0", "2 0 : . 0", "2 1 : . 1"],
    ),
    "pattern": (specs.accepts("START 0* 1"), ["2 : !1", "2 0 : . !1", "2 1 : . 1"]),
    "program": (
        alta.programs.parity_sequential_relative(),
        ["2 : 0", "2 0 : 0 0", "2 1 : 0 1"],
    ),
    "numbers of NumPy": (
        lambda tokens: np.zeros(len(tokens), int),
        ["2 : 0", "2 0 : 0 0", "2 1 : 0 0"],
    ),
    "halves and sets": (
        lambda tokens: [Fraction(1, 2), {3, 1}][: len(tokens)],
        ["2 : 1/2", "2 0 : 1/2 {1,3}", "2 1 : 1/2 {1,3}"],
    ),
}


@pytest.mark.parametrize(("spec", "rows"), FORMS.values(), ids=list(FORMS))
def test_what_was_meant_becomes_a_table(spec, rows):
    content = tabulated(claim(spec))
    assert (content["form"], content["rows"]) == ("table", rows)


def test_a_fold_becomes_a_machine():
    assert tabulated(claim(FOLD, longest=4)) == {
        "says": claim(FOLD).specification.statement,
        "form": "machine",
        "at": None,
        "start": 0,
        "moves": ["0 0 0", "0 1 1", "0 2 0", "1 0 1", "1 1 0"],
        "outputs": ["0", "1"],
    }


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (specs.predicate(lambda tokens, outputs: True), "says whether states or outputs will do"),
        (specs.always(lambda z: True), "says whether states or outputs will do"),
        (lambda tokens: ["odd"] * len(tokens), "'odd' was meant of an output"),
        (lambda tokens: [float("nan")] * len(tokens), "nan was meant of an output"),
    ],
)
def test_what_is_no_data_is_refused_with_the_reason(spec, why):
    with pytest.raises(CertificateError, match=f"no certificate: .*{why}"):
        tabulated(claim(spec))


def test_more_inputs_than_the_checker_runs_are_refused(monkeypatch):
    monkeypatch.setattr(meant, "MAX_RUNS", 6)
    assert len(tabulated(claim(PARITY.oracle))["rows"]) == 3
    with pytest.raises(CertificateError, match=r"up to 6, and there are 7; verify with a smaller"):
        tabulated(claim(PARITY.oracle, longest=3))


@pytest.fixture(scope="module", params=["table", "machine"])
def specified(request, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("specified") / request.param
    spec = PARITY.oracle if request.param == "table" else FOLD
    verify(PARITY, max_len=4, spec=spec).save(folder)
    return folder


def refusal(folder: Path) -> str:
    outcome = check(folder)
    assert not outcome.checked
    return str(outcome.reason)


def test_a_certificate_with_what_was_meant_is_checked_and_says_so(specified):
    outcome = check(specified)
    assert outcome.checked, outcome.reason
    assert outcome.steps[-1].name == "spec"
    assert outcome.steps[-1].how == "15 inputs run"
    assert "outputs that are for each input those that meant.json has" in outcome.claim
    assert list(outcome.hashes)[-1] == MEANT
    assert outcome.assumptions[-1].startswith("meant.json has what was meant")


def test_another_meaning_is_refused_though_every_hash_fits(specified, tmp_path):
    def edit(content):
        if content["form"] == "table":
            content["rows"][-1] = "2 1 1 1 : 0 1 0 0"
        else:
            content["moves"][-1] = "1 1 1"

    folder = edited(copied(specified, tmp_path), MEANT, edit)
    assert "spec: on input '2 1 1" in refusal(folder)


def test_other_words_are_another_claim(specified, tmp_path):
    folder = edited(
        copied(specified, tmp_path), MEANT, lambda content: content.update(says="the sum")
    )
    assert refusal(folder).startswith("claim: expected")


def test_what_was_meant_neither_gets_lost_nor_comes_in(specified, certificate, tmp_path):
    without = copied(specified, tmp_path / "without")
    (without / MEANT).unlink()
    assert refusal(without) == "meant.json: No such file or directory"
    assert refusal(reseal(without)).startswith("claim: expected")
    with_it = copied(certificate, tmp_path / "with")
    (with_it / MEANT).write_bytes((specified / MEANT).read_bytes())
    assert refusal(with_it) == (
        "meant.json: expected it exactly where certificate.json has it among the files"
    )
    assert refusal(reseal(with_it)).startswith("claim: expected")


def test_one_obligation_less_is_refused(specified, tmp_path):
    folder = edited(copied(specified, tmp_path), MANIFEST, lambda m: m["obligations"].pop())
    assert "obligations: expected" in refusal(folder)


def test_a_certificate_of_the_weights_alone_replaces_one_with_what_was_meant(specified, tmp_path):
    folder = copied(specified, tmp_path)
    verify(PARITY, max_len=4).save(folder)
    assert not (folder / MEANT).exists()
    assert all((folder / name).exists() for name in FILES)
    assert check(folder).checked
