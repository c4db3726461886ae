"""What ``alta circuit PROGRAM`` does: prove a model, and say which parts of it matter."""

from __future__ import annotations

import argparse
from functools import partial

from alta.command.parsers import CommandParser, add_program, json_file
from alta.visible import visible

__all__ = ["add_circuit", "circuit"]


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
