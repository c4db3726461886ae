"""Pages of reports have the theorem, every obligation, and both sides of a counterexample."""

import json
import re

import pytest

import alta
from alta.errors import AltaError
from alta_verify import equivalent, satisfies
from tests.alta_verify.report.test_report import PROGRAM, REPORTS

PROVED, REFUTED, FAILING = (REPORTS[name]() for name in ("proved", "refuted", "failing"))


def data_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])


def test_a_proof_is_a_page_with_all_its_obligations(tmp_path):
    PROVED.save_html(tmp_path / "proof.html")
    page = (tmp_path / "proof.html").read_text(encoding="utf-8")
    assert '<span class="verdict proved">PROVED</span>' in page
    assert "<b>Theorem:</b> on each of the" in page
    for finding in PROVED.obligations:
        assert f'<th scope="row">{finding.name}<td>' in page
    assert "z3, the SAT solver, Python" in page


def test_a_refutation_has_both_sides_and_what_the_neurons_stand_for():
    page = REFUTED._page()
    found = REFUTED.counterexample
    data = data_of(page)
    assert data["mark"] == [found.position, found.variable]
    assert data["start"] == found.layer
    assert "parity_left in the model" in data["attention"][1]
    assert '<td class="d">' in page
    assert "neuron 0: +1·[parity=0] times clip(" in page
    assert len(data["residual"]) >= found.layer


def test_a_program_that_fails_shows_the_layer_in_which_it_does():
    page = FAILING._page()
    assert "layer 1, in which it fails" in page
    assert "<code>bit=1 -&gt; bit := 2</code>" in page
    assert data_of(page)["start"] == 1


def test_a_program_that_does_not_do_what_was_meant_is_shown_with_what_was():
    found = satisfies(PROGRAM, lambda tokens: [0] * len(tokens), max_len=3)
    page = found._page()
    assert "<pre>" in page
    data = data_of(page)
    assert data["mark"] == [found.counterexample.position, "parity"]
    assert data["start"] == len(data["attention"]) - 1


def test_two_programs_that_differ_are_shown_as_they_are_printed():
    other = alta.replace(PROGRAM, output_name="done")
    page = equivalent(PROGRAM, other, max_len=3)._page()
    assert re.search(r"<pre>.*first +second.*</pre>", page, re.DOTALL)
    assert "<script" not in page


def test_a_certificate_is_named_with_its_hash(tmp_path):
    (tmp_path / "certificate.json").write_text('{"sha256": "123abc"}', encoding="utf-8")
    PROVED.save_html(tmp_path / "proof.html", certificate=tmp_path)
    assert "<td>123abc" in (tmp_path / "proof.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [None, "[]", "{}", "not JSON"])
def test_a_folder_without_a_certificate_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "certificate.json").write_text(text, encoding="utf-8")
    with pytest.raises(AltaError, match=r"expected a folder that Report\.save wrote"):
        PROVED.save_html(tmp_path / "proof.html", certificate=tmp_path)


def test_a_report_in_a_notebook_is_its_page():
    assert REFUTED._repr_html_().startswith("<iframe sandbox")


def test_a_refutation_is_a_figure_of_the_layer_in_which_both_sides_differ():
    pytest.importorskip("matplotlib", reason="the extra 'figures' is not installed")
    found = REFUTED.counterexample
    panels = REFUTED.figure().axes
    assert panels[-1].get_title() == f"layer {found.layer}"
    differing = [text.get_text() for text in panels[-1].texts if "≠" in text.get_text()]
    assert differing
    bars = PROVED.figure().axes[0].containers[0]
    assert [bar.get_width() for bar in bars] == [each.seconds for each in PROVED.obligations]
