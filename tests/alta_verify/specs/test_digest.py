"""Digests of specifications differ where these can answer differently."""

from __future__ import annotations

import functools
import math
import os
from dataclasses import dataclass

import pytest

import alta
from alta_verify import specs
from alta_verify.specs.digest import digest
from alta_verify.specs.meant import as_specification

OFFSET = 1


def with_default(number):
    def fn(tokens, offset=number):
        return [offset]

    return fn


def helper(token):
    return token + OFFSET


def calling(tokens):
    return [helper(token) for token in tokens]


def adding(offset):
    return lambda tokens: [token + offset for token in tokens]


def test_shipped_oracles_have_digests():
    said = {
        name: digest(as_specification(alta.programs.get(name).oracle))
        for name in alta.programs.names()
    }
    # The two that count have one oracle.
    assert len(set(said.values())) == len(said) - 1


def test_the_same_function_made_again_has_the_same_digest():
    assert digest(specs.function(adding(1))) == digest(specs.function(adding(1)))


CHANGES = {
    "position": (specs.function(len, at=-1), specs.function(len, at=0)),
    "kind": (specs.function(max, at=-1), specs.transducer(max, 0)),
    "code": (specs.function(lambda t: [0]), specs.function(lambda t: [1])),
    "closure": (specs.function(adding(1)), specs.function(adding(2))),
    "default": (specs.function(with_default(1)), specs.function(with_default(2))),
    "type": (specs.function(adding(1)), specs.function(adding(True))),
    "nested": (
        specs.function(lambda t: sorted(t, key=lambda x: x)),
        specs.function(lambda t: sorted(t, key=lambda x: -x)),
    ),
    "partial": (
        specs.function(functools.partial(pow, 2), at=-1),
        specs.function(functools.partial(pow, 3), at=-1),
    ),
    "pattern": (specs.accepts("0*"), specs.accepts("1*")),
    "output": (specs.accepts("0*"), specs.accepts("0*", output=0)),
    "start": (specs.transducer(max, 0), specs.transducer(max, 1)),
    "set": (specs.transducer(max, frozenset({1, 2})), specs.transducer(max, frozenset({1, 3}))),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_changed_has_another_digest(name):
    first, second = CHANGES[name]
    assert digest(first) != digest(second)


def test_what_a_function_calls_and_reads_counts(monkeypatch):
    before = digest(specs.function(calling))
    monkeypatch.setitem(globals(), "OFFSET", 2)
    assert digest(specs.function(calling)) != before
    monkeypatch.setitem(globals(), "OFFSET", 1)
    monkeypatch.setitem(globals(), "helper", lambda token: token + OFFSET + 0)
    assert digest(specs.function(calling)) != before


def test_a_function_that_calls_itself_has_a_digest():
    def fold(tokens):
        return [0, *fold(tokens[1:])] if tokens else []

    assert digest(specs.function(fold))
    assert digest(specs.function(lambda t: [math.gcd(a, 2) for a in t]))


@dataclass
class Carrier:
    table: dict

    def answer(self, tokens):
        return [self.table[token] for token in tokens]


class Anything:
    def __call__(self, tokens):
        return tokens


UNDIGESTED = {
    "a class of somebody else": Carrier({0: 1}).answer,
    "an object": Anything(),
    "the system": lambda tokens: [len(os.environ)],
    "what it evaluates": lambda tokens: eval("tokens"),
    "a file": lambda tokens: open("x").read(),  # noqa: SIM115, PTH123
    "a method of an object": [].count,
}


@pytest.mark.parametrize("name", UNDIGESTED)
def test_what_cannot_be_followed_has_no_digest(name):
    with pytest.raises(TypeError, match="has no digest"):
        digest(specs.function(UNDIGESTED[name], at=-1))


def test_an_import_that_could_be_anything_has_no_digest():
    def fn(tokens):
        import random

        return random.random()

    with pytest.raises(TypeError, match="it imports random"):
        digest(specs.function(fn, at=-1))
