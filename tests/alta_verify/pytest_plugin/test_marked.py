"""A marked function is verified: it passes if proved, and else says why in a few lines."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


def write(project: pytest.Pytester, body: str, mark: str = "@pytest.mark.alta_verify") -> None:
    lines = ["import alta", "import programs", "import pytest", "", mark, body]
    project.makepyfile(test_it="\n".join(lines))


def failure_of(result: pytest.RunResult) -> list[str]:
    """The lines between the heading of the only failure and the summary."""
    text = result.outlines
    (start,) = (index for index, line in enumerate(text) if line.startswith("____"))
    (end,) = (index for index, line in enumerate(text) if "short test summary" in line)
    return text[start + 1 : end]


def test_a_program_that_is_proved_passes(project, run):
    write(project, "def test_copying():\n    return programs.copying()")
    run().assert_outcomes(passed=1)


def test_a_refutation_is_its_counterexample(project, run):
    write(
        project,
        "def test_copying():\n"
        "    return programs.copying(), alta.compile(programs.copying(value=0))",
        "@pytest.mark.alta_verify(max_len=2)",
    )
    result = run()
    result.assert_outcomes(failed=1)
    assert failure_of(result) == [
        (
            "REFUTED: on input '1', after layer 1, position 0: y is 1 in the program and 0 in the "
            "model"
        ),
        "",
        "        start  layer 1  layer 2",
        "0 1  x  1      1        1",
        "     y  0      1 ≠ 0    1 ≠ 0    ←",
        "",
        "program: rule 'x=1 & y=0 -> y := 1'",
        "model: no neuron writes y",
    ]


def test_a_program_that_fails_by_itself_is_refuted(project, run):
    write(project, "def test_it():\n    return programs.conflicting()")
    first = failure_of(run())[0]
    assert first == (
        "REFUTED: on input '1': layer 1, position 0: rules 'x=1 -> y := 1' and "
        "'x=1 & y=0 -> y := 1' both fire and both write 'y'"
    )


def test_the_summary_says_the_verdict(project, run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    write(project, "def test_it():\n    return programs.conflicting()")
    run().stdout.fnmatch_lines("FAILED test_it.py::test_it - *REFUTED: on input '1': layer 1*")


NOTHING = "def test_it():\n    return programs.nothing()"


def test_vacuous_fails(project, run):
    write(project, NOTHING, "@pytest.mark.alta_verify(max_len=3)")
    result = run()
    result.assert_outcomes(failed=1)
    assert failure_of(result) == [
        "VACUOUS: the input language has no sequence of 1 to 3 tokens",
        'allow = ["VACUOUS"] would let this pass',
    ]


def test_unknown_fails_and_lists_what_is_open(project, run):
    write(
        project,
        "def test_it():\n    return programs.copying()",
        "@pytest.mark.alta_verify(timeout=0)",
    )
    result = run()
    result.assert_outcomes(failed=1)
    first, *reasons, last = failure_of(result)
    assert first == "UNKNOWN: 10 of 10 obligations open, no counterexample found"
    assert len(reasons) == 1
    assert reasons[0].startswith("- out of time: 10 obligations ")
    assert last == 'allow = ["UNKNOWN"] would let this pass'


@pytest.mark.parametrize(
    ("mark", "body"),
    [
        ("max_len=3, allow=['VACUOUS']", NOTHING),
        ("timeout=0, allow=('UNKNOWN', 'VACUOUS')", "def test_it():\n    return programs.program"),
    ],
    ids=["VACUOUS", "UNKNOWN"],
)
def test_a_verdict_passes_that_is_allowed(mark, body, project, run):
    write(project, body, f"@pytest.mark.alta_verify({mark})")
    run().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("mark", "body"),
    [
        ("max_len=3, allow=['UNKNOWN']", NOTHING),
        ("timeout=0, allow=['VACUOUS']", "def test_it():\n    return programs.program"),
        ("allow=['UNKNOWN', 'VACUOUS']", "def test_it():\n    return programs.conflicting()"),
    ],
    ids=["VACUOUS", "UNKNOWN", "REFUTED"],
)
def test_to_allow_one_verdict_allows_no_other(mark, body, project, run):
    write(project, body, f"@pytest.mark.alta_verify({mark})")
    run().assert_outcomes(failed=1)


def test_an_expected_refutation_is_an_xfail(project, run):
    write(
        project,
        "def test_it():\n    return programs.conflicting()",
        "@pytest.mark.xfail(strict=True)\n@pytest.mark.alta_verify",
    )
    run().assert_outcomes(xfailed=1)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("max_length=3", "unknown option 'max_length'; did you mean 'max_len'?"),
        ("q=3", "unknown option 'q'; known: max_len, max_layers, timeout, dtype, allow, spec"),
        ("12", "expected options by name, such as max_len=12, got (12,)"),
        ("max_len=0", 'max_len: expected a whole number of at least 1, or "any", got 0'),
        ("max_len=True", 'max_len: expected a whole number of at least 1, or "any", got True'),
        ("max_layers=-1", "max_layers: expected a whole number of at least 0, got -1"),
        ("timeout='1 s'", "timeout: expected a number of seconds, got '1 s'"),
        (
            "dtype='int8'",
            "dtype: expected one of float64, float32, bfloat16, float16, got 'int8'",
        ),
        (
            "allow='UNKNOWN'",
            'allow: expected a list of verdicts, of "UNKNOWN" and "VACUOUS", got \'UNKNOWN\'',
        ),
        (
            "allow=['REFUTED']",
            (
                'allow: expected a list of verdicts, of "UNKNOWN" and "VACUOUS" (a refutation that '
                "is expected is an xfail), got ['REFUTED']"
            ),
        ),
    ],
    ids=lambda text: text.partition(":")[0] if ":" in text else text,
)
def test_a_wrong_mark_is_an_error_when_tests_are_collected(arguments, complaint, project, run):
    write(
        project,
        "def test_it():\n    raise RuntimeError('not to be run')",
        f"@pytest.mark.alta_verify({arguments})",
    )
    result = run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert f"@pytest.mark.alta_verify: {complaint}" in result.outlines
    assert not any("Traceback" in line for line in result.outlines)


def test_an_async_function_is_refused(project, run):
    write(project, "async def test_it():\n    return programs.copying()")
    result = run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert (
        "@pytest.mark.alta_verify: expected a function that returns a program, got an async one; "
        "leave out 'async'"
    ) in result.outlines


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("None", "None"),
        ("3", "3"),
        ("(programs.program, None)", "(<Program copying: 2 variables, 0 heads, 1 rules>, None)"),
        ("programs.program, 3", ""),
        ("[programs.program]", "[<Program copying: 2 variables, 0 heads, 1 rules>]"),
    ],
    ids=["nothing", "a number", "no model", "a number for a model", "a list"],
)
def test_something_else_than_a_program_is_refused(value, shown, project, run):
    write(project, f"def test_it():\n    return {value}")
    result = run()
    result.assert_outcomes(failed=1)
    expected = (
        "@pytest.mark.alta_verify: expected the test to return an alta.Program, or a program "
    )
    expected += f"and a model, got {shown}"
    if value == "programs.program, 3":
        expected = "AltaError: verify: expected a model from alta.compile or alta.load, got 3"
    assert failure_of(result) == [expected]


def test_a_method_of_a_test_case_does_not_pass_unseen(project, run):
    project.makepyfile(
        test_it="""
        import unittest, programs, pytest

        class TestIt(unittest.TestCase):
            @pytest.mark.alta_verify
            def test_it(self):
                programs.conflicting()
        """
    )
    result = run()
    result.assert_outcomes(failed=1)
    assert failure_of(result) == [
        (
            "@pytest.mark.alta_verify: expected a function, or a method of a plain class, whose "
            "value can be verified; got a TestCaseFunction"
        )
    ]


def test_fixtures_parameters_and_methods_work_as_ever(project, run):
    project.makepyfile(
        test_it="""
        import programs, pytest

        pytestmark = pytest.mark.alta_verify(max_len=2)

        @pytest.fixture
        def value():
            return 1

        @pytest.mark.parametrize("name", ["one", "other"])
        def test_named(name, value, tmp_path):
            assert tmp_path.is_dir()
            return programs.copying(value=value, name=name)

        class TestIt:
            @pytest.mark.parametrize("value", [0, 1])
            def test_method(self, value):
                return programs.copying(value=value)
        """
    )
    result = run("-v")
    result.assert_outcomes(passed=4)
    assert any("test_it.py::TestIt::test_method[1] PASSED" in line for line in result.outlines)


def test_of_several_marks_the_nearest_counts(project, run):
    project.makepyfile(
        test_it="""
        import programs, pytest

        pytestmark = pytest.mark.alta_verify(max_len=3, allow=["VACUOUS"])

        def test_allowed():
            return programs.nothing()

        @pytest.mark.alta_verify(allow=[])
        def test_not_allowed():
            return programs.nothing()

        @pytest.mark.alta_verify(max_len=8, allow=[])
        def test_long_enough():
            return programs.nothing()
        """
    )
    run().assert_outcomes(passed=2, failed=1)


def test_an_error_in_the_function_shows_its_line_and_not_what_lies_below(project, run):
    write(project, "def test_it():\n    return programs.broken()")
    result = run()
    result.assert_outcomes(failed=1)
    text = "\n".join(failure_of(result))
    assert 'return alta.replace(copying(), output_name="z")' in text
    assert (
        "E       alta.errors.ProgramError: output_name: no variable 'z'; known names: x, y" in text
    )
    assert "alta/lang" not in text
    assert "pytest_plugin" not in text


def test_an_error_of_other_code_keeps_its_traceback(project, run):
    write(project, "def test_it():\n    return 1 // 0")
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*return 1 // 0*", "E * ZeroDivisionError*"])


def test_weights_that_do_not_fit_are_one_line(project, run):
    write(
        project,
        "def test_it():\n"
        "    other = alta.programs.parity_sequential_relative()\n"
        "    return programs.copying(), alta.compile(other)",
    )
    result = run()
    result.assert_outcomes(failed=1)
    (line,) = failure_of(result)
    assert line.startswith("ModelError: ")


def test_a_format_is_for_what_is_compiled(project, run):
    write(
        project,
        "def test_it():\n    return programs.copying()",
        "@pytest.mark.alta_verify(dtype='bfloat16')",
    )
    run().assert_outcomes(passed=1)
    write(
        project,
        "def test_it():\n    return programs.copying(), alta.compile(programs.copying())",
        "@pytest.mark.alta_verify(dtype='bfloat16')",
    )
    assert failure_of(run()) == [
        "dtype='bfloat16' is for programs that are compiled; a model was given as well"
    ]


def test_the_mark_is_declared(project, run):
    write(project, "def test_it():\n    return programs.copying()")
    run("--strict-markers", "-W", "error").assert_outcomes(passed=1)
    run("--markers").stdout.fnmatch_lines("@pytest.mark.alta_verify(max_len=20, *")


def test_tests_without_the_mark_are_left_alone(project, run):
    project.makepyfile(test_it="def test_it(): pass\n\ndef test_no(): assert False")
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines("E*assert False")


def test_what_is_odd_about_the_runs_is_in_the_summary_of_warnings(project, run):
    write(project, "def test_it():\n    return programs.copying(oracle=lambda tokens: [])")
    # The tests of this project ignore these warnings.
    result = run("-W", "default::alta.ProgramWarning")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*ProgramWarning: program 'copying': on input '0' the oracle *"])
    run("-W", "ignore::alta.ProgramWarning").assert_outcomes(passed=1)


def test_what_is_odd_about_the_parts_is_said_where_they_are_built_and_no_more(project, run):
    write(project, "def test_it():\n    return programs.copying(halt=alta.halt_spec('y', 0))")
    # The tests of this project ignore these warnings.
    result = run("-W", "default::alta.ProgramWarning")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*programs.py:*: ProgramWarning: *[[]halts-at-once]"])
