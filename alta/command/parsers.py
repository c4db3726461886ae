"""What both command lines share: parsers, errors as one line with their place, exit statuses."""

from __future__ import annotations

import argparse
import io
import linecache
import os
import re
import sys
import sysconfig
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn, final

from alta.errors import AltaError, nearest
from alta.interruption import INTERRUPTED
from alta.output import check_file, check_folder
from alta.visible import visible

__all__ = [
    "CommandParser",
    "add_command",
    "add_debug",
    "add_program",
    "add_version",
    "blamed",
    "guarded",
    "json_file",
    "output_file",
    "output_folder",
    "print_rich",
]

# Exit statuses: for a wrong call or a malformed program; and when the reader of the output has
# left, as shells have it for SIGPIPE.
_USAGE: Final = 2
_BROKEN_PIPE: Final = 128 + 13

# A program's author can mend nothing in these; `alta_verify` lies beside `alta`.
_LIBRARIES: Final = (
    *(str(Path(__file__).parents[2] / name) for name in ("alta", "alta_verify")),
    *(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib")),
)


@final
class CommandParser(argparse.ArgumentParser):
    """A parser of command lines in which options may stand anywhere; its errors are one line."""

    _intermixed = False

    def error(self, message: str) -> NoReturn:
        """Raises what `guarded` prints as one line."""
        raise AltaError(f"{message}{self._hint(message)}; see '{self.prog} --help'")

    def _hint(self, message: str) -> str:
        # argparse passes on nothing but sentences, so the hint rests on their wording.
        choice = re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message)
        option = re.search(r"unrecognized arguments: .*?(--[^\s=]+)", message)
        if choice is not None and self._is_program(choice[1]):
            return f"; a program stands behind a command: {self.prog} verify {choice[1]}"
        if choice is not None:
            hint = nearest(choice[1], re.findall(r"[\w.-]+", choice[2]))
        elif option is not None:
            names = [name for action in self._actions for name in action.option_strings]
            hint = nearest(option[1], [name for name in names if name.startswith("--")])
        else:
            return ""
        # A list of everything would repeat what argparse has said already.
        return f"; {hint}" if hint.startswith("did you mean") else ""

    def _is_program(self, word: str) -> bool:
        """Says whether a word in place of a command names a program."""
        from alta import programs

        return self._subparsers is not None and (":" in word or word in programs.names())

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Reads arguments; of a command without subcommands also those behind an option.

        argparse alone takes all positional arguments from one place, and so finds no WORD in
        ``PROGRAM --trace WORD``.
        """
        if self._intermixed or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        # The next line comes back to this method, which then has to be argparse's own.
        self._intermixed = True
        try:
            options, refused = self.parse_known_intermixed_args(args, namespace)
        finally:
            self._intermixed = False
        if refused:
            # Said here, where it is known which options there are.
            self.error(f"unrecognized arguments: {' '.join(refused)}")
        return options, refused


def add_command(
    commands: Any, name: str, summary: str, action: Callable[[argparse.Namespace], int | None]
) -> CommandParser:
    """Adds a command, whose action takes what was read and returns the exit status; None for 0."""
    parser: CommandParser = commands.add_parser(name, help=summary)
    parser.set_defaults(action=action)
    return parser


def add_program(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that name a program."""
    parser.add_argument(
        "program",
        metavar="PROGRAM",
        help="a shipped name, package.module:attribute or file.py:attribute",
    )
    parser.add_argument(
        "--with",
        dest="sizes",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a size of the program; may be repeated",
    )
    add_debug(parser)


def add_debug(parser: argparse.ArgumentParser) -> None:
    """Adds the switch that `guarded` looks for."""
    parser.add_argument("--debug", action="store_true", help="show tracebacks of errors")


def add_version(parser: argparse.ArgumentParser) -> None:
    """Adds the switch that shows the version."""
    import alta

    parser.add_argument("--version", action="version", version=f"%(prog)s {alta.__version__}")


def output_file(text: str) -> str:
    """Returns the name of a file to write, which is tried before anything that takes time."""
    return _tried(check_file, text)


