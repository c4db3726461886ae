"""Everything that the checker has to refuse, it refuses, for the reason that it is."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import alta
from alta.lang.program import program_text
from alta.nn.model import Model
from alta.nn.sparse import as_dense
from alta_verify.check.evidence import Evidence
from alta_verify.check.program import bits_of
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from alta_verify.check.theorem import Theorem
from alta_verify.check.weights import Model as Weights
from tests.alta_verify.check.theorems import evidence_of, files_of
from tests.alta_verify.mutants import with_arrays, with_heads

LONGEST = 4

PROGRAMS = {
    "relative": alta.programs.parity_sequential_relative,
    "sum": lambda: alta.programs.parity_sum_mod_2(max_length=LONGEST),
    "sorting": lambda: alta.programs.sort_unique(max_value=3),
}


@cache
def compiled(name: str):
    program = PROGRAMS[name]()
    return program, alta.compile(program, max_len=LONGEST)


@cache
def saved(name: str):
    return files_of(compiled(name)[1])


@cache
def evidence(name: str) -> str:
    return json.dumps(evidence_of(*compiled(name), LONGEST))


def theorem(name: str, changed: Model | None = None, **other: Any) -> Theorem:
    """The theorem about a program and a model, or of files that are given."""
    weights, manifest = saved(name) if changed is None else files_of(changed)
    files = {
        "program": program_text(compiled(name)[0]),
        "weights": weights,
        "model": manifest,
        "max_len": LONGEST,
        "max_layers": None,
        "evidence": json.loads(evidence(name)),
    }
    return Theorem(**{**files, **other})


# --- the program that the model was made for ------------------------------------------------------


def running_as(name: str, old: str, new: str, **other: Any) -> Theorem:
    """The theorem with a line of the model's own program replaced."""
    manifest = json.loads(json.dumps(saved(name)[1]))
    assert old in manifest["program"]
    manifest["program"] = [new if line == old else line for line in manifest["program"]]
    return theorem(name, model=manifest, **other)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_model_of_the_same_program_runs_like_it(name):
    assert theorem(name).show("architecture") == "compared"


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("relative", "output parity", "output done", "halt or output"),
        ("relative", "halt done=1", "halt done=0", "halt or output"),
        ("relative", "halt done=1", "halt parity=1", "halt or output"),
        ("relative", "halt done=1", "halt -", "halt or output"),
        ("sum", "halt -", "halt counted=1", "halt or output"),
        ("relative", "layers -", "layers 3", "other numbers of layers"),
        ("sum", "layers 1", "layers 2", "other numbers of layers"),
        ("sum", "layers 1", "layers [1,1,1,1,2]", "other numbers of layers"),
        (
            "relative",
            "head done_left query - key - value done mask [-1]",
            "head done_left query - key - value done mask [-1,0]",
            "masks",
        ),
        ("sum", 'vocab ["0","1","START"]', 'vocab ["0","1"]', "be read"),
        ("sum", 'vocab ["0","1","START"]', 'vocab ["1","0","START"]', "tokens"),
        ("sum", 'vocab ["0","1","START"]', 'vocab ["0","1","BEGIN"]', "tokens"),
        (
            "sum",
            "variable start values - token [0.0,0.0,1.0]",
            "variable start range 1 token [0,0,0]",
            "be read",
        ),
        (
            "relative",
            "variable done range 2 token [0,0,1]",
            "variable done subsets [[0],[1]] of 2 token [[0],[0],[1]]",
            "be read",
        ),
    ],
)
def test_a_model_that_would_run_differently_is_refused(name, old, new, reason):
    with pytest.raises(Refused, match=reason):
        running_as(name, old, new).show("architecture")


def test_models_with_other_kinds_of_variables_or_tokens_are_refused():
    manifest = json.loads(json.dumps(saved("sum")[1]))
    lines = "\n".join(manifest["program"])
    for old, new, reason in (
        (
            "variable parity range 2 default [0]",
            "variable parity range 3 default [0]",
            "variables",
        ),
        ("tokens 3", "tokens 4", "tokens"),
    ):
        more = lines.replace(old, new)
        if "tokens" in old:
            more = more.replace('"START"]', '"START","more"]')
            for table in ("[0,1,1]", "[0.0,0.0,1.0]"):
                more = more.replace(table, f"{table[:-1]},{table[1:].split(',')[0]}]")
        assert more != lines
        changed = {**manifest, "program": more.splitlines()}
        with pytest.raises(Refused, match=reason):
            theorem("sum", model=changed).show("architecture")


