"""Evaluations: answers are right, wrong or missing, counted by group, and drawn."""

import json

import pytest

import alta
from alta.errors import AltaError
from alta.learn import Evaluation, Outcome, evaluate, plot
from alta.learn.evaluation import answer
from tests.alta.learn.programs import ONES

RELATIVE = alta.programs.parity_sequential_relative()
WORDS = ["START 0", "START 1", "START 1 1"]


def test_a_program_agrees_with_itself_on_every_input():
    evaluation = evaluate(RELATIVE, WORDS, program=RELATIVE, groups={"ones": ONES})
    assert evaluation.accuracy == 1
    assert evaluation.by("ones") == {0: (1, 1), 1: (1, 1), 2: (1, 1)}


def test_a_model_is_compared_with_its_own_program():
    evaluation = evaluate(alta.compile(RELATIVE, max_len=3), WORDS)
    assert evaluation.accuracy == 1
    assert evaluation.name == "parity_sequential_relative, learned"


def test_a_program_without_rules_has_no_right_answers_to_odd_parities():
    silent = alta.replace(RELATIVE, rules=())
    evaluation = evaluate(silent, WORDS, program=RELATIVE)
    assert [outcome.right for outcome in evaluation.outcomes] != [True] * 3
    assert evaluation.accuracy < 1


def test_a_program_is_compared_with_a_named_one_of_the_same_tokens():
    with pytest.raises(AltaError, match="say what it is compared with by program="):
        evaluate(RELATIVE, WORDS)
    with pytest.raises(AltaError, match="have different tokens"):
        evaluate(RELATIVE, WORDS, program=alta.programs.addition())


def test_outputs_that_say_nothing_are_no_answer():
    undecoded = alta.replace(RELATIVE, decode=None)
    assert answer(undecoded, (1, alta.UNDEFINED)) is None
    assert answer(undecoded, (1, 0)) == (1, 0)


def test_an_answer_that_did_not_come_is_not_right():
    assert not Outcome((0,), None, None, {}).right
    assert Outcome((0,), 1, 1, {}).right


def test_without_inputs_there_is_no_accuracy():
    with pytest.raises(AltaError, match="no inputs, so there is no accuracy"):
        _ = Evaluation("nothing", ()).accuracy


def test_a_table_has_a_row_for_each_group_and_is_saved_with_its_outcomes(tmp_path):
    evaluation = evaluate(RELATIVE, WORDS, program=RELATIVE)
    assert "| 2 | 2 | 2 | 1.000 |" in evaluation.table("length")
    evaluation.save(tmp_path / "figures.json")
    assert json.loads((tmp_path / "figures.json").read_text())


# --- plots ----------------------------------------------------------------------------------------

EVALUATION = Evaluation("some", (Outcome((0,), 1, 1, {"length": 1}),))


def test_a_plot_without_a_suffix_becomes_a_png(tmp_path):
    plot([EVALUATION], tmp_path / "accuracy", title="Accuracy", seen={"length": 1})
    assert (tmp_path / "accuracy.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("evaluations", "groups"), [([], ("length",)), ([EVALUATION], ())])
def test_nothing_to_draw_is_refused(tmp_path, evaluations, groups):
    with pytest.raises(AltaError, match="at least one evaluation and one group"):
        plot(evaluations, tmp_path / "accuracy.png", groups=groups)
    assert list(tmp_path.iterdir()) == []
