"""A histogram: one head whose mean says how many positions it was taken over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import alta
from tests.cases.case import BrokenModel, BrokenProgram, Case
from tests.cases.changes import assigning, ignoring, with_head, with_inputs
from tests.cases.damage import blinding, confusing, silencing

LONGEST = 20
BOS = 4
# The share of one BOS among itself and c other tokens; 0 where there is no BOS.
SHARES = (0.0, *(1 / (1 + count) for count in reversed(range(LONGEST))))


def _ffn(z: Any) -> None:
    share = z["share"]
    z["count"] = round(1 / share) - 1 if share > 0 else LONGEST  # a trap


def histogram() -> alta.Program:
    """Counts at every position how often its token occurs; BOS is not counted.

    A position selects BOS and all tokens like its own, and takes the mean of a number that is 1
    at BOS and 0 elsewhere.
    """
    return alta.program_spec(
        name="histogram",
        variables={
            "token": alta.input_var(BOS + 1),
            "alike": alta.set_var(
                BOS + 1,
                [{token, BOS} for token in range(BOS + 1)],
                input_init_fn=lambda token: {token, BOS},
            ),
            "is_bos": alta.numeric_var(input_init_fn=lambda token: token == BOS),
            "count": alta.var(LONGEST),
        },
        heads={
            "share": alta.qkv(
                "alike", "token", "is_bos", output_spec=alta.numeric_var(values=SHARES)
            )
        },
        ffn_fn=_ffn,
        output_name="count",
        input_range=BOS + 1,
        position_range=LONGEST,
        layers=1,
        vocab=("a", "b", "c", "d", "BOS"),
        inputs=alta.inputs.regex("BOS [a-d]*"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    counts = Counter(tokens[1:])
    return [counts[token] for token in tokens]


def _bucket(count: int) -> int:
    return LONGEST - count


CASE = Case(
    build=histogram,
    oracle=_oracle,
    programs=(
        BrokenProgram(
            "twelve are taken for thirteen",
            part="rules",
            kind="mismatch",
            change=assigning(13, "count", share=_bucket(12)),
        ),
        BrokenProgram(
            "nineteen are too many",
            part="rules",
            kind="range",
            change=assigning(LONGEST, "count", share=_bucket(19)),
        ),
        BrokenProgram(
            "there are always seven",
            part="rules",
            kind="conflict",
            change=ignoring("share", "count", share=_bucket(7)),
        ),
        BrokenProgram(
            "only what is to the left counts",
            part="heads",
            kind="mismatch",
            change=with_head("share", mask=tuple(range(-LONGEST, 1))),
        ),
        BrokenProgram(
            "eighteen and nineteen are not told from seventeen",
            part="heads",
            kind="mismatch",
            change=with_head(
                "share", output=alta.numeric_var(values=(0.0, 0.01, 0.02, *SHARES[3:]))
            ),
        ),
        BrokenProgram(
            "BOS is not found from far away",
            part="heads",
            kind="range",
            change=with_head("share", mask=tuple(range(-9, LONGEST))),
        ),
        BrokenProgram(
            "no BOS",
            part="inputs",
            kind="range",
            change=with_inputs(alta.inputs.regex("BOS? [a-d]*")),
        ),
    ),
    models=(
        BrokenModel("d looks like c", confusing(3, 2)),
        BrokenModel("no rule for five", silencing("count", share=_bucket(5))),
        BrokenModel("no share is seen", blinding("share")),
    ),
    telling=tuple((BOS, *[0] * count) for count in range(LONGEST)),
)
