"""Plots: a file for at least one evaluation and one group."""

import pytest

from alta.errors import AltaError
from alta.learn import Evaluation, Outcome, plot

EVALUATION = Evaluation("some", (Outcome((0,), 1, 1, {"length": 1}),))


def test_a_plot_without_a_suffix_becomes_a_png(tmp_path):
    plot([EVALUATION], tmp_path / "accuracy", title="Accuracy", seen={"length": 1})
    assert (tmp_path / "accuracy.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("evaluations", "groups"), [([], ("length",)), ([EVALUATION], ())])
def test_nothing_to_draw_is_refused(tmp_path, evaluations, groups):
    with pytest.raises(AltaError, match="at least one evaluation and one group"):
        plot(evaluations, tmp_path / "accuracy.png", groups=groups)
    assert list(tmp_path.iterdir()) == []
