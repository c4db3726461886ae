"""Cases by the rule that fires: what they show holds of every local state, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest

import alta
from alta.lang.program import Program
from alta.lang.rules import rule
from alta.nn.model import Model
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.arithmetic.interval import Interval
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.encode import firing
from alta_verify.encode.cases import Cubes
from alta_verify.encode.embedding import encode_embedding
from alta_verify.encode.firing import Firing, ScaledMLP
from alta_verify.encode.first_layer import Boxes
from alta_verify.encode.network import Network
from alta_verify.reach.sets.value_sets import value_sets
from tests.alta_verify.mutants import Mutant, filled_zeros, weight_mutants, with_arrays

LENGTH = 3


def tables() -> Program:
    """Two variables that a table drives, of which one has a rule that any value may precede."""
    rules = [
        rule({"first": a, "second": b}, "first", (a + b) % 3) for a in range(3) for b in range(1, 3)
    ]
    rules += [rule({"first": 2}, "second", 0), rule({"first": 0, "read": 1}, "second", 1)]
    return alta.program_spec_from_rules(
        name="tables",
        variables={"first": alta.input_var(3), "second": alta.input_var(3)},
        heads={"read": alta.v_relative("second", -1)},
        rules=rules,
        output_name="first",
        input_range=3,
        layers=2,
    )


def sets() -> Program:
    """A set and a number, which rules test and write."""
    subsets = [frozenset(), frozenset({0}), frozenset({0, 1})]
    return alta.program_spec_from_rules(
        name="sets",
        variables={
            "members": alta.set_var(2, subsets, input_init_fn=lambda token: subsets[token]),
            "amount": alta.numeric_var([0.0, 1.0], input_init_fn=float),
        },
        heads={},
        rules=[
            rule({"members": 1}, "members", frozenset({0, 1})),
            rule({"members": 2}, "amount", 0.0),
        ],
        output_name="amount",
        input_range=3,
        layers=2,
    )


PROGRAMS = {
    "tables": tables,
    "sets": sets,
    "absolute": lambda: alta.programs.parity_sequential_absolute(max_length=LENGTH),
}


@cache
def compiled(name: str, dtype: str = "float32") -> tuple[Program, Model]:
    program = PROGRAMS[name]()
    return program, alta.compile(program, max_len=LENGTH, dtype=dtype).dense()


def network_of(
    program: Program, model: Model
) -> tuple[Network, list[Mapping[str, frozenset[int]]]]:
    task = Task(program, model, LENGTH, None, Deadline.after(None))
    values = value_sets(task.abstraction, task.live, task.lengths)
    relation = encode_embedding(model, task.abstraction, task.pairs, values.anywhere()).relation
    return Network(model, relation, LENGTH, task.format), values.distinct()


def is_kept(program: Program, model: Model, variable: str) -> bool:
    network, cubes = network_of(program, model)
    return network.firing_cases(variable, cubes) is not None


# --- a judge that goes through local states one by one --------------------------------------------


def local_states(
    network: Network, cubes: Cubes, variable: str
) -> Iterator[tuple[dict[str, int], Any]]:
    """Every local state without a conflict, a trap or an UNDEFINED read, with the next value."""
    abstraction = network.relation.abstraction
    rules = abstraction.finite.rules_by_variable[variable]
    names = list(cubes[0])
    seen = {state for cube in cubes for state in product(*(sorted(cube[n]) for n in names))}
    for values in seen:
        state = dict(zip(names, values, strict=True))
        tests = [[(state[a.variable], a.value) for a in each.atoms] for each in rules]
        fired = [
            each for each, test in zip(rules, tests, strict=True) if all(v == w for v, w in test)
        ]
        undefined = any(
            all(v in {w, UNDEFINED_VALUE} for v, w in test) and any(v < 0 for v, _ in test)
            for test in tests
        )
        if len(fired) < 2 and not undefined and not any(map(abstraction.finite.is_trap, fired)):
            yield state, fired[0].value if fired else state[variable]


def corners(network: Network, model: Model, state: Mapping[str, int]) -> Iterator[list[Fraction]]:
    """Residual streams at ends of the intervals of a local state: all low, all high, and mixed."""
    for ends in ("ll", "hh", "lh", "hl"):
        stream = [Fraction(0)] * model.layout.width
        for name, columns in model.layout.columns.items():
            for place, column in enumerate(columns):
                box: Interval = network.codes[name][state[name]][place]
                stream[column] = box.lo if ends[place % 2] == "l" else box.hi
        yield stream


def after_block(model: Model, stream: list[Fraction]) -> list[Fraction]:
    """The feed-forward block in exact rationals."""
    mlp = model.weights.compiled_mlp

    def layer(inputs, matrix, bias, *, clip):
        sums = [
            sum((x * Fraction(float(w)) for x, w in zip(inputs, column, strict=True) if w), start)
            for column, start in zip(matrix.T, map(Fraction, map(float, bias)), strict=True)
        ]
        return [min(Fraction(1), max(Fraction(0), y)) if clip else y for y in sums]

    hidden = layer(stream, mlp.expand_in, mlp.expand_in_bias, clip=True)
    expanded = layer(hidden, mlp.expand_out, mlp.expand_out_bias, clip=False)
    neurons = layer(expanded, mlp.lookup_in, mlp.lookup_in_bias, clip=True)
    added = layer(neurons, mlp.lookup_out, mlp.lookup_out_bias, clip=False)
    return [x + y for x, y in zip(stream, added, strict=True)]


def holds(program: Program, model: Model, variable: str) -> bool:
    network, cubes = network_of(program, model)
    columns = model.layout.columns[variable]
    codes = network.relation.start[variable]
    for state, value in local_states(network, cubes, variable):
        for stream in corners(network, model, state):
            after = after_block(model, stream)
            if value not in codes or not all(
                box.lo <= after[column] <= box.hi
                for box, column in zip(codes[value], columns, strict=True)
            ):
                return False
    return True


# --- what cases say is so -------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_compiled_weights_are_shown_variable_by_variable(name, dtype):
    program, model = compiled(name, dtype)
    for variable in program.variables:
        assert is_kept(program, model, variable)
    if dtype == "float32":
        assert all(holds(program, model, variable) for variable in program.variables)


def changed(name: str, step: int) -> list[Mutant]:
    """Models with one weight of the feed-forward block changed, every so many of them."""
    _, model = compiled(name)
    mutants = [*weight_mutants(model), *filled_zeros(model), *eager_units(model)]
    return [mutant for mutant in mutants if "mlp" in mutant.name][::step]


def eager_units(model: Model) -> Iterator[Mutant]:
    """Units that would need some rule to fire, and are 1 without it."""
    for layer in ("expand_in", "lookup_in"):
        name = f"mlp.{layer}_bias"
        array = getattr(model.weights.compiled_mlp, f"{layer}_bias")
        for unit in range(len(array)):
            bias = array.copy()
            bias[unit] += 4
            yield Mutant(f"{name}[{unit}] + 4", with_arrays(model, {name: bias}))


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("step", [397, pytest.param(1, marks=pytest.mark.campaign)])
def test_what_is_shown_of_a_changed_weight_holds_in_every_local_state(name, step):
    program, _ = compiled(name)
    shown = refused = 0
    for mutant in changed(name, step):
        for variable in program.variables:
            if is_kept(program, mutant.model, variable):
                shown += 1
                assert holds(program, mutant.model, variable), mutant.name
            else:
                refused += 1
    assert shown
    assert refused


def boxes_of(network: Network):
    return lambda name: Boxes.of(network.codes[name])


def test_rules_that_are_left_out_are_missed():
    program, model = compiled("tables")
    network, cubes = network_of(program, model)
    rules = network.relation.abstraction.cubes("first")
    scaled = ScaledMLP.of(model.weights.compiled_mlp)

    def cases(some) -> int | None:
        subject = Firing(
            scaled, model.layout, boxes_of(network), FORMATS["float32"], "first", some, cubes
        )
        return subject.keeps(network.relation.start["first"])

    assert cases(rules) == 3 + len(rules)
    for number, left_out in enumerate(rules):
        others = [*rules[:number], *rules[number + 1 :]]
        assert cases(others) is None
        assert cases([*others, replace(left_out, after=(left_out.after + 1) % 3)]) is None


def halved(model: Model) -> Model:
    """Every unit of the first layer twice, with half of the weights out of it."""
    mlp = model.weights.compiled_mlp
    return with_arrays(
        model,
        {
            "mlp.expand_in": np.hstack([mlp.expand_in, mlp.expand_in]),
            "mlp.expand_in_bias": np.hstack([mlp.expand_in_bias, mlp.expand_in_bias]),
            "mlp.expand_out": np.vstack([mlp.expand_out, mlp.expand_out]) / np.float32(2),
        },
    )


def test_a_rule_may_guard_several_units():
    program, model = compiled("tables")
    doubled = halved(model)
    assert all(is_kept(program, doubled, variable) for variable in program.variables)
    # Without one of the two there is half a unit.
    for unit in range(0, doubled.weights.compiled_mlp.expand_out.shape[0], 9):
        weights = np.array(doubled.weights.compiled_mlp.expand_out)
        weights[unit] = 0
        mutant = with_arrays(doubled, {"mlp.expand_out": weights})
        for variable in program.variables:
            assert holds(program, mutant, variable) or not is_kept(program, mutant, variable)


def test_a_value_without_a_box_is_not_shown():
    program, model = compiled("tables")
    network, cubes = network_of(program, model)
    subject = Firing(
        ScaledMLP.of(model.weights.compiled_mlp),
        model.layout,
        boxes_of(network),
        FORMATS["float32"],
        "first",
        network.relation.abstraction.cubes("first"),
        cubes,
    )
    codes = dict(network.relation.start["first"])
    assert subject.keeps(codes)
    # Some rule assigns it, and nothing says where its coordinates may lie.
    assert subject.keeps({**codes, 5: codes[0]})


def test_cases_are_looked_at_in_parts_with_the_same_answer(monkeypatch):
    program, model = compiled("tables")
    counts = []
    for size in (1, 1 << 21):
        monkeypatch.setattr(firing, "_CHUNK", size)
        network, cubes = network_of(program, model)
        counts.append(network.firing_cases("first", cubes))
    assert counts[0] == counts[1]
    assert counts[0]


def test_weights_with_too_many_bits_are_left_to_exact_rationals():
    program, model = compiled("tables")
    array = np.array(model.weights.compiled_mlp.lookup_in)
    array[0, 0] = 1 + 2.0**-23
    fits = with_arrays(model, {"mlp.lookup_in": array})
    array[0, 0] = 2.0**-40
    network, cubes = network_of(program, with_arrays(model, {"mlp.lookup_in": array}))
    assert network.firing_cases("first", cubes) is None
    assert ScaledMLP.of(fits.weights.compiled_mlp).lookup_in.bits == 23