def taken_for(variable, value=None) -> alta.Program:
    """A program whose variable has one coordinate, whatever kind it is of."""
    return alta.program_spec_from_rules(
        variables={"x": variable, "y": alta.var(2)},
        heads={},
        rules=[alta.rule({}, "y", 1)],
        output_name="y",
        input_range=2,
        layers=2,
        halt=None if value is None else alta.halt_spec("x", value),
    )


NUMBER = alta.numeric_var(default=0.0)
CATEGORY = alta.var(1)
MEMBER = alta.set_var(1, [set(), {0}], default=set())


@pytest.mark.parametrize(
    ("mine", "theirs", "reason"),
    [
        (taken_for(NUMBER, 0.0), taken_for(CATEGORY, 0), "other kinds"),
        (taken_for(CATEGORY, 0), taken_for(NUMBER, 0.0), "other kinds"),
        (taken_for(MEMBER, set()), taken_for(NUMBER, 0.0), "other kinds"),
        (taken_for(MEMBER), taken_for(CATEGORY), "other kinds"),
        (
            taken_for(MEMBER),
            taken_for(alta.set_var(1, [set()], default=set())),
            "other kinds",
        ),
        (taken_for(NUMBER, 0.0), taken_for(NUMBER, 7.0), "never occurs"),
    ],
)
def test_what_takes_coordinates_for_other_values_is_refused(mine, theirs, reason):
    model = alta.compile(mine, max_len=2)
    weights, manifest = files_of(alta.compile(theirs, max_len=2).with_weights(model.weights))
    files = {"weights": weights, "max_len": 2, "max_layers": None}
    files["evidence"] = evidence_of(mine, model, 2)
    known = Theorem(program=program_text(mine), model=files_of(model)[1], **files)
    assert known.show("architecture") == "compared"
    with pytest.raises(Refused, match=reason):
        Theorem(program=program_text(mine), model=manifest, **files).show("architecture")


def test_numbers_of_layers_do_not_matter_where_they_are_given():
    limited = running_as("sum", "layers 1", "layers 2", max_layers=1)
    assert limited.show("architecture") == "compared"


@pytest.mark.parametrize("where", ["program", "model", "its program"])
def test_longer_inputs_than_program_or_model_take_are_refused(where):
    text, manifest = program_text(compiled("sum")[0]), dict(saved("sum")[1])
    limits = {"program": "positions 3", "model": "positions -", "its program": "positions 4"}
    text = text.replace("positions 4", limits[where])
    manifest["program"] = text.splitlines()
    if where == "model":
        manifest["max_len"] = 3
    if where == "its program":
        manifest["program"] = text.replace("positions 4", "positions 3").splitlines()
    with pytest.raises(Refused, match="take no more than 3 tokens, not 4"):
        theorem("sum", program=text, model=manifest)


# --- weights --------------------------------------------------------------------------------------


def changed_head(name: str, head: str, part: str, change) -> Model:
    """A model with a change to an entry of a matrix of a head."""
    _, model = compiled(name)
    own = model.weights.heads[head]
    array = np.array(as_dense(getattr(own, part)))
    change(array, model.layout.columns)
    return with_heads(model, {head: replace(own, **{part: array})})


def put(where: str, place: int, unit: int, number: float):
    def change(array, columns):
        array[columns[where][place], unit] = number

    return change


def written(where: str, place: int, unit: int, number: float):
    def change(array, columns):
        array[unit, columns[where][place]] = number

    return change


def times(factor: float):
    def change(array, columns):
        array *= np.float32(factor)

    return change


