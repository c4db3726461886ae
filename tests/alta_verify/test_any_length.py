"""What is proved of every length holds, and what is wrong from some length on is shown."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import alta
from alta.errors import AltaError
from alta.lang.masks import Mask
from alta.nn.model import Model
from alta.nn.weights import named
from alta_verify import Report, Verdict, equivalent, specs, verify
from alta_verify.check.run import check
from alta_verify.claim import extent
from alta_verify.claim.architecture import differences
from alta_verify.claim.computes import Task
from alta_verify.claim.every_length import check_program_lengths
from alta_verify.deadline import Deadline
from alta_verify.prove.computes.program import show as show_program
from alta_verify.prove.computes.runs import Runs
from alta_verify.prove.computes.theorem import Computes
from alta_verify.reach.answer import Undecided, Unreachable
from tests.alta_verify.mutants import with_arrays
from tests.cases import CASES

NEVER = Deadline.after(None)

PARITY = alta.programs.parity_sequential_relative()


def campaign(*values: Any) -> Any:
    """Values for a test that takes long."""
    return pytest.param(*values, marks=pytest.mark.campaign)


def counting(most: int) -> alta.Program:
    """Numbers positions from the left, up to a number that all others have."""

    def ffn(z: Any) -> None:
        if z["done"] == 1 or z["done_left"] == 0:
            return
        z["done"] = 1
        number = z["number_left"]
        z["number"] = number + 1 if number < most else most

    return alta.program_spec(
        name="counting",
        variables={
            "number": alta.var(most + 1),
            "done": alta.input_var(2, init_fn=lambda token: int(token == 1)),
        },
        heads={
            "number_left": alta.v_relative("number", -1),
            "done_left": alta.v_relative("done", -1),
        },
        ffn_fn=ffn,
        output_name="number",
        input_range=2,
        halt=alta.halt_spec("done", 1),
        vocab=("x", "START"),
        inputs=alta.inputs.regex("START x*"),
    )


def reading_the_first(mask: Mask | None = None) -> alta.Program:
    """Every position reads, by content, whether the first token was 2 or 3."""

    def ffn(z: Any) -> None:
        z["seen"] = z["read"]

    return alta.program_spec(
        name="reading_the_first",
        variables={
            "first": alta.input_var(2, init_fn=lambda token: int(token > 1)),
            "wanted": alta.var(2, default=1),
            "kind": alta.input_var(2, init_fn=lambda token: token % 2),
            "seen": alta.var(2),
        },
        heads={"read": alta.qkv("wanted", "first", "kind", mask)},
        ffn_fn=ffn,
        output_name="seen",
        input_range=4,
        layers=1,
        inputs=alta.inputs.regex("[2-3] [0-1]*"),
    )


def silenced(program: alta.Program, value: int) -> Model:
    """The compiled model without the neurons that write one value of its output."""
    model = alta.compile(program).dense()
    mlp: Any = model.weights.mlp
    column = model.layout.columns[program.output_name][value]
    written = np.array(mlp.lookup_out)
    written[written[:, column] > 0] = 0
    return with_arrays(model, {"mlp.lookup_out": written})


def check_refuted(report: Report, longer_than: int = 0) -> None:
    """Checks that an input refutes the claim that was replayed."""
    assert report.verdict is Verdict.REFUTED, report
    found: Any = report.counterexample
    assert found.replay().confirmed
    assert len(found.tokens) > longer_than


@pytest.fixture(autouse=True)
def _short_samples(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Samples short inputs only, which are run by what is compiled already."""
    if request.node.get_closest_marker("campaign") is None:
        monkeypatch.setattr(extent, "_SAMPLED", 8)


@pytest.mark.parametrize("dtype", ["float32", campaign("bfloat16"), campaign("float64")])
def test_parity_is_proved_of_every_length_and_the_theorem_names_the_largest(dtype):
    report = verify(PARITY, alta.compile(PARITY, dtype=dtype), max_len=None)
    assert report.proved, report
    assert "of any length up to N = 2,147,483,647 tokens (beyond, indices" in report.claim
    assert f"in {dtype} summed in any order" in report.claim
    facts = json.loads(report.to_json())["facts"]
    assert (facts["max_len"], facts["longest"]) == (None, 2**31 - 1)
    assert report.warnings == ()


@pytest.mark.parametrize(
    ("dtype", "longest"),
    [("float32", 2**21), campaign("bfloat16", 2**21), campaign("float64", 2**31 - 1)],
)
def test_a_head_that_may_mix_all_values_is_bounded_for_fewer_tokens(dtype, longest):
    program = reading_the_first()
    report = verify(program, alta.compile(program, dtype=dtype), max_len=None)
    assert report.proved, report
    assert report.facts["longest"] == longest
    why = "rounding of a mixture of all values in 'read'" if longest < 2**31 - 1 else "indices"
    assert f"N = {longest:,} tokens (beyond, {why}" in report.claim


@pytest.mark.campaign
def test_with_a_mask_of_every_length_it_is_proved_as_well():
    assert verify(reading_the_first(alta.causal()), max_len=None).proved


