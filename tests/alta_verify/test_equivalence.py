"""Two programs are proved equivalent, or an input shows that they are not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import alta
from alta.errors import AltaError
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta_verify import Disagreement, Report, Result, Verdict, equivalent
from alta_verify.prove.equivalence import comparison
from tests.alta_verify.obligations import shown_in_pairs_instead
from tests.alta_verify.pairs import (
    addition_by_function,
    doubling_parity,
    ending_after,
    halting_where,
    toggling,
    with_rules,
)
from tests.alta_verify.secret_words import at_the_end, secret_word, word_of
from tests.cases import CASES

WORD = word_of("1011001011010011")

WAYS = {"enumerated": 1 << 30, "symbolic": -1}


@pytest.fixture(params=list(WAYS))
def way(request, monkeypatch):
    """Both ways of comparing, whatever the number of inputs."""
    monkeypatch.setattr(comparison, "_ENUMERABLE", WAYS[request.param])
    return request.param


@pytest.fixture
def symbolic(monkeypatch):
    """Lets nothing be enumerated."""
    monkeypatch.setattr(comparison, "_ENUMERABLE", WAYS["symbolic"])


@pytest.fixture
def unsampled(monkeypatch):
    """Lets nothing be found by sampling."""
    shown_in_pairs_instead(monkeypatch, "sampling", lambda *_: "nothing was run")


def refutation(report: Report) -> Disagreement:
    """Checks that a report refutes, by an input that disagrees when it is run with `alta.run`."""
    assert report.verdict is Verdict.REFUTED, report
    found = report.counterexample
    assert isinstance(found, Disagreement)
    assert found.first.inputs.contains(found.tokens)
    assert found.second.inputs.contains(found.tokens)
    assert found.replay().confirmed
    assert sum(one.result is Result.FAILED for one in report.obligations) == 1
    if found.kind == "mismatch":
        sides = zip((found.first, found.second), found.endings, strict=True)
        for program, ending in sides:
            if ending.layers > 10_000:
                continue
            run = alta.run(program, found.tokens, found.max_layers)
            assert (run.outputs, run.n_layers, run.halted) == (
                ending.outputs,
                ending.layers,
                ending.halted,
            )
        assert found.positions
    return found


def relative() -> Program:
    return alta.programs.parity_sequential_relative()


# Programs that work differently.


def test_a_program_is_equivalent_to_itself(way):
    assert equivalent(relative(), relative(), max_len=6).proved


@pytest.mark.parametrize("max_len", [7, 9])
def test_addition_is_equivalent_to_itself_written_as_a_function(max_len):
    assert equivalent(alta.programs.addition(), addition_by_function(), max_len=max_len).proved


@pytest.mark.campaign
def test_addition_is_equivalent_to_itself_written_as_a_function_up_to_20_tokens():
    report = equivalent(alta.programs.addition(), addition_by_function(), max_len=20)
    assert report.proved
    assert report.facts["inputs"] == sum(100**digits for digits in range(1, 9))


@pytest.mark.parametrize("carries_at", [9, 11])
def test_a_carry_at_another_sum_is_refuted(carries_at):
    wrong = addition_by_function(carries_at)
    found = refutation(equivalent(alta.programs.addition(), wrong, max_len=9))
    assert found.kind == "mismatch"
    # Shrunk to two digits, one each.
    assert len(found.tokens) == 5


def test_parity_by_doubling_is_equivalent_to_parity_one_by_one(way):
    one_by_one = alta.programs.parity_sequential_absolute(max_length=8)
    assert equivalent(one_by_one, doubling_parity(3), max_len=8).proved


def test_a_position_that_sits_a_step_out_is_refuted(way, unsampled):
    one_by_one = alta.programs.parity_sequential_absolute(max_length=8)
    found = refutation(equivalent(one_by_one, doubling_parity(3, skipped=6), max_len=8))
    assert found.positions == (6,)
    assert [ending.halted for ending in found.endings] == [True, True]


def test_means_count_in_one_layer_as_in_two(way):
    one = alta.programs.parity_sum_mod_2(max_length=8)
    two = alta.programs.parity_sum_mod_2_intermediate(max_length=8)
    assert equivalent(one, two, max_len=8).proved
    found = refutation(equivalent(one, two, max_len=8, max_layers=1))
    assert [ending.layers for ending in found.endings] == [1, 1]


def test_the_parity_of_prefixes_is_not_that_of_the_whole(way):
    found = refutation(equivalent(relative(), alta.programs.parity_sum_mod_2(max_length=6)))
    assert found.names == "START 1"
    assert found.positions == (0,)


@pytest.mark.parametrize(
    ("case", "broken"),
    [
        pytest.param(case, broken, id=f"{case.name}: {broken.name}")
        for case in CASES.values()
        for broken in case.programs
        if broken.part != "inputs"
    ],
)
def test_a_broken_program_is_told_from_the_good_one(case, broken, way):
    good = case.build()
    bad = broken.change(good)
    report = equivalent(good, bad, max_len=4)
    words = [word for word in good.inputs.enumerate(4) if word and bad.inputs.contains(word)]
    if all(same(good, bad, word) for word in words):
        assert report.proved, report
    else:
        refutation(report)


def same(first: Program, second: Program, word: tuple[int, ...]) -> bool:
    try:
        return alta.run(first, word).outputs == alta.run(second, word).outputs
    except alta.ExecutionError:
        return False


# Rules.


def test_a_rule_that_never_fires_changes_nothing(way):
    first = secret_word(WORD[:4])
    never = alta.rule({"pos": 0, "flag": 0, "out": 1}, "out", 0)
    assert equivalent(first, with_rules(first, lambda rules: [*rules, never]), max_len=4).proved
    fires = alta.rule({"pos": 0, "flag": 0, "out": 0}, "out", 1)
    refutation(equivalent(first, with_rules(first, lambda rules: [*rules, fires]), max_len=4))


def test_one_rule_less_is_refuted(way):
    for left_out in relative().rules:

        def without(rules, out=left_out):
            return [rule for rule in rules if rule != out]

        less = with_rules(relative(), without)
        refutation(equivalent(relative(), less, max_len=5, max_layers=5))


# One input of many.


def test_one_input_of_65536_is_found_by_the_solver():
    found = refutation(equivalent(secret_word(WORD), secret_word(WORD, [at_the_end(WORD)])))
    assert found.tokens == WORD
    assert found.kind == "mismatch"
    assert found.positions == (len(WORD) - 1,)


def test_the_same_is_proved_where_that_input_is_not_in_common():
    first = secret_word(WORD)
    others = alta.inputs.regex("(0|1){15} 0")
    second = replace(
        secret_word(WORD, [at_the_end(WORD)]), inputs=others.bind(first.vocab, len(WORD))
    )
    report = equivalent(first, second)
    assert report.proved
    assert report.facts["inputs"] == 2**15
    assert "that 'regex \"(0|1){16}\"' and 'regex \"(0|1){15} 0\"' have in common" in report.claim


FAILING = {
    "conflict": [at_the_end(WORD), at_the_end(WORD, bit=WORD[-1])],
    "range": [at_the_end(WORD, value=2)],
    "undefined": [at_the_end(WORD, right=1)],
}


@pytest.mark.parametrize("kind", list(FAILING))
def test_a_program_that_fails_on_one_input_of_65536_is_refuted(kind):
    good, bad = secret_word(WORD), secret_word(WORD, FAILING[kind])
    for pair, culprit in (((good, bad), "second"), ((bad, good), "first"), ((bad, bad), "first")):
        found = refutation(equivalent(*pair))
        assert (found.tokens, found.kind, found.culprit) == (WORD, kind, culprit)
        assert found.positions == ()
        assert f"the {culprit} program (secret_word) fails: layer" in str(found)


@pytest.mark.parametrize("kind", list(FAILING))
def test_a_failure_that_comes_after_the_bound_does_not_count(kind):
    bad = secret_word(WORD, FAILING[kind])
    assert equivalent(secret_word(WORD), bad, max_layers=len(WORD)).proved


# Ends.


def test_a_halt_and_a_bound_may_end_runs_at_different_layers(way):
    for layers in (lambda n: n - 1, lambda n: n + 5, 10**9):
        report = equivalent(relative(), ending_after(relative(), layers), max_len=6)
        assert report.proved, report


def test_ending_a_layer_early_is_refuted(way, unsampled):
    early = ending_after(relative(), lambda n: max(0, n - 2))
    found = refutation(equivalent(relative(), early, max_len=6))
    assert found.positions == (len(found.tokens) - 1,)
    assert [ending.halted for ending in found.endings] == [True, False]


def test_runs_that_repeat_themselves_are_counted_to_their_bound(way):
    for layers in (0, 7, 1000, 5000, 10**12, 10**12 + 1):
        odd = layers % 2
        assert equivalent(toggling(layers), toggling(odd), max_len=3).proved
        refutation(equivalent(toggling(layers), toggling(1 - odd), max_len=3))


def marching(stride: int) -> Program:
    """Writes the number of layers, in steps, until a 1 in the input has come to every position."""
    left = alta.v_relative("seen", -1)
    return alta.program_spec_from_rules(
        name="marching",
        variables={
            "seen": alta.input_var(2),
            "first": alta.position_var(2, init_fn=lambda position: position == 0),
            "clock": alta.var(8),
        },
        heads={"left": left},
        rules=[
            alta.rule({"first": 1, "seen": 0}, "seen", 1),
            alta.rule({"first": 0, "seen": 0, "left": 1}, "seen", 1),
            *(alta.rule({"clock": t}, "clock", (t + stride) % 8) for t in range(8)),
        ],
        output_name="clock",
        input_range=2,
        halt=alta.halt_spec("seen"),
    )


def test_inputs_that_have_halted_stand_still_while_others_go_on(way):
    assert equivalent(marching(1), marching(1), max_len=5).proved
    # The clocks agree on inputs that halt at once, and on no others.
    found = refutation(equivalent(marching(1), marching(3), max_len=5))
    assert found.tokens == (0,)
    ones = alta.inputs.regex("1+")
    only = replace(marching(3), inputs=ones.bind(("0", "1")))
    assert equivalent(marching(1), only, max_len=5).proved
    # Within a round of the clock, all stops differ, so that the number of layers is the output.
    counted = refutation(equivalent(marching(1), ending_after(marching(1), 4), max_len=5))
    assert counted.endings[0].layers < 4


def test_a_run_that_never_ends_is_refuted(way):
    found = refutation(equivalent(halting_where((0, 1)), halting_where((0, 1, 2)), max_len=4))
    assert (found.tokens, found.kind, found.culprit) == ((2,), "endless", "first")
    assert "the first program (halting_where) never ends: the state after layer 1" in str(found)
    found = refutation(equivalent(halting_where((0, 1)), halting_where((0, 1)), max_len=4))
    assert "; the second one gives no outputs either" in str(found)


def test_a_bound_ends_it(way):
    first, second = halting_where((0, 1)), halting_where((0, 1, 2))
    assert equivalent(first, second, max_len=4, max_layers=3).proved


def test_where_nothing_would_end_a_run_a_bound_has_to(way):
    endless = ending_after(relative(), None)
    with pytest.raises(AltaError, match="neither a halt spec nor a layer bound"):
        equivalent(relative(), endless)
    assert equivalent(relative(), endless, max_len=6, max_layers=8).proved


# Languages.


def narrowed(program: Program, pattern: str) -> Program:
    spec = alta.inputs.regex(pattern)
    return replace(program, inputs=spec.bind(program.vocab, program.position_range))


def test_outside_the_common_language_programs_may_differ(way):
    wrong = with_rules(
        relative(), lambda rules: [*rules, alta.rule({"parity": 1, "done": 1}, "parity", 0)]
    )
    refutation(equivalent(relative(), wrong, max_len=5))
    assert equivalent(relative(), narrowed(wrong, "START 0*"), max_len=5).proved
    assert equivalent(
        narrowed(relative(), "START 0* | 1*"), narrowed(wrong, "START 0* | 0*"), max_len=5
    ).proved


def test_no_common_input_is_vacuous():
    report = equivalent(narrowed(relative(), "START 0+"), narrowed(relative(), "START 1+"))
    assert report.verdict is Verdict.VACUOUS
    assert report.reasons == ("the programs have no input of 1 to 20 tokens in common",)
    assert report.obligations == ()
    # Only the empty input, and only inputs that are too long.
    for pattern in ("(START 0)?", "START 0{20}"):
        one = narrowed(relative(), pattern)
        other = narrowed(relative(), "1*") if "?" in pattern else one
        assert equivalent(one, other).verdict is Verdict.VACUOUS


def test_the_shorter_of_two_limits_holds():
    absolute = alta.programs.parity_sequential_absolute
    report = equivalent(absolute(max_length=5), absolute(max_length=9))
    assert report.proved
    assert "of 1 to 5 tokens (asked for 20; the programs take no more)" in report.claim


def test_programs_with_other_tokens_are_refused():
    with pytest.raises(AltaError, match="their tokens differ: 3 and 2 of them"):
        equivalent(relative(), alta.programs.parity_sequential_absolute())
    renamed = replace(relative(), vocab=("0", "one", "START"))
    with pytest.raises(AltaError, match="token 1 is '1' in the one and 'one' in the other"):
        equivalent(relative(), renamed)


@pytest.mark.parametrize(
    "wrong", [{"max_len": 0}, {"max_len": True}, {"max_layers": -1}, {"timeout": -1}]
)
def test_malformed_bounds_are_refused(wrong):
    with pytest.raises(AltaError, match=next(iter(wrong))):
        equivalent(relative(), relative(), **wrong)


def test_what_is_no_program_is_refused():
    with pytest.raises(AltaError, match=r"expected an alta\.Program"):
        equivalent(relative(), alta.compile(relative()))


# Kinds.


def writing(variable: alta.Variable, *values: object, **more) -> Program:
    """Writes the token's value into its output."""
    return alta.program_spec_from_rules(
        name="writing",
        variables={"x": alta.input_var(len(values)), "out": variable},
        heads={},
        rules=[alta.rule({"x": token}, "out", value) for token, value in enumerate(values)],
        output_name="out",
        input_range=len(values),
        layers=1,
        **more,
    )


