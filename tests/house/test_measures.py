"""Names are nouns, files and functions are short, and comments say why."""

from __future__ import annotations

import re

from tests.house.measures import bindings, comments, pronouns, sentences, sizes
from tests.house.tree import Tree, our_tree

LIMITS = {"file": 500, "class": 250, "function": 60}

PRONOUNS_PER_THOUSAND = 2.0
"""The most names in a thousand that are pronouns."""

COMMENTS_PER_HUNDRED = 4.0
"""The fewest lines in a hundred that are comments."""


def per_thousand(tree: Tree) -> float:
    return 1000 * len(pronouns(tree)) / max(1, len(list(bindings(tree))))


def too_long(tree: Tree) -> list[str]:
    return [
        f"{size.kind} {size.name} has {size.lines} lines, at most {LIMITS[size.kind]} are allowed"
        for size in sizes(tree)
        if size.lines > LIMITS[size.kind]
    ]


def verbs(tree: Tree) -> list[str]:
    return [place for place, text in sentences(tree) if re.match(r"(Is|Are)\b", text)]


def commented(tree: Tree) -> float:
    lines = sum(len(text.splitlines()) for text in tree.texts.values())
    return 100 * sum(map(comments, tree.texts.values())) / max(1, lines)


def test_names_are_nouns_and_not_pronouns():
    assert per_thousand(our_tree()) <= PRONOUNS_PER_THOUSAND, pronouns(our_tree())


def test_files_classes_and_functions_are_short():
    assert too_long(our_tree()) == []


def test_the_docstring_of_a_class_is_a_noun():
    assert verbs(our_tree()) == []


def test_comments_say_why():
    assert commented(our_tree()) >= COMMENTS_PER_HUNDRED


def test_a_pronoun_is_found_wherever_it_is_bound():
    text = """
def found(given, *, rest=0, **others):
    one, (mine, rule) = given
    self.own = lambda each: each
    for _some in rest:
        pass
    match one:
        case [*more]:
            return [which for which in more]

class Both:
    def __eq__(self, other): ...
"""
    names = [line.split()[1] for line in pronouns(Tree({"made_up.py": text}))]
    expected = "found given rest others one mine own each _some more which Both"
    assert sorted(names) == sorted(expected.split(" "))


def test_what_is_too_long_is_found():
    body = "    x = 1\n" * 60
    function = f"def f():\n{body}"
    assert too_long(Tree({"f.py": function[: -len("    x = 1\n")]})) == []
    assert too_long(Tree({"f.py": function})) == [
        "function f.py: f has 61 lines, at most 60 are allowed"
    ]
    method = "    def f():\n        pass\n"
    assert [line.split()[0] for line in too_long(Tree({"c.py": "class C:\n" + method * 125}))] == [
        "class"
    ]
    assert [line.split()[0] for line in too_long(Tree({"x.py": "x = 1\n" * 501}))] == ["file"]


def test_a_docstring_that_begins_with_a_verb_is_found():
    docstrings = {"A": "Is a layer.", "B": "A layer.", "C": "Isles."}
    text = "\n".join(f'class {name}:\n    """{said}"""' for name, said in docstrings.items())
    assert verbs(Tree({"x.py": text})) == ["x.py: A"]


def test_comments_are_lines_of_their_own_and_no_strings():
    text = '# why\nx = 1  # aside\ny = """\n# text\n"""\n    # and so\n'
    assert comments(text) == 2
