"""Rules are data: what is kept of them, in which order, and when they fire."""

import pytest

import alta
from alta.errors import ProgramError
from alta.lang.values import UNDEFINED
from tests.alta.lang.toys import NUMBERS, case, refuses, toy


def test_a_rule_reads_as_condition_and_assignment():
    assert str(alta.rule({"y": 1, "x": 0}, "y", 2)) == "x=0 & y=1 -> y := 2"
    assert str(alta.rule({}, "y", 2)) == "always -> y := 2"


RULE = alta.rule({"x": 1, "y": 2}, "y", 0)


@pytest.mark.parametrize(
    ("local", "fires", "undefined"),
    [
        pytest.param({"x": 1, "y": 2}, True, None, id="all atoms hold"),
        pytest.param({"x": 1, "y": 1}, False, None, id="an atom does not hold"),
        pytest.param({"x": 1, "y": UNDEFINED}, False, "y", id="an atom is on UNDEFINED"),
        pytest.param({"x": 0, "y": UNDEFINED}, False, None, id="UNDEFINED and a failing atom"),
        pytest.param({"x": UNDEFINED, "y": UNDEFINED}, False, "x", id="all are UNDEFINED"),
    ],
)
def test_a_rule_fires_where_all_its_atoms_hold(local, fires, undefined):
    assert RULE.fires(local) is fires
    assert RULE.undefined_read(local) == undefined


def test_a_rule_without_atoms_always_fires():
    assert alta.rule({}, "y", 1).fires({"y": UNDEFINED})


@pytest.mark.parametrize(
    ("condition", "excluded"),
    [
        pytest.param({"x": 2}, True, id="another value of a variable"),
        pytest.param({"x": 1}, False, id="the same value"),
        pytest.param({"z": 1}, False, id="another variable"),
        pytest.param({}, False, id="nothing"),
    ],
)
def test_rules_exclude_one_another_by_testing_a_variable_for_different_values(condition, excluded):
    assert RULE.excludes(alta.rule(condition, "y", 1)) is excluded
    assert alta.rule(condition, "y", 1).excludes(RULE) is excluded


@pytest.mark.parametrize("where", ["x", [1], 3])
def test_what_is_no_condition_is_refused(where):
    with pytest.raises(alta.ProgramError, match=r"expected a condition such as \{'x': 1\}, got "):
        alta.rule(where, "y", 1)


RULES = [
    case(
        "that assigns a head output",
        lambda: toy([alta.rule({}, "h", 1)], heads={"h": alta.v_relative("x", 1)}),
        "rule 'always -> h := 1' assigns: 'h' is a head output, which only attention writes",
        "use a variable and copy the head output into it",
    ),
    case(
        "that assigns an unknown variable",
        lambda: toy([alta.rule({}, "partiy", 1)], variables={"parity": alta.var(2)}),
        "rule 'always -> partiy := 1' assigns: no variable 'partiy'",
        "did you mean 'parity'?",
    ),
    case(
        "that tests an unknown name",
        lambda: toy([alta.rule({"lefd": 1}, "y", 1)], heads={"left": alta.v_relative("x", 1)}),
        "rule 'lefd=1 -> y := 1': no variable or head 'lefd'",
        "did you mean 'left'?",
    ),
    case(
        "that tests for a value out of range",
        lambda: toy([alta.rule({"x": 3}, "y", 1)]),
        "rule 'x=3 -> y := 1': 'x' has the values 0 … 2, so the test 'x=3' can never hold",
    ),
    case(
        "that tests for a negative value",
        lambda: toy([alta.rule({"x": -1}, "y", 1)]),
        "the test 'x=-1' can never hold",
    ),
    case(
        "that tests for something else than an int",
        lambda: alta.rule({"x": 1.0}, "y", 1),
        "value of 'x' in a rule for 'y': expected an int, got 1.0 (float)",
    ),
    case(
        "that assigns something else than an int",
        lambda: alta.rule({"x": 1}, "y", "1"),
        "value for 'y': expected an int, got '1' (str)",
    ),
    case(
        "made by hand that assigns something else than an int",
        lambda: toy([alta.Rule((), "y", 1.0)]),
        "value that rule 'always -> y := 1.0' assigns: expected an int, got 1.0 (float)",
    ),
    case(
        "made by hand that tests for something else than an int",
        lambda: toy([alta.Rule((alta.Atom("x", "1"),), "y", 1)]),
        "rule 'x=1 -> y := 1': value of 'x': expected an int, got '1' (str)",
    ),
    case(
        "that is no rule",
        lambda: toy([("x", 1, "y", 1)]),
        "rules: expected the result of alta.rule or MLPBuilder.rules, got ('x', 1, 'y', 1)",
    ),
]


