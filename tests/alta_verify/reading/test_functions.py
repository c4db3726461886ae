"""Functions of Python itself do on all inputs at once what they do on each."""

from tests.alta_verify.reading.spec_functions import agreed, refused


def test_what_goes_through_elements_takes_them_in_order():
    agreed("""
kept = [token for token in tokens if token]
return (
    sum(tokens), sum(kept), sum(kept, 10), min(tokens), max(kept, default=7), min(kept,
    default=-1), max(tokens[0], 1),
    any(kept), all(tokens), any(t > 1 for t in tokens), all(t < 2 for t in kept), len(kept),
    len(set(tokens)),
    min(tokens, key=lambda t: (t - 1) ** 2), sorted(kept), sorted(tokens, reverse=True),
    sorted(tokens, key=lambda t: t % 2),
    min(filter(None, tokens), default=9), max(filter(lambda t: t % 2, tokens), default=-9),
    sorted(set(kept)), list(reversed(kept)), list(zip(tokens, kept)), list(enumerate(kept, 1)),
)""")


def test_iterators_are_gone_through_once():
    agreed("""
return (
    list(map(lambda a, b: a * b, tokens, tokens[1:])), list(filter(None, tokens)), [*map(str,
    tokens)],
    list(accumulate(tokens)), list(accumulate(tokens, lambda a, b: a ^ b)), list(chain(tokens,
    tokens[:1])),
    list(pairwise(tokens)), reduce(lambda a, b: 2 * a + b, tokens, 1), reduce(lambda a, b: a - b,
    tokens),
    tuple(t + 1 for t in tokens), list(range(tokens[0])), list(range(1, 4, tokens[1] + 1)),
)""")


def test_conversions_are_those_of_python():
    agreed("""
return (
    int(tokens[0] > 0), int(str(tokens[0])), str(tokens[0]), bool(tokens[1]), list("ab"),
    tuple(tokens), dict([(1, tokens[0])])[1],
    frozenset(tokens) == set(tokens), round(tokens[0] / 2), chr(97 + tokens[1]),
    ord(chr(65 + tokens[0])), abs(-tokens[2]),
    isinstance(tokens[0], int), isinstance(tokens, list), float(tokens[0]) / 2, pow(tokens[0],
    2), hex(tokens[1]),
)""")


def test_errors_of_functions_are_faults():
    agreed("return min([token for token in tokens if token])")
    agreed("return max(tokens[tokens[0] + 1:])")
    agreed("return reduce(lambda a, b: a + b, [token for token in tokens if token > 1])")
    agreed("return int(''.join('12x'[token] for token in tokens))")


def test_an_iterator_that_could_give_something_else_later_is_refused():
    assert "a second time" in refused("z = zip(tokens, tokens)\nreturn list(z) + list(z)")
    assert "make a list of it" in refused(
        "k = 1\nm = map(lambda t: t + k, tokens)\nk = 2\nreturn list(m)"
    )
    assert "make a list of it" in refused("for t in map(lambda t: t, tokens):\n    pass\nreturn 1")
    assert "changed before" in refused(
        "a = list(tokens)\nz = zip(a, a)\na.append(1)\nreturn list(z)"
    )


def test_what_depends_on_more_than_its_arguments_is_refused():
    for call in (
        "open('x')",
        "id(tokens)",
        "input()",
        "print(tokens)",
        "hash('a')",
        "iter(tokens)",
    ):
        assert f"'{call}': it calls <built-in function" in refused(f"return {call}")