ATTENTION = {
    "a value is read of another variable": (
        ("relative", "done_left", "value", put("parity", 0, 0, 1.0)),
        "attention[done_left]",
        "done_left looks at other variables than done",
    ),
    "a query is read of another variable": (
        ("sorting", "fetched", "query", put("token", 0, 0, 1.0)),
        "softmax[fetched]",
        "looks at other variables than index",
    ),
    "a key is read of another variable": (
        ("sorting", "fetched", "key", put("token", 0, 0, 1.0)),
        "softmax[fetched]",
        "looks at other variables than rank",
    ),
    "what is read is rounded": (
        ("relative", "done_left", "value", put("done", 0, 0, 1 / 3)),
        "attention[done_left]",
        "rounds what it reads",
    ),
    "it is written to a variable": (
        ("relative", "done_left", "output", written("parity", 0, 0, 1.0)),
        "attention[done_left]",
        "writes to coordinates that are not its own",
    ),
    "it is written to another head's output": (
        ("relative", "done_left", "output", written("parity_left", 1, 1, 1.0)),
        "attention[done_left]",
        "writes to coordinates that are not its own",
    ),
    "scores are too close": (
        ("sorting", "fetched", "query", times(0.25)),
        "softmax[fetched]",
        "too close|score gap",
    ),
    "scores are exchanged": (
        ("sorting", "fetched", "query", times(-1)),
        "softmax[fetched]",
        "score gap",
    ),
    "scores are all the same": (
        ("sorting", "fetched", "query", times(0)),
        "softmax[fetched]",
        "score gap",
    ),
    "selected keys have scores of their own": (
        ("sorting", "mean", "query", put("up_to", 1, 1, 4096.0)),
        "softmax[mean]",
        "different weights",
    ),
}


@pytest.mark.parametrize("what", ATTENTION)
def test_a_head_that_is_wrong_is_refused(what):
    (name, head, part, change), obligation, reason = ATTENTION[what]
    wrong = changed_head(name, head, part, change)
    subject = theorem(name, wrong)
    with pytest.raises(Refused, match=reason):
        subject.show(obligation)


def test_a_head_without_a_query_has_no_scores():
    _, model = compiled("relative")
    own, columns = model.weights.heads["done_left"], model.layout.columns
    query = np.zeros((model.layout.width, 2), dtype=np.float32)
    key = query.copy()
    query[columns["done"][0], 0] = key[columns["parity"][1], 1] = 1
    apart = replace(own, query=query, key=key)
    theorem("relative", with_heads(model, {"done_left": apart})).show("softmax[done_left]")
    key[columns["parity"][1], 0] = 1
    together = replace(own, query=query, key=key)
    with pytest.raises(Refused, match="has scores"):
        theorem("relative", with_heads(model, {"done_left": together})).show("softmax[done_left]")


@pytest.mark.parametrize("array", ["token_embedding", "position_embedding"])
@pytest.mark.parametrize("amount", [1.0, -1.0, 2.0**-20])
def test_no_number_of_the_embedding_is_off(array, amount):
    _, model = compiled("sorting")
    right = np.array(getattr(model.weights, array))
    for row in range(right.shape[0]):
        for column in range(0, right.shape[1], 3):
            wrong = right.copy()
            wrong[row, column] += np.float32(amount)
            subject = theorem("sorting", with_arrays(model, {array: wrong}))
            # START comes first, and the others after it: not every pair of token and position does.
            with pytest.raises(Refused, match="does not start with its code"):
                subject.show("embedding")


def test_embeddings_that_cancel_are_fine_except_in_head_outputs():
    _, model = compiled("sorting")
    tokens, positions = (
        np.array(one) for one in (model.weights.token_embedding, model.weights.position_embedding)
    )
    columns = model.layout.columns
    for name, fine in (("token", True), ("fetched", False)):
        left, right = tokens.copy(), positions.copy()
        left[:, columns[name][0]] += 1
        right[:, columns[name][0]] -= 1
        subject = theorem(
            "sorting", with_arrays(model, {"token_embedding": left, "position_embedding": right})
        )
        if fine:
            assert "have exactly their codes" in subject.show("embedding")
        else:
            with pytest.raises(Refused, match="fetched does not start"):
                subject.show("embedding")


