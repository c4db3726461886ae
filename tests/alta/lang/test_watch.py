"""Watching an MLP function: what leaves no trace in the rules gets a word, at its line."""

import inspect
import warnings
from enum import IntEnum

import pytest

import alta
from alta.errors import ProgramWarning
from alta.lang.watch import Remark, issue
from tests.alta.lang.toys import toy_function

VARIABLES = {
    "c": alta.var(2),
    "mean": alta.numeric_var([0, 0.5, 1]),
    "some": alta.set_var(3, [{0}, {0, 1}], default={0}),
}


class Step(IntEnum):
    FIRST = 0
    LAST = 9


def line_of(function, text):
    """Returns the number of the line of a function that has a text."""
    lines, first = inspect.getsourcelines(function)
    return next(first + at for at, line in enumerate(lines) if text in line)


def heard(function, kind, **options):
    """Returns the warnings of a kind that a function gives rise to, as (line, message)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        toy_function(function, variables=VARIABLES, vocab=("a", "b", "START"), **options)
    return [
        (remark.lineno if remark.filename == __file__ else None, str(remark.message))
        for remark in caught
        if str(remark.message).endswith(f"[{kind}]")
    ]


# --- a comparison for an assignment ---------------------------------------------------------------


def compares_for_assigns(z):
    if z["x"] == 1:
        z["y"] == 1  # noqa: B015


def compares_with_a_variable(z):
    z["y"] == z["x"]  # noqa: B015
    z["y"] = 1


def calls_a_helper(z):
    compares_for_assigns(z)
    z["y"] = 2


@pytest.mark.parametrize(
    ("function", "culprit"),
    [
        (compares_for_assigns, compares_for_assigns),
        (compares_with_a_variable, compares_with_a_variable),
        (calls_a_helper, compares_for_assigns),
        (lambda z: compares_for_assigns(z), compares_for_assigns),  # noqa: PLW0108
    ],
)
def test_a_comparison_that_is_a_statement_is_not_used(function, culprit):
    ((line, message),) = heard(function, "unused-comparison")
    assert line == line_of(culprit, 'z["y"] ==')
    assert any(f'`z["y"] == {value}` compares' in message for value in ("1", 'z["x"]'))
    assert "to assign, write '=' in place of '=='" in message


def test_of_a_function_without_source_a_comparison_is_known_by_its_code():
    namespace = {}
    exec("def function(z):\n z['y'] == 1", namespace)
    ((_, message),) = heard(namespace["function"], "unused-comparison")
    assert "a line compares" in message


def uses_comparisons(z):
    alike = z["x"] == z["y"]
    if alike or 0 < z["x"] < 2 or (z["c"] == 1) == (z["x"] == 2):
        z["y"] = int(z["c"] != 1)
    return z["x"] == 0


def test_a_comparison_that_is_used_gets_no_word():
    assert heard(uses_comparisons, "unused-comparison") == []


# --- a comparison that never holds ----------------------------------------------------------------

NEVER = [
    (lambda z: z["x"] == 7, "'x', which has the values 0 … 2, is compared with 7"),
    (lambda z: 7 == z["x"], "'x', which has the values 0 … 2, is compared with 7"),  # noqa: SIM300
    (lambda z: z["x"] != -1, "compared with -1"),
    (lambda z: z["x"] in {7, 8}, None),
    (lambda z: z["x"] in (7, 8), "compared with 7"),
    (lambda z: z["x"] == 0.5, "compared with 0.5"),
    (lambda z: z["x"] == "START", "that token has the number 2"),
    (lambda z: z["x"] == {1}, "compared with {1}"),
    (lambda z: z["x"] == None, "compared with None"),  # noqa: E711
    (lambda z: z["x"] == Step.LAST, "compared with <Step.LAST: 9>"),
    (lambda z: z["mean"] == 0.3, "'mean', which is read as the nearest of 0.0, 0.5, 1.0"),
    (lambda z: z["some"] == {2}, "compared with {2}"),
    (lambda z: z["some"] == 0, "compared with 0"),
]


@pytest.mark.parametrize(("test", "text"), NEVER)
def test_a_comparison_with_what_a_variable_cannot_be_gets_a_word(test, text):
    def function(z):
        z["y"] = int(test(z))

    messages = heard(function, "impossible-comparison")
    if text is None:
        # Members of a set are found by their hash, which asks for the value itself.
        assert messages == []
        return
    ((line, message),) = messages
    assert line == test.__code__.co_firstlineno
    assert text in message


def in_a_loop(z):
    for value in range(9):
        if z["x"] == value:
            z["y"] = value % 3


def in_a_helper(z):
    def holds(name, value):
        return z[name] == value

    if holds("x", 2) or holds("c", 2):
        z["y"] = 1


def with_a_sum(z):
    if z["x"] == z["c"] + 2:
        z["y"] = 1


def with_what_is_excluded(z):
    if z["x"] == 1:
        z["y"] = 1
    elif z["x"] == 1:
        z["y"] = 2


def with_what_equals(z):
    if z["x"] == 1.0 or z["x"] == True or z["x"] == Step.FIRST or z["some"] == {0}:  # noqa: E712
        z["y"] = 1


@pytest.mark.parametrize(
    "function", [in_a_loop, in_a_helper, with_a_sum, with_what_is_excluded, with_what_equals]
)
def test_a_line_that_also_compares_with_what_a_variable_can_be_gets_no_word(function):
    assert heard(function, "impossible-comparison") == []


# --- a read of what was written -------------------------------------------------------------------


def counts_twice(z):
    z["y"] = z["x"]
    if z["y"] == 0:
        z["c"] = 1


def test_a_read_after_an_assignment_gets_a_word():
    ((line, message),) = heard(counts_twice, "late-read")
    assert line == line_of(counts_twice, 'if z["y"]')
    assert "'y' is read after it was assigned" in message


def test_reads_before_an_assignment_get_no_word():
    def function(z):
        z["y"] = (z["y"] + z["x"]) % 3

    assert heard(function, "late-read") == []


# --- a comparison by identity ---------------------------------------------------------------------

TRUE, START = True, 2

IDENTITY = [
    lambda z: z["x"] is TRUE,
    lambda z: z["x"] is not START,
    lambda z: 1 if z["x"] is None else 0,
    lambda z: z["c"] is False,
    lambda z: z["x"] is z,
]


@pytest.mark.parametrize("test", IDENTITY)
def test_a_comparison_by_identity_gets_a_word(test):
    def function(z):
        z["y"] = int(test(z))

    ((line, message),) = heard(function, "identity-test")
    assert line == test.__code__.co_firstlineno
    assert "write '==' or '!='" in message


def compares_others(z):
    table = {0: None, 1: True}
    if table[1] is TRUE and table[0] is None and z["x"] == 0 and z is not None:
        z["y"] = 1


def test_other_comparisons_by_identity_get_no_word():
    assert heard(compares_others, "identity-test") == []


# --- a function that assigns nothing --------------------------------------------------------------


def test_a_function_that_returns_its_assignments_is_told_so():
    ((_, message),) = heard(lambda z: {"y": 1}, "ignored-return")
    assert "returns {'y': 1}, which is ignored" in message


def test_what_a_function_returns_beside_its_assignments_is_of_no_interest():
    assert heard(lambda z: [z.__setitem__("y", 1)], "ignored-return") == []


def yields(z):
    z["y"] = 1
    yield


async def waits(z):
    z["y"] = 1


@pytest.mark.parametrize("function", [yields, waits])
def test_a_function_whose_body_waits_to_be_run_is_refused(function):
    with pytest.raises(alta.ProgramError, match="runs nothing; leave out 'yield', 'async'"):
        toy_function(function)


@pytest.mark.parametrize("function", [lambda: None, lambda z, second: None, lambda *, z: None])
def test_a_function_that_does_not_take_the_state_alone_is_refused(function):
    with pytest.raises(alta.ProgramError, match="expected a function of one argument, the state z"):
        toy_function(function)


@pytest.mark.parametrize("function", [lambda *z: None, lambda z, second=1: None, print])
def test_a_function_that_can_take_the_state_alone_is_called(function):
    assert toy_function(function).rules == ()


# --- variables as attributes ----------------------------------------------------------------------


def assigns_an_attribute(z):
    z.y = 1


def reads_an_attribute(z):
    if z.x == 1:
        z["y"] = 1


def calls_get(z):
    z["y"] = z.get("x")


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (assigns_an_attribute, "z.y is assigned, but .* write z['y'] = 1"),
        (reads_an_attribute, "z.x is read, but .* read z['x']"),
        (calls_get, "z.get is read"),
    ],
)
def test_the_state_has_no_attributes(function, text):
    line = function.__code__.co_firstlineno + 1
    text = text.replace("[", r"\[").replace("]", r"\]")
    with pytest.raises(alta.ProgramError, match=rf"^test_watch.py, line {line}: {text}") as caught:
        toy_function(function)
    assert isinstance(caught.value, AttributeError)


@pytest.mark.parametrize("use", [list, lambda z: "x" in z, lambda z: {**dict(z)}])
def test_the_state_has_no_list_of_names(use):
    with pytest.raises(alta.ProgramError, match="has no list of names; read them one by one"):
        toy_function(use)


@pytest.mark.parametrize("name", ["writes", "forks", "_path"])
def test_no_name_of_an_attribute_is_free_to_assign(name):
    with pytest.raises(alta.ProgramError, match="is assigned, but"):
        toy_function(lambda z: setattr(z, name, 1))


SOMEWHERE = Remark("odd-line", "look here", "x", "/some/where/program.py", 7)
NOWHERE = Remark("odd-part", "look at 'x'", "x")


def warned(*remarks):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        issue(remarks, "toy", stacklevel=1)
    return caught


def test_a_remark_reads_as_place_and_text_and_kind():
    assert str(SOMEWHERE) == "program.py, line 7: look here [odd-line]"
    assert str(NOWHERE) == "look at 'x' [odd-part]"


def test_a_remark_on_a_line_is_warned_of_at_that_line():
    [warning] = warned(SOMEWHERE)
    assert (warning.filename, warning.lineno) == (SOMEWHERE.file, 7)
    assert str(warning.message) == "program 'toy': look here [odd-line]"
    assert warning.category is ProgramWarning


def test_a_remark_on_no_line_is_warned_of_where_the_program_is_built():
    [warning] = warned(NOWHERE)
    assert warning.filename == __file__


def test_the_same_remark_is_warned_of_once():
    assert len(warned(NOWHERE, SOMEWHERE, NOWHERE)) == 2


@pytest.mark.parametrize("name", ["a\x1b[2J", "\u202e"])
def test_no_character_of_a_remark_steers_a_terminal(name):
    assert name not in str(Remark("odd", f"look at {name}"))
