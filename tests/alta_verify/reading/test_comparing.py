"""Facets are equal, in order and true where values are."""

from tests.alta_verify.reading.spec_functions import agreed, refused


def test_objects_are_compared_by_what_is_in_them():
    agreed("""
a, b = list(tokens), [tokens[0], 1, tokens[2]]
c, d = {1: tokens[0]}, {tokens[1]: 1}
return (
    a == b, a < b, a != b, c == d, {1, tokens[0]} == {1}, (a, 1) == (b, 1),
    a == tuple(a), [a] == [b], None == a,
)""")


def test_nothing_is_equal_to_a_number_that_is_none():
    agreed("x = float('nan') if tokens[0] else 1.0\nreturn x == x, x == 1, 1 == True, 0.0 == -0.0")


def test_truth_is_that_of_values():
    agreed("""
kinds = [tokens[0], [t for t in tokens if t], "ab"[tokens[1]:], {t for t in tokens if t > 1},
1000 * tokens[0] - 1000, None]
return [bool(kind) for kind in kinds], [kind or "no" for kind in kinds[:1]],
tokens[0] and tokens[1] and "yes\"""")


def test_what_has_no_order_raises_where_python_does():
    agreed("return (tokens[0] or None) < tokens[1]")
    assert "it compares by order what has none" in refused(
        "return sorted([tokens[0], str(tokens[1])])"
    )
