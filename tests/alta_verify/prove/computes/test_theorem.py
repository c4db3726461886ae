"""The theorem about a model: what is said of it, where it is sent, and what it looks for."""

from __future__ import annotations

import pickle

import pytest

from alta_verify.cache.key import ingredients
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.obligation import NotShown, Obligation, Refuted
from alta_verify.prove.computes.theorem import Computes
from alta_verify.search.guided import GuidedFalsification
from tests.alta_verify.boxes.learned_blocks import EXACT, MODEL, PROGRAM
from tests.alta_verify.prove.contexts import ABSOLUTE, HEAD, changed, model


def theorem(subject=None, max_len: int = 4) -> Computes:
    return Computes(Task(ABSOLUTE, subject or model(), max_len, None, Deadline.after(None)))


def test_it_is_the_same_where_it_is_sent():
    sent = pickle.loads(pickle.dumps(theorem()))
    assert ingredients(sent.subject) == ingredients(theorem().subject)
    assert sent.claims == theorem().claims


def test_what_many_rules_write_takes_longer():
    subject = theorem()
    work = {name: subject.work(Obligation("ffn", name)) for name in ABSOLUTE.variables}
    assert work["parity"] > work["index"] == 0
    assert subject.work(Obligation("decoding")) == 0


def test_a_learned_block_is_shown_here_and_kept_nowhere():
    assert theorem().reproducible
    task = Task(PROGRAM, MODEL.with_mlp(EXACT), 3, None, Deadline.after(None))
    assert not Computes(task).reproducible
    assert Computes(task).facts()["block"]["transitions"] > 0


def test_a_counterexample_is_looked_for_where_the_reason_belongs(monkeypatch):
    asked = []
    monkeypatch.setattr(GuidedFalsification, "head", lambda _, head: asked.append(head))
    context = changed(f"heads.{HEAD}.query", ..., 0)
    subject = Computes(context.task)
    with pytest.raises(NotShown):
        subject.show(Obligation("softmax", HEAD))
    assert asked == [HEAD]
    # The reason is another obligation's.
    with pytest.raises(NotShown) as reason:
        subject.show(Obligation("reset", HEAD))
    assert reason.value.owner == Obligation("softmax", HEAD)
    assert asked == [HEAD]


def test_what_it_finds_refutes(monkeypatch):
    monkeypatch.setattr(GuidedFalsification, "head", lambda *_: "an input")
    with pytest.raises(Refuted, match="an input"):
        Computes(changed(f"heads.{HEAD}.query", ..., 0).task).show(Obligation("softmax", HEAD))
