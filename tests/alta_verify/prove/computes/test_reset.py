"""After the MLP a head output has to be 0 again, unless nobody reads it any more."""

from __future__ import annotations

import numpy as np
import pytest

from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.computes.reset import show
from tests.alta_verify.prove.contexts import ABSOLUTE, HEAD, changed, context_of, model, right

COLUMNS = list(model().layout.columns[HEAD])


def test_a_compiled_block_takes_head_outputs_away_exactly():
    assert show(right(), HEAD) == "x - x, exact for every x"


def test_one_that_keeps_them_is_left_open():
    with pytest.raises(NotShown, match="nothing takes coordinate 0 of the head output away"):
        show(changed("mlp.lookup_out", (..., COLUMNS), 0), HEAD)


def test_a_neuron_that_writes_to_them_is_not_shown():
    rows = np.flatnonzero(model().weights.mlp.lookup_out[:, model().layout.columns["parity"][1]])
    with pytest.raises((NotShown, Refuted)):
        show(changed("mlp.lookup_out", (rows[0], COLUMNS[0]), 1), HEAD)


def test_after_the_last_layer_nobody_reads_them():
    context = context_of(ABSOLUTE, model(), max_layers=1)
    assert show(context, HEAD) == "no run takes a second layer"
