"""What ``alta circuit PROGRAM`` does: prove a model, and say which parts of it matter."""

from __future__ import annotations

import argparse
from functools import partial

from alta.command.parsers import (
    CommandParser,
    add_debug,
    add_program,
    json_file,
    output_folder,
)
from alta.visible import visible

__all__ = ["add_circuit", "add_dataset", "circuit", "dataset"]

_SIZES = ("tokens", "length", "variables", "values", "heads", "layers", "depth")


def add_circuit(parser: CommandParser) -> None:
    """Adds what the command can be asked."""
    add_program(parser)
    number = partial(parser.add_argument, type=int, metavar="N")
    number("--max-len", default=20, help="longest input (default 20)")
    number("--max-layers", help="the most layers that count")
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds until it gives up")
    parser.add_argument("--weights", metavar="DIR", help="weights in place of compiled ones")
    parser.add_argument(
        "--json", metavar="FILE", type=json_file, help="write the circuit as JSON; - for stdout"
    )


def circuit(options: argparse.Namespace) -> None:
    """Shows what matters in a model, and writes it."""
    from alta.command.finding import program_of

    program = program_of(options)
    # JAX and the solvers are imported once there is something for them to do.
    import alta
    from alta_verify.circuits.analysis import circuit as analysed

    model = None if options.weights is None else alta.load(options.weights)
    analysis = analysed(
        program,
        model,
        max_len=options.max_len,
        max_layers=options.max_layers,
        timeout=options.timeout,
    )
    if options.json == "-":
        print(analysis.to_json())
        return
    if options.json is not None:
        analysis.save(options.json)
    print(visible(str(analysis)))


def add_dataset(parser: CommandParser) -> None:
    """Adds what the command can be asked."""
    parser.add_argument("number", metavar="N", type=int, help="how many programs")
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=output_folder, required=True, help="where to write"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the first seed")
    parser.add_argument(
        "--certificates", action="store_true", help="write what 'alta check' can check"
    )
    for size in _SIZES:
        help_text = f"{size} of each program, as for alta.sample_program"
        parser.add_argument(f"--{size}", type=int, metavar="K", help=help_text)
    parser.add_argument("--head-kinds", metavar="KIND", nargs="+", help="kinds of heads")
    parser.add_argument("--halting", metavar="KIND", nargs="+", help="what ends runs")
    add_debug(parser)


def dataset(options: argparse.Namespace) -> None:
    """Writes a data set, and says what is in it."""
    from alta.progress import progress_bar
    from alta_verify.circuits.dataset import INDEX, write_dataset

    names = (*_SIZES, "head_kinds", "halting")
    knobs = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    with progress_bar("proving") as progress:
        lines = write_dataset(
            options.output,
            options.number,
            seed=options.seed,
            certificates=options.certificates,
            progress=progress,
            **knobs,
        )
    tried = lines[-1]["seed"] + 1 - options.seed
    print(f"{len(lines)} programs proved, of {tried} that were tried; see {options.output}/{INDEX}")