NUMBERS = alta.numeric_var(values=[0.0, 10.0])
SETS = alta.set_var(3, [{0}, {1, 2}, set()])


def test_numbers_are_compared_and_not_their_buckets(way):
    first = writing(NUMBERS, 1.5, 2.5)
    assert equivalent(first, writing(alta.numeric_var(), 1.5, 2.5), max_len=3).proved
    found = refutation(equivalent(first, writing(NUMBERS, 1.5, 2.25), max_len=3))
    assert found.names == "1"
    assert "the output is 2.5 in the first program" in str(found)
    assert found.to_json()["second"]["outputs"] == [2.25]


def test_sets_are_compared_and_not_their_places(way):
    first = writing(SETS, {0}, {1, 2})
    other = alta.set_var(3, [{1, 2}, {0}, {2}, set()])
    assert equivalent(first, writing(other, {0}, {1, 2}), max_len=3).proved
    found = refutation(equivalent(first, writing(other, {0}, {2}), max_len=3))
    assert found.to_json()["first"]["outputs"] == [[1, 2]]


def test_a_number_is_equal_to_the_index_of_the_same_size(way):
    assert equivalent(writing(alta.var(3), 1, 2), writing(NUMBERS, 1.0, 2.0), max_len=3).proved
    refutation(equivalent(writing(alta.var(3), 1, 2), writing(SETS, {0}, {1, 2}), max_len=3))


