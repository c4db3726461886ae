"""What a model runs with beside its weights has to be the program's."""

from __future__ import annotations

from dataclasses import replace

import pytest

import alta
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.architecture import search, show
from alta_verify.search.guided import GuidedFalsification
from tests.alta_verify.prove.contexts import ABSOLUTE, context_of, model, right


def test_a_model_of_the_program_has_no_difference():
    assert show(right(), "") == "compared"


def test_a_model_of_another_output_has_one():
    other = alta.replace(ABSOLUTE, output_name="done")
    context = context_of(ABSOLUTE, replace(model(), program=other))
    with pytest.raises(NotShown, match="the model's output is done, the program's parity"):
        show(context, "")


def test_a_counterexample_is_looked_for_in_masks_and_names(monkeypatch):
    assert search(right(), "") is None
    monkeypatch.setattr(GuidedFalsification, "names", lambda _: "a name is wrong")
    assert str(search(right(), "")) == "a name is wrong"
    monkeypatch.setattr(GuidedFalsification, "masks", lambda _: "a mask is wrong")
    assert str(search(right(), "")) == "a mask is wrong"
