"""Effects are numbered once, and so are the rows that they lead to."""

import numpy as np

from alta.interp.batch.codes import Codes
from alta.interp.batch.effects import FAILS, NOTHING, Effects, Successors
from alta.interp.batch.interning import Rows
from tests.alta.lang.toys import toy


def test_equal_effects_have_one_number():
    effects = Effects()
    assert effects.number({}) == NOTHING
    assigned = effects.number({"x": 1, "y": 0})
    assert effects.number({"y": 0, "x": 1}) == assigned
    assert effects.number(None) not in {NOTHING, assigned}
    assert effects[assigned] == {"x": 1, "y": 0}


def test_the_successor_of_a_row_has_what_was_assigned_and_else_what_it_had():
    effects, rows = Effects(), Rows(["x", "y"])
    first = rows.number((2, 1))
    numbers = [NOTHING, effects.number({"x": 0}), effects.number(None)]
    after = Successors(rows, effects, Codes(toy())).after(
        np.array(numbers, np.int32), np.full(3, first, np.int32)
    )
    assert after.tolist() == [first, rows.number((0, 1)), FAILS]
