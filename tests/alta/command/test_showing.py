"""A program is shown with all that it declares, and not with more than is read."""

import alta
from alta.command.showing import described
from alta.lang import paths
from tests.alta.lang.toys import copied, counter, toy, toy_function

PARITY = described(alta.programs.parity_sequential_relative()).splitlines()


def test_inputs_and_ends_are_told():
    assert PARITY[0] == "parity_sequential_relative"
    assert '  inputs  regex "START (0|1)*"' in PARITY
    assert "  halts   where 'done' is 1 everywhere" in PARITY
    assert "  layers  1" in described(toy())
    assert "at most as many as" in described(counter(3, layers=len, halt=alta.halt_spec("y", 2)))


def test_variables_have_their_kind_and_what_they_start_with():
    assert "  done    categorical, 0 … 1  starts, by token, at 0 0 1" in PARITY
    places = {"place": alta.position_var(9, init_fn=lambda position: position % 9)}
    text = described(toy(variables=places))
    assert "place  categorical, 0 … 8  starts with a value of the position" in text


def test_heads_say_what_they_read():
    assert "  done_left    reads 'done' of what is 1 to the left" in PARITY
    head = alta.qkv("x", "y", "x", relative_position_mask=alta.causal())
    text = described(toy(heads={"h": head}))
    assert "reads 'x' of all up to itself with 'y' matching the reader's 'x'" in text


def test_rules_are_by_the_variable_that_they_write():
    assert PARITY.count("Rules that write done: 4") == 1
    rule = "  parity=0 & done=0 & parity_left=1 & done_left=1 -> parity := 1"
    assert PARITY.index(rule) > PARITY.index("Rules that write parity: 2")


def test_of_many_rules_the_first_are_shown_unless_all_are_asked_for():
    program = counter(40)
    assert described(program).splitlines()[-1] == "  28 more: --rules shows them"
    assert described(program, all_rules=True).count(":=") == 40


def test_a_function_with_too_many_paths_is_shown_without_rules(monkeypatch):
    monkeypatch.setattr(paths, "MAX_PATHS", 2)
    program = toy_function(lambda z: z.__setitem__("y", z["x"]))
    assert "a function without rules: " in described(program)


def test_nothing_that_is_shown_steers():
    assert "\x9b" not in described(toy(copied("x"), name="a\x9bb"))
