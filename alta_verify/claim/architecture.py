"""Architecture: what a model runs with beside its weights, compared with the program.

The weights are read as the program at hand means them. What a model reads of the program that it
was made for decides how its inputs are read, how its runs end, and what its residual streams are
taken for; here all of it has to be the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

import jax
import numpy as np

from alta.lang.kinds import Numerical, SetVariable, Variable
from alta.lang.masks import Mask
from alta.lang.program import Program
from alta.lang.values import show_value
from alta.nn.device import device_weights
from alta.nn.model import Model
from alta_verify.universal import nonempty

__all__ = ["differences", "other_names", "same_value"]

_SHOWN: Final = 60


def differences(
    program: Program, model: Model, lengths: Collection[int] | None, max_layers: int | None
) -> Iterator[str]:
    """Yields in words what a model does not have in common with a program, on some lengths.

    None stands for every length; then no bound on layers is a function of it.
    """
    made_for = model.program
    # Inputs are sequences of names: another name for a token is another input.
    for token in sorted(other_names(program, made_for)):
        have, want = (repr(side.vocab[token]) for side in (made_for, program))
        yield f"token {token} is {have} in the model, not {want}"
    # What a coordinate stands for decides what the residual stream decodes to.
    for name, domain in program.domains.items():
        if (have := _shown(made_for.domains[name])) != (want := _shown(domain)):
            yield f"{name} is {have[:_SHOWN]} in the model, not {want[:_SHOWN]}"
    # Coordinates that stand for numbers stand for those of the model's own program.
    for name in program.variables:
        have_numbers, numbers = (model.layout.numbers(side, name) for side in (made_for, program))
        if have_numbers != numbers:
            yield f"{name} holds one of {have_numbers} in the model, not one of {numbers}"
    for name, head in program.heads.items():
        if not _same_mask(mask := made_for.heads[name].mask, head.mask, lengths):
            yield f"head {name} of the model has mask {mask}, not {head.mask}"
    # The halt is tested on the device, by the model's own value and its kind.
    if _end(made_for) != _end(program):
        yield f"the model halts on {_end(made_for)}, the program on {_end(program)}"
    if made_for.output_name != program.output_name:
        yield f"the model's output is {made_for.output_name}, the program's {program.output_name}"
    # Bounds are functions of the length, so each length is asked.
    told_apart = (1,) if lengths is None else lengths
    for length in told_apart if max_layers is None else ():
        have, want = (_layers(side.layer_bound(length)) for side in (made_for, program))
        if have != want:
            where = "" if lengths is None else f"on {length} tokens "
            yield f"{where}the model takes {have} layers, the program {want}"
    yield from _unlike(model)


def _same_mask(first: Mask, second: Mask, lengths: Collection[int] | None) -> bool:
    """Says whether two masks select the same positions on inputs of some lengths, None for all."""
    # Masks are normal forms: two that differ at all differ between some positions of long inputs.
    if lengths is None:
        return first == second
    # No input has two positions that are farther apart than the longest one has.
    longest = max(nonempty(lengths, "lengths"))
    return list(first.offsets(longest)) == list(second.offsets(longest))


def other_names(program: Program, second: Program) -> frozenset[int]:
    """Returns the tokens that two programs with equally many tokens call differently."""
    pairs = zip(program.vocab, second.vocab, strict=True)
    return frozenset(token for token, names in enumerate(pairs) if names[0] != names[1])


def same_value(first: Any, second: Any) -> bool:
    """Says whether two values are equal and of one kind; Python holds 0, 0.0 and False equal."""
    return type(first) is type(second) and bool(first == second)


def _shown(domain: Variable) -> str:
    """Returns what a residual stream's coordinates are taken for."""
    # The points of a number are not part of it: rules test them, and a model has no rules.
    if isinstance(domain, Numerical):
        return domain.kind
    subsets = domain.values if isinstance(domain, SetVariable) else ()
    shown = "".join(f" {show_value(subset)}" for subset in subsets)
    return f"{domain.kind} of {domain.width}{shown}"


def _end(program: Program) -> str:
    """Returns the halt in words that tell values of different kinds apart."""
    halt = program.halt
    if halt is None:
        return "nothing"
    return f"{halt.variable}={show_value(halt.value)} ({type(halt.value).__name__})"


def _layers(bound: int | None) -> str:
    return "any number of" if bound is None else str(bound)


def _unlike(model: Model) -> Iterator[str]:
    """Yields in words how what runs differs from the model that holds it."""
    # A model makes its engine when it first runs, of what cannot be changed. Python being Python,
    # that is looked at, too.
    engine = model.engine
    if engine.program is not model.program or engine.max_len != model.max_len:
        yield "the model runs with another program or bound than its own"
    if engine.layout != model.layout or engine.dtype != model.dtype:
        yield "the model runs with another layout or format than its own"
    if engine.architecture != model.architecture:
        yield "the model runs with another halt or output than its own"
    masks = {name: head.mask for name, head in model.program.heads.items()}
    # Arranged anew from the arrays that are proved, and compared with those that run, bit for bit.
    with model.precision():
        placed = device_weights(model.weights, masks)
    if not _same_bits(placed, engine.weights):
        yield "the model runs with other weights than its own"


def _same_bits(first: Any, second: Any) -> bool:
    """Says whether two trees of arrays are the same, bit for bit."""
    structure: Any = jax.tree.structure(first)
    if structure != jax.tree.structure(second):
        return False
    pairs = zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True)
    return all(_bits(left) == _bits(right) for left, right in pairs)


def _bits(array: Any) -> tuple[Any, ...]:
    host = np.asarray(jax.device_get(array))
    return host.dtype, host.shape, host.tobytes()
