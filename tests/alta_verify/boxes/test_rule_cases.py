"""What a block with noise adds to a variable lies in the box of some case, in every run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from alta_verify.abstraction import RuleCube
from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.boxes import rule_cases
from alta_verify.boxes.rule_cases import Added, FirstUnits, Rows, RuleCases
from alta_verify.encode.guards import UNGUARDED, guards
from tests.alta_verify.boxes.noisy_models import MODEL, PROGRAM, layers_of, steps
from tests.cases.noise import noisy

NOISY = noisy(MODEL, 1e-4)

LAYERS, STEPS = layers_of(NOISY), steps(NOISY)

COLUMNS = NOISY.layout.columns


def strays(variable: str, case_boxes: Added) -> int:
    """How many steps of runs add something to a variable that no case of theirs allows."""
    rows, count = LAYERS.rows[variable], 0
    for step in STEPS:
        change = [step.added[column] for column in COLUMNS[variable]]
        old, new = rows.places[step.local[variable]], rows.places[step.after[variable]]
        cases = np.flatnonzero((case_boxes.old == old) & (case_boxes.after == new))
        count += not any(
            all(
                Fraction(low) <= number <= Fraction(high)
                for low, high, number in zip(
                    case_boxes.boxes.low[case].tolist(),
                    case_boxes.boxes.high[case].tolist(),
                    change,
                    strict=True,
                )
            )
            for case in cases
        )
    return count


@pytest.mark.parametrize("variable", PROGRAM.variables)
def test_what_is_added_in_runs_lies_in_the_box_of_a_case(variable):
    case_boxes = LAYERS.added[variable]
    assert case_boxes is not None
    assert strays(variable, case_boxes) == 0
    # No wider than noise and rounding make them.
    assert (case_boxes.boxes.high - case_boxes.boxes.low).max() < 0.1
    points = Boxes(case_boxes.boxes.low, case_boxes.boxes.low)
    assert strays(variable, replace(case_boxes, boxes=points)) > 0


def test_units_of_a_run_lie_between_their_ends():
    first = FirstUnits(LAYERS.matrices, NOISY.layout, LAYERS.rows, LAYERS.format_)
    matrix, bias = LAYERS.matrices.matrices[0], LAYERS.matrices.biases[0]
    for step in STEPS:
        chosen = {
            name: ([[rows.places[step.local[name]]]], np.zeros(1, dtype=np.int64))
            for name, rows in LAYERS.rows.items()
        }
        units = first.bounds(chosen)
        real = np.clip(step.row.astype(np.float64) @ matrix + bias, 0, 1)
        assert (units.low[0] <= real).all()
        assert (real <= units.high[0]).all()


def test_conditions_have_guards_in_spite_of_noise_and_not_with_more_of_it():
    rules = LAYERS.network.relation.abstraction.cubes("parity")
    values = {name: rows.values for name, rows in LAYERS.rows.items()}
    tested: dict[str, dict[frozenset[int], int]] = {name: {} for name in values}
    for rule in rules:
        for name, asked in rule.cube.items():
            tested[name].setdefault(asked, len(tested[name]))

    def guarded(rows) -> set[int]:
        first = FirstUnits(LAYERS.matrices, NOISY.layout, rows, LAYERS.format_)
        return set(guards(first, values, tested, rules).tolist()) - {UNGUARDED}

    assert guarded(LAYERS.rows) == set(range(len(rules)))
    wide = {name: Rows(rows.values, rows.boxes.widened(0.5)) for name, rows in LAYERS.rows.items()}
    assert guarded(wide) == set()


def parts(variable: str, rules, cubes=LAYERS.cubes) -> Added | None:
    first = FirstUnits(LAYERS.matrices, NOISY.layout, LAYERS.rows, LAYERS.format_)
    layout, rows = NOISY.layout, LAYERS.rows
    matrices, format_ = LAYERS.matrices, LAYERS.format_
    return RuleCases(matrices, first, layout, rows, variable, rules, cubes, format_).added()


def test_a_rule_that_is_left_out_has_no_case():
    rules = LAYERS.network.relation.abstraction.cubes("parity")
    assert strays("parity", parts("parity", rules[1:])) > 0


def test_a_rule_has_a_case_for_every_old_value_for_which_it_does_not_test():
    whatever, zero = RuleCube({"done_left": frozenset({1})}, 1), frozenset({0})
    cases = parts("parity", [whatever, RuleCube({"parity": zero, "done_left": zero}, 1)])
    assert cases.old.tolist() == [0, 1, 0, 1, 0]
    assert cases.after.tolist() == [0, 1, 1, 1, 1]


def test_a_value_without_a_box_is_not_shown_and_no_local_states_show_nothing():
    assert parts("parity", [RuleCube({}, 5)]) is None
    with pytest.raises(Exception, match="local states"):
        parts("parity", [], cubes=[])


def test_many_cases_are_bounded_part_by_part(monkeypatch):
    rules = LAYERS.network.relation.abstraction.cubes("parity")
    whole = parts("parity", rules)
    monkeypatch.setattr(rule_cases, "_CHUNK", 1)
    part = parts("parity", rules)
    assert part.boxes.low == pytest.approx(whole.boxes.low, abs=1e-12)
    assert part.boxes.high == pytest.approx(whole.boxes.high, abs=1e-12)
