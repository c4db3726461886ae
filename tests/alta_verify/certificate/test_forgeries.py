"""Forgeries: certificates with other contents and hashes that fit are refused for what they say."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

import alta
from alta_verify.check.files import EVIDENCE, MANIFEST, MODEL, PROGRAM, QUERIES
from alta_verify.check.run import check
from tests.alta_verify.certificate.forging import (
    copied,
    edited,
    forged,
    queries,
    reseal,
    rewritten,
    write_queries,
)
from tests.alta_verify.exhaustive import Exhaustive
from tests.alta_verify.mutants import filled_zeros, sampled, swapped_columns, weight_mutants


@pytest.fixture
def copy(certificate, tmp_path):
    return copied(certificate, tmp_path)


def refusal(folder) -> str:
    outcome = check(folder)
    assert not outcome.checked
    return str(outcome.reason)


def test_hashes_made_anew_for_the_same_files_are_checked(copy):
    assert check(reseal(copy)).checked


# --- the manifest ---------------------------------------------------------------------------------


def test_what_the_prover_says_is_not_looked_at(copy):
    def edit(said):
        said["prover"] = {"by": "hand"}

    assert check(edited(copy, MANIFEST, edit)).checked


@pytest.mark.parametrize("field", ["claim", "assumptions", "format", "max_len", "max_layers"])
def test_a_field_that_is_missing_is_refused(field, copy):
    assert "expected format" in refusal(edited(copy, MANIFEST, lambda said: said.pop(field)))


def test_a_field_more_is_refused(copy):
    assert "expected format" in refusal(edited(copy, MANIFEST, lambda said: said.update(more=1)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "alta-certificate 2"),
        ("claim", "P = NP"),
        ("claim", None),
        ("assumptions", []),
        ("assumptions", ["none"]),
        ("max_len", 0),
        ("max_len", True),
        ("max_len", "6"),
        ("max_layers", -1),
        ("max_layers", 2),
        ("obligations", []),
        ("obligations", [None]),
        ("prover", None),
    ],
    ids=lambda value: str(value).replace(" ", "-"),
)
def test_a_field_that_says_something_else_is_refused(field, value, copy):
    edited(copy, MANIFEST, lambda said: said.update({field: value}))
    refusal(copy)


@pytest.mark.parametrize("max_len", [5, 7, 1000, 10**9])
def test_another_bound_is_refused(max_len, copy):
    refusal(edited(copy, MANIFEST, lambda said: said.update(max_len=max_len)))


def test_no_obligation_can_be_dropped(copy):
    names = [one["name"] for one in json.loads((copy / MANIFEST).read_text())["obligations"]]
    for number in range(len(names)):
        original = (copy / MANIFEST).read_text()

        def edit(said, number=number):
            said["obligations"].pop(number)

        edited(copy, MANIFEST, edit)
        assert refusal(copy).startswith("obligations: expected")
        (copy / MANIFEST).write_text(original)


@pytest.mark.parametrize(
    "edit",
    [
        lambda some: some.append(some[0]),
        lambda some: some.reverse(),
        lambda some: some.insert(0, some.pop()),
    ],
    ids=["repeated", "reversed", "rotated"],
)
def test_obligations_in_another_order_are_refused(edit, copy):
    edited(copy, MANIFEST, lambda said: edit(said["obligations"]))
    assert refusal(copy).startswith("obligations: expected")


@pytest.mark.parametrize("field", ["covers", "queries", "queries_sha256"])
def test_what_is_said_of_an_obligation_cannot_be_edited(field, copy):
    for number in (0, -1, 9):
        original = (copy / MANIFEST).read_text()

        def edit(said, number=number):
            value = said["obligations"][number][field]
            said["obligations"][number][field] = value + type(value)("1")

        assert "expected" in refusal(edited(copy, MANIFEST, edit))
        (copy / MANIFEST).write_text(original)


def test_a_number_of_queries_is_a_number_and_nothing_that_equals_one(copy):
    counts = [one["queries"] for one in json.loads((copy / MANIFEST).read_text())["obligations"]]
    for other in (bool, float):
        original = (copy / MANIFEST).read_text()

        def edit(said, other=other):
            said["obligations"][counts.index(1)]["queries"] = other(1)

        edited(copy, MANIFEST, edit)
        assert f"'queries': {other(1)!r}" in refusal(copy)
        (copy / MANIFEST).write_text(original)


# --- queries --------------------------------------------------------------------------------------


def test_the_same_queries_packed_anew_are_checked(copy):
    assert check(write_queries(copy, queries(copy))).checked


def test_no_query_can_be_dropped(copy):
    entries = queries(copy)
    assert len(entries) > 1
    for number, (name, _) in enumerate(entries):
        write_queries(copy, entries[:number] + entries[number + 1 :])
        assert f"{QUERIES}: " in (said := refusal(copy))
        assert name in said


def test_no_query_can_be_added(copy):
    entries = queries(copy)
    for number in range(len(entries) + 1):
        more = [("ffn/parity/0002.smt2", b"(check-sat)\n")]
        write_queries(copy, entries[:number] + more + entries[number:])
        assert f"{QUERIES}: " in refusal(copy)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_no_query_can_be_there_twice(copy):
    entries = queries(copy)
    assert f"{QUERIES}: " in refusal(write_queries(copy, [entries[0], *entries]))
    assert f"{QUERIES}: " in refusal(write_queries(copy, [*entries, entries[-1]]))


def test_queries_in_another_order_are_refused(copy):
    assert f"{QUERIES}: expected" in refusal(write_queries(copy, queries(copy)[::-1]))


def test_queries_exchanged_between_obligations_are_refused(copy):
    (first, one), (second, other), *rest = queries(copy)
    write_queries(copy, [(first, other), (second, one), *rest])
    assert f"{first} is not the query that follows from the weights" in refusal(copy)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"(set-logic QF_LRA)\n(assert false)\n(check-sat)\n",
        lambda text: text.replace(b"(check-sat)", b"(assert false)\n(check-sat)"),
        lambda text: text + b"\n",
        lambda text: text[:-1],
        lambda text: text.replace(b" 1.0 ", b" 2.0 ", 1),
        lambda text: b"",
        lambda text: b"(assert false)\n" * 100_000,
    ],
    ids=["other", "false", "longer", "shorter", "number", "empty", "long"],
)
def test_no_query_can_be_edited(change, copy):
    entries = queries(copy)
    for number, (name, text) in enumerate(entries):
        assert change(text) != text
        write_queries(copy, [*entries[:number], (name, change(text)), *entries[number + 1 :]])
        assert f"{name} is not the query that follows from the weights" in refusal(copy)


def test_bytes_beside_the_entries_of_the_archive_are_refused(copy):
    data = (copy / QUERIES).read_bytes()
    for changed in (
        b"more" + data,
        data[:-2] + b"\x04\x00more",
        b"",
        b"PK",
        data[: len(data) // 2],
    ):
        (copy / QUERIES).write_bytes(changed)
        assert QUERIES in refusal(reseal(copy))


# --- evidence -------------------------------------------------------------------------------------


def test_value_sets_that_lack_a_value_are_refused(copy):
    evidence = json.loads((copy / EVIDENCE).read_text())
    for position, row in enumerate(evidence["value_sets"]):
        for name, values in row.items():
            for value in values:
                less = json.loads(json.dumps(evidence))
                less["value_sets"][position][name].remove(value)
                (copy / EVIDENCE).write_text(json.dumps(less, indent=1) + "\n")
                assert "value sets: " in refusal(reseal(copy))


def test_value_sets_with_a_value_more_change_the_queries_or_are_refused(copy):
    edited(copy, EVIDENCE, lambda said: said["value_sets"][1]["parity_left"].append(-1))
    refusal(copy)


@pytest.mark.parametrize(
    "edit",
    [
        lambda said: said["value_sets"].pop(),
        lambda said: said["value_sets"].append(said["value_sets"][0]),
        lambda said: said["value_sets"].reverse(),
        lambda said: said["value_sets"][0].pop("done"),
        lambda said: said["value_sets"][0].update(more=[0]),
        lambda said: said["value_sets"][1]["done"].append(5),
        lambda said: said["value_sets"][1]["done"].append(-7),
        lambda said: said["value_sets"][1].update(done="01"),
        lambda said: said.update(value_sets=None),
        lambda said: said.pop("value_sets"),
        lambda said: said.pop("runs"),
        lambda said: said["runs"].append({"names": [], "defined": [], "by": "words"}),
        lambda said: said["runs"].append({"names": ["nobody"], "defined": [], "by": "words"}),
        lambda said: said["runs"].append({}),
        lambda said: said["excluded"].append({"variable": "parity", "states": [{"done": 0}]}),
        lambda said: said["excluded"].append({"variable": "parity", "states": [{}]}),
        lambda said: said["excluded"].append({"variable": "parity", "states": [{"nobody": 0}]}),
        lambda said: said["excluded"].append({"variable": "nobody", "states": []}),
        lambda said: said.update(more=1),
    ],
    ids=[
        "position-less", "position-more", "reversed", "name-less", "name-more", "no-value",
        "negative", "text", "null", "no-sets", "no-runs", "idle-run", "unknown-run", "empty-run",
        "excluded", "all-excluded", "unknown-excluded", "nobody-excluded", "field-more",
    ],
)  # fmt: skip
def test_other_evidence_is_refused(edit, copy):
    refusal(edited(copy, EVIDENCE, edit))


def test_runs_that_are_needed_cannot_be_dropped(with_runs, tmp_path):
    folder = copied(with_runs, tmp_path)
    edited(folder, EVIDENCE, lambda said: said["runs"].pop())
    assert refusal(folder).startswith("program[undefined]: it is not shown")


def test_a_run_that_is_no_slice_is_refused(with_runs, tmp_path):
    folder = copied(with_runs, tmp_path)
    edited(folder, EVIDENCE, lambda said: said["runs"][0]["names"].pop())
    assert "not a slice" in refusal(folder)


# --- program and weights --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("-> parity := 1", "-> parity := 0"),
        ("output parity", "output done"),
        ("halt done=1", "halt done=0"),
        ("halt done=1", "halt -"),
        ("mask [-1]", "mask [-2]"),
        ("START (0|1)*", "START (0|1)"),
        ("START (0|1)*", "(0|1|START)*"),
        ("alta-program 1", "alta-program 2"),
        ("layers -", "layers 3"),
    ],
    ids=lambda text: text.replace(" ", "-"),
)
def test_another_program_is_refused(old, new, copy):
    refusal(rewritten(copy, PROGRAM, old, new))


def test_another_program_with_all_that_follows_from_it_is_refused(certificate, tmp_path):
    model = alta.compile(alta.programs.parity_sequential_relative(), max_len=6)
    text = (certificate / PROGRAM).read_text()
    for number, (old, new) in enumerate(
        [("-> parity := 1", "-> parity := 0"), ("START (0|1)*", "(0|1|START)*")]
    ):
        assert old in text
        outcome = forged(tmp_path / str(number), certificate, model, program=text.replace(old, new))
        assert not outcome.checked


def test_the_weights_alone_cannot_be_exchanged(copy):
    program = alta.programs.parity_sequential_relative()
    model = alta.compile(program, max_len=6)
    oracle = Exhaustive(program, 6)
    wrong = 0
    for mutant in sampled(weight_mutants(model), 24):
        mutant.model.save(copy / "model")
        checked = check(reseal(copy)).checked
        if oracle.difference(mutant.model) is not None:
            wrong += 1
            assert not checked, mutant.name
    assert wrong > 5


KINDS = {"changed": weight_mutants, "filled": filled_zeros, "swapped": swapped_columns}


@pytest.mark.parametrize("kind", KINDS)
def test_weights_that_compute_something_else_are_refused(kind, certificate, tmp_path):
    program = alta.programs.parity_sequential_relative()
    model = alta.compile(program, max_len=6)
    oracle = Exhaustive(program, 6)
    outcomes = Counter()
    for number, mutant in enumerate(sampled(KINDS[kind](model), 20)):
        outcome = forged(tmp_path / str(number), certificate, mutant.model)
        wrong = oracle.difference(mutant.model) is not None
        assert not (wrong and outcome.checked), mutant.name
        outcomes[wrong, outcome.checked] += 1
    assert outcomes[True, False] > 5


def test_the_weights_of_another_model_are_refused(certificate, tmp_path):
    other = alta.compile(alta.programs.parity_sequential_absolute(max_length=6))
    assert not forged(tmp_path, certificate, other).checked


def test_the_right_weights_are_checked_when_they_are_put_in_like_the_wrong_ones(
    certificate, tmp_path
):
    model = alta.compile(alta.programs.parity_sequential_relative(), max_len=6)
    assert forged(tmp_path, certificate, model).checked


def test_a_model_that_runs_as_another_program_is_refused(certificate, tmp_path):
    program = alta.programs.parity_sequential_relative()
    model = alta.compile(program, max_len=6)
    for number, other in enumerate(
        [replace(program, output_name="done"), replace(program, halt=None, layers=3)]
    ):
        outcome = forged(tmp_path / str(number), certificate, replace(model, program=other))
        assert str(outcome.reason).startswith("architecture: ")


def test_the_layout_cannot_be_edited(copy):
    def exchange(said):
        columns = said["layout"]["columns"]
        columns["parity"], columns["done"] = columns["done"], columns["parity"]

    refusal(edited(copy, MODEL, exchange))
