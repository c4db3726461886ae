"""Whatever goes wrong is one line on standard error and exit status 2, without a traceback."""

import pytest

from alta_verify.command.main import main as verify_main
from tests.cases.command_line import check_one_line

RELATIVE, ABSOLUTE = "parity_sequential_relative", "parity_sequential_absolute"


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
        "missing: expected a directory written by Model.save or by 'alta compile'",
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
