"""Pages are complete in themselves, and nothing that others wrote is markup in them."""

import html
import json
import re

import pytest

import alta
from alta.errors import AltaError
from alta.interp.view import run_view
from alta.pages.html import framed, report_page, run_page, save_page
from alta.pages.views import Cell, FindingView, Fired, LayerView, ReportView, Row, RunView

START = LayerView(0, (Row("bit", False, (Cell("0"), Cell("1"))),), (), {})
LAYER = LayerView(
    1,
    (
        Row("bit", False, (Cell("1", before="0"), Cell("1", second="·"))),
        Row("left", True, (Cell("·"), Cell("0", source="0"))),
    ),
    (Fired("left=0 -> bit := 1", (0,)),),
    {"left": [[], [0]]},
)
RUN = RunView("flip", "outputs 1 1", ("a", "b"), (START, LAYER), {"left": "what is left of it"})
REPORT = ReportView(
    "flip",
    "REFUTED",
    "Refuted claim",
    "every bit flips",
    (FindingView("ffn[bit]", "bit flips", "failed", "no luck", 1.25, 0.5),),
    {"Taken on trust": ("Python is right",), "Warnings": ()},
    {"program SHA-256": "abc"},
    ("on input 'a b'",),
    run=RUN,
)


def data_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])


def test_a_run_is_tables_that_are_read_without_the_script():
    page = run_page(RUN)
    assert "<h1>flip</h1>" in page
    assert page.count('<table class="state">') == 2
    assert '<td class="c"><del>0</del>1' in page
    assert '<td class="d">1<b>·</b>' in page
    assert "<td>0<i>0</i>" in page
    assert '<tr data-at="0"><td><code>left=0 -&gt; bit := 1</code>' in page
    assert '<div id="controls" hidden>' in page


def test_the_script_has_what_it_draws():
    assert data_of(run_page(RUN))["attention"] == [{}, {"left": [[], [0]]}]


@pytest.mark.parametrize("page", [run_page(RUN), report_page(REPORT)], ids=["run", "report"])
def test_a_page_asks_for_nothing_else(page):
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?(?!data:|"data:)\w*:?//""", page)
    assert set(re.findall(r"https?://[\w./]*", page)) == {"http://www.w3.org/2000/svg"}


def test_a_report_has_the_claim_the_obligations_and_what_is_trusted():
    page = report_page(REPORT)
    assert "<title>REFUTED: flip</title>" in page
    assert "<b>Refuted claim:</b> every bit flips" in page
    assert "<h2>Obligations: 1</h2>" in page
    assert "ffn[bit]<td>bit flips<td>no luck" in page
    assert '--share:50%">1.25' in page
    assert "<li>Python is right" in page
    assert "Warnings" not in page
    assert '<table class="state">' in page


def test_a_report_without_a_run_has_no_script():
    assert "<script" not in report_page(ReportView("f", "PROVED", "Theorem", "all", (), {}, {}))


def named(name):
    """The page of a run in whose program everything has a name."""
    program = alta.program_spec_from_rules(
        name=name,
        variables={name: alta.input_var(2), "x": alta.var(2)},
        heads={f"{name}!": alta.v_relative(name, 0)},
        rules=[alta.rule({f"{name}!": 1}, "x", 1)],
        output_name="x",
        input_range=2,
        vocab=(name.replace(" ", ""), "b"),
        layers=1,
    )
    return run_page(run_view(program, [0, 1], name, [alta.run(program, [0, 1]).side]))


@pytest.mark.parametrize(
    "name", ["<script>x</script>", "</script>", "\u202eb", "&amp;", '"', "{{ title }}"]
)
def test_names_are_never_markup(name):
    page, plain = named(name), named("plain")
    for mark in ("<script", "</script", "<table", "<td", '="', "\u202e"):
        assert page.count(mark) == plain.count(mark), mark
    (heads,) = [set(layer) for layer in data_of(page)["attention"] if layer]
    assert heads == {html.unescape(re.search(r'type="checkbox" value="([^"]*)"', page)[1])}


def test_a_page_in_a_notebook_is_in_a_frame_of_its_own():
    frame = framed(run_page(RUN))
    assert frame.startswith('<iframe sandbox="allow-scripts"')
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', frame)[1]) == run_page(RUN)
    assert alta.run(alta.programs.parity_sequential_relative(), [2])._repr_html_() != frame


def test_a_page_that_cannot_be_written_says_why(tmp_path):
    save_page(tmp_path / "run.html", run_page(RUN))
    assert (tmp_path / "run.html").read_text(encoding="utf-8") == run_page(RUN)
    with pytest.raises(AltaError, match="there is no folder"):
        save_page(tmp_path / "no" / "run.html", "")
