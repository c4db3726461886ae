"""The commands of ``alta`` for programs: list, show, run and compile them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import alta
from alta.command.parsers import (
    CommandParser,
    add_command,
    add_debug,
    add_program,
    output_file,
    output_folder,
    print_rich,
)
from alta.errors import AltaError
from alta.visible import visible

if TYPE_CHECKING:
    from alta.interp.run import Run
    from alta.lang.program import Program

__all__ = ["add_programs"]


def add_programs(commands: Any) -> None:
    """Adds the commands ``list``, ``show``, ``run``, ``trace`` and ``compile``."""
    add_debug(add_command(commands, "list", "list the shipped programs", _list))

    showing = add_command(commands, "show", "show what a program declares", _show)
    add_program(showing)
    showing.add_argument("--rules", action="store_true", help="all rules, however many they are")
    showing.add_argument(
        "--as",
        dest="form",
        choices=("text", "latex", "svg", "mermaid"),
        default="text",
        help="text (without it), LaTeX, or a diagram as a picture or for Mermaid",
    )

    running = add_command(commands, "run", "run a program on one input", _run)
    _add_run(running)
    running.add_argument("--trace", action="store_true", help="print every state")

    tracing = add_command(commands, "trace", "show every state of a run, and why", _trace)
    _add_run(tracing)
    tracing.add_argument(
        "--html", metavar="FILE", type=output_file, help="write a page for a browser instead"
    )
    tracing.add_argument(
        "--figure", metavar="FILE", type=output_file, help="write a picture, .svg, .pdf or .png"
    )
    tracing.add_argument(
        "--show",
        choices=("states", "attention", "residual"),
        default="states",
        help="what the picture shows (default: states); residual needs --compiled",
    )

    _add_models(commands)


def _add_models(commands: Any) -> None:
    summary = "write a program's Transformer to a directory"
    compiling = add_command(commands, "compile", summary, _compile)
    add_program(compiling)
    compiling.add_argument("-o", "--output", metavar="DIR", type=output_folder, required=True)
    compiling.add_argument("--dtype", default="float32", help="number format of the weights")
    compiling.add_argument("--max-len", type=int, metavar="N", help="longest sequence to take")

    summary = "write a program's Transformer for PyTorch and others"
    exporting = add_command(commands, "export", summary, _export)
    add_program(exporting)
    exporting.add_argument("output", metavar="DIR", type=output_folder, help="where to")
    exporting.add_argument("--to", metavar="FORM", required=True, help="torch, onnx or hf")
    exporting.add_argument("--dtype", help="number format of the weights (default float32)")
    exporting.add_argument("--max-len", type=int, metavar="N", help="longest sequence to take")
    exporting.add_argument(
        "--weights", metavar="PATH", help="what 'alta compile' or 'alta export' wrote, if not new"
    )
    exporting.add_argument(
        "--certificate", metavar="DIR", help="a certificate of the weights, for the card of hf"
    )
    exporting.add_argument(
        "--length", type=int, metavar="N", help="length of all inputs of onnx (default any)"
    )
    exporting.add_argument(
        "--layers",
        type=int,
        metavar="N",
        help="layers of onnx, one after the other (default: a loop until it halts)",
    )


def _add_run(parser: CommandParser) -> None:
    add_program(parser)
    parser.add_argument(
        "words", metavar="WORD", nargs="*", default=[], help="a text, or token names"
    )
    parser.add_argument("--max-layers", type=int, metavar="N", help="the most layers to take")
    parser.add_argument("--compiled", action="store_true", help="run the compiled Transformer")


def _list(options: argparse.Namespace) -> None:
    del options
    width = max(map(len, alta.programs.names()))
    for name in alta.programs.names():
        first_line = (getattr(alta.programs, name).__doc__ or "").splitlines()[0]
        print(f"{name:{width}}  {first_line}")


def _show(options: argparse.Namespace) -> None:
    from alta.command.finding import program_of

    program = program_of(options)
    if options.form == "text":
        from alta.command.showing import described

        print(described(program, all_rules=options.rules))
    elif options.form == "latex":
        # SymPy takes half a second to import.
        from alta.command.latex import as_latex

        print(as_latex(program, all_rules=options.rules))
    else:
        from alta.command.diagram import as_mermaid, as_svg

        print(as_svg(program) if options.form == "svg" else as_mermaid(program))


def _run(options: argparse.Namespace) -> None:
    text, result = _result(options)
    if options.trace:
        print_rich(result, end="\n\n")
    # Text in, text out; tokens in, a value for each token out.
    answer = result.text if text else None
    print(visible(" ".join(map(str, result.outputs)) if answer is None else answer))


def _trace(options: argparse.Namespace) -> None:
    _, result = _result(options)
    if options.html is None and options.figure is None:
        print_rich(result)
    if options.html is not None:
        result.save_html(options.html)
        print(f"written to {options.html}")
    if options.figure is not None:
        result.save_figure(options.figure, options.show)
        print(f"written to {options.figure}")


def _result(options: argparse.Namespace) -> tuple[bool, Run]:
    """Returns whether the input is a text, and the run."""
    from alta.command.finding import program_of
    from alta.interp.tokens import check_tokens, language_note

    program = program_of(options)
    text, tokens = _input(program, options.words)
    # Outside of its language a program runs all the same, but nothing is promised of it.
    note = language_note(program, check_tokens(program, tokens))
    if note is not None:
        sys.stderr.write(f"alta: note: {note}\n")
    make = alta.compile(program).run if options.compiled else partial(alta.run, program)
    return text, make(tokens, options.max_layers)


# A text where the program can encode it, else token names. Where neither works, the words were
# meant as text: its error is the one that helps.
def _input(program: Program, words: Sequence[str]) -> tuple[bool, Sequence[int | str]]:
    if not words:
        hint = "a text" if program.encode is not None else "names of tokens"
        raise AltaError(f"no input: expected {hint} behind PROGRAM; '' is the empty input")
    names = [name for word in words for name in word.split()]
    if program.encode is None:
        return False, names
    try:
        return True, program.encode(" ".join(words))
    except AltaError:
        if not program.inputs.contains(names):
            raise
        return False, names


def _compile(options: argparse.Namespace) -> None:
    from alta.command.finding import program_of
    from alta.compiler.lookup import sizes
    from alta.compiler.numbers import WeightFormat, rounded

    program = program_of(options)
    model = alta.compile(program, max_len=options.max_len, dtype=options.dtype)
    model.save(options.output)
    size = sizes(model)
    name = visible(program.name, lines=False)
    print(
        f"{name}: {size.rules} rules with {size.conditions} conditions, {size.hidden} "
        f"hidden units (unshared: {size.unshared}), width {model.layout.width}, {model.dtype}; "
        f"written to {options.output}"
    )
    # A number that is rounded is no error, but whoever compiles should know of it.
    for name, error in rounded(program, WeightFormat(model.dtype)).items():
        print(f"{visible(name, lines=False)}: its numbers are held to within {float(error):.2g}")


def _export(options: argparse.Namespace) -> None:
    from alta.command.finding import program_of
    from alta.nn.weights import named

    program = program_of(options)
    if options.weights is None:
        dtype = options.dtype or "float32"
        model = alta.compile(program, max_len=options.max_len, dtype=dtype)
    elif options.dtype is not None or options.max_len is not None:
        raise AltaError("--dtype and --max-len are for weights to compile; --weights has its own")
    else:
        model = alta.load(options.weights)
        if model.program != program:
            raise AltaError(
                f"{options.weights}: its weights are for program {model.program.name!r}, which is "
                f"not {program.name!r}; name the program that they are for"
            )
    alta.export(
        model,
        options.output,
        to=options.to,
        certificate=options.certificate,
        length=options.length,
        n_layers=options.layers,
    )
    numbers = sum(array.size for _, array in named(model.weights))
    name = visible(model.program.name, lines=False)
    print(f"{name}: {numbers} weights, {model.dtype}; written to {options.output}")
