"""The judge reads canonical text, and nothing else."""

from __future__ import annotations

import pytest

import alta
from tests.campaigns.subject import SHIPPED
from tests.judge.meaning import bucket
from tests.judge.text import NoProgramError, read

TEXT = """\
alta-program 1
name "small"
tokens 2
vocab ["a","b"]
positions -
variable x range 2 token [0,1]
variable n values [0.0,1.0] default [0.5]
variable s subsets [[],[0],[0,1]] of 2 default [[0]]
head h query - key - value n mask [-1,0] values [0.0,2.0]
rule x=1 & h=0 -> n := 1.0
rule s=2 -> s := {0}
output x
halt n=1.0
layers 3
inputs anything
"""


def test_a_text_is_read():
    program = read(TEXT)
    assert program.vocab == ("a", "b")
    assert [one.kind for one in program.variables.values()] == ["categorical", "numerical", "set"]
    assert program.heads["h"].mask == (-1, 0)
    assert program.rules[0].atoms == {("x", 1), ("h", 0)}
    assert program.rules[1].value == frozenset({0})
    assert program.halt == ("n", 1.0)
    assert program.layers == 3


@pytest.mark.parametrize(
    ("mask", "seen"), [("-", [0, 1, 2]), ("causal", [0, 1]), ("before", [0]), ("[1]", [2])]
)
def test_a_head_sees_what_its_mask_lets_it_see(mask, seen):
    head = read(TEXT.replace("[-1,0]", mask)).heads["h"]
    assert [there for there in range(3) if head.sees(1, there)] == seen


@pytest.mark.parametrize("name", SHIPPED)
def test_the_text_of_every_shipped_program_is_read(name):
    build, _ = SHIPPED[name]
    program = build()
    found = read(alta.program_text(program))
    assert list(found.variables) == list(program.variables)
    assert len(found.rules) == len(program.rules)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("alta-program 1", "alta-program 2"),
        ("inputs anything\n", "inputs anything"),
        ("output x", "output y"),
        ("output x", "output h"),
        ("x=1 &", "x=2 &"),
        ("x=1 &", "x=-1 &"),
        ("x=1 &", "x=1  &"),
        ("h=0", "h=2"),
        ("[-1,0]", "[0,-1]"),
        ("[-1,0]", "[]"),
        ("[0.0,1.0]", "[1.0,0.0]"),
        ("[0.0,1.0]", "[0,1]"),
        ("[[],[0],[0,1]]", "[[0],[],[0,1]]"),
        ("[0,1]] of 2", "[0,2]] of 2"),
        ("n := 1.0", "n := 1"),
        ("halt n=1.0", "halt x=2"),
        ("layers 3", "layers 03"),
        ("layers 3", "layers -1"),
        ("layers 3", "remark\nlayers 3"),
        ("layers 3\n", ""),
        ("token [0,1]", "token [0,2]"),
        ("token [0,1]", "token [0]"),
        ('["a","b"]', '["a","a"]'),
        ("variable n values", "variable x values"),
    ],
)
def test_what_is_no_program_is_not_read(old, new):
    assert old in TEXT
    with pytest.raises(NoProgramError):
        read(TEXT.replace(old, new, 1))


def test_rules_that_say_nothing_are_no_rules():
    more = "rule x=1 -> x := 1\nrule x=0 & x=1 -> x := 0\nrule s=2 -> s := {0}\n"
    assert read(TEXT.replace("output x", f"{more}output x")).rules == read(TEXT).rules


def test_a_number_on_an_edge_is_in_the_lower_bucket():
    assert [bucket((0.0, 1.0), number) for number in (-5, 0.5, 0.5000001, 9)] == [0, 0, 1, 1]
