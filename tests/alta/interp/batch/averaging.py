"""Programs that average, and the comparison of a batch with its single runs."""

from itertools import product

import pytest

import alta
from tests.alta.lang.toys import toy

WORDS = [word for length in range(5) for word in product(range(3), repeat=length)]


def check(program, words=WORDS, max_layers=None):
    """Compares a batch with its single runs, failures included."""
    single, failing = [], []
    for word in words:
        try:
            single.append(alta.run(program, word, max_layers))
        except alta.ExecutionError as error:
            failing.append((word, type(error), str(error)))
    good = [run.tokens for run in single]
    batch = alta.run_batch(program, good, max_layers)
    assert batch == single
    for run, meant in zip(batch, single, strict=True):
        assert list(map(type, run.outputs)) == list(map(type, meant.outputs))
    for word, kind, message in failing:
        with pytest.raises(kind) as caught:
            alta.run_batch(program, [*good, word], max_layers)
        assert str(caught.value) == message
    return batch, failing


def below(k):
    return frozenset(range(k))


def averaging(head, **options):
    """Writes into y in which bucket a mean over thirds, tenths and ones is."""
    values = (1 / 3, 0.1, 1.0)
    buckets = [0.1, 0.25, 0.4, 1.0]
    rules = [alta.rule({"mean": bucket}, "y", bucket) for bucket in range(4)]
    return toy(
        rules,
        variables={
            "y": alta.var(4),
            "n": alta.numeric_var(buckets, input_init_fn=values.__getitem__),
            "p": alta.position_var(3, lambda position: position % 3),
            "last": alta.var(3, 2),
            "some": alta.set_var(
                3, [below(k) for k in range(1, 4)], input_init_fn=lambda t: below(t + 1)
            ),
            "few": alta.set_var(3, [{0, 2}], default={0, 2}),
        },
        heads={"mean": head},
        **options,
    )
