"""Minimal rules: the public implementation's counts, resets included; what needs other rules."""

import pytest

import alta
from alta.errors import AltaError, ProgramError
from alta.learn import evaluate, minimal_program, minimal_rules, unneeded
from alta.learn.minimal.minimal import sparse_rules
from alta.learn.tracing.extraction import traces
from tests.alta.learn.programs import ONES, inputs, sparse_absolute, words

RELATIVE = alta.programs.parity_sequential_relative()
ABSOLUTE = alta.programs.parity_sequential_absolute(max_length=41)
SUM = alta.programs.parity_sum_mod_2()

# Shaw et al. (2025), section 5: rules that fire on lengths up to 20, and up to 40.
PUBLIC = {
    "dense absolute": (ABSOLUTE, "dense", 118, 238),
    "dense relative": (RELATIVE, "dense", 10, 10),
    "sum and modulo": (SUM, "written", 31, 61),
    "sparse absolute, by hand": (sparse_absolute(), "written", 7, 7),
    "sparse absolute": (ABSOLUTE, "sparse", 7, 7),
}


@pytest.mark.parametrize("row", PUBLIC)
def test_the_counts_are_those_of_the_public_implementation(row):
    program, form, short, long = PUBLIC[row]
    counts = [
        minimal_rules(program, words(program, length), form=form).count_with_resets
        for length in (20, 40)
    ]
    assert counts == [short, long]


def test_a_reset_is_counted_for_each_value_of_a_head():
    found = minimal_rules(ABSOLUTE, words(ABSOLUTE, 20), form="dense")
    # Six for each position but the first, which has no left neighbour.
    assert len(found) == len(found.rules) == 19 * 6
    assert {str(atom) for atom in found.resets} == {
        "parity_left=0",
        "parity_left=1",
        "done_left=0",
        "done_left=1",
    }


def ones_of(program, length):
    return {ONES(tokens) for tokens in words(program, length)}


@pytest.mark.parametrize(
    ("program", "form"),
    [(RELATIVE, "dense"), (RELATIVE, "written"), (ABSOLUTE, "sparse")],
    ids=["dense relative", "relative", "sparse absolute"],
)
def test_rules_that_all_lengths_need_generalise(program, form):
    minimal = minimal_program(program, words(program, 20), form=form)
    assert evaluate(minimal, words(program, 40, seed=1), program=program).accuracy == 1


def test_without_the_rules_of_later_positions_longer_inputs_are_guessed():
    minimal = minimal_program(ABSOLUTE, words(ABSOLUTE, 20), form="dense")
    found = evaluate(minimal, words(ABSOLUTE, 40, seed=1), program=ABSOLUTE)
    short = found.among(lambda outcome: len(outcome.tokens) <= 20)
    long = found.among(lambda outcome: len(outcome.tokens) > 20)
    assert short.accuracy == 1
    assert 0.4 < long.accuracy < 0.6
    assert 0.5 < found.accuracy < 0.65


def test_of_counts_beyond_twenty_the_odd_ones_are_missed():
    minimal = minimal_program(SUM, words(SUM, 20))
    found = evaluate(minimal, words(SUM, 40, seed=1), program=SUM, groups={"ones": ONES})
    wrong = {ones for ones, (right, inputs) in found.by("ones").items() if right < inputs}
    assert wrong == set(range(21, 41, 2))
    assert found.accuracy == 31 / 41


def test_on_its_own_inputs_a_minimal_program_does_what_the_program_does():
    for form in ("written", "sparse", "dense"):
        own = words(ABSOLUTE, 9)
        minimal = minimal_program(ABSOLUTE, own, form=form)
        assert [run.outputs for run in alta.run_batch(minimal, own)] == [
            run.outputs for run in alta.run_batch(ABSOLUTE, own)
        ]


def test_a_smaller_training_set_shows_fewer_rules():
    found = minimal_rules(RELATIVE, ["START 0 0"])
    assert [str(rule) for rule in found.rules] == [
        "parity=0 & done=0 & parity_left=0 & done_left=1 -> done := 1"
    ]
    assert len(found.unused) == 5
    assert str(found).startswith("parity_sequential_relative: 1 rules fire (written); 4 with")


def test_wrong_arguments_are_refused():
    with pytest.raises(AltaError, match="no form 'sparce'"):
        minimal_rules(RELATIVE, [], form="sparce")
    with pytest.raises(AltaError, match="expected traces of"):
        minimal_rules(RELATIVE, traces(ABSOLUTE, []))
    with pytest.raises(AltaError, match="say what it is compared with"):
        evaluate(RELATIVE, [])
    with pytest.raises(AltaError, match="different tokens"):
        evaluate(ABSOLUTE, [], program=RELATIVE)
    with pytest.raises(AltaError, match="no inputs"):
        evaluate(RELATIVE, [], program=RELATIVE).accuracy  # noqa: B018


# --- forms ----------------------------------------------------------------------------------------


def test_sparse_rules_do_the_same():
    for program in (RELATIVE, ABSOLUTE, alta.programs.scan_parser()):
        assert len(sparse_rules(program)) <= len(program.rules)
    sparse = alta.replace(RELATIVE, rules=sparse_rules(RELATIVE))
    assert len(sparse.rules) == 3
    for tokens in words(RELATIVE, 8):
        assert alta.run(sparse, tokens).states == alta.run(RELATIVE, tokens).states


def test_where_a_head_is_undefined_rules_cannot_be_dense():
    program = alta.program_spec_from_rules(
        variables={"x": alta.input_var(2)},
        heads={"left": alta.v_relative("x", -1)},
        rules=[alta.rule({"x": 0}, "x", 1)],
        output_name="x",
        input_range=2,
        layers=1,
    )
    assert len(minimal_rules(program, [(0,)])) == 1
    with pytest.raises(ProgramError, match="'left' is UNDEFINED"):
        minimal_rules(program, [(0,)], form="dense")


# --- what training gives no reason to keep --------------------------------------------------------

SHORT = alta.programs.parity_sequential_absolute(max_length=20)


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
    sequences = words(SHORT, 8)
    found = unneeded(SHORT, sequences)
    kept = [(r, a) for r in SHORT.rules for a in r.atoms if (r, a) not in found.atoms]
    assert len(kept) == found.needed > 0
    for rule, atom in kept:
        assert not same(SHORT, without(SHORT, rule, atom), sequences)
