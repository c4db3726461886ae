"""What is said of scores: gaps, how far selected ones are spread, and how large they are."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from alta_verify.arithmetic.formats import FORMATS, FormatOverflowError
from alta_verify.arithmetic.interval import ZERO, point
from alta_verify.encode import scores
from alta_verify.encode.scores import _answers, _score_slack, check_scores, encode_scores
from tests.alta_verify.encode.heads import dense, relative, wide

FORMAT = FORMATS["float32"]


def test_selected_scores_that_are_known_less_well_are_spread_by_all_of_that():
    model, relation = relative()
    declared = model.program.heads["fetched"]
    even = encode_scores(model, relation, "fetched", FORMAT)
    assert even.spread == 0
    slack = Fraction(1, 64)
    uneven = encode_scores(model, wide(relation, declared.key, slack), "fetched", FORMAT)
    # The score of one key may be as much less as the score of another is more.
    assert uneven.spread > 0
    assert uneven.gap == even.gap - uneven.spread
    assert uneven.largest == even.largest + uneven.spread / 2
    assert uneven.apart.deepest >= even.apart.deepest


def test_the_spread_is_from_the_least_of_what_is_selected_to_the_most():
    model, relation = relative()
    key = model.program.heads["fetched"].key
    one, two = (
        encode_scores(model, wide(relation, key, Fraction(n, 64)), "fetched", FORMAT).spread
        for n in (1, 2)
    )
    assert two == 2 * one
    for value in relation.start[key]:
        mixed = wide(relation, key, Fraction(1, 64), value)
        assert encode_scores(model, mixed, "fetched", FORMAT).spread == two


def test_selected_scores_that_differ_are_spread_by_their_difference():
    model, _ = relative()
    query = dense(model.weights.heads["mean"].query)
    even = encode_scores(*relative(head_name="mean", query=query), "mean", FORMAT)
    assert even.spread == 0
    # Whoever asks for 1 also asks for 0, whose score stays as it was.
    query[model.layout.columns["up_to"][1], 1] += 4
    key = dense(model.weights.heads["mean"].key)[model.layout.columns["token"][1], 1]
    uneven = encode_scores(*relative(head_name="mean", query=query), "mean", FORMAT)
    assert uneven.spread == 4 * Fraction(float(key))
    assert uneven.gap == even.gap


def test_scores_that_may_be_too_large_are_refused():
    model, relation = relative()
    head = model.weights.heads["fetched"]
    check_scores(model, relation, "fetched", FORMAT)
    factor = np.float32(2.0**100)
    model, relation = relative(query=dense(head.query) * factor, key=dense(head.key) * factor)
    with pytest.raises(FormatOverflowError):
        check_scores(model, relation, "fetched", FORMAT)
    with pytest.raises(FormatOverflowError):
        encode_scores(model, relation, "fetched", FORMAT)


def test_rounding_of_scores_is_bounded_over_all_queries_and_keys():
    queries = {0: {0: point(1), 1: point(Fraction(1, 3))}, 1: {2: point(8)}}
    keys = {0: {0: point(3)}, 1: {1: point(2), 3: point(9)}}
    slack = _score_slack(queries, keys, FORMAT)
    assert slack >= (3 + Fraction(2, 3)) * FORMAT.sum_rounding
    # Of products of which one factor is never there, nothing is added.
    assert slack < 8 * (3 + Fraction(2, 3)) * FORMAT.sum_rounding
    assert _score_slack({0: {0: point(1)}}, {0: {0: point(1)}}, FORMAT) == 0


THIRD, SLACK = point(Fraction(1, 3)), Fraction(1, 2**10)


def test_scores_of_several_products_are_rounded_and_so_are_those_that_are_0():
    keys = {0: {0: THIRD, 1: THIRD}, 1: {0: THIRD}, 2: {}}
    answers = _answers({0: THIRD, 1: THIRD}, keys, {0: [0, 1], 1: [0]}, SLACK)
    assert not answers.alike
    exact = {0: point(Fraction(2, 9)), 1: point(Fraction(1, 9)), 2: ZERO}
    assert answers.scores == {key: score.widened(SLACK) for key, score in exact.items()}


def test_a_score_with_one_product_is_the_same_number_wherever_it_occurs():
    answers = _answers({0: THIRD}, {0: {0: THIRD}, 1: {}}, {0: [0]}, SLACK)
    assert answers.alike
    assert answers.scores == {0: point(Fraction(1, 9)).widened(SLACK), 1: ZERO}


def test_scores_of_many_products_hold_those_of_exact_arithmetic(monkeypatch):
    model, _ = relative()
    rng = np.random.default_rng(0)
    query, key = (
        (dense(array) + rng.normal(0, 1e-3, dense(array).shape)).astype(np.float32)
        for array in (model.weights.heads["fetched"].query, model.weights.heads["fetched"].key)
    )
    changed, relation = relative(query=query, key=key)
    exact = encode_scores(changed, relation, "fetched", FORMAT)
    monkeypatch.setattr(scores, "_PRODUCTS", 0)
    enclosed = encode_scores(changed, relation, "fetched", FORMAT)
    assert enclosed.worst == exact.worst
    # Rounding is bounded pair by pair here, and there for all of them at once.
    for name in ("gap", "spread", "largest"):
        assert float(getattr(enclosed, name)) == pytest.approx(
            float(getattr(exact, name)), abs=0.01
        )
    monkeypatch.setattr(scores, "_score_slack", lambda *_: Fraction(0))
    monkeypatch.setattr(scores, "_PRODUCTS", 1 << 20)
    real = encode_scores(changed, relation, "fetched", FORMAT)
    assert enclosed.gap < real.gap
    assert enclosed.largest > real.largest
