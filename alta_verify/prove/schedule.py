"""The schedule: in which order obligations are attempted, and how much of the time each may take.

What is cheap comes first, so that a short limit still shows it. Each obligation may take a share of
the time that is left, so that none keeps the others from their turn; what it does not need is left
to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Final

__all__ = ["SAMPLING", "in_turn", "kind_of"]

_KINDS: Final = (
    "sampling",
    "architecture",
    "program",
    # It encodes the network, of which all others but those about the program speak.
    "embedding",
    "attention",
    "softmax",
    "reset",
    "decoding",
    "ffn",
    # It asks for all of the encoding, most of which is done by then.
    "rounding",
    "first",
    "second",
    "outputs",
)

SAMPLING: Final = Fraction(1, 4)
"""What sampling may take of the time, as nothing rests on it."""

# Nearly everything rests on the encoding of the network. What runs of the program do is known at
# once or takes long, and then as long as it may.
_PARTS: Final = {"sampling": SAMPLING, "program": Fraction(1, 8), "embedding": Fraction(3, 4)}


def kind_of(name: str) -> str:
    """Returns the kind of an obligation: what stands before the brackets in its name."""
    return name.partition("[")[0]


def in_turn(
    names: Iterable[str],
    late: Callable[[], Iterable[str]],
    work: Callable[[str], int] = lambda _: 0,
) -> Iterator[tuple[str, Fraction]]:
    """Yields obligations in their order, each with the part of the time left that it may take.

    Most of one kind have equal shares of it, and so have all later kinds together. Those for which
    that was too little come again, when all had their turn, and may take all that is left.

    Args:
        names: the obligations.
        late: says, after all had their turn, which come again.
        work: tells which of one kind take longer than others.
    """
    ordered = sorted(names, key=lambda name: (_KINDS.index(kind_of(name)), work(name)))
    left = Counter(map(kind_of, ordered))
    for index, name in enumerate(ordered):
        alike = left[kind_of(name)]
        last = alike == len(ordered) - index
        yield name, _PARTS.get(kind_of(name), Fraction(1, alike if last else alike + 1))
        left[kind_of(name)] -= 1
    # Nothing rests on sampling.
    for name in sorted(late(), key=lambda name: kind_of(name) == "sampling"):
        yield name, Fraction(1)
