"""The command alta: lists, runs and compiles programs."""

import json

import pytest

import alta
from alta.command.main import main
from tests.cli.conftest import PROGRAMS

RELATIVE, ABSOLUTE = "parity_sequential_relative", "parity_sequential_absolute"


@pytest.fixture
def output(call):
    """Runs a command that succeeds and returns what it prints."""

    def run(*arguments):
        status, out, err = call(main, *arguments)
        assert (status, err) == (0, "")
        return out

    return run


# --- list -----------------------------------------------------------------------------------------


def test_list_shows_every_shipped_program_in_a_line(output):
    lines = output("list").splitlines()
    assert [line.split()[0] for line in lines] == list(alta.programs.names())
    assert lines[0].endswith(
        "Computes the parity of every prefix, reading the left neighbour by relative position."
    )


# --- run ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param([RELATIVE, "1101"], "1", id="text"),
        pytest.param([RELATIVE, "START", "1", "1"], "0 1 0", id="token names"),
        pytest.param([RELATIVE, "START 1 1 1"], "0 1 0 1", id="token names in one word"),
        pytest.param([RELATIVE, "START"], "0", id="a name that is no text"),
        pytest.param([RELATIVE, ""], "0", id="empty text"),
        pytest.param([ABSOLUTE, "1", "0", "1"], "1 1 0", id="names that are no text"),
        pytest.param(["addition", "789+456"], "1245", id="text in one word"),
        pytest.param(["addition", "7", "+", "5"], "12", id="text of names"),
        pytest.param(["addition", *"s7+5e"], "1 2 0 5 0", id="names of tokens"),
        pytest.param(["scan", "jump twice"], "JUMP JUMP", id="text of token names"),
        pytest.param(
            ["scan_parser", "START jump twice", *"________"],
            "0 4 17 0 0 0 0 0 0 0 0",
            id="names of a padded text",
        ),
        pytest.param(
            ["subleq", "3", "3", "-1", "9", "--with", "cells=4"], "3 3 -1 0", id="negative numbers"
        ),
        pytest.param([ABSOLUTE, "11", "--with", "max_length=2"], "0", id="a size"),
        pytest.param(["--max-layers", "1", RELATIVE, "111"], "1", id="options first"),
        pytest.param([RELATIVE, "--max-layers", "0", "110"], "0", id="options between"),
        pytest.param([RELATIVE, "--", "11"], "0", id="two dashes"),
        pytest.param([RELATIVE, "1101", "--compiled"], "1", id="the compiled model"),
        pytest.param(
            [RELATIVE, "111", "--compiled", "--max-layers", "2"], "1", id="of the model's layers"
        ),
    ],
)
def test_run_prints_text_for_text_and_values_for_tokens(arguments, expected, output):
    assert output("run", *arguments) == f"{expected}\n"


def test_run_prints_outputs_where_the_program_has_no_text(programs_py, output):
    assert output("run", "programs.py:copied", "2", "0", "1") == "2 0 1\n"
    assert output("run", "programs.py:words", "jump", "left") == "0 0\n"
    assert output("run", "programs.py:copied", "") == "\n"


@pytest.mark.parametrize("compiled", [[], ["--compiled"]], ids=["interpreted", "compiled"])
def test_trace_prints_every_state(compiled, output):
    run = alta.run(alta.programs.parity_sequential_relative(), "START 1 1")
    assert output("run", RELATIVE, "--trace", *compiled, "11") == f"{run}\n\n0\n"


@pytest.mark.parametrize(
    "name",
    [
        "programs.py:program",
        "programs.py:parity",
        "./programs.py:parity",
        "programs:program",
        "programs:parity",
        "package.inner:parity",
        "package/inner.py:parity",
    ],
)
def test_a_program_may_be_named(name, programs_py, output):
    (programs_py / "package").mkdir()
    (programs_py / "package" / "__init__.py").touch()
    (programs_py / "package" / "inner.py").write_text(PROGRAMS)
    assert output("run", name, "111") == "1\n"


def test_a_file_may_be_named_by_its_full_path(programs_py, output, monkeypatch):
    (programs_py / "elsewhere").mkdir()
    monkeypatch.chdir(programs_py / "elsewhere")
    assert output("run", f"{programs_py}/programs.py:parity", "111") == "1\n"
    assert output("run", "../programs.py:parity", "111") == "1\n"


def test_a_file_may_import_the_modules_beside_it(programs_py, output):
    (programs_py / "beside.py").write_text(
        "from programs import parity\n\n\ndef mine():\n    return parity()\n"
    )
    assert output("run", "beside.py:mine", "111") == "1\n"


