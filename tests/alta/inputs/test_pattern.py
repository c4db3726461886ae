"""The tree of a pattern is as large as its symbols, and knows its places."""

from alta.inputs.determinise import compile_pattern
from alta.inputs.parser import parse_pattern
from alta.inputs.pattern import MAX_POSITIONS, Name, TokenSet
from tests.alta.inputs.toys import VOCABULARY


def test_the_largest_allowed_repetition_compiles():
    dfa = compile_pattern(f"0{{{MAX_POSITIONS}}}", VOCABULARY)
    assert dfa.longest == MAX_POSITIONS
    assert dfa.count(MAX_POSITIONS) == 1


def test_names_keep_their_columns():
    (leaf,) = parse_pattern(r" [0-\+]").token_sets()
    assert leaf == TokenSet(((Name("0", 2), Name("+", 4)),), negated=False, column=1)
