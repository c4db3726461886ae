"""Whatever goes wrong is one line on standard error and exit status 2, without a traceback."""

import pytest

from alta.command.main import main as alta_main
from alta_verify.command.main import main as verify_main

MAINS = {"alta": alta_main, "alta-verify": verify_main}
RELATIVE, ABSOLUTE = "parity_sequential_relative", "parity_sequential_absolute"

# What any command says of a program that it cannot find or build: the words after the command.
PROGRAMS = {
    "an unknown name": (
        ["parity_sequential_relativ"],
        "no shipped program 'parity_sequential_relativ'; did you mean 'parity_sequential_relative'",
    ),
    "a name like no other": (["quux"], f"no shipped program 'quux'; known names: {RELATIVE}, "),
    "an empty name": ([""], "no shipped program ''"),
    "a file without an attribute": (
        ["programs.py"],
        "programs.py: expected FILE.py:ATTRIBUTE, for example programs.py:program",
    ),
    "an attribute that the file lacks": (
        ["programs.py:parit"],
        "programs.py has no 'parit'; did you mean 'parity'",
    ),
    "an empty attribute": (["programs.py:"], "programs.py has no ''; known names: parity, "),
    "a missing file": (["missing.py:program"], "missing.py: no such file; expected FILE.py:ATTR"),
    "a folder": (["folder.py:program"], "folder.py: no such file"),
    "a missing module": (
        ["missing.module:program"],
        "missing.module: ModuleNotFoundError: No module named 'missing'",
    ),
    "a module without the attribute": (["programs:progam"], "has no 'progam'; did you mean"),
    "no module": ([":program"], "ValueError: Empty module name"),
    "a relative module": (["..up:program"], "..up: TypeError:"),
    "something that is no program": (
        ["programs.py:number"],
        "programs.py:number: expected an alta.Program or a function that returns one, got 3",
    ),
    "a function that returns no program": (
        ["programs.py:function"],
        "programs.py:function: expected the function to return an alta.Program, got 3",
    ),
    "a function that wants an argument": (
        ["programs.py:needs"],
        "programs.py:needs: TypeError: needs() missing 1 required positional argument: 'size'",
    ),
    "a malformed program": (
        ["programs.py:malformed"],
        "programs.py:malformed: output_name: no variable 'z'; known names: x, y",
    ),
    "an error in the user's function": (
        ["programs.py:raises"],
        "by zero (--debug shows the traceback)\n    return 1 // 0\n",
    ),
    "an error of several lines": (
        ["programs.py:raises_in_two_lines"],
        ": in raises_in_two_lines: RuntimeError: one line and another (--debug",
    ),
    "a mark below what it points at": (
        ["programs.py:unclosed"],
        "expected ')' for the '(' in column 3, got the end of the pattern\n    0 (1\n        ^\n",
    ),
    "a function that leaves Python": (
        ["programs.py:leaves"],
        ": in leaves: SystemExit: 0",
    ),
    "an error in the user's file": (
        ["broken.py:program"],
        "broken.py:1: in <module>: NameError: name 'nothing' is not defined",
    ),
    "a file that leaves Python": (
        ["leaving.py:program"],
        "leaving.py:3: in <module>: SystemExit: 0",
    ),
    "a file that is no Python": (["wrong.py:program"], "wrong.py:1: SyntaxError: "),
    "a file that is no text": (["binary.py:program"], "binary.py: "),
    "a module with an error": (
        ["broken:program"],
        "broken.py:1: in <module>: NameError: name 'nothing' is not",
    ),
    "a size without a value": (
        [RELATIVE, "--with", "max_length"],
        "--with max_length: expected KEY=VALUE, for example --with max_length=40",
    ),
    "a size that is no name": ([RELATIVE, "--with", "1=2"], "--with 1=2: expected KEY=VALUE"),
    "an unknown size": (
        [ABSOLUTE, "--with", "max_len=3"],
        "program 'parity_sequential_absolute' has no size 'max_len'; did you mean 'max_length'",
    ),
    "a size called name": ([ABSOLUTE, "--with", "name=3"], "has no size 'name'"),
    "a size of no sense": (
        [ABSOLUTE, "--with", "max_length=0"],
        "range of a variable: expected at least 1, got 0",
    ),
    "a size that is no number": (
        [ABSOLUTE, "--with", "max_length=long"],
        "range of a variable: expected an int, got 'long' (str)",
    ),
    "an unknown size of the user's function": (
        ["programs.py:sized", "--with", "depth=3"],
        "programs.py:sized: TypeError: sized() got an unexpected keyword argument 'depth'",
    ),
    "a size for a program": (
        ["programs.py:program", "--with", "max_length=3"],
        "programs.py:program is a program already and takes no sizes",
    ),
}

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