@pytest.mark.parametrize(("build", "fragments"), RULES)
def test_a_rule_is_refused(build, fragments):
    refuses(build, fragments)


def kept(*rules, **options):
    return [str(rule) for rule in toy(rules, **options).rules]


def test_a_rule_that_assigns_what_its_atoms_say_is_there_is_dropped():
    assert kept(alta.rule({"x": 1, "y": 2}, "y", 2), alta.rule({"y": 1}, "y", 2)) == [
        "y=1 -> y := 2"
    ]


def test_a_rule_that_may_change_nothing_but_does_not_say_so_is_kept():
    assert kept(alta.rule({"x": 1}, "y", 0)) == ["x=1 -> y := 0"]


def test_identical_rules_are_merged_however_they_are_written():
    assert kept(
        alta.rule({"x": 1, "y": 0}, "y", 2),
        alta.rule({"y": 0, "x": 1}, "y", 2),
        alta.rule([("x", 1), ("y", 0), ("x", 1)], "y", 2),
        alta.Rule((alta.Atom("y", 0), alta.Atom("x", 1), alta.Atom("y", 0)), "y", 2),
    ) == ["x=1 & y=0 -> y := 2"]


def test_rules_that_agree_under_different_conditions_are_not_merged():
    assert len(kept(alta.rule({"x": 1}, "y", 2), alta.rule({"x": 1, "y": 0}, "y", 2))) == 2


def test_a_rule_that_contradicts_itself_is_dropped():
    assert kept(alta.rule([("x", 1), ("x", 2)], "y", 1)) == []


def test_rules_are_kept_in_one_order_whatever_the_order_given():
    rules = [
        alta.rule({"x": 1}, "y", 1),
        alta.rule({"x": 0}, "y", 2),
        alta.rule({}, "x", 0),
        alta.rule({"y": 1}, "y", 0),
    ]
    expected = ["always -> x := 0", "x=0 -> y := 2", "x=1 -> y := 1", "y=1 -> y := 0"]
    assert kept(*rules) == kept(*reversed(rules)) == expected


def test_a_rule_that_says_a_number_is_in_its_bucket_already_is_kept():
    rules = [alta.rule({"n": 0}, "n", 0.0), alta.rule({"s": 1}, "s", {0}), alta.rule({}, "y", 0)]
    program = toy(rules, variables=NUMBERS)
    assert list(map(str, program.rules)) == ["always -> y := 0", "n=0 -> n := 0.0"]


VARIABLES = {"x": alta.input_var(3), "y": alta.var(2)}
HEADS = {"left": alta.v_relative("y", -1)}


@pytest.fixture
def b():
    return alta.MLPBuilder(VARIABLES, HEADS)


def texts(builder):
    return [str(rule) for rule in builder.rules]


def test_a_loop_gives_a_rule_for_every_value(b):
    for x in b.get("x"):
        b.set("y", x % 2)
    assert texts(b) == ["x=0 -> y := 0", "x=1 -> y := 1", "x=2 -> y := 0"]


def test_several_names_are_looped_over_as_tuples(b):
    seen = list(b.get("y", "left"))
    assert seen == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_outside_any_loop_a_rule_always_holds(b):
    b.set("y", 1)
    assert texts(b) == ["always -> y := 1"]


def test_nested_loops_join_their_conditions(b):
    for left in b.get("left"):
        if left == 1:
            for x in b.get("x"):
                if x == 2:
                    b.set("y", 0)
    assert texts(b) == ["left=1 & x=2 -> y := 0"]


def test_a_rule_tests_only_the_loops_that_it_stands_in(b):
    for x in b.get("x"):
        if x == 1:
            b.set("y", 1)
            continue
        for left in b.get("left"):
            if x == left:
                b.set("y", 0)
    assert texts(b) == ["left=0 & x=0 -> y := 0", "x=1 -> y := 1"]


