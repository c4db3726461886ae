"""What is proved of random small programs for every length is true of all their short inputs."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from typing import Any

import pytest

import alta
from alta.errors import AltaError, ProgramWarning
from alta.lang.program import Program, halt_spec
from alta.lang.rules import rule
from alta_verify import Verdict, satisfies, specs

LANGUAGES = ("(a|b)+", "a (a|b)*", "(a b)+", "(a|b)* c", "a* b+", "a (b|c)* a", "(a|b|c)+")
LONGEST = 6
"""All inputs of up to so many tokens are run."""


def random_program(rng: random.Random) -> Program:
    ranges = {name: rng.choice((2, 2, 3)) for name in ("x", "y", "z")[: rng.choice((1, 2, 2, 3))]}
    names = list(ranges)

    def first(name: str) -> Any:
        table = [rng.randrange(ranges[name]) for _ in range(3)]
        return alta.input_var(ranges[name], init_fn=lambda token: table[token])

    variables = {name: first(name) for name in names}
    heads: dict[str, Any] = {}
    for number in range(rng.choice((0, 1, 1, 2))):
        value, kind = rng.choice(names), rng.random()
        query = rng.choice(names)
        keys = [name for name in names if ranges[name] == ranges[query]]
        heads[f"h{number}"] = (
            alta.v_relative(value, rng.choice((-1, -1, 1, 1, 2, -2)))
            if kind < 0.6
            else alta.qkv(None, None, value, rng.choice(([-1, 1], [0, 1], [-1, 0], [-2, 1])))
            if kind < 0.8
            else alta.qkv(query, rng.choice(keys), value, rng.choice(([-1, 1], [-1, 0, 1], [1])))
        )
    sizes = ranges | {name: ranges[head.value] for name, head in heads.items()}

    def random_rule() -> Any:
        tested = rng.sample(sorted(sizes), k=min(len(sizes), rng.choice((1, 2, 2, 3))))
        target = rng.choice(names)
        atoms = {name: rng.randrange(sizes[name]) for name in tested}
        return rule(atoms, target, rng.randrange(ranges[target]))

    end = rng.random()
    return alta.program_spec_from_rules(
        name="random",
        variables=variables,
        heads=heads,
        rules=[random_rule() for _ in range(rng.choice((1, 2, 3, 4)))],
        output_name=rng.choice(names),
        input_range=3,
        vocab=("a", "b", "c"),
        inputs=alta.inputs.regex(rng.choice(LANGUAGES)),
        halt=halt_spec(rng.choice(names), rng.randrange(2)) if end < 0.6 else None,
        layers=rng.choice((1, 2, 3)) if end > 0.45 else None,
    )


def random_meaning(rng: random.Random, program: Program) -> Any:
    names, outputs = list(program.variables), program.variables[program.output_name].size
    kind, at = rng.random(), rng.choice((None, -1))
    if kind < 0.25:
        states = rng.choice((1, 2, 3))
        table = {(s, t): rng.randrange(states) for s in range(states) for t in range(3)}
        values = [rng.randrange(outputs) for _ in range(states)]
        return specs.transducer(lambda s, t: table[s, t], 0, lambda s: values[s], at=at)
    if kind < 0.4:
        pattern = rng.choice((*LANGUAGES, "(a|b|c)* b", "(a|b|c)* a (a|b|c)*"))
        return specs.accepts(pattern, output=rng.randrange(outputs), at=at)
    n, m, v, w = rng.choice(names), rng.choice(names), rng.randrange(2), rng.randrange(2)
    if kind < 0.8:
        return specs.always(lambda z: z[n] != v or z[m] != w)
    if kind < 0.9:
        return specs.always(lambda z, after: z[n] != v or after[n] == v)
    return random_program(rng)


def judge(seed: int) -> str:
    """Returns the verdict on a random claim, once it was held against all short inputs."""
    rng = random.Random(seed)
    try:
        program = random_program(rng)
        meant = random_meaning(rng, program)
        report = satisfies(program, meant, max_len=None, timeout=20)
    except AltaError:
        return "refused"
    bounded = satisfies(program, meant, max_len=LONGEST)
    found = bounded.counterexample
    if report.proved and found is not None:
        # Runs that never end are spoken of by a claim that says so alone.
        assert found.kind == "endless", (seed, report, bounded)
        assert "that every run ends is not claimed" in report.claim, (seed, report, bounded)
    if report.verdict is Verdict.REFUTED:
        assert report.counterexample is not None
        if len(report.counterexample.tokens) <= LONGEST:
            assert bounded.verdict is Verdict.REFUTED, (seed, report, bounded)
    return str(report.verdict)


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr("alta_verify.claim.extent._SAMPLED", 8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProgramWarning)
        yield


def test_random_claims_are_true_of_short_inputs():
    verdicts = Counter(map(judge, range(12)))
    assert {"PROVED", "REFUTED"} <= verdicts.keys()


@pytest.mark.campaign
def test_many_random_claims_are_true_of_short_inputs():
    verdicts = Counter(map(judge, range(1000, 1400)))
    assert verdicts["PROVED"] > 40
    assert verdicts["UNKNOWN"] < 0.1 * verdicts.total()