@pytest.mark.campaign
def test_what_is_read_from_before_may_be_missing():
    # The first position has nothing before it.
    report = verify(reading_the_first(alta.before()), max_len=None)
    check_refuted(report)
    assert report.counterexample.kind == "undefined"
    assert len(report.counterexample.tokens) == 1


@pytest.mark.campaign
def test_weights_that_are_wrong_from_some_length_on_are_refuted_though_short_inputs_prove_them():
    program = counting(30)
    assert verify(program, max_len=None).proved
    model = silenced(program, 26)
    assert verify(program, model, max_len=20).proved
    check_refuted(verify(program, model, max_len=None), longer_than=26)


@pytest.mark.parametrize("run", [8, campaign(256)])
def test_weights_that_are_wrong_where_no_sample_goes_are_refuted(run, monkeypatch):
    # By an input that leads there, which an invariant of neighbours finds, or a longer sample.
    monkeypatch.setattr(extent, "_RUN", run)
    program = counting(12)
    check_refuted(verify(program, silenced(program, 10), max_len=None), longer_than=10)


@pytest.mark.parametrize("array", [campaign("token_embedding"), "mlp.expand_in", "mlp.lookup_in"])
def test_parity_with_a_changed_weight_is_refuted(array):
    model = alta.compile(PARITY).dense()
    arrays = dict(named(model.weights))
    changed = np.array(arrays[array])
    place = np.argwhere(changed > 0)[0]
    changed[tuple(place)] = 0
    check_refuted(verify(PARITY, with_arrays(model, {array: changed}), max_len=None))


REFUSED = {
    "parity_sequential_absolute": "variable 'done' starts with a value of the position",
    "parity_sum_mod_2": "position_range=50 ends its inputs",
    "addition": "its inputs are described length by length",
    "scan": "variable 'index' starts with a value of the position",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_program_about_some_lengths_is_refused_by_the_name_of_what_makes_it_so(name):
    with pytest.raises(AltaError, match="asks for inputs of every length, but " + REFUSED[name]):
        verify(alta.programs.get(name), max_len=None)


def test_layers_that_are_a_function_of_the_length_are_refused_but_not_a_number():
    program = CASES["rule_110"].build()
    with pytest.raises(AltaError, match="its layers are a function of the length"):
        verify(program, max_len=None)
    check_program_lengths(program, max_layers=3)


@pytest.mark.campaign
def test_as_many_layers_as_are_asked_for_are_proved_of_every_length():
    assert verify(CASES["rule_110"].build(), max_len=None, max_layers=3).proved


def test_a_model_for_some_lengths_is_refused():
    with pytest.raises(AltaError, match="the model was compiled for max_len=20"):
        verify(PARITY, alta.compile(PARITY, max_len=20), max_len=None)


def test_a_mask_that_differs_at_a_distance_that_short_inputs_lack_is_no_equal_mask():
    program = counting(3)
    far = alta.replace(program, heads={**program.heads, "done_left": alta.v_relative("done", -40)})
    model = alta.compile(far)
    assert "head done_left of the model has mask [-40], not [-1]" in [
        *differences(program, model, None, None)
    ]


def test_what_value_sets_leave_open_is_shown_by_an_invariant_of_neighbours():
    program = CASES["brackets"].build()
    context = Computes(Task(program, alta.compile(program), None, None, NEVER)).context
    assert show_program(context, "range").startswith("an inductive invariant of ")


def test_what_is_open_of_a_head_that_reads_at_any_distance_is_left_open_with_the_reason():
    # That the first token occurs once is known to value sets, and not that of a token in between.
    program = alta.replace(reading_the_first(), inputs=alta.inputs.regex("0* 2 0*"))
    context = Computes(Task(program, alta.compile(program), None, None, NEVER)).context
    assert show_program(context, "undefined") == "value sets, for any number of layers"
    twice = alta.replace(program, inputs=alta.inputs.regex("0* 2? (0 0 0 0)* 2"))
    answer = Runs(Task(twice, alta.compile(twice), None, None, NEVER)).find(
        {"read": frozenset({0}), "kind": frozenset({1})}
    )
    assert isinstance(answer, Unreachable | Undecided)


@pytest.mark.parametrize("late", [False, campaign(True)])
def test_what_was_meant_is_proved_of_every_length_as_well(late):
    meant = specs.transducer(lambda state, token: state ^ (token % 2), 0)
    report = verify(PARITY, max_len=None, spec=meant)
    assert report.proved, report
    assert "and the run of the program ends without fault" in report.claim
    if late:
        other = specs.transducer(lambda state, token: min(30, state + 1 - token), 0)
        check_refuted(verify(counting(29), max_len=None, spec=other), longer_than=29)


@pytest.mark.campaign
def test_a_certificate_is_written_where_the_checker_follows(tmp_path):
    with pytest.raises(AltaError, match="no certificate"):
        verify(reading_the_first(), max_len=None).save(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    verify(PARITY, max_len=None).save(tmp_path / "parity")
    outcome = check(tmp_path / "parity")
    assert outcome.checked, outcome.reason
    assert "of any length up to N = 2147483647 tokens" in outcome.claim


def test_two_programs_are_not_compared_on_every_length():
    with pytest.raises(AltaError, match="of which nothing is known of two programs"):
        equivalent(PARITY, PARITY, max_len=None)