def test_a_file_with_the_name_of_a_module_is_still_the_file(folder, output):
    (folder / "json.py").write_text(
        "import alta\n\nprogram = alta.programs.parity_sequential_relative()\n"
    )
    assert output("run", "json.py:program", "111") == "1\n"
    assert json.loads("1") == 1


@pytest.mark.parametrize(
    ("size", "longest"),
    [("max_length=3", 3), ("max_length=0b101", 5)],
    ids=["decimal", "any Python literal"],
)
def test_sizes_go_to_the_function(size, longest, programs_py, call):
    for name in ("programs.py:sized", "programs:sized", ABSOLUTE):
        assert call(main, "run", name, "--with", size, "1" * longest)[0] == 0
        status, _, err = call(main, "run", name, "--with", size, "1" * (longest + 1))
        assert status == 2
        assert f"takes at most {longest} tokens" in err


@pytest.mark.parametrize("compiled", [[], ["--compiled"]], ids=["interpreted", "compiled"])
def test_an_input_outside_the_language_is_called_that(compiled, programs_py, call):
    (programs_py / "copies.py").write_text(
        "import alta\n"
        "program = alta.program_spec_from_rules(name='copies', heads={}, output_name='x',\n"
        "    rules=[alta.rule({'x': 1}, 'x', 0)], variables={'x': alta.input_var(2)},\n"
        "    input_range=2, layers=1, inputs=alta.inputs.regex('1 0*'))\n"
    )
    status, out, err = call(main, "run", "copies.py:program", *compiled, "0", "1")
    assert (status, out) == (0, "0 0\n")
    assert err == (
        'alta: note: the input is outside the program\'s language, regex "1 0*": nothing is '
        "promised of it\n"
    )
    assert call(main, "run", "copies.py:program", *compiled, "1", "0") == (0, "0 0\n", "")


def test_an_error_on_an_input_outside_the_language_says_so():
    program = alta.program_spec_from_rules(
        variables={"x": alta.input_var(2)},
        heads={},
        rules=[alta.rule({"x": 1}, "x", 0), alta.rule({}, "x", 0)],
        output_name="x",
        input_range=2,
        layers=1,
        inputs=alta.inputs.regex("0*"),
    )
    with pytest.raises(alta.ConflictError) as raised:
        alta.run(program, [1])
    assert raised.value.__notes__[0].startswith("the input is outside the program's language, ")
    with pytest.raises(alta.ConflictError) as raised:
        alta.run(alta.replace(program, inputs=alta.inputs.anything()), [1])
    assert not hasattr(raised.value, "__notes__")


# --- compile --------------------------------------------------------------------------------------


def test_compile_writes_a_model_that_can_be_loaded(folder, output):
    out = output("compile", RELATIVE, "-o", "model")
    assert out == (
        "parity_sequential_relative: 6 rules with 4 conditions, 23 hidden units (unshared: 16), "
        "width 8, float32; written to model\n"
    )
    model = alta.load("model")
    assert model.program == alta.programs.parity_sequential_relative()
    assert model.run("START 1 1 1").text is None
    assert model.run("START 1 1 1").outputs == (0, 1, 0, 1)


def test_compile_says_which_numbers_are_rounded(folder, output):
    (folder / "tenths.py").write_text(
        "import alta\n"
        "program = alta.program_spec_from_rules(name='tenths', heads={}, rules=[],\n"
        "    output_name='n',\n"
        "    variables={'n': alta.numeric_var(input_init_fn=lambda token: token / 10)},\n"
        "    input_range=3, layers=1)\n"
    )
    said = "n: its numbers are held to within 3e-09\n"
    assert output("compile", "tenths.py:program", "-o", "model").endswith(said)
    exact = output("compile", "tenths.py:program", "-o", "model", "--dtype", "float64")
    assert "held to within" not in exact


def test_compile_takes_a_format_a_length_and_sizes(folder, output):
    output(
        "compile",
        ABSOLUTE,
        "--with",
        "max_length=6",
        "--dtype",
        "bfloat16",
        "--max-len",
        "5",
        "--output",
        "deep/down/model",
    )
    model = alta.load("deep/down/model")
    assert (model.dtype, model.max_len, model.program.position_range) == ("bfloat16", 5, 6)


def test_help_says_how_to_call_it(call):
    status, out, err = call(main, "--help")
    assert (status, err) == (0, "")
    assert "list the shipped programs" in out
    status, out, _ = call(main, "run", "--help")
    assert status == 0
    assert "package.module:attribute or" in " ".join(out.split())
