"""Windows: an invariant is one, or is refused; and what it excludes no run has, at any length."""

from __future__ import annotations

import random
import re
from functools import partial
from itertools import product

import pytest

import alta
from alta.lang.program import program_text
from alta_verify.check.language import Language
from alta_verify.check.program import bits_of
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from alta_verify.check.windows import Acceptor, Windows

UNDEFINED = -1


def acceptor_of(program) -> Acceptor:
    automaton = program.inputs.automaton(0)
    moves = [dict(targets) for targets in automaton.transitions]
    return Acceptor(automaton.start, frozenset(automaton.accepting), moves)


def site(**names) -> dict[str, int]:
    return {name: bits_of([value]) for name, value in names.items()}


def windows(program, patterns, max_layers=None, acceptor=None) -> Windows:
    declared = read_program(program_text(program))
    acceptor = acceptor or acceptor_of(program)
    return Windows(declared, Language(declared), acceptor, patterns, max_layers)


PARITY = alta.programs.parity_sequential_relative()
STARTS = [site(first=1, done=0)]
UNDEFINED_READ = site(done=0, done_left=UNDEFINED)


# --- the conditions -------------------------------------------------------------------------------


def test_without_an_invariant_little_is_absent():
    assert not windows(PARITY, []).is_absent(UNDEFINED_READ)


def test_what_an_invariant_excludes_is_absent():
    known = windows(PARITY, [STARTS])
    assert known.is_absent(UNDEFINED_READ)
    assert not known.is_absent({})


def test_a_pattern_that_an_input_starts_with_is_refused():
    with pytest.raises(Refused, match="an input may start with pattern 0"):
        windows(PARITY, [[site(first=0, done=0)]])


def test_a_pattern_that_a_layer_leads_to_is_refused():
    with pytest.raises(Refused, match="a layer may lead to pattern 1"):
        windows(PARITY, [STARTS, [site(first=0, done=1)]])


def test_a_pattern_may_need_another_one():
    # A position is done no sooner than its left neighbour, which stays done.
    first = [site(done=0), site(done=1)]
    assert windows(PARITY, [first]).is_absent(site(done=1, done_left=0))
    wider = [site(done=0), site(), site(done=1)]
    with pytest.raises(Refused, match="a layer may lead to pattern 0"):
        windows(PARITY, [wider])
    windows(PARITY, [wider, first])


def test_a_run_goes_on_while_a_position_out_of_sight_has_not_halted():
    # Both neighbours are done, and no layer follows if nobody else is there.
    assert not windows(PARITY, [STARTS]).is_absent(site(done=1, done_left=1))


def test_layers_that_are_counted_may_be_named():
    program = alta.program_spec_from_rules(
        name="slow",
        variables={"count": alta.var(4), "left": alta.input_var(2)},
        heads={},
        rules=[alta.rule({"count": n}, "count", n + 1) for n in range(3)],
        output_name="count",
        input_range=2,
        position_range=None,
        layers=2,
        inputs=alta.inputs.regex("(0|1)+"),
    )
    later = [[site(layer=n, count=other)] for n in range(3) for other in range(4) if other != n]
    assert windows(program, later).is_absent(site(count=2))
    assert not windows(program, later).is_absent(site(count=1))
    assert not windows(program, [], max_layers=100).is_absent(site(count=2))
    with pytest.raises(Refused, match="says of 'layer'"):
        windows(program, later, max_layers=100)


@pytest.mark.parametrize(
    "pattern", [[], [site(nothing=0)], [site(done=7)], [{"done": 0}], [site(state=9)]], ids=str
)
def test_a_pattern_of_nothing_is_refused(pattern):
    with pytest.raises(Refused):
        windows(PARITY, [pattern])


def test_an_invariant_that_excludes_every_run_is_refused(monkeypatch):
    # With a start condition that lets everything pass.
    monkeypatch.setattr(Windows, "_check_start", lambda *_: None)
    monkeypatch.setattr(Windows, "_check_layer", lambda *_: None)
    with pytest.raises(Refused, match="it excludes the first layer of the run on "):
        windows(PARITY, [[{}]])