def many_paths(output: int = 1) -> Program:
    """Keeps its MLP as a function, as if it had too many paths to be turned into rules."""

    def ffn(z):
        if z["x"] == 1:
            z["out"] = output

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alta.lang.paths.MAX_PATHS", 1)
        return alta.program_spec(
            name="many_paths",
            variables={"x": alta.input_var(2), "out": alta.var(2)},
            heads={},
            ffn_fn=ffn,
            output_name="out",
            input_range=2,
            layers=1,
        )


def test_functions_with_too_many_paths_are_run_through_or_left_open(monkeypatch):
    first = many_paths()
    assert isinstance(first.mlp, ManyPaths)
    identity = writing(alta.var(2), 0, 1)
    assert equivalent(first, identity, max_len=3).proved
    refutation(equivalent(many_paths(output=0), identity, max_len=3))
    monkeypatch.setattr(comparison, "_ENUMERABLE", -1)
    report = equivalent(first, identity, max_len=3)
    assert report.verdict is Verdict.UNKNOWN
    assert any("ProgramError" in reason for reason in report.reasons)


# Reports.


def test_every_obligation_is_declared_and_told_of():
    told = []
    report = equivalent(
        relative(), relative(), max_len=3, progress=lambda *about: told.append(about)
    )
    names = [one.name for one in report.obligations]
    assert [name for name, _, _ in told] == names
    assert [(done, total) for _, done, total in told] == [(i, 12) for i in range(12)]
    assert names[0] == "sampling"
    assert names[-3:] == ["outputs[1]", "outputs[2]", "outputs[3]"]
    assert report.program_name == "parity_sequential_relative = parity_sequential_relative"


def test_a_deadline_that_has_passed_leaves_everything_open(way):
    report = equivalent(relative(), relative(), max_len=4, timeout=0)
    assert report.verdict is Verdict.UNKNOWN
    assert {one.result for one in report.obligations} == {Result.OPEN}
    (reason,) = report.reasons
    assert reason.startswith(f"out of time: {len(report.obligations)} obligations not reached")


def test_a_report_can_be_read_by_people_and_machines():
    report = equivalent(relative(), alta.programs.parity_sum_mod_2(max_length=6))
    read = json.loads(report.to_json())
    assert read["verdict"] == "REFUTED"
    assert read["counterexample"]["names"] == "START 1"
    assert read["counterexample"]["positions"] == [0]
    text = f"{report}\n"
    assert "replayed on the interpreter with both programs" in text
    assert "\n  0  START  0      1  ←\n  1  1      1      1\n" in text
    with pytest.raises(TypeError):
        bool(report)


def test_a_refutation_does_not_depend_on_the_order(way):
    programs = [relative(), alta.programs.parity_sum_mod_2(max_length=6)]
    one = refutation(equivalent(*programs, max_len=5))
    other = refutation(equivalent(*reversed(programs), max_len=5))
    assert one.endings == tuple(reversed(other.endings))
