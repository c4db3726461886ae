"""Pages in a real browser: all that is on them can be clicked, and the console stays empty."""

from typing import Any

import pytest

import alta
from tests.alta_verify.report.test_report import REPORTS
from tests.browser import CHROMIUM, browser

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(
        CHROMIUM is None, reason="there is no Chromium; on Debian: apt install chromium"
    ),
]

SCAN: Any = alta.programs.scan()

PAGES: dict[str, Any] = {
    "a short run": lambda: alta.run(alta.programs.parity_sequential_relative(), "START 1 0 1"),
    "a long run": lambda: alta.run(SCAN, SCAN.encode("jump around left twice after walk")),
    "a model's run": lambda: alta.compile(alta.programs.sort_unique()).run("BOS 3 1 9"),
    "no layer": lambda: alta.run(alta.programs.parity_sequential_relative(), "START"),
    **REPORTS,
}


@pytest.fixture(scope="module")
def tab():
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module", params=PAGES)
def page(request: Any, tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "page.html"
    PAGES[request.param]().save_html(path)
    return path


@pytest.fixture
def opened(tab, page):
    tab.complaints.clear()
    tab.open(page)
    yield tab
    assert tab.complaints == []


@pytest.fixture
def run(opened):
    """A page that shows a run."""
    if not opened.run("document.querySelector('#data') !== null"):
        pytest.skip("a page without a run")
    return opened


SHOWN = "[...document.querySelectorAll('.layer')].filter(s => s.offsetParent).map(s => s.id)"
TABLE = "[...document.querySelectorAll('.now .state tbody tr')]"
ROWS = f"{TABLE}.filter(r => r.offsetParent).length"
SLIDER = "document.getElementById('layer')"
FILTER = "document.getElementById('filter')"
LAST = "document.querySelectorAll('.layer').length - 1"


def test_every_layer_is_reached_by_slider_buttons_and_keys(run):
    last = run.run(LAST)
    for key, layer in (("Home", 0), ("ArrowRight", min(1, last)), ("End", last)):
        run.press(key)
        assert run.run(SHOWN) == [f"layer-{layer}"]
    run.click("#back")
    assert run.run(SHOWN) == [f"layer-{max(0, last - 1)}"]
    for layer in range(last + 1):
        run.run(f"{SLIDER}.value = {layer}; {SLIDER}.dispatchEvent(new Event('input'))")
        assert run.run(SHOWN) == [f"layer-{layer}"]


def test_every_cell_says_what_happens_there(run):
    run.press("End")
    for row in range(run.run(ROWS)):
        run.run(f"document.querySelectorAll('.now .state tbody tr')[{row}].cells[1].click()")
        said = run.run("document.getElementById('place').textContent")
        assert said.startswith("Position 0 (") or not said
    run.press("Escape")
    assert run.run("document.getElementById('place').hidden")


def test_attention_is_drawn_for_the_heads_that_are_chosen(run):
    run.press("End")
    run.press("Escape")
    boxes = run.run("document.querySelectorAll('#heads input').length")
    if not boxes:
        pytest.skip("a program without heads")
    for box in range(boxes):
        run.run(f"document.querySelectorAll('#heads input')[{box}].checked = true")
    run.run("document.querySelector('#heads input').dispatchEvent(new Event('input'))")
    drawn = run.run("document.querySelectorAll('#matrices figure').length")
    assert drawn == (boxes if run.run(LAST) else 0)
    edges = run.run(
        "Object.values(JSON.parse(document.getElementById('data').textContent).attention.at(-1))"
        ".flat().flatMap(row => Object.keys(row)).length"
    )
    assert run.run("document.querySelectorAll('.arcs path').length") <= edges
    assert run.run("document.querySelectorAll('#matrices rect').length") == edges


def test_variables_are_found_and_what_is_quiet_is_folded(run):
    rows = run.run(ROWS)
    run.press("/")
    name = run.run("document.querySelector('.now tbody tr').dataset.name")
    run.ask("Input.insertText", text=name)
    names = run.run(f"{TABLE}.filter(r => r.offsetParent).map(r => r.dataset.name)")
    assert names
    assert all(name.lower() in found.lower() for found in names)
    run.ask("Input.insertText", text=" ")
    run.press("Escape")
    run.run(f"{FILTER}.value = ''; {FILTER}.dispatchEvent(new Event('input'))")
    assert run.run(ROWS) == rows
    run.click("#rows")
    run.click("#columns")
    changed = run.run("document.querySelectorAll('.now .c, .now .d').length")
    visible = (
        "[...document.querySelectorAll('.now .c, .now .d')].filter(c => c.offsetParent).length"
    )
    assert run.run(visible) == changed


def test_a_table_in_focus_is_walked_through_by_arrows(run):
    run.press("Escape")
    run.run("document.querySelector('.now .state').focus()")
    run.press("ArrowDown")
    run.press("ArrowRight")
    run.press("ArrowUp")
    assert run.run("document.querySelectorAll('.now .state tbody .at').length") == 1
    run.press("[")
    assert run.run(SHOWN)


def test_without_scripts_every_table_is_there(tab, page):
    tab.complaints.clear()
    tab.open(page, script=False)
    tab.ask("Emulation.setScriptExecutionDisabled", value=False)
    assert tab.run("document.body.classList.contains('live')") is False
    assert len(tab.run(SHOWN)) == tab.run("document.querySelectorAll('.layer').length")
    assert tab.run("document.getElementById('controls')?.offsetParent ?? null") is None
    assert tab.complaints == []


def test_a_page_is_printed_with_every_layer(opened):
    assert opened.printed().startswith(b"%PDF")
    opened.ask("Emulation.setEmulatedMedia", media="print")
    assert len(opened.run(SHOWN)) == opened.run("document.querySelectorAll('.layer').length")
    opened.ask("Emulation.setEmulatedMedia", media="")


def test_text_has_contrast_on_light_and_on_dark(tab, page):
    style = "getComputedStyle(document.body)."
    total = ".match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0)"
    for dark in (False, True):
        tab.open(page, dark=dark)
        ink, paper = (tab.run(style + part + total) for part in ("color", "backgroundColor"))
        assert (ink > paper) == dark
        assert abs(ink - paper) > 500