# --- the automaton --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("acceptor", "message"),
    [
        (Acceptor(0, frozenset({1}), [{2: 1}, {0: 1}]), "state 1 has no move for token 1"),
        (Acceptor(0, frozenset({0}), [{2: 1}, {0: 1, 1: 1}]), "state 1 ends an input"),
    ],
)
def test_an_automaton_that_does_not_accept_an_input_is_refused(acceptor, message):
    with pytest.raises(Refused, match=message):
        windows(PARITY, [], acceptor=acceptor)


def test_an_automaton_may_accept_more():
    every = Acceptor(0, frozenset({0}), [{0: 0, 1: 0, 2: 0}])
    with pytest.raises(Refused, match="an input may start with pattern 0"):
        windows(PARITY, [STARTS], acceptor=every)


# --- what has no invariant here -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (alta.programs.parity_sequential_absolute(max_length=8), "no more than 8 tokens"),
        (alta.programs.addition(), "head other looks at positions at any distance"),
    ],
)
def test_a_program_that_tells_lengths_apart_is_refused(program, message):
    with pytest.raises(Refused, match=message):
        windows(program, [], acceptor=Acceptor(0, frozenset(), [{}]))


# --- random programs, against running them --------------------------------------------------------


def _shifted(by: int, size: int, token: int) -> int:
    return (token + by) % size


def drawn(seed: int) -> alta.Program:
    """Returns a program of two variables, with rules that read neighbours."""
    rng = random.Random(seed)
    sizes = {"a": 2, "b": rng.choice([2, 3])}
    variables = {
        name: alta.input_var(size, init_fn=partial(_shifted, n, size))
        for n, (name, size) in enumerate(sizes.items())
    }
    heads = {"left": alta.v_relative("a", -1), "right": alta.v_relative("b", 1)}
    if rng.random() < 0.4:
        heads["near"] = alta.qkv("a", "a", "b", relative_position_mask=[-1, 1])
    reads = {"left": 2, "right": sizes["b"], "near": sizes["b"], **sizes}
    rules = []
    for name, size in sizes.items():
        # Rules that test one name for different values do not conflict, but for one that is free.
        fork = rng.choice(list(sizes))
        if rng.random() < 0.3:
            rules.append(alta.rule({rng.choice(list(sizes)): 1}, name, rng.randrange(size)))
        for value in range(sizes[fork]):
            if rng.random() < 0.6:
                extra = rng.choice([*heads, *sizes])
                tests = {extra: rng.randrange(reads[extra]), fork: value}
                rules.append(alta.rule(tests, name, rng.randrange(size)))
    return alta.program_spec_from_rules(
        name=f"drawn_{seed}",
        variables=variables,
        heads=heads,
        rules=rules,
        output_name="a",
        input_range=3,
        position_range=None,
        halt=alta.halt_spec("b", 1) if rng.random() < 0.5 else None,
        layers=rng.choice([None, 3]),
        inputs=alta.inputs.regex(rng.choice(["(0|1|2)+", "0 (1|2)*", "(0 1)+", "2* 1 (0|1)*"])),
    )


LAYERS = 8


def attended(program, state):
    """Returns what heads give at every position, by the definition of the language."""
    rows = []
    for i, row in enumerate(state):
        read = {}
        for name, head in program.heads.items():
            sources = [i + o for o in head.mask.listed if 0 <= i + o < len(state)]
            if head.query is not None:
                sources = [j for j in sources if state[j][head.key] == row[head.query]]
            read[name] = state[sources[0]][head.value] if len(sources) == 1 else UNDEFINED
        rows.append(row | read)
    return rows


