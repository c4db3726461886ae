"""Languages that say the same at every length: patterns and lists."""

import random
from itertools import islice

from alta import inputs
from tests.alta.inputs.toys import VOCAB


def test_a_bound_list_is_in_token_numbers():
    language = inputs.sequences([["START"], [0, "1"], "0 1"]).bind(VOCAB, None)
    assert language.spec == inputs.sequences([[0, 1], [2]])
    assert language.spec.to_text() == "sequences [[0,1],[2]]"
    assert language.vocab == VOCAB


def test_a_long_list_binds_and_is_counted():
    rng = random.Random(0)
    names = tuple(f"w{index}" for index in range(14))
    words = {tuple(rng.choices(names, k=rng.randrange(1, 10))) for _ in range(5000)}
    language = inputs.sequences(words).bind(names, None)
    assert language.count(9) == len(words)
    assert all(language.contains(word) for word in islice(words, 100))
    assert repr(language.spec) == f"Sequences(<{len(words)} sequences>)"
