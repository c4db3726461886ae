"""Large numbers are exact: nothing overflows, and digits carry."""

import pytest

from alta_verify.reading import numbers, sums
from alta_verify.reading.sums import scalars_of
from alta_verify.reading.values import Number
from tests.alta_verify.reading.spec_functions import agreed, refused

DIGITS = """
first = second = 0
for token in tokens:
    first, second = 10 * first + token + 7, 10 * second + 9 - token
total, less = first + second, first - 10 * second
"""


@pytest.fixture(autouse=True, params=[sums.MOST_VALUES, 40])
def few_values(request, monkeypatch):
    """Lets numbers be written out, and not, so that they are taken apart by columns."""
    monkeypatch.setattr(sums, "MOST_VALUES", request.param)
    monkeypatch.setattr(numbers, "_NARROW", 256 if request.param > 40 else 3)


def test_digits_of_sums_come_out_with_their_carries():
    agreed(
        DIGITS
        + "return total, total % 10, total // 10 % 10, total // 100, total % 100, total // -10"
    )


def test_numbers_are_compared_by_columns():
    agreed(DIGITS + "return total == 1110, total < 1110, less < 0, less == -8000, max(first, less)")


def test_decimal_texts_are_read_and_written():
    agreed(
        DIGITS + "return str(total), str(less), str(total).zfill(6), int(str(total)[1:]), f'{less}'"
    )


def test_numbers_meet_where_branches_do():
    agreed(
        DIGITS + "result = total if tokens[0] else less\nreturn result, result // 10, result % 10"
    )
    agreed(DIGITS + "result = 10 ** 30 if tokens[0] else less\nreturn result + 1")


def test_sums_are_taken_modulo_anything():
    agreed(
        "total = sum(tokens)\n"
        "return total % 2, total % -3, -total % 3, (total + 5) % 2, total % 7 % 2",
        (4, 2),
    )


def test_products_multiply_out():
    agreed(DIGITS + "return total * less % 10, total * total // 1000, less * tokens[1]")


def test_a_number_is_a_bound_form():
    assert numbers.Numbers.__doc__
    number = Number(3, (), 3, 3)
    assert number.lower == number.upper == 3


def test_what_has_no_columns_is_refused(monkeypatch):
    monkeypatch.setattr(sums, "MOST_VALUES", 4)
    monkeypatch.setattr(numbers, "_NARROW", 1)
    reason = refused("return (7 * tokens[0] + 11 * tokens[1] + 13 * tokens[2]) == 24")
    assert "is no sum of digits; compute with digits, one at a time" in reason
    assert "'7 * tokens[0] + 11 *" in reason


def test_a_value_that_is_left_alone_is_that_value():
    class Graph:
        def union(self, cases):
            return dict(cases)

    assert scalars_of(Graph(), [(5, 7)]) == 5
