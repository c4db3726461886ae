"""Variables start with their exact codes, which the format has."""

from __future__ import annotations

import numpy as np
import pytest

from alta.lang.program import program_text
from alta_verify.check.codes import check_number_of_codes
from alta_verify.check.refused import Refused
from tests.alta_verify.check.theorems import (
    compiled,
    theorem,
)
from tests.alta_verify.mutants import with_arrays


@pytest.mark.parametrize("array", ["token_embedding", "position_embedding"])
@pytest.mark.parametrize("amount", [1.0, -1.0, 2.0**-20])
def test_no_number_of_the_embedding_is_off(array, amount):
    _, model = compiled("sorting")
    right = np.array(getattr(model.weights, array))
    for row in range(right.shape[0]):
        for column in range(0, right.shape[1], 3):
            wrong = right.copy()
            wrong[row, column] += np.float32(amount)
            subject = theorem("sorting", with_arrays(model, {array: wrong}))
            # START comes first, and the others after it: not every pair of token and position does.
            with pytest.raises(Refused, match="does not start with its code"):
                subject.show("embedding")


def test_embeddings_that_cancel_are_fine_except_in_head_outputs():
    _, model = compiled("sorting")
    tokens, positions = (
        np.array(one) for one in (model.weights.token_embedding, model.weights.position_embedding)
    )
    columns = model.layout.columns
    for name, fine in (("token", True), ("fetched", False)):
        left, right = tokens.copy(), positions.copy()
        left[:, columns[name][0]] += 1
        right[:, columns[name][0]] -= 1
        subject = theorem(
            "sorting", with_arrays(model, {"token_embedding": left, "position_embedding": right})
        )
        if fine:
            assert "have exactly their codes" in subject.show("embedding")
        else:
            with pytest.raises(Refused, match="fetched does not start"):
                subject.show("embedding")


def test_values_that_the_format_lacks_are_refused():
    text = program_text(compiled("sum")[0]).replace("[0.0,0.0,1.0]", "[0.0,0.0,0.1]")
    subject = theorem("sum", program=text)
    with pytest.raises(Refused, match="has no code for a value of start"):
        subject.show("decoding")


def test_a_halt_value_that_never_occurs_is_refused():
    text = program_text(compiled("sum")[0]).replace("halt -", "halt start=0.5")
    subject = theorem("sum", program=text)
    with pytest.raises(Refused, match="the halt value of 'start' never occurs"):
        subject.show("decoding")


def test_more_numbers_in_codes_than_can_be_written_down_are_refused(monkeypatch):
    program = theorem("sum").program
    numbers = sum(len(variable.values) * variable.width for variable in program.variables.values())
    monkeypatch.setattr("alta_verify.check.codes.MAX_CODES", numbers)
    check_number_of_codes(program)
    monkeypatch.setattr("alta_verify.check.codes.MAX_CODES", numbers - 1)
    with pytest.raises(Refused, match=f"are {numbers} numbers, expected at most {numbers - 1}"):
        check_number_of_codes(program)
