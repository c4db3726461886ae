"""The SCAN programs carry out and take apart the commands of SCAN, and say what they refuse."""

import random
from itertools import combinations
from typing import Any

import pytest

import alta
from alta.datasets import scan_commands
from alta.errors import AltaError, ProgramError, TokenError
from alta.programs.scan_grammar import REPETITIONS, Tree, parse_command
from alta.programs.scan_layout import Layout

COMMANDS = dict(scan_commands())
PROGRAMS: dict[str, Any] = {
    "scan": alta.programs.scan(),
    "scan_parser": alta.programs.scan_parser(),
}

both = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)

SHORTEST = "walk"
LONGEST = "jump around left thrice and run around right thrice"
KNOWN = {
    "jump": "JUMP",
    "jump left": "LTURN JUMP",
    "jump around right": "RTURN JUMP RTURN JUMP RTURN JUMP RTURN JUMP",
    "turn left twice": "LTURN LTURN",
    "jump thrice": "JUMP JUMP JUMP",
    "jump opposite left and walk thrice": "LTURN LTURN JUMP WALK WALK WALK",
    "jump opposite left after walk around left": (
        "LTURN WALK LTURN WALK LTURN WALK LTURN WALK LTURN LTURN JUMP"
    ),
    "jump twice after walk": "WALK JUMP JUMP",
    "turn opposite right after turn around left": "LTURN LTURN LTURN LTURN RTURN RTURN",
}


def as_text(program, command):
    """What the program should answer."""
    return COMMANDS[command] if program.name == "scan" else str(parse_command(command))


@both
@pytest.mark.parametrize("command", KNOWN)
def test_a_command_is_answered(program, command):
    assert alta.run(program, program.encode(command)).text == as_text(program, command)
    assert COMMANDS[command] == KNOWN[command]


@both
def test_a_sample_of_commands_is_answered(program):
    sample = random.Random(0).sample(sorted(COMMANDS), 25)
    runs = alta.run_batch(program, [program.encode(command) for command in sample])
    for command, run in zip(sample, runs, strict=True):
        assert run.halted
        assert run.text == as_text(program, command)
        assert list(run.outputs) == program.oracle(run.tokens)


@pytest.mark.campaign
@both
def test_every_command_is_answered(program):
    commands = sorted(COMMANDS)
    for start in range(0, len(commands), 1000):
        chunk = commands[start : start + 1000]
        runs = alta.run_batch(program, [program.encode(command) for command in chunk])
        for command, run in zip(chunk, runs, strict=True):
            assert run.text == as_text(program, command)
            assert list(run.outputs) == program.oracle(run.tokens)


@both
@pytest.mark.parametrize("command", [SHORTEST, LONGEST])
def test_the_shortest_and_the_longest_command_are_answered_at_every_position(program, command):
    tokens = program.encode(command)
    run = alta.run(program, tokens)
    assert list(run.outputs) == program.oracle(tokens)
    [again] = alta.run_batch(program, [tokens])
    assert (again.outputs, again.n_layers) == (run.outputs, run.n_layers)


def visits(tree):
    """How often carrying out a tree goes from a repetition or conjunction to a child."""
    if not tree.children:
        return 0
    times = {"twice": 2, "thrice": 3}.get(tree.rule, 4 if "around" in tree.rule else 1)
    inner = times * sum(map(visits, tree.children))
    return inner + (
        times * len(tree.children) if tree.rule in (*REPETITIONS, "and", "after") else 0
    )


@pytest.mark.parametrize("command", [SHORTEST, "walk and walk", "turn left twice", LONGEST])
def test_layers_are_words_and_actions_and_visits(command):
    tree = parse_command(command)
    parser, program = PROGRAMS["scan_parser"], PROGRAMS["scan"]
    parsing = len(command.split()) + 2
    assert alta.run(parser, parser.encode(command)).n_layers == parsing
    layers = parsing + len(tree.actions) + visits(tree)
    assert alta.run(program, program.encode(command)).n_layers == layers


def test_no_command_takes_more_than_67_layers():
    layers = {
        len(command.split()) + 2 + len(tree.actions) + visits(tree): command
        for command in COMMANDS
        for tree in [parse_command(command)]
    }
    assert (min(layers), max(layers)) == (4, 67)


def test_the_parser_keeps_the_children_of_every_node():
    program = PROGRAMS["scan_parser"]
    run = alta.run(program, program.encode("jump left twice after turn around right"))
    last = run.states[-1].after_mlp
    nodes = [(local["left"], local["right"]) for local in last[1:6]]
    # jump, left(1), twice(2), turn around right, after(3, 4); 0 is no child.
    assert nodes == [(0, 0), (1, 0), (2, 0), (0, 0), (3, 4)]


