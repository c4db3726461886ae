"""The format has to hold what the relation says, and the device to compute as assumed."""

from __future__ import annotations

import pytest

from alta_verify.arithmetic.formats import FormatOverflowError
from alta_verify.encode.probe import Probe
from alta_verify.obligation import NotShown
from alta_verify.prove.computes import rounding
from alta_verify.prove.computes.rounding import show
from tests.alta_verify.mutants import with_idle_units
from tests.alta_verify.prove.contexts import ABSOLUTE, changed, context_of, model, right


def test_compiled_weights_are_exact_in_their_format():
    assert show(right(), "").startswith("bounds are part of the encoding; ")


def test_subnormal_weights_are_named():
    index = model().layout.columns["done"][0]
    with pytest.raises(NotShown, match="token_embedding has subnormal weights"):
        show(changed("token_embedding", (0, index), 1e-40), "")


def test_an_end_that_the_format_lacks_is_named(monkeypatch):
    monkeypatch.setattr(rounding, "storing_slack", lambda *_: 1)
    with pytest.raises(NotShown, match=r"float32 lacks an end of .* of parity=0"):
        show(right(), "")


def test_a_device_that_computes_otherwise_is_named(monkeypatch):
    monkeypatch.setattr(rounding, "probe_softmax", lambda *_, **__: Probe(False, "exp(-256) > 0"))
    with pytest.raises(NotShown, match=r"the device does not do as assumed: exp\(-256\) > 0"):
        show(right(), "")


def test_sums_that_may_overflow_are_not_shown(monkeypatch):
    def fail(_):
        raise ArithmeticError("too large")

    monkeypatch.setattr(type(right().block), "check_sums", fail)
    with pytest.raises(ArithmeticError):
        show(right(), "")


def test_a_sum_that_nothing_reads_may_not_overflow():
    (_, column) = model().layout.columns["done"]
    show(context_of(ABSOLUTE, with_idle_units(model(), column, 1e38 / 2)), "")
    with pytest.raises(FormatOverflowError, match=r"a sum may reach 4e\+38"):
        show(context_of(ABSOLUTE, with_idle_units(model(), column, 2e38)), "")


def test_what_overflows_where_nothing_reads_it_is_no_number_anywhere():
    (_, column) = model().layout.columns["done"]
    wrong = with_idle_units(model(), column, 2e38)
    right_run, wrong_run = (m.run([1, 0], max_layers=3) for m in (model(), wrong))
    assert wrong_run.outputs != right_run.outputs
