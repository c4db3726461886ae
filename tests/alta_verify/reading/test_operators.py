"""Operators on all inputs at once do what they do on each."""

from tests.alta_verify.reading.spec_functions import agreed, refused


def test_arithmetic_is_that_of_python():
    agreed("""
a, b, c = tokens[0] - 1, tokens[1], tokens[2] * 1000 - 7
return (
    a + b, a - c, a * b, b * c, c * c, -c, +a, ~c, abs(c), abs(a), c // 3, c % 3, c // -10, c % -10,
    divmod(c, 10), divmod(a, b + 1), c // (b + 1), a ** 2, c ** 3, c ** 0, 2 ** b, c << 2, c >> 3,
    a << b, (a == b) + b, not a, not c,
)""")


def test_an_error_is_raised_where_python_raises_it():
    agreed("return 10 // (tokens[0] - tokens[1])")
    agreed("return 1000 * tokens[0] % (tokens[0] - tokens[1])")
    agreed("return 5 >> (tokens[0] - 1)")
    agreed("return (1000 * tokens[0]) << (tokens[1] - 1)")


def test_bits_are_those_of_python():
    agreed("""
a, b = 1000 * (tokens[0] - 1) + 37 * tokens[1], 700 - 333 * tokens[2]
return a & b, a | b, a ^ b, a & 255, tokens[0] & 1, (tokens[0] == 1) ^ (tokens[1] == 1), ~a & b""")


def test_comparisons_are_those_of_python():
    agreed("""
a, b, c = tokens[0], tokens[1], 1000 * tokens[2] - 999
return (
    a < b, a <= b, a > c, a >= c, a == b, a != b, c == 1, 0 <= a < b, a in (0, 2),
    a not in tokens[1:],
    c in range(0, 2), c in (1, 7), [a, b] < [b, a], [a] == tokens[:1], (a, b) == (1, 1),
    "ab"[a > 0] == "b",
    tokens > [1, 1, 1], str(a) < str(b), a is None, (None if a else b) is None, {a, 1} <= {0, 1},
)""")


def test_sets_are_combined():
    agreed("""
a, b = set(tokens), {tokens[0], 2}
return (
    sorted(a & b), sorted(a | b), sorted(a - b), sorted(a ^ b), len(a), 1 in a, a == b,
    a < {0, 1, 2},
)""")


def test_sequences_are_joined_and_repeated():
    agreed("""
return (
    tokens + [1], tokens * 2, (tokens[0],) * tokens[1], "a" * tokens[0] + str(tokens[1]),
    [tokens[0]] + tokens[2:],
)""")


def test_what_is_used_as_a_value_and_may_change_is_refused():
    assert "combines a set with what is none" in refused("return set(tokens) & tokens[0]")