def test_the_program_parses_as_the_parser_does():
    parser, program = PROGRAMS["scan_parser"], PROGRAMS["scan"]
    parsed = alta.run(parser, parser.encode(LONGEST))
    run = alta.run(program, program.encode(LONGEST), max_layers=parsed.n_layers)
    shared = ("left", "right", "symbol", "made", "phase")
    for one, other in zip(parsed.states[-1].after_mlp, run.states[-1].after_mlp, strict=False):
        assert [one[name] for name in shared] == [other[name] for name in shared]


# --- control is the same everywhere, and every read is defined ------------------------------------

CONTROL = {"phase", "input_pointer", "stack_pointer", "made", "node", "dot"}


@both
@pytest.mark.parametrize("command", [SHORTEST, "turn opposite left twice after look around right"])
def test_control_is_the_same_at_every_position(program, command):
    due = {name for name in program.variables if name.startswith("due_")}
    uniform = (CONTROL | due) & program.variables.keys()
    for state in alta.run(program, program.encode(command)).states:
        for name in uniform:
            assert len({local[name] for local in state.after_mlp}) == 1


@both
@pytest.mark.parametrize("command", [SHORTEST, "turn opposite left twice after look around right"])
def test_every_head_reads_exactly_one_position(program, command):
    for state in alta.run(program, program.encode(command)).states:
        for position, local in enumerate(state.after_attention):
            undefined = {name for name in program.heads if local[name] is alta.UNDEFINED}
            # The first position has no left neighbour, and no rule asks for it there.
            cursors = {name for name in program.heads if name.endswith("_cursor_left")}
            assert undefined == (cursors if position == 0 else set())


@both
def test_no_two_rules_can_conflict_in_any_state(program):
    for rules in program.rules_by_variable.values():
        assert all(one.excludes(other) for one, other in combinations(rules, 2))


@both
def test_no_rule_is_a_trap(program):
    assert not any(program.is_trap(rule) for rule in program.rules)


# --- the tests above have been seen to fail -------------------------------------------------------


def outcome(program, tokens):
    """What a run ends with: its outputs, or that it fails or does not halt."""
    try:
        run = alta.run(program, tokens, max_layers=30)
    except AltaError:
        return None
    return list(run.outputs) if run.halted else None


SMALL: dict[str, Any] = {
    "scan": alta.programs.scan(max_words=3, max_actions=4),
    "scan_parser": alta.programs.scan_parser(max_words=3),
}
NEEDED = {
    "scan": ("input_pointer", "node", "shape", "action", "left", "output"),
    "scan_parser": ("input_pointer", "rule"),
}


@pytest.mark.parametrize(
    ("program", "variable"),
    [(program, name) for program, names in NEEDED.items() for name in names],
)
def test_a_program_without_a_rule_that_fires_is_wrong(program, variable):
    program = SMALL[program]
    tokens = program.encode("jump left twice")
    states = [state.after_attention for state in alta.run(program, tokens).states]
    fired = [
        rule
        for rule in program.rules_by_variable[variable]
        if any(rule.fires(local) for state in states for local in state)
    ]
    assert fired
    for rule in fired[:2]:
        rest = [other for other in program.rules if other != rule]
        assert outcome(alta.replace(program, rules=rest), tokens) != program.oracle(tokens)


# --- input language, sizes, errors ----------------------------------------------------------------


@both
def test_the_input_language_is_the_data_set(program):
    assert program.inputs.count(program.position_range) == len(COMMANDS)
    assert all(program.inputs.contains(program.encode(command)) for command in COMMANDS)


def test_most_commands_have_the_shorter_length():
    parser, program = PROGRAMS["scan_parser"], PROGRAMS["scan"]
    assert parser.inputs.lengths(100) == (11,)
    assert program.inputs.lengths(100) == (20, 49)
    assert program.inputs.count(20) == 15_886
    assert len(COMMANDS) - program.inputs.count(20) == 5_024
    for command, actions in COMMANDS.items():
        assert len(program.encode(command)) == (20 if len(actions.split()) <= 19 else 49)


@pytest.mark.parametrize(("command", "length"), [("walk", 20), (LONGEST, 49)])
def test_a_command_is_no_input_in_another_length(command, length):
    program = PROGRAMS["scan"]
    tokens = program.encode(command)
    blank = tokens[-1]
    assert len(tokens) == length
    for other in (len(command.split()) + 2, 20, 21, 48, 49):
        padded = (tokens + [blank] * 49)[:other]
        assert program.inputs.contains(padded) == (other == length)


