"""Figures show what a page shows, in a size that can be read, and come to the same bytes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

import alta
from alta.errors import AltaError
from alta.pages.figures import report_figure, run_figure, save_figure
from alta.pages.views import FindingView, ReportView
from tests.alta.lang.toys import named

pytest.importorskip("matplotlib", reason="the extra 'figures' is not installed")

PARITY = alta.programs.parity_sequential_relative()


@pytest.fixture(scope="module")
def parity():
    return alta.run(PARITY, "START 1 0 1")


@pytest.fixture(scope="module")
def model_run():
    return alta.compile(PARITY).run("START 1 0 1")


def labels(axes) -> tuple[list[str], list[str]]:
    return tuple(
        [text.get_text() for text in axis.get_ticklabels()] for axis in (axes.xaxis, axes.yaxis)
    )


def test_states_have_a_panel_a_layer_with_what_changed_in_bold(parity):
    panels = parity.figure().axes
    assert [axes.get_title() for axes in panels] == ["start", "layer 1", "layer 2", "layer 3"]
    names = ["parity", "done", "parity_left", "done_left"]
    assert labels(panels[2]) == (["START", "1", "0", "1"], names)
    cells = [text.get_text() for text in panels[2].texts]
    assert cells == ["0", "1", "1", "1", "1", "1", "1", "0", "·", "0", "1", "0", "·", "1", "1", "0"]
    bold = [place for place, text in enumerate(panels[2].texts) if text.get_weight() == "bold"]
    assert bold == [2, 6]


def test_attention_has_a_matrix_a_head_and_layer(parity):
    panels = parity.figure("attention", layers=[1, 2], names="done_left").axes
    assert [axes.get_title() for axes in panels] == ["done_left, layer 1", "done_left, layer 2"]
    matrix = panels[0].images[0].get_array().tolist()
    assert matrix == [[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]


SORTING = alta.programs.sort_unique(max_value=3)


@pytest.mark.parametrize(
    "run",
    [
        partial(alta.run, SORTING),
        pytest.param(lambda tokens: alta.compile(SORTING).run(tokens), marks=pytest.mark.campaign),
    ],
    ids=["program", "model"],
)
def test_shares_and_weights_are_numbers_of_a_matrix(run):
    (axes,) = run("BOS 3 1").figure("attention", layers=[1], names=["mean"]).axes
    matrix = axes.images[0].get_array()
    assert matrix[1].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert matrix[2].tolist() == pytest.approx([1 / 2, 0, 1 / 2])


def test_a_stream_is_a_matrix_a_layer(parity):
    stream = [[{}, {0: 1.0}, {1: -0.5}, {2: 7.0}], [{}, {}, {}, {}]]
    view = replace(parity._view, residual=stream, coordinates=("x=0", "y", "x=1"))
    first, second = run_figure(view, "residual", [0, 1], ["y", "x=0"]).axes
    assert first.images[0].get_array().tolist() == [[0, 0, -0.5, 0], [0, 1, 0, 0]]
    assert labels(first)[1] == ["y", "x=0"]
    assert not second.images[0].get_array().any()
    assert first.images[0].get_clim() == second.images[0].get_clim()


@pytest.mark.campaign
def test_the_residual_stream_has_its_coordinates_by_name(model_run):
    panels = model_run.figure("residual", layers=[0, 3], names=["parity=1", "done=1"]).axes
    assert [axes.get_title() for axes in panels] == ["embedding", "after layer 3"]
    assert labels(panels[0])[1] == ["parity=1", "done=1"]
    assert panels[0].images[0].get_array().tolist() == [[0, 1, 0, 1], [1, 0, 0, 0]]
    assert panels[1].images[0].get_array().tolist() == [[0, 1, 1, 0], [1, 1, 1, 1]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"show": "state"}, "expected one of .*; did you mean 'states'"),
        ({"layers": [4]}, "expected numbers from 0 to 3, got 4"),
        ({"layers": [-1]}, "expected numbers from 0 to 3, got -1"),
        ({"names": ["pairty"]}, "nothing is called 'pairty'; did you mean 'parity'"),
        ({"show": "attention", "names": ["parity"]}, "did you mean 'parity_left'"),
        ({"show": "residual"}, "a program has no residual stream; run its model"),
    ],
    ids=str,
)
def test_what_cannot_be_shown_is_refused(options, message, parity):
    with pytest.raises(AltaError, match=message):
        parity.figure(**options)


def test_too_much_to_be_read_is_refused_until_some_is_chosen():
    program = alta.programs.parity_sequential_relative()
    long = alta.run(program, "START " + "1 " * 80)
    for show in ("states", "attention"):
        with pytest.raises(AltaError, match="choose some"):
            long.figure(show)
    assert len(long.figure(layers=[0, 80], names="parity").axes) == 2


def test_a_notebook_shows_the_picture_of_a_figure(parity):
    assert parity.figure(layers=[0])._repr_png_().startswith(b"\x89PNG")


def test_a_file_has_the_same_bytes_each_time(parity, tmp_path):
    for name in ("first.svg", "second.svg"):
        parity.save_figure(tmp_path / name, layers=[0], names="parity")
    first = (tmp_path / "first.svg").read_bytes()
    assert first == (tmp_path / "second.svg").read_bytes()
    assert first.startswith(b"<?xml")


@pytest.mark.campaign
@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_other_formats_have_the_same_bytes_each_time(suffix, start, model_run, tmp_path):
    for kind in ("states", "attention", "residual"):
        paths = [tmp_path / f"{kind}{number}.{suffix}" for number in (1, 2)]
        for path in paths:
            model_run.save_figure(path, kind)
        first, second = (path.read_bytes() for path in paths)
        assert first == second
        assert first.startswith(start)


@pytest.mark.parametrize("name", ["run", "run.html", "no/run.svg"])
def test_a_file_of_no_format_or_no_folder_is_refused(name, parity, tmp_path):
    figure = parity.figure(layers=[0])
    with pytest.raises(AltaError, match=r"a format such as .* there are .*svg|there is no folder"):
        save_figure(figure, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["$x$", "$", "_^{", "🎲", "\0"])
def test_names_are_no_formulas_and_need_no_glyphs(name, tmp_path):
    program = named(name, "head", name)
    alta.run(program, [0, 0], 0).save_figure(tmp_path / "run.svg")


def test_a_report_shows_what_its_obligations_took(tmp_path):
    findings = (
        FindingView("sampling", "", "proved", "", 2.0, 1.0),
        FindingView("$x$", "", "open", "", 1.0, 0.5),
    )
    view = ReportView("parity", "UNKNOWN", "Claim", "", findings, {}, {})
    (axes,) = report_figure(view).axes
    assert [bar.get_width() for bar in axes.containers[0]] == [2.0, 1.0]
    assert axes.patches[0].get_facecolor() != axes.patches[1].get_facecolor()
    save_figure(axes.figure, tmp_path / "report.svg")


def test_without_matplotlib_the_extra_is_named(parity, monkeypatch):
    def without(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("alta.extras.import_module", without)
    with pytest.raises(AltaError, match=r"pip install 'alta-verify\[figures\]'"):
        parity.figure()
