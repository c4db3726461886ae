"""Views of runs have every value, what changed, what heads read, and where two sides differ."""

from dataclasses import replace

import alta
from alta.interp.inside import Inside
from alta.interp.run import Trace
from alta.interp.view import run_view, show
from alta.lang.values import UNDEFINED

RUN = alta.run(alta.programs.parity_sequential_relative(), "START 1 1")


def view_of(*runs, **options):
    return run_view(RUN.program, RUN.tokens, "", [run.side for run in runs], **options)


def cells(view, layer, name):
    (row,) = [row for row in view.layers[layer].rows if row.name == name]
    return row.cells


def altered(position, name, value):
    """The run with another value at the end of its last layer."""
    *layers, last = RUN.trace.layers
    after = list(last.after_mlp)
    after[position] = {**after[position], name: value}
    trace = Trace(RUN.initial, (*layers, replace(last, after_mlp=tuple(after))))
    return replace(RUN, make_trace=lambda: trace)


def test_every_state_of_a_run_is_in_its_view():
    view = view_of(RUN)
    assert [layer.number for layer in view.layers] == [0, 1, 2]
    for layer, table in enumerate([RUN.initial, *(state.after_mlp for state in RUN.states)]):
        for name in RUN.program.variables:
            shown = [cell.text for cell in cells(view, layer, name)]
            assert shown == [show(local[name]) for local in table]
    assert (view.title, view.tokens) == ("parity_sequential_relative", ("START", "1", "1"))


def test_what_a_layer_changed_has_its_value_before():
    view = view_of(RUN)
    assert [cell.before for cell in cells(view, 2, "parity")] == [None, None, "1"]
    assert [cell.before for cell in cells(view, 0, "parity")] == [None] * 3


def test_head_outputs_have_what_is_read_and_from_where():
    first, second, _ = cells(view_of(RUN), 1, "parity_left")
    assert (first.text, first.source) == ("·", "")
    assert (second.text, second.source) == ("0", "0")
    assert view_of(RUN).layers[1].attention["parity_left"] == [[], [0], [1]]


def test_unequal_weights_are_kept():
    inside = Inside([{"parity_left": (((0, 0.75), (1, 0.25)),) * 3}] * 2, [[]] * 3, ())
    view = view_of(replace(RUN, make_inside=lambda: inside))
    assert view.layers[1].attention["parity_left"][0] == {0: 0.75, 1: 0.25}
    assert view.residual == [[]] * 3


def test_rules_that_fire_have_their_positions():
    fired = {fired.rule: fired.positions for fired in view_of(RUN).layers[1].fired}
    assert fired["parity=1 & done=0 & parity_left=0 & done_left=1 -> done := 1"] == (1,)


def test_two_sides_show_where_they_differ():
    view = view_of(RUN, altered(2, "parity", UNDEFINED), start=2, mark=(2, "parity"))
    assert view.sides == ("program", "model")
    assert [cell.second for cell in cells(view, 2, "parity")] == [None, None, "·"]
    assert all(cell.second is None for cell in cells(view, 2, "done"))
    assert set(view.layers[1].attention) == set(view.heads)
    assert "parity_left in the model" in view.heads


def test_a_side_that_ends_before_the_other_has_no_values_there():
    shorter = replace(RUN, n_layers=1, make_trace=lambda: Trace(RUN.initial, RUN.states[:1]))
    view = view_of(RUN, alta.run(RUN.program, RUN.tokens, 0))
    assert cells(view, 2, "parity")[0].second == "–"
    assert len(view_of(shorter, RUN).layers) == 3
