"""Merging: parts of a set of runs have, together, the transitions of the whole set."""

import numpy as np

from alta.learn.tracing.extraction import traces
from alta.learn.tracing.merging import merged
from tests.alta.learn.programs import inputs


def transitions(traces):
    """The transitions with their counts, in whatever order."""
    rows = [*traces.before.values(), *traces.after.values(), traces.counts]
    return sorted(zip(*(np.nan_to_num(row, nan=-1.0).tolist() for row in rows), strict=True))


def test_merged_parts_are_the_whole():
    program, sequences = inputs("parity_sum_mod_2")
    whole = traces(program, sequences)
    parts = [traces(program, sequences[:3]), traces(program, sequences[3:])]
    together = merged(program, parts)
    assert (len(together), together.total, together.sequences) == (
        len(whole),
        whole.total,
        whole.sequences,
    )
    assert transitions(together) == transitions(whole)


def test_no_parts_have_no_transitions():
    program, _ = inputs("parity_sum_mod_2")
    assert len(merged(program, [])) == 0
