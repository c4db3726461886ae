"""Token row plus position row is the code of the initial state."""

import numpy as np
import pytest

import alta
from alta.errors import ModelError
from tests.alta.lang.toys import toy


def test_the_position_table_has_a_row_for_each_position_where_a_variable_reads_them():
    absolute = alta.programs.parity_sequential_absolute(max_length=9)
    assert len(alta.compile(absolute).weights.position_embedding) == 9
    assert len(alta.compile(toy(position_range=9)).weights.position_embedding) == 0


def test_a_program_whose_positions_never_end_is_not_compiled():
    program = toy(variables={"here": alta.position_var(4)})
    assert alta.run(program, [0]).n_layers == 1
    message = "'here' starts with a value read from the position, so position_range must say"
    with pytest.raises(ModelError, match=message):
        alta.compile(program)


def test_what_depends_on_nothing_is_in_every_row_of_the_tokens():
    program = toy(
        variables={
            "p": alta.position_var(2),
            "s": alta.set_var(2, values=[{0}, {0, 1}], default={0, 1}),
            "n": alta.numeric_var([0, 1], input_init_fn=lambda token: token / 4),
        },
        position_range=2,
    )
    model = alta.compile(program)
    tokens, positions = model.weights.token_embedding, model.weights.position_embedding
    columns = {name: list(places) for name, places in model.layout.columns.items()}
    assert tokens[:, columns["s"]].tolist() == [[1, 1]] * 3
    assert tokens[:, columns["n"]].tolist() == [[0], [0.25], [0.5]]
    assert (tokens[:, columns["x"]] == np.eye(3)).all()
    assert (positions[:, columns["p"]] == np.eye(2)).all()
    assert not tokens[:, columns["p"]].any()
    assert not np.delete(positions, columns["p"], axis=1).any()