def test_a_name_that_an_outer_loop_stands_at_keeps_its_value(b):
    for x in b.get("x"):
        for again, y in b.get("x", "y"):
            assert again == x
            if y == 1:
                b.set("y", 0)
    assert len(b.rules) == 3


def test_a_name_given_twice_is_one_variable(b):
    assert list(b.get("y", "y")) == [(0, 0), (1, 1)]


def test_after_a_loop_its_variable_is_free_again(b):
    for _ in b.get("x"):
        pass
    b.set("y", 1)
    assert texts(b) == ["always -> y := 1"]


def test_after_breaking_out_of_a_loop_its_variable_is_free_again(b):
    for _ in b.get("x"):
        break
    b.set("y", 1)
    assert texts(b) == ["always -> y := 1"]


def test_breaking_out_of_an_inner_loop_leaves_the_outer_one(b):
    for x in b.get("x"):
        for y, _left in b.get("y", "left"):
            if y == 1:
                break
        if x == 2:
            b.set("y", 1)
    assert texts(b) == ["x=2 -> y := 1"]


def test_an_identical_rule_is_collected_once(b):
    for _ in range(2):
        b.set("y", 1)
    assert len(b.rules) == 1


def test_an_unknown_name_is_refused_before_the_loop_begins(b):
    with pytest.raises(ProgramError, match=r"MLPBuilder.get\('lefft'\).*did you mean 'left'\?"):
        b.get("lefft")


def test_looping_over_nothing_is_refused(b):
    with pytest.raises(ProgramError, match="expected at least one variable name"):
        b.get()


def test_a_value_that_is_no_int_is_refused(b):
    with pytest.raises(ProgramError, match=r"MLPBuilder.set\('y', …\): expected an int, got 0.5"):
        b.set("y", 0.5)


def test_unknown_names_and_ranges_of_writes_are_checked_when_the_program_is_built(b):
    b.set("yy", 1)
    with pytest.raises(ProgramError, match="no variable 'yy'; did you mean 'y'"):
        toy(b.rules)


def test_variables_and_heads_are_checked_against_one_another_at_once():
    with pytest.raises(ProgramError, match="head 'h': its value 'z' is not a variable"):
        alta.MLPBuilder(VARIABLES, {"h": alta.v_relative("z", 1)})


def test_the_rules_of_a_builder_and_of_a_function_make_the_same_program(b):
    def function(z):
        if z["left"] == 1:
            z["y"] = int(z["x"] == 2)

    for left, x in b.get("left", "x"):
        if left == 1:
            b.set("y", int(x == 2))
    parts = {"variables": VARIABLES, "heads": HEADS, "output_name": "y", "input_range": 3}
    built = alta.program_spec_from_rules(rules=b.rules, **parts)
    assert built == alta.program_spec(ffn_fn=function, **parts)


@pytest.mark.parametrize("name", ["y", "n", "s"])
def test_a_rule_that_takes_a_value_away_is_a_trap_of_every_kind_of_variable(name):
    variables = {"n": alta.numeric_var([0, 1]), "s": alta.set_var(2, [{0}], default={0})}
    builder = alta.MLPBuilder({"x": alta.input_var(3), "y": alta.var(3), **variables}, {})
    for x in builder.get("x"):
        if x == 1:
            builder.set(name, None)
    program = toy(builder.rules, variables=variables)
    assert list(map(str, program.rules)) == [f"x=1 -> {name} := null"]
    assert program.is_trap(program.rules[0])
    assert alta.run(program, [0, 2]).outputs == (0, 0)
    with pytest.raises(alta.RangeError, match=f"rule 'x=1 -> {name} := null' fires; '{name}' has"):
        alta.run(program, [1])
    with pytest.raises(alta.RangeError, match="null"):
        alta.run_batch(program, [[0], [1]])


def test_null_conflicts_with_a_value_and_comes_behind_it_in_the_canonical_form():
    nothing, something = alta.rule({"x": 1}, "y", None), alta.rule({"x": 1}, "y", 2)
    program = toy([nothing, something])
    assert program.rules == (something, nothing)
    with pytest.raises(alta.ConflictError):
        alta.run(program, [1])
