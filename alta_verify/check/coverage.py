"""Coverage: why an obligation leaves out no case, in words.

The sections are those of ``docs/explanation/theorem.md``.
"""

from __future__ import annotations

from typing import Final

__all__ = ["coverage"]

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
}


def coverage(obligation: str) -> str:
    """Returns what an obligation goes through, and where it is argued that this is everything.

    Args:
        obligation: its name, as in ``"ffn[parity]"``.
    """
    return _COVERAGE[obligation.partition("[")[0]]
