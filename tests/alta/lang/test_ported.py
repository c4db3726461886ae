"""Programs written for the published API build with nothing but the import changed."""

from itertools import product

import pytest

import alta
from alta_verify import Verdict, verify
from tests.alta.lang import ported

WORDS = [word for length in range(1, 5) for word in product((0, 1), repeat=length)]


@pytest.mark.parametrize("generate_rules", [True, False, None])
def test_a_function_with_absolute_positions_runs(generate_rules):
    program = ported.carry_the_mark(dynamic_halting=True, generate_rules=generate_rules)
    for word in WORDS:
        outputs = alta.run(program, word).outputs
        assert outputs == tuple(int(1 in word[: place + 1]) for place in range(len(word)))
    # Whatever generate_rules was, the rules are there.
    assert program.mlp.get_rules() == list(program.rules)
    assert len(program.rules) > 10


def test_rules_that_loop_over_numbers_run():
    program = ported.count_the_ones()
    for word in WORDS:
        run = alta.run(program, [*word, ported.START], max_layers=2)
        assert set(run.outputs) == {sum(word)}


def test_a_rule_that_takes_a_value_away_may_be_there_and_may_not_fire():
    whole = ported.translate()
    assert "letter=3 & step=0 -> partner := null" in map(str, whole.rules)
    report = verify(whole, max_len=2)
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample is not None
    assert report.counterexample.kind == "range"
    letters = alta.inputs.regex("(0|1|2)*")
    report = verify(ported.translate(letters), max_len=2)
    assert report.verdict is Verdict.PROVED


def test_an_empty_set_of_offsets_selects_everywhere_with_a_warning():
    with pytest.warns(alta.ProgramWarning, match="empty-mask"):
        program = ported.reads_what_is_not_above()
    # The number has no points, so that its function is run and has no rules.
    assert alta.run(program, [0, 1, 2], max_layers=1).outputs == (1, 0, 0)
    with pytest.raises(alta.ProgramError, match="'share', which was declared without values"):
        program.mlp.get_rules()
    with pytest.raises(alta.ProgramError, match=r"generate_rules=True: expected a function that"):
        alta.program_spec(
            program.variables,
            program.heads,
            program.mlp.function,
            "alone",
            3,
            4,
            generate_rules=True,
        )


def test_a_head_without_query_and_key_and_the_rules_of_a_function_run():
    program = ported.rises_between()
    assert alta.run(program, [1, 0, 1, 0, 0], max_layers=1).outputs == (0, 1, 0, 0, 0)


def test_heads_that_read_heads_are_refused_and_the_rewrite_reads_a_layer_later():
    with pytest.raises(alta.ProgramError) as caught:
        ported.follow_the_pointer()
    assert (
        "declare 'next_stored': alta.var(4), assign z['next_stored'] = z['next'] in the MLP, and "
        "take 'next_stored' for the query" in str(caught.value)
    )
    program = ported.follow_the_pointer_rewritten()
    for word in product(range(3), repeat=3):
        outputs = alta.run(program, word, max_layers=2).outputs
        assert outputs == tuple(word[word[word[place]]] for place in range(3))
