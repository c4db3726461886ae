"""The command alta lists, runs, compiles and lints programs."""

import warnings

import pytest

import alta
from alta.command.main import main
from tests.cases.command_line import check_one_line

RELATIVE, ABSOLUTE = "parity_sequential_relative", "parity_sequential_absolute"


def test_show_prints_what_a_program_declares(output):
    shown = output("show", "subleq", "--with", "cells=4", "--with", "max_value=2")
    assert shown.startswith("subleq\n  tokens ")
    assert "--rules shows them" in shown
    assert "--rules" not in output("show", "subleq", "--with", "cells=4", "--rules")


@pytest.mark.parametrize(
    ("form", "start"),
    [("latex", "% needs"), ("svg", "<svg xmlns"), ("mermaid", "flowchart LR"), ("text", RELATIVE)],
)
def test_show_has_other_forms(form, start, output):
    assert output("show", RELATIVE, "--as", form).startswith(start)


def test_a_trace_has_every_state(output):
    printed = output("trace", RELATIVE, "START", "1")
    assert printed.strip() == str(alta.run(getattr(alta.programs, RELATIVE)(), "START 1"))
    assert output("trace", RELATIVE, "START 1", "--max-layers", "0").count("attn") == 0


def test_a_trace_may_be_a_page(output, tmp_path):
    page = tmp_path / "run.html"
    assert output("trace", RELATIVE, "10", "--html", str(page)) == f"written to {page}\n"
    assert "<h1>parity_sequential_relative</h1>" in page.read_text(encoding="utf-8")


def test_a_trace_may_be_a_picture(output, tmp_path):
    pytest.importorskip("matplotlib", reason="the extra 'figures' is not installed")
    picture = tmp_path / "run.svg"
    words = ["--figure", str(picture), "--show", "attention"]
    assert output("trace", RELATIVE, "1", *words) == f"written to {picture}\n"
    assert picture.read_text(encoding="utf-8").count("<image") == 2


def test_list_shows_every_shipped_program_in_a_line(output):
    lines = output("list").splitlines()
    assert [line.split()[0] for line in lines] == list(alta.programs.names())
    assert lines[0].endswith(
        "Computes the parity of every prefix, reading the left neighbour by relative position."
    )


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


