"""Running everything: the oracle of the properties, by the definitional interpreter alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, note, settings

import alta
from alta import UNDEFINED, ExecutionError, Numerical, Program, SetVariable, Variable
from alta.interp.step import Local, Table, attend, halted, initial_state, mlp
from alta.nn.layout import Layout
from alta.nn.model import Model
from alta_verify.abstraction import Abstraction
from alta_verify.strategies import programs
from tests.alta_verify.obligations import show_instead

Word = tuple[int, ...]

MAX_LEN: Final = 4
"""How long the words of generated programs are."""

_SHARE: Final = 10 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 0.15

UNDEFINED_CODE: Final = -1

small_programs = programs(max_tokens=2, max_length=3, max_variables=3, max_heads=2, max_rules=8)
small_total_programs = programs(
    total=True, max_tokens=2, max_length=3, max_variables=3, max_heads=2, max_rules=8
)

EVERY_KIND: Final = ("categorical", "numerical", "set")

mixed_programs = programs(
    kinds=EVERY_KIND, max_tokens=2, max_length=3, max_variables=3, max_heads=2, max_rules=8
)
mixed_total_programs = programs(
    total=True,
    kinds=EVERY_KIND,
    max_tokens=2,
    max_length=3,
    max_variables=3,
    max_heads=2,
    max_rules=8,
)


def cases(number: int) -> settings:
    """How many cases a property is given: ten times as many if thorough, otherwise a seventh.

    There are two at least, since the first one drawn is the least. A case may reject many programs,
    and take long the first time that JAX compiles something.
    """
    return settings(
        max_examples=max(2, round(number * _SHARE)),
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.filter_too_much,
            HealthCheck.data_too_large,
        ],
    )


@dataclass(frozen=True)
class Course:
    """What the interpreter makes of one input: tables at layer boundaries and after attention."""

    tokens: Word
    tables: list[Table]
    attended: list[Table]
    error: ExecutionError | None

    def locals(self) -> Iterator[tuple[int, int, Local]]:
        """Every local state after attention, with its layer and position."""
        for layer, table in enumerate(self.attended, start=1):
            for position, local in enumerate(table):
                yield layer, position, local


def course(program: Program, tokens: Word, max_layers: int | None = None, more: int = 0) -> Course:
    """Follows a run until it halts, fails, takes all its layers, or repeats a state.

    Args:
        more: so many layers are followed beyond the first repetition.
    """
    bound = program.layer_bound(len(tokens)) if max_layers is None else max_layers
    table = initial_state(program, tokens)
    tables, attended, past = [table], [], {frozen(table)}
    repeated = 0
    while not halted(program, table) and (bound is None or len(attended) < bound):
        if repeated > more:
            break
        attended.append(attend(program, table))
        try:
            table = mlp(program, attended[-1], layer=len(attended))
        except ExecutionError as error:
            return Course(tokens, tables, attended, error)
        tables.append(table)
        repeated += frozen(table) in past
        past.add(frozen(table))
    return Course(tokens, tables, attended, None)


def frozen(table: Table) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(local.values()) for local in table)


def words_of(program: Program, max_len: int = MAX_LEN) -> list[Word]:
    """Every input of 1 to max_len tokens."""
    return [word for word in program.inputs.enumerate(max_len) if word]


def courses(
    program: Program, max_len: int = MAX_LEN, max_layers: int | None = None, more: int = 0
) -> list[Course]:
    """The course of every input of 1 to max_len tokens."""
    return [course(program, word, max_layers, more) for word in words_of(program, max_len)]


def coded(abstraction: Abstraction, local: Local) -> dict[str, int]:
    """A local state by the indices of its values, with UNDEFINED as a number."""
    return {name: abstraction.index_of(name, value) for name, value in local.items()}


def code_of(table: Table, layout: Layout, dtype: str) -> np.ndarray[Any, Any]:
    """The residual stream that is the one-hot code of a table; names that it lacks are 0."""
    stream = np.zeros((len(table), layout.width), dtype=dtype)
    for row, local in zip(stream, table, strict=True):
        for name, value in local.items():
            row[layout.columns[name][value]] = 1
    return stream


def decoded(
    stream: np.ndarray[Any, Any], variables: Mapping[str, Variable], layout: Layout
) -> Table:
    """What a residual stream stands for, by the definition.

    That is the only coordinate above 1/2, all coordinates above 1/2, or the coordinate itself.
    """
    table = []
    for row in np.asarray(stream, dtype=np.float64):
        local: dict[str, Any] = {}
        for name, variable in variables.items():
            own = row[list(layout.columns[name])]
            high = np.flatnonzero(own > 0.5)
            if isinstance(variable, Numerical):
                local[name] = float(own[0])
            elif isinstance(variable, SetVariable):
                local[name] = frozenset(high.tolist())
            else:
                local[name] = int(high[0]) if len(high) == 1 else UNDEFINED
        table.append(local)
    return tuple(table)


def differences(model: Model, known: Course) -> list[tuple[int, int, str]]:
    """Where the JAX model is in another state than the interpreter: layer, position, variable."""
    streams = model.residual_streams(known.tokens, len(known.tables) - 1)
    names = list(model.program.variables)
    found = []
    for layer, (table, stream) in enumerate(zip(known.tables, streams[::2], strict=True)):
        have = decoded(stream, model.program.variables, model.layout)
        for position, (want, got) in enumerate(zip(table, have, strict=True)):
            found += [(layer, position, name) for name in names if want[name] != got[name]]
    return found


@contextmanager
def nothing_sampled() -> Iterator[None]:
    """A verifier that runs no input beforehand, so that a verdict rests on the proof alone."""
    with pytest.MonkeyPatch.context() as patch:
        show_instead(patch, "sampling", lambda *_: "nothing was run")
        yield


def shown(program: Program) -> Program:
    """The program, which is printed where a property fails."""
    note(alta.program_text(program))
    return program