VERIFY = {
    "no program": ([], "the following arguments are required: PROGRAM; see 'alta-verify --help'"),
    "two programs": ([RELATIVE, ABSOLUTE], "unrecognized arguments: parity_sequential_absolute"),
    "a length of 0": (
        [RELATIVE, "--max-len", "0"],
        "max_len: expected an int of at least 1, got 0",
    ),
    "a negative length": (
        [RELATIVE, "--max-len", "-3"],
        "max_len: expected an int of at least 1, got -3",
    ),
    "a length that is no number": (
        [RELATIVE, "--max-len", "x"],
        "--max-len: invalid int value: 'x'",
    ),
    "a negative number of layers": (
        [RELATIVE, "--max-layers", "-1"],
        "max_layers: expected an int of at least 0, got -1",
    ),
    "a negative timeout": (
        [RELATIVE, "--timeout", "-1"],
        "at least 0, or None for no limit, got timeout=-1.0",
    ),
    "a timeout that is no number": (
        [RELATIVE, "--timeout", "nan"],
        "at least 0, or None for no limit, got timeout=nan",
    ),
    "a timeout in words": ([RELATIVE, "--timeout", "soon"], "invalid float value: 'soon'"),
    "an unknown format": ([RELATIVE, "--dtype", "int8"], "dtype: no format 'int8'"),
    "weights that are not there": (
        [RELATIVE, "--weights", "missing"],
        "missing/manifest.json: No such file or directory; expected a directory written by",
    ),
    "weights for another program": (
        [RELATIVE, "--weights", "{models}/other"],
        "layout: expected exactly the variables and heads of 'parity_sequential_relative'",
    ),
    "weights for another size": (
        [ABSOLUTE, "--with", "max_length=5", "--weights", "{models}/other"],
        "layout: 'index' takes 5 coordinates, got 4",
    ),
    "weights that are no numbers": (
        [RELATIVE, "--weights", "{models}/poisoned"],
        "weights: mlp.lookup_out[1, 2] is nan; expected finite numbers",
    ),
    "weights that were edited": (
        [RELATIVE, "--weights", "edited"],
        "the file was changed after it was saved",
    ),
}


@pytest.fixture
def files(programs_py, models):
    (programs_py / "broken.py").write_text("program = nothing\n")
    (programs_py / "leaving.py").write_text("import sys\n\nsys.exit(0)\n")
    (programs_py / "wrong.py").write_text("def program(:\n")
    (programs_py / "binary.py").write_bytes(b"\xff\xfe\x00")
    (programs_py / "folder.py").mkdir()
    edited = programs_py / "edited"
    edited.mkdir()
    for name in ("manifest.json", "weights.safetensors"):
        (edited / name).write_bytes((models / "right" / name).read_bytes())
    with (edited / "weights.safetensors").open("ab") as file:
        file.write(b"\0")
    return programs_py


def check_one_line(call, name, arguments, message):
    status, out, err = call(MAINS[name], *arguments)
    assert status == 2
    assert out == ""
    assert err.startswith(f"{name}: error: ")
    # What follows the first line is shown as it is: a line of the user's code, or a mark in it.
    assert all(line.startswith("    ") for line in err.splitlines()[1:])
    assert err.endswith("\n")
    assert message in err


@pytest.mark.parametrize(("arguments", "message"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_is_refused_that_is(arguments, message, files, call):
    for command in (["run"], ["compile", "-o", "out"]):
        check_one_line(call, "alta", [*command, *arguments], message)
    check_one_line(call, "alta-verify", arguments, message)


@pytest.mark.parametrize(("arguments", "message"), ALTA.values(), ids=ALTA)
def test_alta_refuses(arguments, message, files, call):
    check_one_line(call, "alta", arguments, message)


@pytest.mark.parametrize(("arguments", "message"), VERIFY.values(), ids=VERIFY)
def test_alta_verify_refuses(arguments, message, files, models, call):
    words = [word.format(models=models) for word in arguments]
    check_one_line(call, "alta-verify", words, message)


@pytest.mark.parametrize("option", ["--json", "--certificate"])
def test_where_nothing_can_be_written_nothing_is_proved(option, files, call, monkeypatch):
    monkeypatch.setattr("alta_verify.command.proving.verified", None)
    place = "no/such/report.json" if option == "--json" else "programs.py/certificate"
    check_one_line(call, "alta-verify", [RELATIVE, option, place], f"argument {option}: {place}: ")


def test_a_report_that_cannot_be_written_is_shown_all_the_same(folder, call):
    status, out, err = call(verify_main, RELATIVE, "--max-len", "2", "--json", "/dev/full")
    assert status == 2
    assert out.startswith("PROVED")
    assert err == "alta-verify: error: [Errno 28] No space left on device\n"


def test_no_exit_of_the_user_s_code_passes_for_a_verdict(files, call):
    for name in ("programs.py:leaves", "leaving.py:program"):
        assert call(verify_main, name)[0] == 2
    # Here the code is reached only after the program was built.
    assert call(verify_main, "programs.py:layers_leave", "--max-len", "2")[0] != 0
    assert call(verify_main, "programs.py:layers_raise", "--max-len", "2")[0] != 0


@pytest.mark.parametrize(
    ("name", "words", "shown"),
    [
        pytest.param(
            "alta", ["run", "programs.py:layers_raise", "0"], "lambda n: 1 // 0", id="while running"
        ),
        pytest.param("alta-verify", ["programs.py:raises"], "return 1 // 0", id="while building"),
        pytest.param("alta", ["list", "--nonsense"], "arguments: --nonsense", id="while reading"),
    ],
)
def test_debug_shows_the_traceback_and_keeps_the_exit_status(name, words, shown, files, call):
    status, out, err = call(MAINS[name], *words, "--debug")
    assert (status, out) == (2, "")
    assert err.startswith("Traceback (most recent call last)")
    assert shown in err


def test_an_interruption_says_so_and_no_more(files, call):
    for name, words in (("alta", ["run"]), ("alta-verify", [])):
        status, out, err = call(MAINS[name], *words, "programs.py:interrupts")
        assert (status, out, err) == (130, "", f"{name}: interrupted\n")
