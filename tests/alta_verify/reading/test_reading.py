"""Functions as people write them are read, or refused with the place and what to write instead."""

import functools

import pytest

import alta
from alta_verify.deadline import Deadline
from alta_verify.reach.symbolic.graph import FALSE, TRUE
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reading.reading import Unread, read
from tests.alta_verify.reading.spec_functions import agreed, disagreements, refused

NEVER = Deadline.after(None)
BITS = alta.inputs.regex("(0|1)*").bind(("0", "1"), None)


def test_statements_merge_and_do_not_fork():
    agreed("""
total, best = 0, None
for place, token in enumerate(tokens):
    if token == 0:
        continue
    if best is None or token > best:
        best = token
    total += token * place
    if total > 3:
        break
else:
    total = -total
while total > 2:
    total -= 2
    if best == 2:
        break
else:
    best = "none" if best is None else best
assert total != 1
return total, best""")
    agreed(
        "if tokens[0]:\n"
        "    if tokens[1]:\n"
        "        raise ValueError\n"
        "    return 1\n"
        "if tokens[2] > 1:\n"
        "    return 'x'"
    )
    agreed("if tokens[0]:\n    late = 1\nreturn late")
    agreed("kept = [t for t in tokens if t]\nfor t in kept:\n    pass\nreturn 1 // len(kept)")
    agreed(
        "total = 0\nfor t in [t for t in tokens if t]:\n    total += t\ntotal += 5\nreturn total"
    )


def test_functions_call_functions():
    agreed("""
def power(base, times=2):
    return base if times == 1 else base * power(base, times - 1)

double = lambda x: 2 * x
def apply(f, x):
    return f(x)
return (
    power(tokens[0]), apply(double, tokens[1]), either(tokens[0], [1], tokens),
    helper(tokens[1], second=tokens[2]),
)""")


def test_twenty_branches_are_no_million_paths():
    def odd(tokens):
        state = False
        for token in tokens:
            if token:
                state = not state
        return [state]

    inputs = Inputs(BITS, 100)
    reading = read(odd, inputs, None, NEVER)
    assert len(inputs.graph) < 1000
    (row,), missing = reading.outputs(1)
    assert set(row) == {False, True}
    assert missing == FALSE
    assert not reading.faults


@functools.cache
def remembered(token):
    return token + 1


def test_what_is_remembered_is_what_it_was():
    assert list(disagreements(lambda tokens: [remembered(token) for token in tokens], 2, 3)) == []


def test_a_result_that_is_no_list_of_outputs_is_refused():
    reading = read(lambda tokens: {1: 2} if tokens[0] else tokens, Inputs(BITS, 2), None, NEVER)
    with pytest.raises(Unread, match="something else than a list"):
        reading.outputs(2)
    shorter = read(lambda tokens: tokens[1:], Inputs(BITS, 2), None, NEVER)
    assert shorter.outputs(2)[1] == TRUE


def test_a_predicate_says_true_or_false():
    tokens = Inputs(BITS, 2)
    row = {0: tokens.tokens[0][0], 1: tokens.tokens[0][1]}
    same = read(lambda tokens, outputs: tokens[0] == outputs[0], tokens, [row, row], NEVER)
    assert same.true() == TRUE
    with pytest.raises(Unread, match="something else than True or False"):
        read(lambda tokens, outputs: tokens[0], tokens, [row, row], NEVER).true()


def test_what_is_not_read_is_named_with_its_place():
    reason = refused("total = 0\nwith open('x') as file:\n    total = 1\nreturn total")
    assert ":24: 'with open" in reason
    assert "is not to be had" in refused("yield 1")
    for body in (
        "global TABLE\nreturn 1",
        "return [y := 1 for x in tokens]",
        "import os\nreturn 1",
    ):
        assert "'" in refused(body)
