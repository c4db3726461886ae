"""Elements and parts on all inputs at once are those on each."""

from tests.alta_verify.reading.spec_functions import agreed, refused


def test_indices_may_depend_on_the_input():
    agreed(
        "return tokens[tokens[0]], tokens[-tokens[1]], PAIRS[tokens[0]], "
        "WORDS[tokens[2]], 'abc'[tokens[1]]"
    )
    agreed("return tokens[2 * tokens[0]]")
    agreed("return [0, 1, 2][tokens[0] - 5 * tokens[1]]")


def test_slices_may_depend_on_the_input():
    agreed(
        "a, b = tokens[0], tokens[1]\nreturn tokens[a:], tokens[:b], tokens[a:b], "
        "tokens[::-1], tokens[b::a - 3], 'abcd'[a:b]"
    )


def test_elements_are_assigned_at_any_index():
    agreed("a = list(tokens)\na[a[0]] = 7\na[-1] += 2\nreturn a")
    agreed("a = list(tokens)\na[a[0] + a[1]] = 7\nreturn a")
    agreed("a = [[0], [1], [2]]\na[tokens[0]][0] = 5\na[tokens[1]].append(6)\nreturn a")


def test_values_are_unpacked():
    agreed(
        "a, *b = tokens\n"
        "*c, d = tokens\n"
        "(e, f), g = (tokens[:2], 5)\n"
        "return a, b, c, d, e, f, g, [0, *tokens, 1]"
    )


def test_comprehensions_nest_and_filter():
    agreed("""
pairs = [(a, b) for a in tokens if a for b in tokens if b > a]
return (
    pairs, len(pairs), [len(p) for p in pairs], {a for a, _ in pairs} == {1},
    [t for t in tokens if t in (1, 2) if t != 2],
)""")


def test_what_has_no_order_or_length_is_refused():
    assert "no parts in order" in refused("return set(tokens)[0]")
    assert "build a new list" in refused("a = list(tokens)\na[:1] = [5]\nreturn a")
