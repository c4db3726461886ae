"""Every length: what cannot have a theorem about it, and up to where a network is bounded.

A program that says something of positions or lengths one by one is about as many as it names.
"""

from __future__ import annotations

from typing import Final

from alta.errors import AltaError
from alta.inputs.language import InputLanguage
from alta.lang.kinds import Numerical
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.arithmetic.mixtures import longest_mixture
from alta_verify.claim.bounds import abridged
from alta_verify.claim.extent import EveryLength

__all__ = ["check_model_lengths", "check_program_lengths", "model_extent"]

# Positions and their differences are 32-bit whole numbers with a sign.
_INDICES: Final = 2**31 - 1


def check_program_lengths(program: Program, max_layers: int | None) -> None:
    """Refuses a program of which nothing can be shown on inputs of every length.

    A bound on layers that is given stands in place of the program's own.
    """
    for name, variable in program.variables.items():
        if variable.initial.source == "position":
            raise _refused(program, f"variable {name!r} starts with a value of the position")
    if program.position_range is not None:
        raise _refused(program, f"position_range={program.position_range} ends its inputs")
    if max_layers is None and callable(program.layers):
        raise _refused(
            program, "its layers are a function of the length (max_layers= is one number)"
        )
    _check_language(program, program.inputs)
    for name, head in program.heads.items():
        # As many numbers as there are tokens have as many means, and these are rounded.
        if isinstance(program.domains[name], Numerical) and head.mask.most(None) is None:
            raise _refused(program, f"head {name!r} averages over any number of positions")


def _check_language(program: Program, inputs: InputLanguage) -> None:
    if inputs.max_length is not None:
        text = abridged(inputs.spec.to_text())
        raise _refused(program, f"its inputs {text} have {inputs.max_length} tokens at most")
    if not inputs.spec.one_automaton:
        raise _refused(program, "its inputs are described length by length, not by one pattern")


def check_model_lengths(program: Program, model: Model, max_layers: int | None) -> None:
    """Refuses a model of which nothing can be shown on inputs of every length."""
    if model.max_len is not None:
        raise _refused(program, f"the model was compiled for max_len={model.max_len}")
    rows = model.weights.position_embedding.shape[0]
    if rows:
        raise _refused(program, f"the model embeds {rows} positions")
    if model.program is not program:
        check_program_lengths(model.program, max_layers)


def _refused(program: Program, reason: str) -> AltaError:
    return AltaError(
        f"program {program.name!r}: max_len=None asks for inputs of every length, but {reason}; "
        "give a max_len, or change that"
    )


def model_extent(model: Model) -> EveryLength:
    """Returns up to how many tokens what a model computes is bounded, and why no further."""
    format_ = FORMATS[model.dtype]
    exact, limit = _INDICES, "indices have more than 31 bits"
    # A head of which the mask has so many offsets gives weight to so many positions, whatever the
    # length (Lemma 2). Where there is no such number, all of them may be mixed.
    mixing = [name for name, head in model.program.heads.items() if head.mask.most(None) is None]
    if mixing and (mixed := longest_mixture(format_)) < exact:
        exact = mixed
        limit = f"rounding of a mixture of all values in {mixing[0]!r} is not bounded"
    return EveryLength(exact, limit)
