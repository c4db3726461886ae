"""Configurations: those of Table 1 by name, and wrong ones refused."""

import pytest

from alta.errors import AltaError
from alta.learn import configuration

SMALL = configuration("sequential_relative_cpu", hidden=(16,), batch=32, steps=2000)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch": 0}, "batch above 0"),
        ({"noise": -1}, "noise of at least 0"),
        ({"decay": 0}, r"decay in \(0, 1\]"),
        ({"warmup": -1}, "warmup of at least 0"),
        ({"optimizer": "adams"}, "no 'adams'"),
        ({"batches": 3}, "has no 'batches'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_wrong_configurations_are_refused(changes, message):
    with pytest.raises(AltaError, match=message):
        configuration("sum_modulo", **changes)


def test_the_configurations_of_table_1_have_names():
    with pytest.raises(AltaError, match="no configuration 'sum_modul'"):
        configuration("sum_modul")
    assert str(configuration("sum_modulo")) == (
        "sum_modulo: hidden 4096 × 4096 × 4096 × 4096, relu, batch 256, 400000 steps of adam at "
        "0.0001, noise 0.1"
    )
    assert "reduced: smaller than in the paper's Table 1" in str(SMALL)
