"""Programs are found by name, by module and by file, and what is none is refused."""

import json

import pytest

from alta.command.main import main
from tests.cases.command_line import PROGRAMS, check_one_line

RELATIVE, ABSOLUTE = "parity_sequential_relative", "parity_sequential_absolute"


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


# What any command says of a program that it cannot find or build: the words after the command.
UNBUILT = {
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
    "a missing file": (["missing.py:program"], "missing.py: no such file in "),
    "a folder": (["folder.py:program"], "folder.py: no such file in "),
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
        "programs.py:program is a program already and takes no sizes, got 'max_length'; name",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), UNBUILT.values(), ids=UNBUILT)
def test_a_program_is_refused_that_is(arguments, message, files, call):
    for command in (["run"], ["compile", "-o", "out"]):
        check_one_line(call, "alta", [*command, *arguments], message)
    check_one_line(call, "alta-verify", arguments, message)
