"""Codes: the coordinates that stand for values, at the start and at the end."""

from __future__ import annotations

from collections.abc import Iterable

from alta_verify.check.architecture import halt_code
from alta_verify.check.limits import MAX_CODES
from alta_verify.check.numbers import Format, Span, point, storing_slack
from alta_verify.check.program import Program, indices
from alta_verify.check.refused import Refused
from alta_verify.check.value_sets import Row
from alta_verify.check.weights import Model

__all__ = ["check_embedding", "check_number_of_codes", "check_storable"]


def check_number_of_codes(program: Program) -> None:
    """Checks that the codes of all values are not too many to be written down."""
    numbers = sum(variable.width * len(variable.values) for variable in program.variables.values())
    if numbers > MAX_CODES:
        raise Refused(
            f"the codes of the program's values are {numbers} numbers, expected at most {MAX_CODES}"
        )


def check_embedding(program: Program, model: Model, pairs: Iterable[tuple[int, int]]) -> None:
    """Checks that pairs of token and position start with exact codes, and 0 in head outputs."""
    placed = model.positions.shape[0] > 0
    for token, position in pairs:
        by_token = model.tokens.rows[token]
        by_position = model.positions.rows[position] if placed else {}
        for name, columns in model.columns.items():
            variable = program.variables.get(name)
            code = [0] * len(columns)
            if variable is not None:
                code = list(variable.code(variable.start(token, position)))  # type: ignore[arg-type]
            for column, number in zip(columns, code, strict=True):
                # If the real sum is the code, so is the computed one, as the format has all codes
                # (`decoding`) and rounding leaves its numbers as they are.
                left, right = by_token.get(column, 0), by_position.get(column, 0)
                # Lemma 1 (start). In a head output both summands are 0, and not only their sum.
                if left + right != number or (variable is None and (left or right)):
                    raise Refused(
                        f"{name} does not start with its code: for token "
                        f"{program.vocab[token]!r:.40} at position {position} coordinate {column} "
                        f"is {float(left):g} + {float(right):g}, expected "
                        f"{'0 + 0' if variable is None else format(float(number), 'g')}"
                    )


def check_storable(program: Program, occurring: Row, dtype: str, format_: Format) -> int:
    """Checks that the format has all codes, also that of halt, and returns how many occur."""
    needed = [(name, index) for name in program.variables for index in indices(occurring[name])]
    # Also the code of a halt value that never occurs: the device compares with it after every
    # layer.
    halting = [program.halt] if program.halt is not None and halt_code(program) else []
    for name, index in [*needed, *halting]:
        for number in program.variables[name].code(index):
            # The proof of the theorem, conclusion: what is stored is the code, and codes differ, so
            # that each decodes to its value and the halt tests agree.
            if storing_slack(Span.of([point(number)]), format_):
                raise Refused(
                    f"{dtype} has no code for a value of {name}: {number} would be rounded; "
                    "compile with a wider dtype, or use numbers that it has"
                )
    return len(needed)
