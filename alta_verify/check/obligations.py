"""Obligations: which there are, why each leaves out no case, and what they imply, in words.

The sections in parentheses are those of ``docs/explanation/theorem.md``. The sentences are part of
certificates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final, NamedTuple, final

__all__ = ["FAILURES", "Obligation", "assumptions", "claim", "obligations"]

FAILURES: Final = ("conflict", "range", "undefined")  # of a run of the program

# What an obligation of a kind goes through, and where it is argued that this is everything.
_COVERAGE: Final = {
    "architecture": "all names of tokens, kinds, masks, the halt test, the output and the bounds "
    "on layers, of every length that some input has (The proof)",
    "embedding": "every token at every position at which some input of the language has it "
    "(Lemma 1)",
    "attention": "every value that may be read, and every mixture of them where none or several "
    "are selected (Lemma 2)",
    "softmax": "every value that the query may have with every one that the key may have, and the "
    "longest input, which leaks most (Softmax)",
    "program": "every rule, and every pair of rules for one variable, at every position: value "
    "sets have all local states of all layers, and runs of slices have those of all inputs within "
    "the bounds (Which local states occur)",
    "ffn": "every local state that the value sets allow, case by case, but for those that occur in "
    "no run, of which evidence.json has a list that is checked; cases together have all local "
    "states (Lemma 3)",
    "reset": "every coordinate of the head output, in every local state that the value sets allow "
    "(The reset is exactly 0)",
    "decoding": "every value that a variable may have (The proof)",
    "rounding": "every weight, every end of an interval that the proof speaks of, and every sum "
    "(Floating point)",
    "spec": "every input within the bounds, each run to its end by itself (What was meant)",
}

# What is other where inputs have any length.
_UNBOUNDED: Final = {
    "architecture": "all names of tokens, kinds, masks, the halt test, the output and the bound on "
    "layers (The proof)",
    "embedding": "every token of the language, as there are no position embeddings (Lemma 1)",
    "softmax": "every value that the query may have with every one that the key may have, and as "
    "many keys as the mask has offsets (Softmax)",
    "program": "every rule, and every pair of rules for one variable, in every window of "
    "neighbours that no pattern of evidence.json matches (Windows)",
}

_MEANT: Final = (
    " And every run ends, with outputs that are for each input those that meant.json has, of which "
    "it says: {}."
)

_WRITTEN: Final = "meant.json has what was meant, whatever code it was made by, which is not run"

# So much of the description of a language is quoted.
_QUOTED: Final = 200


@final
class Obligation(NamedTuple):
    """A part of the proof, of the whole network or of one variable, head or failure."""

    kind: str  # a key of the table above
    subject: str = ""  # the variable, head or failure
    unbounded: bool = False  # whether inputs have any length

    @property
    def name(self) -> str:
        """The name in certificates and reports, as in ``ffn[parity]``."""
        return f"{self.kind}[{self.subject}]" if self.subject else self.kind

    def query(self, number: int) -> str:
        """Returns the name in the archive of one of its queries, counted from 1."""
        # Names of programs may have any characters, those of paths may not.
        plain = "".join(
            letter if re.match(r"[A-Za-z0-9_-]", letter) else f"%{ord(letter):x};"
            for letter in self.subject
        )
        return f"{self.kind}/{plain}/{number:04}.smt2"

    def entry(self, queries: int, sha256: str) -> dict[str, Any]:
        """Returns what a manifest says of it: the number of its queries, and the hash of all."""
        return {
            "name": self.name,
            "covers": (_COVERAGE | _UNBOUNDED if self.unbounded else _COVERAGE)[self.kind],
            "queries": queries,
            "queries_sha256": sha256,
        }


def obligations(
    heads: Iterable[str],
    variables: Iterable[str],
    *,
    unbounded: bool = False,
    meant: bool = False,
) -> tuple[Obligation, ...]:
    """Returns the obligations of a program with some heads and variables, in their order."""
    heads = tuple(heads)
    bounded = (
        Obligation("architecture"),
        Obligation("embedding"),
        *(Obligation(kind, head) for head in heads for kind in ("attention", "softmax")),
        *(Obligation("program", failure) for failure in FAILURES),
        *(Obligation("ffn", variable) for variable in variables),
        *(Obligation("reset", head) for head in heads),
        Obligation("decoding"),
        Obligation("rounding"),
        *((Obligation("spec"),) if meant else ()),
    )
    return tuple(obligation._replace(unbounded=unbounded) for obligation in bounded)


def claim(
    language: str, lengths: str, max_layers: int | None, dtype: str, says: str | None = None
) -> str:
    """Returns the theorem in words."""
    if len(language) > _QUOTED:
        language = f"{language[:_QUOTED]}… ({len(language)} characters)"
    until = "for as many layers as the program takes"
    if max_layers is not None:
        until = f"for the first {max_layers} layers"
    return (
        f"for every input of {language} {lengths}, {until}, every variable at "
        "every position decodes from the model's residual stream to the interpreter's value; both "
        "halt after the same layer with the same outputs; and no rules conflict, assign a value "
        "out of range or read something UNDEFINED; in real arithmetic, and in "
        f"{dtype} summed in any order.{'' if says is None else _MEANT.format(says)}"
    )


def assumptions(gaps: Iterable[Fraction], *, meant: bool = False) -> tuple[str, ...]:
    """Returns what is taken on trust of heads with some score gaps, beside Python."""
    exponents = "".join(f"exp(-{gap:g}) = 0, " for gap in sorted({float(gap) for gap in gaps}))
    return (
        "products are summed in some order, by no algorithm that takes numbers apart",
        "operations may be fused, and subnormal numbers flushed to 0",
        f"on the device exp(0) = 1, {exponents}0/k = 0, and 1/k is right but for its last bit",
        "the JAX code computes the formulas of the construction",
        *((_WRITTEN,) if meant else ()),
    )
