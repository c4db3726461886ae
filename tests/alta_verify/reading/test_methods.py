"""Methods do on all inputs at once what they do on each, to the objects that they change too."""

from tests.alta_verify.reading.spec_functions import agreed, refused


def test_lists_are_changed_where_a_statement_is_run():
    agreed("""
seen = other = []
for token in tokens:
    if token:
        seen.append(token)
    else:
        seen.extend([5, 6])
    if token > 1 and len(seen) > 1:
        seen[0] = 9
        seen.insert(1, 7)
rest = seen.copy()
rest.sort(reverse=True)
last = rest.pop()
rest.reverse()
if 9 in rest:
    rest.remove(9)
seen += [3]
return seen, other, rest, last, seen.count(5), seen.index(3), tokens.count(tokens[0])""")


def test_two_names_of_one_list_see_its_changes():
    agreed("a, b = [1], [2]\nc = a if tokens[0] else b\nc.append(3)\nreturn a, b, c")


def test_texts_have_their_methods():
    agreed("""
word = "".join(map(str, tokens))
return (
    word, word.zfill(5), word.rjust(4), word.count("1"), word.startswith("1"), word.isdigit(),
    word.index("1") if "1" in word else 7,
    "-".join(str(t) for t in tokens if t), "abc"[tokens[0]].upper(), word[::-1], "10" in word,
    "ab".replace("b", str(tokens[0])),
)""")


def test_dictionaries_and_sets_are_changed_where_a_statement_is_run():
    agreed("""
count, seen = {0: 0, 1: 0, 2: 0}, set()
for token in tokens:
    count[token] += 1
    if token:
        seen.add(token)
    else:
        seen.discard(1)
extra = {}
extra.setdefault(tokens[0], 4)
return (
    list(count.items()), list(count.values()), list(count.keys()), sorted(seen), extra.get(1,
    "no"), extra == {0: 4},
    [count[t] for t in tokens], {k: v + 1 for k, v in count.items()}[0],
    TABLE.get(tokens[0] + 1), 2 in extra,
)""")
    agreed("return TABLE[tokens[0] + tokens[1]]")
    agreed("seen = set(tokens)\nseen.remove(1)\nreturn len(seen)")


def test_the_order_of_keys_does_not_come_from_the_reading():
    reason = refused(
        "d = {}\n"
        "if tokens[0]:\n"
        "    d[1] = 1\n"
        "d[2] = 2\n"
        "if not tokens[0]:\n"
        "    d[1] = 1\n"
        "return list(d)"
    )
    assert "use sorted()" in reason
    assert "use sorted()" in refused("return list(set(tokens))")


def test_what_others_own_is_not_changed():
    assert "make a copy" in refused("tokens.append(1)\nreturn tokens")
    assert "make a copy" in refused("WORDS[0] = 'x'\nreturn tokens")
    assert "go through a copy" in refused(
        "a = list(tokens)\nfor x in a:\n    if len(a) < 9:\n        a.append(x)\nreturn a"
    )
    assert "calls popitem() of a dict" in refused("return {1: 2}.popitem()")