ALTA = {
    "no command": ([], "the following arguments are required: COMMAND; see 'alta --help'"),
    "an unknown command": (
        ["prove"],
        "invalid choice: 'prove' (choose from",
    ),
    "a misspelled command": (["lst"], "; did you mean 'list'"),
    "a misspelled choice": (
        ["minimal", RELATIVE, "--data", "parity:3", "--form", "spars"],
        "; did you mean 'sparse'",
    ),
    "nothing to run on": (
        ["run", RELATIVE],
        "no input: expected a text behind PROGRAM; '' is the empty input",
    ),
    "nothing to run on, without text": (
        ["run", "programs.py:copied"],
        "no input: expected names of tokens behind PROGRAM; '' is the empty input",
    ),
    "no program": (["run"], "the following arguments are required: PROGRAM; see 'alta run --help'"),
    "an unknown option": (
        ["run", RELATIVE, "--tracee"],
        "unrecognized arguments: --tracee; did you mean '--trace'",
    ),
    "layers that are no number": (
        ["run", RELATIVE, "11", "--max-layers", "x"],
        "argument --max-layers: invalid int value: 'x'; see 'alta run --help'",
    ),
    "half a layer": (["run", RELATIVE, "11", "--max-layers", "1.5"], "invalid int value: '1.5'"),
    "no number of layers": (["run", RELATIVE, "--max-layers"], "expected one argument"),
    "a negative number of layers": (
        ["run", RELATIVE, "11", "--max-layers", "-1"],
        "max_layers: expected at least 0, got -1",
    ),
    "nothing that ends the run": (
        ["run", "programs.py:endless", "0"],
        "neither a halt spec nor a layer bound, so nothing ends a run: pass max_layers",
    ),
    "a token out of the vocabulary": (
        ["run", "programs.py:words", "left", "jum"],
        "token 'jum' at position 1 is not in the vocabulary of 'words'; did you mean 'jump'",
    ),
    "a number that is no token": (
        ["run", "programs.py:copied", "0", "7"],
        "token '7' at position 1 is not in the vocabulary of 'copied'",
    ),
    "text that is none": (
        ["run", RELATIVE, "12"],
        "text '12': expected a string of 0 and 1, got '2' at 1",
    ),
    "text of token names that is none": (
        ["run", "scan", "walk left left"],
        "'walk left left': expected 'twice' or 'thrice' or 'and' or 'after', got 'left' as word 3",
    ),
    "words that are neither names nor text": (
        ["run", RELATIVE, "START", "x"],
        "text 'START x': expected a string of 0 and 1",
    ),
    "a sequence that is too long": (
        ["run", ABSOLUTE, "--with", "max_length=3", "1111"],
        "takes at most 3 tokens (position_range), got 4; shorten the input or build the program",
    ),
    "a program that conflicts": (
        ["run", "programs.py:conflict", "0", "1"],
        "layer 1, position 1: rules 'x=1 -> y := 1' and 'x=1 -> y := 2' both fire",
    ),
    "an encoder that raises": (
        ["run", "programs.py:encode_raises", "d"],
        "IndexError: list index out of range (--debug shows the traceback)",
    ),
    "layers that raise": (
        ["run", "programs.py:layers_raise", "0"],
        "ZeroDivisionError: integer division or modulo by zero (--debug shows the traceback)",
    ),
    "layers that raise what no handler expects": (
        ["run", "programs.py:layers_cancel", "0"],
        "CancelledError: stop (--debug shows the traceback)",
    ),
    "layers that leave Python": (
        ["run", "programs.py:layers_leave", "0"],
        "the program's code called sys.exit(0)",
    ),
    "a compilation to nowhere": (["compile", RELATIVE], "required: -o/--output; see 'alta compile"),
    "a compilation to a file": (
        ["compile", RELATIVE, "-o", "programs.py"],
        "-o/--output: programs.py: expected a folder, and programs.py is a file; choose another",
    ),
    "a compilation below a file": (
        ["compile", RELATIVE, "-o", "programs.py/model"],
        "programs.py/model: expected a folder, and ",
    ),
    "a compilation to a disk without files": (
        ["compile", RELATIVE, "-o", "/proc/model"],
        "/proc/model: nothing can be written to /proc",
    ),
    "traces in no folder": (
        ["traces", RELATIVE, "--data", "parity:3", "-o", "no/such.parquet"],
        "no/such.parquet: there is no folder no; make it first, for example with mkdir -p no",
    ),
    "traces in place of a folder": (
        ["traces", RELATIVE, "--data", "parity:3", "-o", "folder.py"],
        "folder.py: expected a file, got a folder; name a file in it",
    ),
    "a study in a file": (
        ["learn", "parity", "-o", "programs.py"],
        "programs.py: expected a folder, and programs.py is a file",
    ),
    "a compilation to an unknown format": (
        ["compile", RELATIVE, "-o", "out", "--dtype", "float33"],
        "dtype: no format 'float33'; did you mean",
    ),
    "a compilation for no tokens": (
        ["compile", RELATIVE, "-o", "out", "--max-len", "0"],
        "max_len: expected an int of at least 1, got 0",
    ),
    "a compilation for x tokens": (
        ["compile", RELATIVE, "-o", "out", "--max-len", "x"],
        "argument --max-len: invalid int value: 'x'",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), ALTA.values(), ids=ALTA)
def test_alta_refuses(arguments, message, files, call):
    check_one_line(call, "alta", arguments, message)


@pytest.fixture
def no_warnings():
    """Fails where what a command prints itself is warned of as well."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_what_is_odd_is_a_line_each(odd, capsys, no_warnings):
    assert main(["lint", odd, "--max-len", "3"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('odd_flip.py, line 6: `z["bit"] == 1` compares')
    assert [line.rpartition("[")[2] for line in lines] == [
        "unused-comparison]",
        "no-rules]",
        "wrong-oracle]",
    ]


def test_of_nothing_odd_it_is_said_so(capsys, no_warnings):
    assert main(["lint", "addition"]) == 0
    expected = "addition: nothing odd on inputs of 1 to 20 tokens\n"
    assert capsys.readouterr().out == expected


def test_a_length_that_is_none_is_refused(capsys, no_warnings):
    assert main(["lint", "addition", "--max-len", "0"]) == 2
    assert "max_len: expected an int of at least 1, got 0" in capsys.readouterr().err