def test_the_shorter_length_is_for_the_user_to_choose():
    program: Any = alta.programs.scan(short_length=33)
    assert program.inputs.lengths(100) == (33, 49)
    tokens = program.encode("jump around left thrice and run around right")
    assert (len(tokens), program.inputs.contains(tokens)) == (33, True)
    assert list(alta.run(program, tokens).outputs) == program.oracle(tokens)


@pytest.mark.parametrize("short_length", [49, 60])
def test_a_shorter_length_that_is_no_shorter_leaves_one_length(short_length):
    program: Any = alta.programs.scan(short_length=short_length)
    assert program.inputs.lengths(100) == (49,)
    assert program.inputs.count(49) == len(COMMANDS)


@pytest.mark.parametrize(("words", "actions"), [(1, 1), (3, 3), (4, 8), (5, 48), (9, 7)])
def test_a_smaller_program_takes_the_commands_that_fit(words, actions):
    program: Any = alta.programs.scan(max_words=words, max_actions=actions)
    fitting = {
        tuple(program.encode(command))
        for command, answer in COMMANDS.items()
        if len(command.split()) <= words and len(answer.split()) <= actions
    }
    assert set(program.inputs.enumerate(program.position_range)) == fitting
    tokens = program.inputs.sample(random.Random(0), program.position_range)
    assert list(alta.run(program, tokens).outputs) == program.oracle(tokens)


def test_a_smaller_parser_takes_the_commands_that_fit():
    program: Any = alta.programs.scan_parser(max_words=4)
    fitting = {tuple(program.encode(command)) for command in COMMANDS if len(command.split()) <= 4}
    assert set(program.inputs.enumerate(program.position_range)) == fitting


@both
def test_text_that_is_no_command_is_refused(program):
    with pytest.raises(TokenError, match="expected 'left' or 'right', got 'twice' as word 3"):
        program.encode("jump opposite twice")


def test_a_command_that_does_not_fit_is_refused():
    small: Any = alta.programs.scan_parser(max_words=2)
    with pytest.raises(TokenError, match=r"expected at most 2 words, got 3; .* greater max_words"):
        small.encode("walk and run")
    program: Any = alta.programs.scan(max_words=4, max_actions=7)
    with pytest.raises(TokenError, match=r"expected at most 7 actions, got 8; .* max_actions"):
        program.encode("run around left")
    with pytest.raises(TokenError, match="expected at most 4 words, got 5"):
        program.encode("run left and run left")


@pytest.mark.parametrize(
    ("name", "sizes", "said"),
    [
        ("scan", {"max_words": 0}, "max_words: expected 1 … 9, got 0"),
        ("scan", {"max_words": 10}, "max_words: expected 1 … 9, got 10"),
        ("scan", {"max_actions": 0}, "max_actions: expected 1 … 48, got 0"),
        ("scan", {"max_actions": 49}, "max_actions: expected 1 … 48, got 49"),
        ("scan", {"max_actions": 2.5}, "max_actions: expected an int, got 2.5"),
        ("scan", {"short_length": 10}, "short_length: expected at least 11, got 10"),
        ("scan", {"max_words": 2, "short_length": 7}, "short_length: expected at least 8, got 7"),
        ("scan", {"short_length": "20"}, "short_length: expected an int, got '20'"),
        ("scan_parser", {"max_words": -1}, "max_words: expected 1 … 9, got -1"),
    ],
)
def test_a_size_that_makes_no_sense_is_refused(name, sizes, said):
    with pytest.raises(ProgramError, match=said):
        alta.programs.get(name, **sizes)


def test_areas_lie_over_one_another():
    layout = Layout(words=2, actions=9, short=9)
    positions = range(layout.longest)
    assert (layout.cells, layout.longest, layout.indices) == (8, 10, 9)
    assert [layout.index(p) for p in positions] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]
    assert [layout.above(p) for p in positions] == [1, 2, 3, 4, 5, 6, 7, 0, 8, 8]
    assert [layout.cursor(p) for p in positions] == [0, 1] + [2] * 8
    assert [layout.length(actions) for actions in (1, 8, 9)] == [9, 9, 10]


def test_a_sequence_without_positions_behind_the_cells_needs_no_index_for_them():
    layout = Layout(words=9)
    assert (layout.cells, layout.longest, layout.indices) == (11, 11, 11)
    assert sorted(map(layout.index, range(11))) == sorted(map(layout.above, range(11)))


def test_nothing_decodes_to_nothing():
    assert all(program.decode([0] * program.position_range) == "" for program in PROGRAMS.values())


def test_a_tree_decodes_to_its_text():
    program = PROGRAMS["scan_parser"]
    tokens = program.encode("look opposite right")
    assert program.decode(program.oracle(tokens)) == str(Tree("opposite right", (Tree("look"),)))
