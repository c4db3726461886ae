"""HTML: views as pages that are complete in themselves, and as frames for notebooks."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alta.output import check_file, write_text
from alta.pages.views import Entry, ReportView, RunView
from alta.visible import visible

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["framed", "index_page", "report_page", "run_page", "save_page"]


@cache
def _environment() -> Environment:
    # On demand: a program that is only run needs no templates.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        # Names of programs, variables and tokens may have any characters.
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "ensure_ascii": False}
    return environment


def _shown(value: Any) -> Any:
    # What is Markup was made here; everything else is written out where it would steer a page.
    return visible(value) if type(value) is str else value


def run_page(view: RunView) -> str:
    """Returns a page that shows a run."""
    return _environment().get_template("run.html.jinja").render(title=view.title, run=view)


def report_page(view: ReportView) -> str:
    """Returns a page that shows a report."""
    template = _environment().get_template("report.html.jinja")
    return template.render(title=f"{view.verdict}: {view.title}", report=view, run=view.run)


def index_page(entries: Sequence[Entry]) -> str:
    """Returns a page that lists reports."""
    proved = sum(entry.verdict == "PROVED" for entry in entries)
    title = f"{proved} of {len(entries)} PROVED"
    return (
        _environment()
        .get_template("index.html.jinja")
        .render(title=title, entries=entries, run=None)
    )


def save_page(path: str | Path, page: str) -> None:
    """Writes a page to a file, as a whole or not at all."""
    place = Path(path)
    check_file(place)
    write_text(place, page)


def framed(page: str) -> str:
    """Returns a page as an element of another one, for notebooks.

    In a frame its names and styles meet no others, and its script cannot reach the notebook.
    """
    return (
        '<iframe sandbox="allow-scripts" style="width:100%;height:36em;border:1px solid #8888" '
        f'srcdoc="{html.escape(page)}"></iframe>'
    )