def written(program, row):
    """Returns a position after the layer; None where the run fails."""
    after = {}
    for name in program.variables:
        values = set()
        for rule in program.rules:
            if rule.variable != name:
                continue
            tests = [row[atom.variable] for atom in rule.atoms if row[atom.variable] != atom.value]
            if set(tests) <= {UNDEFINED}:
                if tests:
                    return None
                values.add(rule.value)
        if len(values) > 1:
            return None
        after[name] = values.pop() if values else row[name]
    return after


def seen_in_runs(program, lengths):
    """Yields words, with the states before layers and after attention that their runs have."""
    for length in lengths:
        for word in product(range(3), repeat=length):
            if not program.inputs.contains(word):
                continue
            state = [
                {n: v.initial_value(t, 0, name=n) for n, v in program.variables.items()}
                for t in word
            ]
            halt, layer = program.halt, 0
            while layer < (LAYERS if program.layers is None else program.layers):
                yield word, layer, state, None
                if halt is not None and all(row[halt.variable] == halt.value for row in state):
                    break
                rows = attended(program, state)
                yield word, layer, state, rows
                after = [written(program, row) for row in rows]
                if None in after:
                    break
                state, layer = after, layer + 1
            else:
                yield word, layer, state, None


def ghostly(program, word, layer, state):
    """Returns the positions of a configuration with all that patterns may say of them."""
    automaton = program.inputs.automaton(0)
    rows, at = [], automaton.start
    for place, (token, row) in enumerate(zip(word, state, strict=True)):
        more = {"token": token, "state": at}
        more |= {"first": int(place == 0), "last": int(place == len(word) - 1)}
        rows.append(row | more | ({"layer": layer} if program.layers is not None else {}))
        at = automaton.transitions[at].get(token)
    return rows


def guessed(program):
    """Yields patterns of two names that no very short run has before its first layer."""
    have, values = set(), {}
    for word, layer, state, rows in seen_in_runs(program, range(1, 3)):
        if rows is not None or layer:
            continue
        cells = ghostly(program, word, layer, state)
        for i, cell in enumerate(cells):
            near = [(0, *item) for item in cell.items()]
            near += [(1, *item) for item in (cells[i + 1].items() if i + 1 < len(cells) else ())]
            for part in near:
                values.setdefault(part[1], set()).add(part[2])
            have |= {(first, second) for first in near for second in near if first[0] == 0}
    parts = [(d, n, v) for d in (0, 1) for n, vs in values.items() for v in sorted(vs)]
    for first, second in product(parts, parts):
        if (
            first[0] == 0
            and first < second
            and first[1:] != second[1:]
            and (first, second) not in have
        ):
            sites = [{first[1]: bits_of([first[2]])}]
            if second[0]:
                sites.append({})
            if second[1] in sites[-1]:
                continue
            sites[-1][second[1]] = bits_of([second[2]])
            yield sites


def inductive(program):
    """Returns what remains of some guesses once what is not inductive is left out (Houdini)."""
    every = list(guessed(program))
    patterns = random.Random(0).sample(every, min(len(every), 40))
    while True:
        try:
            return windows(program, patterns)
        except Refused as refused:
            number = int(re.search(r"pattern (\d+)", str(refused)).group(1))
            del patterns[number]


def local_patterns(program):
    names = {name: domain.width for name, domain in program.domains.items()}
    atoms = [(n, v) for n in names for v in range(-1 if n in program.heads else 0, names[n])]
    for first, second in product(atoms, atoms):
        if first < second and first[0] != second[0]:
            yield dict([first, second])


@pytest.mark.parametrize("seed", range(4))
def test_what_is_absent_is_in_no_run(seed):
    check_absences(drawn(seed))


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(4, 300))
def test_what_is_absent_is_in_no_run_of_many_programs(seed):
    check_absences(drawn(seed))


def check_absences(program):
    known = inductive(program)
    states = {
        tuple(sorted(row.items()))
        for _, _, _, rows in seen_in_runs(program, range(1, 8))
        for row in rows or ()
    }
    for pattern in local_patterns(program):
        if known.is_absent({name: bits_of([value]) for name, value in pattern.items()}):
            assert not any(pattern.items() <= set(state) for state in states), pattern
