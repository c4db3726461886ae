"""A run shows itself as a table of position x variable x layer: as text, in HTML and in rich."""

import io

import pytest
from rich.console import Console

import alta
from tests.alta.lang.toys import copied, toy

RUN = alta.run(alta.programs.parity_sequential_relative(), "START 1 1")


def in_rich(run, **options):
    shown = io.StringIO()
    Console(file=shown, width=200, **options).print(run)
    return shown.getvalue()


def test_a_run_prints_as_text():
    assert (
        str(RUN)
        == """\
parity_sequential_relative: outputs 0 1 0; halted after 2 layers

position  token  variable     start  1 attn  1 mlp  2 attn  2 mlp
0         START  parity           0       0      0       0      0
                 done             1       1      1       1      1
                 parity_left              ·              ·
                 done_left                ·              ·
1         1      parity           1       1      1       1      1
                 done             0       0      1       1      1
                 parity_left              0              0
                 done_left                1              1
2         1      parity           1       1      1       1      0
                 done             0       0      0       0      1
                 parity_left              1              1
                 done_left                0              1"""
    )


def test_the_summary_says_why_a_run_ended():
    program = alta.programs.parity_sequential_relative()
    assert str(alta.run(program, "START 1", 0)).splitlines()[0] == (
        "parity_sequential_relative: outputs 0 1; stopped at the bound after 0 layers"
    )
    assert "halted after 1 layer\n" in str(alta.run(program, "START 1"))


def test_the_run_of_nothing_prints_too():
    text = str(alta.run(toy(), []))
    assert text == (
        "toy: outputs (none); stopped at the bound after 1 layer\n\n"
        "position  token  variable  start  1 attn  1 mlp"
    )


def test_the_fields_of_a_run_show_in_its_repr():
    assert repr(RUN) == "Run(tokens=(2, 1, 1), outputs=(0, 1, 0), n_layers=2, halted=True)"


def test_a_run_is_a_table_in_rich():
    shown = in_rich(RUN)
    assert "parity_sequential_relative: outputs 0 1 0; halted after 2 layers" in shown
    assert "parity_left" in shown
    assert shown.count("│") > 12 * 8


def test_only_what_an_mlp_changes_is_bold():
    # Two positions become done, and the last one changes its parity.
    body = in_rich(RUN, force_terminal=True, color_system="standard").split("┡")[1]
    assert body.count("\x1b[1m") == 3


ODD = alta.run(
    toy(
        copied("[red]"),
        heads={"[red]": alta.v_relative("<u>", 0)},
        variables={"<u>": alta.input_var(3), "[/]": alta.var(2)},
        vocab=("[bold]", "<i>", "&amp;"),
        name="<[odd]>",
    ),
    [0, 1, 2],
)


@pytest.mark.parametrize("name", ["[red]", "<u>", "[/]", "[bold]", "<i>", "&amp;", "<[odd]>"])
def test_names_are_never_markup(name):
    assert name in str(ODD)
    assert name in in_rich(ODD)


def test_the_text_of_the_outputs_is_what_the_program_decodes():
    assert RUN.text == "0"
    assert alta.run(toy(), [0]).text is None
