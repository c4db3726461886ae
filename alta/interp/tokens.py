"""Tokens: what a user may pass as an input, checked against the program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from alta.errors import ProgramError, TokenError, nearest
from alta.inputs.vocabulary import as_number, as_word
from alta.lang.program import Program, layer_count

__all__ = ["MaxLayers", "Tokens", "check_layers", "check_tokens", "each_limit", "language_note"]

# Letters of a language that are shown.
_LONGEST: Final = 120

Tokens = Sequence[Any] | str
"""An input: token numbers or names, or a string of names that white space separates."""

MaxLayers = int | list[int | None] | tuple[int | None, ...] | None
"""The most layers to take: of all inputs, or of each; None for the program's own bound."""


def check_tokens(program: Program, tokens: Tokens) -> tuple[int, ...]:
    """Returns a sequence of tokens as ints: numbers or names, of a string separated by white space.

    A TokenError names the token and its position; there are at most `position_range`.
    """
    # Most hold numbers already: checking types one by one would take longer than running short
    # inputs in a batch.
    if (
        isinstance(tokens, list | tuple)
        and set(map(type, tokens)) == {int}
        and min(tokens) >= 0
        and max(tokens) < program.input_range
    ):
        checked = tuple(tokens)
    else:
        items = enumerate(as_word(tokens))
        checked = tuple(_token(program, item, position) for position, item in items)
    # A program is meant for no more positions than its position functions are.
    if program.position_range is not None and len(checked) > program.position_range:
        raise TokenError(
            f"program {program.name!r} takes at most {program.position_range} tokens "
            f"(position_range), got {len(checked)}; shorten the input or build the program for "
            "longer ones"
        )
    return checked


def _token(program: Program, item: Any, position: int) -> int:
    if isinstance(item, str):
        if item in program.vocab:
            return program.vocab.index(item)
        raise TokenError(
            f"token {item!r} at position {position} is not in the vocabulary of "
            f"{program.name!r}; {nearest(item, program.vocab)}"
        )
    number = as_number(item)
    if number is None:
        raise TokenError(
            f"token at position {position}: expected an int or a token name, got {item!r} "
            f"({type(item).__name__})"
        )
    if 0 <= number < program.input_range:
        return number
    raise TokenError(
        f"token {number} at position {position}: {program.name!r} has the tokens "
        f"0 … {program.input_range - 1}"
    )


def check_layers(program: Program, length: int, max_layers: int | None) -> int | None:
    """Returns the most layers of a run; None where only the halt ends it, if there is one."""
    if max_layers is not None:
        return layer_count(max_layers, where="max_layers")
    # What the caller says counts more than the program's own bound.
    bound = program.layer_bound(length)
    if bound is None and program.halt is None:
        raise ProgramError(
            f"program {program.name!r} has neither a halt spec nor a layer bound, so nothing ends "
            "a run: pass max_layers, or give the program halt= or layers="
        )
    return bound


def each_limit(max_layers: MaxLayers, count: int) -> Sequence[int | None]:
    """Returns the most layers that each of some inputs may take; there are as many as inputs."""
    if not isinstance(max_layers, (list, tuple)):
        return [max_layers] * count
    if len(max_layers) != count:
        raise ProgramError(
            f"max_layers: expected an int, or one for each of the {count} inputs, got "
            f"{max_layers!r}"
        )
    return max_layers


def language_note(program: Program, tokens: Sequence[int]) -> str | None:
    """Returns that an input is outside the program's language; None where it is inside."""
    if program.inputs.contains(tokens):
        return None
    # As it is written in a program's text; a long list is cut off.
    language = program.inputs.spec.tabulate(len(tokens)).to_text().partition("\n")[0]
    shown = language if len(language) <= _LONGEST else f"{language[:_LONGEST]} …"
    return f"the input is outside the program's language, {shown}: nothing is promised of it"
