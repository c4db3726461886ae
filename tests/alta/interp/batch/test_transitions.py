"""Tables from states to next states are filled as states come up, from the interpreter."""

import numpy as np
import pytest

import alta
from alta.interp.batch import LocalStates, Transitions, execute
from alta.interp.batch.effects import FAILS
from alta.interp.step import transition
from tests.alta.lang.toys import TRAP, UNDEFINED_READ

PARITY = alta.programs.parity_sequential_relative()


def collected(program, words):
    """Returns tables that runs have filled, and the numbers of all local states."""
    tables, local_states = Transitions(program), LocalStates()
    execute(program, np.array(words), 3, transitions=tables, local_states=local_states)
    return tables, local_states._parts()


def test_every_local_state_goes_where_the_interpreter_takes_it():
    tables, parts = collected(PARITY, [[2, 1, 0, 1], [2, 1, 1, 1]])
    before, after = tables.attended_codes(*parts), tables.next_codes(*parts)
    assert not tables.fails(*parts).any()
    for number in range(len(parts[0])):
        codes = {name: int(column[number]) for name, column in before.items()}
        local = {name: tables.codes.value(name, code) for name, code in codes.items()}
        expected = transition(PARITY, local)
        assert expected == {name: int(column[number]) for name, column in after.items()}


@pytest.mark.parametrize(
    ("program", "error"),
    [(TRAP, alta.RangeError), (UNDEFINED_READ, alta.UndefinedVariableError)],
    ids=["trap", "undefined read"],
)
def test_a_state_without_a_next_one_has_its_error(program, error):
    tables, (attended, local) = collected(program, [[1, 0]])
    failing = np.flatnonzero(tables.fails(attended, local)).tolist()
    assert len(failing) == 1
    assert isinstance(tables.error(attended[failing[0]], local[failing[0]]), error)
    cases = tables.cases(attended[failing])
    assert tables.next_positional(cases, local[failing][:, None]).tolist() == [[FAILS]]


def test_tables_do_not_grow_over_states_that_they_have():
    tables, _ = collected(PARITY, [[2, 1, 0, 1]])
    before = len(tables.rows.positional)
    execute(PARITY, np.array([[2, 1, 0, 1]]), 3, transitions=tables)
    assert len(tables.rows.positional) == before