def test_a_head_output_that_is_not_taken_away_exactly_is_refused():
    _, model = compiled("relative")
    out, column = np.array(model.weights.mlp.lookup_out), model.layout.columns["done_left"][0]
    (units,) = np.nonzero(out[:, column])
    for unit in units:
        for factor in (0.0, 0.75, -1.0, 2.0, 3.0):
            number = out[unit, column] * np.float32(factor)
            wrong = out.copy()
            wrong[unit, column] = number
            subject = theorem("relative", with_arrays(model, {"mlp.lookup_out": wrong}))
            with pytest.raises(Refused, match="takes the output of done_left away"):
                subject.show("reset[done_left]")
    bias = np.array(model.weights.mlp.lookup_out_bias)
    bias[column] = 1
    subject = theorem("relative", with_arrays(model, {"mlp.lookup_out_bias": bias}))
    with pytest.raises(Refused, match="takes the output of done_left away"):
        subject.show("reset[done_left]")


def test_subnormal_weights_and_numbers_that_overflow_are_refused():
    _, model = compiled("relative")
    for number in (2.0**-140, -(2.0**-127), 2.0**127):
        out = np.array(model.weights.mlp.lookup_in)
        out[0, :] = np.float32(number)
        subject = theorem("relative", with_arrays(model, {"mlp.lookup_in": out}))
        with pytest.raises(Refused, match="subnormal" if abs(number) < 1 else "too large"):
            subject.show("rounding")


def test_values_that_the_format_lacks_are_refused():
    text = program_text(compiled("sum")[0]).replace("[0.0,0.0,1.0]", "[0.0,0.0,0.1]")
    subject = theorem("sum", program=text)
    with pytest.raises(Refused, match="has no code for a value of start"):
        subject.show("decoding")


def test_a_halt_value_that_never_occurs_is_refused():
    text = program_text(compiled("sum")[0]).replace("halt -", "halt start=0.5")
    subject = theorem("sum", program=text)
    with pytest.raises(Refused, match="the halt value of 'start' never occurs"):
        subject.show("decoding")


# --- files ----------------------------------------------------------------------------------------


def with_header(data: bytes, change) -> bytes:
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + size :]


def _more(header):
    header["more"] = dict(header["token_embedding"])


def _shape(header):
    header["token_embedding"]["shape"] = header["token_embedding"]["shape"][::-1]


def _start(header):
    start, end = header["token_embedding"]["data_offsets"]
    header["token_embedding"]["data_offsets"] = (
        [start - 8, end - 8] if start >= 8 else [-8, end - start - 8]
    )


def _kind(header):
    header["token_embedding"]["dtype"] = "I32"


def _short(header):
    header["token_embedding"]["data_offsets"][1] -= 4


def _none(header):
    del header["token_embedding"]


@pytest.mark.parametrize("change", [_more, _shape, _kind, _short, _none])
def test_a_file_of_weights_with_something_else_in_it_is_refused(change):
    data, _ = saved("sorting")
    theorem("sorting", weights=with_header(data, lambda header: None))
    with pytest.raises(Refused):
        theorem("sorting", weights=with_header(data, change))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(number):
    data, manifest = saved("sorting")
    program = read_program("\n".join(manifest["program"]) + "\n")
    (size,) = struct.unpack_from("<Q", data)
    start, _ = json.loads(data[8 : 8 + size])["token_embedding"]["data_offsets"]
    at = 8 + size + start
    wrong = data[:at] + struct.pack("<f", number) + data[at + 4 :]
    Weights.read(data, manifest, program)
    with pytest.raises(Refused, match="among the weights"):
        Weights.read(wrong, manifest, program)


def test_a_layout_in_which_coordinates_are_shared_is_refused():
    _, manifest = saved("relative")
    for columns in ([0, 0], [0], [0, 99], [0, 1, 2]):
        layout = json.loads(json.dumps(manifest["layout"]))
        layout["columns"]["done"] = columns
        with pytest.raises(Refused, match="layout"):
            theorem("relative", model={**manifest, "layout": layout})


TEXT = program_text(PROGRAMS["sorting"]())