def output_folder(text: str) -> str:
    """Returns the name of a folder to write to, which is tried as well."""
    return _tried(check_folder, text)


def json_file(text: str) -> str:
    """Returns the name of a file to write; ``-`` stands for standard output."""
    return text if text == "-" else output_file(text)


def _tried(check: Callable[[Path], None], text: str) -> str:
    try:
        check(Path(text))
    except AltaError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def guarded(
    parser: argparse.ArgumentParser,
    action: Callable[[argparse.Namespace], int],
    words: Sequence[str],
) -> int:
    """Runs a command and turns every error into one line and an exit status.

    The parser reads the words, and the action takes what it read and returns the exit status.
    ``--debug`` among the words shows the traceback instead of the line.
    """
    _prepare_output()
    try:
        status = _performed(parser, action, words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stderr.write(f"{parser.prog}: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        _drop_unwritable_output()
        return _BROKEN_PIPE
    # Left to Python, an exception would end the process with status 1, which is a verdict.
    except BaseException as error:  # noqa: BLE001 - all of them, shown to the user
        _drop_unwritable_output()
        if "--debug" in words:
            traceback.print_exc()
        else:
            sys.stderr.write(f"{parser.prog}: error: {_shown(error)}\n")
        return _USAGE
    return status


def _performed(
    parser: argparse.ArgumentParser,
    action: Callable[[argparse.Namespace], int],
    words: Sequence[str],
) -> int:
    try:
        options = parser.parse_args(words)
    except SystemExit as end:
        # After --help.
        return int(end.code or 0)
    try:
        return action(options)
    except SystemExit as end:
        # A function of the user's program may not end the process with the status of a verdict.
        raise AltaError(
            f"the program's code called sys.exit({end.code!r}), which would pass for a result; "
            "raise an error in its place"
        ) from end


def _prepare_output() -> None:
    for stream in ("stdout", "stderr"):
        # None where the shell closed it.
        if getattr(sys, stream) is None:
            setattr(sys, stream, Path(os.devnull).open("w"))  # noqa: SIM115 - open until the end
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that lacks a character shows a question mark in its place. Lines are written
        # as they come: what is still in a buffer when Ctrl-C ends the process is lost.
        sys.stdout.reconfigure(errors="replace", line_buffering=True)


# Sends to nowhere what standard output does not take, so that Python's exit is quiet.
def _drop_unwritable_output() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# Returns an error in words, its lines as they are: a mark may stand below its place.
def _shown(error: BaseException) -> str:
    if isinstance(error, (AltaError, OSError)):
        return visible(str(error).strip())
    # Only code of the user's program should come here.
    return visible(blamed(error))


def print_rich(shown: object, *, end: str = "\n") -> None:
    """Prints what has a form for terminals; pipes and files get plain text of any width."""
    if not sys.stdout.isatty():
        print(shown, end=end)
        return
    from rich.console import Console

    Console().print(shown)


# --- blame: which line of the user's code an error comes from -------------------------------------


def blamed(error: BaseException) -> str:
    """Returns an error in words: the place in the user's code, what it is, and the line there.

    What was raised outside the user's code has no place.
    """
    text = str(error.msg if isinstance(error, SyntaxError) else error)
    said = f"{type(error).__name__}: {' '.join(text.split())} (--debug shows the traceback)"
    if isinstance(error, SyntaxError) and error.filename is not None and error.text is not None:
        return f"{_short(error.filename)}:{error.lineno}: {said}\n    {error.text.strip()}"
    # The innermost frame of the user's is where it can be mended.
    frames = reversed(traceback.extract_tb(error.__traceback__))
    place = next((frame for frame in frames if _is_of_user(frame.filename)), None)
    if place is None:
        return said
    source = linecache.getline(place.filename, place.lineno or 0).strip()
    where = f"{_short(place.filename)}:{place.lineno}: in {place.name}"
    return f"{where}: {said}" + (f"\n    {source}" if source else "")


def _is_of_user(file: str) -> bool:
    return not file.startswith("<") and not any(
        Path(file).is_relative_to(folder) for folder in _LIBRARIES
    )


def _short(file: str) -> str:
    """Returns a path as seen from the working folder, where it lies in it."""
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
