"""The parser of the SCAN programs builds the tree, with the same control everywhere."""

from itertools import combinations

import pytest

import alta
from tests.alta.programs.scans import LONGEST, PROGRAMS, SHORTEST, both_programs


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
    for parsed_local, run_local in zip(
        parsed.states[-1].after_mlp, run.states[-1].after_mlp, strict=False
    ):
        assert [parsed_local[name] for name in shared] == [run_local[name] for name in shared]


CONTROL = {"phase", "input_pointer", "stack_pointer", "made", "node", "dot"}


@both_programs
@pytest.mark.parametrize("command", [SHORTEST, "turn opposite left twice after look around right"])
def test_control_is_the_same_at_every_position(program, command):
    due = {name for name in program.variables if name.startswith("due_")}
    uniform = (CONTROL | due) & program.variables.keys()
    for state in alta.run(program, program.encode(command)).states:
        for name in uniform:
            assert len({local[name] for local in state.after_mlp}) == 1


@both_programs
@pytest.mark.parametrize("command", [SHORTEST, "turn opposite left twice after look around right"])
def test_every_head_reads_exactly_one_position(program, command):
    for state in alta.run(program, program.encode(command)).states:
        for position, local in enumerate(state.after_attention):
            undefined = {name for name in program.heads if local[name] is alta.UNDEFINED}
            # The first position has no left neighbour, and no rule asks for it there.
            cursors = {name for name in program.heads if name.endswith("_cursor_left")}
            assert undefined == (cursors if position == 0 else set())


@both_programs
def test_no_two_rules_can_conflict_in_any_state(program):
    for rules in program.rules_by_variable.values():
        assert all(first.excludes(second) for first, second in combinations(rules, 2))


@both_programs
def test_no_rule_is_a_trap(program):
    assert not any(program.is_trap(rule) for rule in program.rules)
