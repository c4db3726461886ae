"""Plots: accuracy by length, or by any other group of inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from alta.errors import AltaError
from alta.learn.evaluation.evaluation import Evaluation
from alta.learn.extras import needed
from alta.output import whole_file

__all__ = ["plot"]


def plot(
    evaluations: Sequence[Evaluation],
    path: str | Path,
    *,
    groups: Sequence[str] = ("length",),
    title: str = "",
    seen: Mapping[str, float] | None = None,
) -> None:
    """Draws the accuracy by group: a panel for each way to group inputs, a line for each subject.

    Args:
        evaluations: what to draw.
        path: the file; its ending says in which format.
        groups: the ways to group inputs.
        title: above everything.
        seen: for groups, the greatest value in training, where a vertical line is drawn.

    Raises:
        AltaError: when matplotlib is not installed, or there is nothing to draw.
    """
    figures, colours = needed("matplotlib.figure", "plot"), needed("matplotlib", "plot").colormaps
    if not evaluations or not groups:
        raise AltaError("plot: expected at least one evaluation and one group")
    # Without pyplot there is no global state and no display.
    figure = figures.Figure(figsize=(6 * len(groups), 4), layout="constrained")
    panels = figure.subplots(1, len(groups), squeeze=False)[0]
    for panel, group in zip(panels, groups, strict=True):
        for index, evaluation in enumerate(evaluations):
            points = evaluation.by(group)
            shares = [right / inputs for right, inputs in points.values()]
            panel.plot(
                list(points),
                shares,
                marker=".",
                label=evaluation.name,
                color=colours["tab10"](index),
            )
        if seen is not None and group in seen:
            panel.axvline(seen[group], color="grey", linestyle=":")
        panel.set_xlabel(group)
        panel.set_ylabel("accuracy")
        # A little beyond 0 and 1, so that lines at the ends are seen.
        panel.set_ylim(-0.05, 1.05)
    panels[0].legend(fontsize="small")
    if title:
        figure.suptitle(title)
    place = Path(path)
    # Without a suffix, matplotlib would choose another name.
    with whole_file(place if place.suffix else place.with_suffix(".png")) as draft:
        figure.savefig(draft, dpi=150)
