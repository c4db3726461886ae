"""The table of obligations of "the model computes the program", in the order of their turns.

What is cheap comes first. What runs of the program do is known at once or takes long, and then as
long as it may; the embedding encodes the network, of which all later obligations speak; rounding
asks for all of the encoding, most of which is done by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from alta_verify.claim.computes import Task
from alta_verify.obligation import Obligation
from alta_verify.prove.computes import (
    architecture,
    attention,
    decoding,
    embedding,
    ffn,
    program,
    reset,
    rounding,
    sampling,
    softmax,
    spec,
)
from alta_verify.prove.computes.context import Context
from alta_verify.prove.meets.table import EVERY_LENGTH, MEETS
from alta_verify.prove.theorem import SAMPLING, SPEC, Kind

__all__ = ["KINDS", "claims"]


KINDS: Final[Mapping[str, Kind[Context]]] = {
    SAMPLING: Kind(
        claim="the JAX model and the interpreter agree on sampled inputs",
        show=sampling.show,
        open_when="a difference showed in a batch and not in a run on its own",
        advice="run the model on that input, alone and in a batch: XLA may compute them otherwise",
        part=Fraction(1, 4),
    ),
    "architecture": Kind(
        claim="what the model runs with beside its weights is the program's",
        show=architecture.show,
        search=architecture.search,
        open_when="the model was made for another program, whose difference no input shows",
        advice="load or compile the model for this program, or verify the program it was made for",
    ),
    "program": Kind(
        claim="{failure}",
        show=program.show,
        open_when="neither enumeration nor counting nor symbolic runs settled a suspect in time",
        advice="ask for shorter inputs, or narrow the input language to what the program is for",
        part=Fraction(1, 8),
    ),
    "embedding": Kind(
        claim="the embedded input is related to the initial state",
        show=embedding.show,
        open_when="a row gives values other than the initial ones, or leaves something in a head",
        advice="compare the embedding's row of that token and position with a compiled model's",
        part=Fraction(3, 4),
    ),
    "attention": Kind(
        claim="the head adds the code of the selected value, no more",
        show=attention.show,
        search=attention.search,
        open_when="a head writes outside of its own coordinates, or too far from a code",
        advice="prune the head's output matrix, or quantise its value and output matrices less",
    ),
    "softmax": Kind(
        claim="the selected key has weight 1, the others have weight 0",
        show=softmax.show,
        search=attention.search,
        open_when="scores of selected and of other keys are too near, or neither equal nor far "
        "apart, or too large",
        advice="larger query and key weights, or rounded ones where they have noise, or a wider "
        "format",
    ),
    "reset": Kind(
        claim="after the MLP, {subject} is 0 again",
        show=reset.show,
        open_when="what takes a head output away does not do so exactly, and no box holds the rest",
        advice="keep the neurons that subtract a head output exact, or bound the layers "
        "(`max_layers=`)",
    ),
    "decoding": Kind(
        claim="related states decode to the same values, outputs and halt",
        show=decoding.show,
        open_when="codes have drifted so far that they decode to something else at their ends",
        advice="bound the layers (`max_layers=`), or use weights that are rounded less",
    ),
    "ffn": Kind(
        claim="after the MLP, {subject} has the code of its next value",
        show=ffn.show,
        open_when="bounds are too coarse at the local state that is named, or more than 256 of "
        "them had to be excluded",
        advice="weights nearer to compiled ones there, a wider format, or a guard in the program "
        "against combinations of values that runs never have",
    ),
    SPEC: Kind(
        claim=MEETS.claim,
        show=spec.show,
        open_when=MEETS.open_when,
        advice=MEETS.advice,
        stays=True,
    ),
    "rounding": Kind(
        claim="the same holds in {format}, in any order of summation",
        show=rounding.show,
        open_when="weights are subnormal, a sum may overflow, or the device rounds otherwise",
        advice="set subnormal weights to 0, use a wider format, or verify on another device",
    ),
}


def claims(task: Task) -> dict[Obligation, str]:
    """Returns every obligation of a task with what it says, in the order of reports."""
    heads, variables = task.program.heads, task.program.variables
    order: list[tuple[str, str | None]] = [
        (SAMPLING, None),
        ("architecture", None),
        ("embedding", None),
        *((kind, head) for head in heads for kind in ("attention", "softmax")),
        *(("program", failure) for failure in program.FAILURES),
        *(("ffn", variable) for variable in variables),
        *(("reset", head) for head in heads),
        ("decoding", None),
        ("rounding", None),
        *(() if task.meets is None else ((SPEC, None),)),
    ]
    # Whether runs end is a part of what is claimed of every length, or not.
    said = {SPEC: EVERY_LENGTH[SPEC].claim} if task.max_len is None else {}
    return {
        Obligation(kind, subject): said.get(kind, KINDS[kind].claim).format(
            subject=subject,
            format=task.format.name,
            failure=program.FAILURES.get(str(subject)),
            meaning=None if task.meets is None else task.meets.meaning,
        )
        for kind, subject in order
    }
