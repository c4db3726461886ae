"""The grammar of SCAN in plain Python: what it takes apart, and what it refuses."""

import pytest

from alta.datasets import scan_commands
from alta.errors import TokenError
from alta.programs.scan_grammar import RULES, Tree, parse_command, tree_from_postfix


def test_every_command_of_the_data_set_means_its_actions():
    assert all(
        " ".join(parse_command(command).actions) == actions for command, actions in scan_commands()
    )


def test_a_tree_has_its_operands_in_the_order_of_the_command():
    tree = parse_command("jump twice after walk")
    assert tree == Tree("after", (Tree("twice", (Tree("jump"),)), Tree("walk")))
    assert str(tree) == "after(twice(jump), walk)"
    assert tree.postfix == ("jump", "twice", "walk", "after")


def test_turn_with_a_turning_is_one_node():
    assert parse_command("turn around left") == Tree("turn around left")
    assert parse_command("jump around left") == Tree("around left", (Tree("jump"),))


def test_a_tree_is_rebuilt_from_its_postfix_form():
    for command, _ in scan_commands()[::500]:
        tree = parse_command(command)
        assert tree_from_postfix(tree.postfix) == tree


@pytest.mark.parametrize(
    "rules", [(), ("twice",), ("walk", "walk"), ("walk", "and"), ("fly",)], ids=repr
)
def test_what_is_no_postfix_form_of_a_tree_is_refused(rules):
    with pytest.raises(TokenError, match=r"expected .* in postfix form"):
        tree_from_postfix(rules)


def test_all_rules_occur():
    finished = {rule for command, _ in scan_commands() for rule in parse_command(command).postfix}
    assert finished == set(RULES)


REFUSED = {
    "": "expected 'walk' or 'look' or 'run' or 'jump' or 'turn', got the end after 0 words",
    "jump twise": "'after', got 'twise' as word 2; did you mean 'twice' or 'thrice'?",
    "left": "or 'turn', got 'left' as word 1",
    "walk and": "or 'turn', got the end after 2 words",
    "turn twice": "expected 'left' or 'right' or 'opposite' or 'around', got 'twice' as word 2",
    "jump opposite twice": "expected 'left' or 'right', got 'twice' as word 3",
    "jump after turn around": "expected 'left' or 'right', got the end after 4 words",
    "walk twice thrice": "expected 'and' or 'after', got 'thrice' as word 3",
    "walk left left": "expected 'twice' or 'thrice' or 'and' or 'after', got 'left' as word 3",
    "run turn": "'after', got 'turn' as word 2",
    "walk and run after look": "'around' or 'twice' or 'thrice', got 'after' as word 4",
    "walk and run twice left": "expected the end, got 'left' as word 5",
}


@pytest.mark.parametrize("command", REFUSED, ids=repr)
def test_what_is_no_command_is_refused_at_the_first_word_that_does_not_fit(command):
    with pytest.raises(TokenError) as caught:
        parse_command(command)
    assert str(caught.value).startswith(f"command {command!r}: expected ")
    assert str(caught.value).endswith(REFUSED[command])


def test_spaces_do_not_matter():
    assert parse_command("  jump   twice ") == parse_command("jump twice")
