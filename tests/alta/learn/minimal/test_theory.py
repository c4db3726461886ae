"""What training gives no reason to keep can be left out, and nothing else can."""

import pytest

import alta
from alta.learn import unneeded
from alta.learn.tracing.extraction import traces
from tests.alta.learn.programs import inputs, words

ABSOLUTE = alta.programs.parity_sequential_absolute(max_length=20)


def toy(rules, **options):
    return alta.program_spec_from_rules(
        variables={"x": alta.input_var(3), "y": alta.input_var(3), "z": alta.var(3)},
        heads={},
        rules=rules,
        output_name="z",
        input_range=3,
        layers=1,
    )


def test_silent_and_idle_rules_are_found():
    program = toy([alta.rule({"x": 1}, "z", 0), alta.rule({"x": 2}, "z", 1)])
    found = unneeded(program, [(0, 1)])
    assert [str(rule) for rule in found.silent] == ["x=2 -> z := 1"]
    assert [str(rule) for rule in found.idle] == ["x=1 -> z := 0"]
    assert (found.atoms, found.needed) == ((), 0)


def test_an_atom_that_always_holds_with_another_decides_nothing():
    # Here x and y are always equal.
    program = toy([alta.rule({"x": 1, "y": 1}, "z", 1)])
    found = unneeded(program, [(0, 1, 2)])
    assert [str(atom) for _, atom in found.atoms] == ["x=1", "y=1"]
    assert found.needed == 0
    assert str(found) == (
        "0 rules never fire, 0 change nothing; of the atoms of the others 2 decide nothing, "
        "0 are needed"
    )


def without(program, rule, atom):
    """The program with one atom fewer; None for a rule leaves the whole rule out."""
    rules = [one for one in program.rules if one != rule]
    if atom is not None:
        rules.append(
            alta.Rule(tuple(one for one in rule.atoms if one != atom), rule.variable, rule.value)
        )
    return alta.replace(program, rules=rules)


def same(program, other, sequences):
    try:
        return [run.outputs for run in alta.run_batch(other, sequences, 30)] == [
            run.outputs for run in alta.run_batch(program, sequences, 30)
        ] and [len(traces(other, sequences, 30))] == [len(traces(program, sequences, 30))]
    except alta.ExecutionError:
        return False


@pytest.mark.parametrize("name", ["addition", "parity_sum_mod_2", "parity_sequential_absolute"])
def test_what_is_unneeded_can_be_left_out(name):
    program, sequences = inputs(name)
    found = unneeded(program, sequences)
    silent = alta.replace(
        program, rules=[r for r in program.rules if r not in {*found.silent, *found.idle}]
    )
    assert same(program, silent, sequences)
    for rule, atom in found.atoms[:10]:
        assert same(program, without(program, rule, atom), sequences)


def test_what_is_needed_cannot_be_left_out():
    sequences = words(ABSOLUTE, 8)
    found = unneeded(ABSOLUTE, sequences)
    kept = [(r, a) for r in ABSOLUTE.rules for a in r.atoms if (r, a) not in found.atoms]
    assert len(kept) == found.needed > 0
    for rule, atom in kept:
        assert not same(ABSOLUTE, without(ABSOLUTE, rule, atom), sequences)
