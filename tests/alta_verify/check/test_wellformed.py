"""A text that declares no program is refused."""

from __future__ import annotations

import pytest

from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from tests.alta_verify.check.theorems import (
    TEXT,
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("alta-program 1", "alta-program 2"),
        ("tokens 4", "tokens 5"),
        ('["BOS","1"', '["1","1"'),
        ("output sorted", "output fetched"),
        ("output sorted", "output sorted\noutput sorted"),
        ("variable index", "variable token"),
        ("head fetched", "head index"),
        ("head fetched", "head mean"),
        ("variable index range 4 position [0,1,2,3]", "variable index range 4 position [0,1,2,4]"),
        ("subsets [[0],[0,1]", "subsets [[0],[0,2]"),
        ("value bos mask - values [", "value rank mask - values ["),
        ("value token mask -", "value bos mask -"),
        ("value token mask -", "value up_to mask -"),
        ("query index key rank", "query - key rank"),
        ("query index key rank", "query index key -"),
        ("rule mean=0 -> rank", "rule mean=0 -> nothing"),
        ("rule mean=0 ->", "rule nothing=0 ->"),
        ("rule mean=0 ->", "rule mean ->"),
        ("layers 2", "layers"),
        ("halt -", "halt x"),
        ("inputs distinct", "input distinct"),
    ],
)
def test_a_text_that_is_no_program_is_refused(old, new):
    assert old in TEXT
    read_program(TEXT)
    with pytest.raises(Refused, match="cannot be read"):
        read_program(TEXT.replace(old, new, 1))