def test_a_program_has_a_number_of_layers_for_each_length_or_is_refused():
    program = read_program(TEXT.replace("layers 2", "layers [0,2]"))
    assert program.bound(1) == 2
    with pytest.raises(Refused, match="no number of layers for 2 tokens"):
        program.bound(2)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("alta-program 1", "alta-program 2"),
        ("tokens 4", "tokens 5"),
        ('["BOS","1"', '["1","1"'),
        ("output sorted", "output fetched"),
        ("output sorted", "output sorted\noutput sorted"),
        ("variable index", "variable token"),
        ("head fetched", "head index"),
        ("head fetched", "head mean"),
        ("variable index range 4 position [0,1,2,3]", "variable index range 4 position [0,1,2,4]"),
        ("subsets [[0],[0,1]", "subsets [[0],[0,2]"),
        ("value bos mask - values [", "value rank mask - values ["),
        ("value token mask -", "value bos mask -"),
        ("value token mask -", "value up_to mask -"),
        ("query index key rank", "query - key rank"),
        ("query index key rank", "query index key -"),
        ("rule mean=0 -> rank", "rule mean=0 -> nothing"),
        ("rule mean=0 ->", "rule nothing=0 ->"),
        ("rule mean=0 ->", "rule mean ->"),
        ("layers 2", "layers"),
        ("halt -", "halt x"),
        ("inputs distinct", "input distinct"),
    ],
)
def test_a_text_that_is_no_program_is_refused(old, new):
    assert old in TEXT
    read_program(TEXT)
    with pytest.raises(Refused, match="cannot be read"):
        read_program(TEXT.replace(old, new, 1))


def _row(edit):
    def change(found):
        edit(found["value_sets"][0])

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.pop("runs"),
        lambda found: found.update(more=[]),
        lambda found: found.update(runs={}),
        lambda found: found.update(value_sets=None),
        lambda found: found["value_sets"].append([]),
        _row(lambda row: row.pop("token")),
        _row(lambda row: row.update(token=[4])),
        _row(lambda row: row.update(token=[-1])),
        _row(lambda row: row.update(mean=[-2])),
        _row(lambda row: row.update(fetched=[4])),
        _row(lambda row: row.update(token=[True])),
        _row(lambda row: row.update(token=3)),
        lambda found: found["runs"].append({"names": ["x"], "defined": [], "by": "words"}),
        lambda found: found["runs"].append({"names": ["token"] * 2, "defined": [], "by": "words"}),
        lambda found: found["runs"].append({"names": ["token"], "defined": []}),
        lambda found: found["excluded"].append({"variable": "x", "states": []}),
        lambda found: found["excluded"].append({"variable": "fetched", "states": []}),
        lambda found: found["excluded"].extend([{"variable": "rank", "states": []}] * 2),
        lambda found: found["excluded"].append({"variable": "rank", "states": [[]]}),
        lambda found: found["excluded"].append({"variable": "rank", "states": [{"rank": 4}]}),
        lambda found: found["excluded"].append({"variable": "rank", "states": [{"rank": -1}]}),
        lambda found: found["excluded"].append({"variable": "rank", "states": {"rank": 1}}),
    ],
)
def test_evidence_with_something_else_in_it_is_refused(change):
    found = json.loads(evidence("sorting"))
    read = read_program(TEXT)
    Evidence.read(found, read)
    change(found)
    with pytest.raises(Refused, match="evidence"):
        Evidence.read(found, read)


def test_evidence_is_read_as_masks():
    found = json.loads(evidence("sorting"))
    found["value_sets"][0]["mean"] = [-1, 2]
    found["excluded"] = [{"variable": "rank", "states": [{"mean": -1, "rank": 3}]}]
    read = Evidence.read(found, read_program(TEXT))
    assert read.rows[0]["mean"] == bits_of([-1, 2]) == 0b1001
    assert read.excluded == {"rank": ({"mean": 1, "rank": 0b10000},)}


def test_a_state_that_is_said_not_to_occur_has_to_be_shown_not_to():
    found = json.loads(evidence("relative"))
    found["excluded"] = [{"variable": "parity", "states": [{"parity": 0, "done": 0}]}]
    subject = theorem("relative", evidence=found)
    with pytest.raises(Refused, match="it is not shown that"):
        subject.show("ffn[parity]")


def test_there_are_no_other_obligations():
    with pytest.raises(Refused, match="there is no obligation"):
        theorem("relative").show("ffn[nothing]")
