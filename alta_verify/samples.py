"""Samples: some inputs of a language, to be run before anything is proved.

Short inputs exhaustively; of long ones the first and last in token order, one token all along, and
random ones.
"""

from __future__ import annotations

import random
from itertools import islice
from typing import Final

from alta.lang.language import InputLanguage

__all__ = ["Words", "long_words", "short_words"]

_LONG: Final = 16

Words = list[tuple[int, ...]]


def short_words(inputs: InputLanguage, max_len: int, most: int) -> Words:
    """Returns the first inputs, shorter ones first, without the empty one."""
    return list(islice((word for word in inputs.enumerate(max_len) if word), most))


def long_words(inputs: InputLanguage, max_len: int) -> Words:
    """Returns words of the greatest length and of one in the middle, without repetition."""
    lengths = [length for length in inputs.lengths(max_len) if length > 0]
    rng = random.Random(0)
    words: dict[tuple[int, ...], None] = {}
    for length in {lengths[-1], lengths[len(lengths) // 2]} if lengths else ():
        automaton = inputs.automaton(length)
        count = automaton.count(length)
        chosen = [automaton.word_at(length, 0), automaton.word_at(length, count - 1)]
        for token in range(min(len(inputs.vocab), _LONG)):
            constant = (token,) * length
            if automaton.accepts(constant):
                chosen.append(constant)
        while len(chosen) < _LONG // 2:
            chosen.append(automaton.sample_word(rng, length))
        words |= dict.fromkeys(chosen)
    return sorted(words, key=len)
