"""Sweeps: random programs for inputs of any length, with what is right of them, and with mistakes.

Values are passed on from neighbour to neighbour, starting where a token is a source; or an
automaton runs to the end of its input, and what it says comes back; or rules are drawn without any
plan. What comes of a program is not known beforehand, except that the fold of a sweep is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeAlias, final

import alta
from alta.errors import AltaError
from alta.lang.program import Program
from alta.lang.rules import Rule
from tests.campaigns.meanings import Accepted, Folded, Meaning, Never, Same
from tests.unbounded.lateness import Counter, delayed

__all__ = ["KINDS", "Subject", "broken", "drawn_subject", "meanings", "pattern"]

VOCAB = ("s", "a", "b", "e")
START, END = 0, 3
LETTERS = ("a", "b")

Tree: TypeAlias = "int | tuple[str, tuple[Tree, ...]]"
"""A value, or a name that is read with a tree for each of its values."""


@final
@dataclass(frozen=True)
class Subject:
    """A program, with what is known of it.

    Attributes:
        kind: how it was drawn.
        flags: the variable that says where values have arrived, and the offset they come from.
        right: what is right of it, if nothing was broken.
    """

    kind: str
    program: Program
    flags: tuple[str, int] | None
    right: tuple[Meaning, ...]


def drawn_subject(rng: Random) -> Subject | None:
    """A program, or None if what was drawn is none."""
    try:
        return rng.choice([_sweep, _sweep, _automaton, _automaton, _rough])(rng)
    except AltaError:
        return None


# --- trees ----------------------------------------------------------------------------------------


def _tree(rng: Random, sizes: Mapping[str, int], size: int, depth: int) -> Tree:
    """A random tree of tests, whose leaves are values."""
    if not depth or not sizes or rng.random() < 0.15:
        return rng.randrange(size)
    name = rng.choice(list(sizes))
    others = {other: number for other, number in sizes.items() if other != name}
    return name, tuple(_tree(rng, others, size, depth - 1) for _ in range(sizes[name]))


def _leaves(tree: Tree, atoms: dict[str, int]) -> Iterator[tuple[dict[str, int], int]]:
    if isinstance(tree, int):
        yield atoms, tree
        return
    name, parts = tree
    for value, part in enumerate(parts):
        yield from _leaves(part, {**atoms, name: value})


def _value(tree: Tree, values: Mapping[str, int]) -> int:
    while not isinstance(tree, int):
        name, parts = tree
        tree = parts[values[name]]
    return tree


def _rules(atoms: dict[str, int], tree: Tree, variable: str) -> list[Rule]:
    return [alta.rule(tested, variable, value) for tested, value in _leaves(tree, atoms)]


def pattern(rng: Random, depth: int = 3) -> str:
    """A random pattern over the letters."""
    if not depth or rng.random() < 0.2:
        return rng.choice([*LETTERS, "[a-b]"])
    first, second = pattern(rng, depth - 1), pattern(rng, depth - 1)
    return rng.choice(
        [f"{first} {second}", f"({first}|{second})", f"({first} {second})*", f"({first})*"]
    )


def _language(rng: Random, offset: int) -> str:
    """A random language of which there are words of any length, whose source is at one end."""
    most = ["[a-b]*"] * 3
    body = rng.choice([*most, "a* b*", "(a b)*", "[a-b]* a", "(a a|b)*", f"({pattern(rng)})*"])
    return f"s {body}" if offset < 0 else f"{body} s"


def _from_tokens(sizes: Mapping[str, int], start: Mapping[str, list[int]]) -> dict[str, Any]:
    """Variables whose first values are listed by token."""
    return {
        name: alta.input_var(size, init_fn=start[name].__getitem__) for name, size in sizes.items()
    }


# --- programs -------------------------------------------------------------------------------------


def _sweep(rng: Random) -> Subject:
    """Passes values on, from the left or from the right, one position a layer."""
    offset = rng.choice([-1, -1, -1, 1])
    sizes = {name: rng.choice([2, 2, 3]) for name in "xyz"[: rng.randint(1, 3)]}
    sources = {START, *rng.sample([1, 2], rng.choice([0, 0, 0, 1]))}
    start = {name: [rng.randrange(size) for _ in VOCAB] for name, size in sizes.items()}
    reads = {"token": len(VOCAB), **{f"{name}_before": size for name, size in sizes.items()}}
    trees = {name: _tree(rng, reads, size, rng.randint(1, 3)) for name, size in sizes.items()}
    arriving = {"done": 0, "done_before": 1}
    output = rng.choice(list(sizes))
    program = alta.program_spec_from_rules(
        name="sweep",
        variables={
            "token": alta.input_var(len(VOCAB)),
            **{
                name: alta.input_var(size, init_fn=start[name].__getitem__)
                for name, size in sizes.items()
            },
            "done": alta.input_var(2, init_fn=lambda token: token in sources),
        },
        heads={f"{name}_before": alta.v_relative(name, offset) for name in (*sizes, "done")},
        rules=[
            *(rule for name, tree in trees.items() for rule in _rules(arriving, tree, name)),
            alta.rule(arriving, "done", 1),
        ],
        output_name=output,
        input_range=len(VOCAB),
        halt=alta.halt_spec("done", 1),
        vocab=VOCAB,
        inputs=alta.inputs.regex(_language(rng, offset)),
    )

    def step(state: tuple[int, ...], token: int) -> tuple[int, ...]:
        if token in sources or not state:
            return tuple(start[name][token] for name in sizes)
        before = {f"{name}_before": value for name, value in zip(sizes, state, strict=True)}
        return tuple(_value(tree, {"token": token, **before}) for tree in trees.values())

    right: list[Meaning] = [Same(alta.program_text(_disguised(program, rng, ("done", offset))))]
    if offset < 0:
        place = list(sizes).index(output)
        right += [_folded(step, place, at) for at in (None, -1)]
    return Subject("sweep", program, ("done", offset), tuple(right))


def _folded(
    step: Callable[[tuple[int, ...], int], tuple[int, ...]], place: int, at: int | None
) -> Folded:
    """A fold as a table; its start has no values."""
    numbers: dict[tuple[int, ...], int] = {(): 0}
    pending, table = [()], []
    for state in pending:
        row = []
        for token in range(len(VOCAB)):
            after = step(state, token)
            if after not in numbers:
                numbers[after] = len(numbers)
                pending.append(after)
            row.append(numbers[after])
        table.append(tuple(row))
    return Folded(tuple(table), tuple(state[place] if state else 0 for state in numbers), at)


def _automaton(rng: Random) -> Subject | None:
    """Runs an automaton to the end of the input; its answer may come back."""
    everywhere = rng.random() < 0.25
    accepted = f"s {pattern(rng)}" + (" e" if everywhere else "")
    language = f"s {rng.choice(['[a-b]*', '[a-b]*', '(a b?)*', 'a* b*'])}" + (
        " e" if everywhere else ""
    )
    dfa = alta.inputs.regex(accepted).bind(VOCAB).automaton(0)
    states = [*range(len(dfa.transitions)), None]
    if len(states) > (4 if everywhere else 7):
        return None
    numbers = {state: number for number, state in enumerate(states)}

    def after(state: Any, token: int) -> int:
        return numbers[None if state is None else dfa.transitions[state].get(token)]

    arriving = {"reached": 0, "reached_left": 1}
    answered = {numbers[state]: int(state in dfa.accepting) for state in states}
    rules = [alta.rule(arriving, "reached", 1)]
    for state in states:
        for token in range(len(VOCAB)):
            atoms = {**arriving, "token": token, "state_left": numbers[state]}
            rules.append(alta.rule(atoms, "state", after(state, token)))
            if not everywhere:
                rules.append(alta.rule(atoms, "answer", answered[after(state, token)]))
    variables = {
        "token": alta.input_var(len(VOCAB)),
        "state": alta.input_var(
            len(states), init_fn=lambda token: after(dfa.start, token) if token == START else 0
        ),
        "answer": alta.input_var(
            2,
            init_fn=lambda token: answered[after(dfa.start, token)] if token == START else 0,
        ),
        "reached": alta.input_var(2, init_fn=lambda token: token == START),
    }
    heads = {f"{name}_left": alta.v_relative(name, -1) for name in ("state", "reached")}
    if everywhere:
        variables["done"] = alta.var(2)
        heads |= {f"{name}_right": alta.v_relative(name, 1) for name in ("answer", "done")}
        for state, answer in answered.items():
            atoms = {"token": END, "reached": 1, "done": 0, "state": state}
            rules.append(alta.rule(atoms, "answer", answer))
        rules.append(alta.rule({"token": END, "reached": 1, "done": 0}, "done", 1))
        for token in (0, 1, 2):
            atoms = {"token": token, "reached": 1, "done": 0, "done_right": 1}
            rules += [
                alta.rule({**atoms, "answer_right": value}, "answer", value) for value in (0, 1)
            ]
            rules.append(alta.rule(atoms, "done", 1))
    program = alta.program_spec_from_rules(
        name="automaton",
        variables=variables,
        heads=heads,
        rules=rules,
        output_name="answer",
        input_range=len(VOCAB),
        halt=alta.halt_spec("done" if everywhere else "reached", 1),
        vocab=VOCAB,
        inputs=alta.inputs.regex(language),
    )
    right = Accepted(accepted, VOCAB, 1, None if everywhere else -1)
    return Subject("automaton", program, ("reached", -1), (right,))


def _rough(rng: Random) -> Subject:
    """Has rules without a plan, which leave the ends of the input alone, mostly."""
    sizes = {name: rng.choice([2, 2, 3]) for name in "xyz"[: rng.randint(1, 3)]}
    start = {name: [rng.randrange(size) for _ in VOCAB] for name, size in sizes.items()}
    heads, reads = {}, dict(sizes)
    for number in range(rng.randint(1, 2)):
        name = rng.choice(list(sizes))
        mask = rng.choice([{-1}, {-1}, {1}, {1}, {0}, {-2}, {2}, {-1, 1}])
        alike = [other for other in sizes if sizes[other] == sizes[name]]
        asked = (rng.choice(alike), name) if rng.random() < 0.2 else (None, None)
        heads[f"head_{number}"] = alta.qkv(*asked, name, mask)
        reads[f"head_{number}"] = sizes[name]
    inner = {} if rng.random() < 0.1 else {"edge": 0}
    rules = []
    for name in rng.sample(list(sizes), rng.randint(1, len(sizes))):
        tree = _tree(rng, reads, sizes[name], rng.randint(1, 3))
        rules += [rule for rule in _rules(inner, tree, name) if rng.random() < 0.7]
    ended, halting = rng.random() < 0.5, rng.choice(list(sizes))
    halt = alta.halt_spec(halting, rng.randrange(sizes[halting]))
    body = rng.choice(["[a-b]*", "[a-b]+", "a* b*", "(a b)*", "a [a-b]*"])
    program = alta.program_spec_from_rules(
        name="rough",
        variables={
            **{
                name: alta.input_var(size, init_fn=start[name].__getitem__)
                for name, size in sizes.items()
            },
            "edge": alta.input_var(2, init_fn=lambda token: token in {START, END}),
        },
        heads=heads,
        rules=rules,
        output_name=rng.choice(list(sizes)),
        input_range=len(VOCAB),
        halt=None if ended and rng.random() < 0.7 else halt,
        layers=rng.randint(1, 3) if ended else None,
        vocab=VOCAB,
        inputs=alta.inputs.regex(f"s {body} e"),
    )
    return Subject("rough", program, None, ())


# --- mistakes -------------------------------------------------------------------------------------


class NothingToChangeError(Exception):
    """A program that has nothing of what was to be changed."""


def _periods(rng: Random) -> tuple[Counter, ...]:
    """Counters that are full together for the first time somewhere between 3 and 120."""
    if rng.random() < 0.5:
        full = rng.choice([3, 6, 10, 20, 30])
        return (Counter("age", (*range(1, full + 1), full), full),)
    periods = rng.choice([(2, 3), (3, 4), (3, 5), (4, 7), (5, 7)])
    return tuple(Counter(f"of_{p}", (*range(1, p), 0), p - 1) for p in periods)


def _delayed(program: Program, rng: Random, flags: tuple[str, int], *, wrong: bool) -> Program:
    written = sorted({rule.variable for rule in program.rules} - {flags[0]})
    # What was broken before may read the flag elsewhere.
    passed = any(
        head.value == flags[0] and head.mask.listed == (flags[1],)
        for head in program.heads.values()
    )
    if not written or not passed:
        raise NothingToChangeError
    variable = rng.choice(written)
    size = program.domains[variable].size
    shift = rng.randrange(1, size) if wrong else 0
    change = lambda value: (value + shift) % size  # noqa: E731
    return delayed(program, _periods(rng), variable, change, *flags, {})


def _disguised(program: Program, rng: Random, flags: tuple[str, int]) -> Program:
    """The same program with counters that nothing depends on, or with its rules split."""
    if rng.random() < 0.5:
        return _delayed(program, rng, flags, wrong=False)
    rules, name = [], rng.choice(list(program.variables))
    for rule in program.rules:
        atoms = {atom.variable: atom.value for atom in rule.atoms}
        if name in atoms:
            rules.append(rule)
        else:
            rules += [
                alta.rule({**atoms, name: value}, rule.variable, rule.value)
                for value in range(program.domains[name].size)
            ]
    return alta.replace(program, rules=rules)


def _rule_changed(program: Program, rng: Random) -> Program:
    rules = list(program.rules)
    if not rules:
        raise NothingToChangeError
    place = rng.randrange(len(rules))
    rule, size = rules[place], program.domains[rules[place].variable].size
    kind = rng.choice(["left out", "assigning", "assigning", "testing less"])
    if kind == "left out":
        del rules[place]
    elif kind == "assigning":
        value = size if rng.random() < 0.15 else rng.randrange(size)
        rules[place] = replace(rule, value=value)
    elif rule.atoms:
        atoms = list(rule.atoms)
        del atoms[rng.randrange(len(atoms))]
        rules[place] = replace(rule, atoms=tuple(atoms))
    return alta.replace(program, rules=rules)


def _head_changed(program: Program, rng: Random) -> Program:
    name = rng.choice(list(program.heads))
    head = program.heads[name]
    changed = alta.qkv(head.query, head.key, head.value, rng.choice([{-1}, {1}, {0}, {-2}, {2}]))
    return alta.replace(program, heads={**program.heads, name: changed}, rules=program.rules)


def _language_changed(program: Program, rng: Random) -> Program:
    text = program.inputs.spec.to_text()
    start, end = ("s " in text or 's"' in text), " e" in text
    body = rng.choice(["[a-b]*", "(a b)*", "s? [a-b]*", "[a-b]* s?", pattern(rng)])
    spec = alta.inputs.regex(f"{'s ' if start else ''}({body})*{' e' if end else ''}")
    return alta.replace(program, inputs=spec)


def broken(subject: Subject, rng: Random) -> Subject | None:
    """The program with something changed, for which nothing is known to be right any more."""
    kinds: list[tuple[str, Callable[[], Program]]] = [
        ("rule", lambda: _rule_changed(subject.program, rng)),
        ("rule", lambda: _rule_changed(subject.program, rng)),
        ("head", lambda: _head_changed(subject.program, rng)),
        ("language", lambda: _language_changed(subject.program, rng)),
    ]
    flags = subject.flags
    if flags is not None:
        late = ("late", lambda: _delayed(subject.program, rng, flags, wrong=True))
        kinds += [late, late, late]
    kind, change = rng.choice(kinds)
    try:
        return replace(subject, kind=f"{subject.kind}, {kind} changed", program=change())
    except (AltaError, NothingToChangeError):
        return None


# --- what is meant --------------------------------------------------------------------------------


OTHERS = ("pattern", "program", "steps")


def meanings(subject: Subject, rng: Random) -> Iterator[tuple[str, Meaning]]:
    """Yields what may be meant of a program, without end: a few words, and the meaning."""
    program = subject.program
    size = program.domains[program.output_name].size
    while True:
        kind = rng.choice(
            ["right"] * 4 + ["fold"] * 2 + ["pattern", "program", "never", "never", "steps"]
        )
        right = rng.choice(subject.right) if subject.right else None
        if kind == "right" and right is not None:
            yield "as it is", right
        elif kind == "fold" and isinstance(right, Folded):
            yield "another fold", _edited(right, rng)
        elif kind == "fold":
            states = rng.randint(1, 3)
            table = tuple(tuple(rng.randrange(states) for _ in VOCAB) for _ in range(states))
            outputs = tuple(rng.randrange(size) for _ in range(states))
            yield "any fold", Folded(table, outputs, rng.choice([None, -1]))
        elif kind == "pattern":
            text = rng.choice([f"s {pattern(rng)} e?", f"s? ({pattern(rng)}|s)*", ".* a .*"])
            yield "pattern", Accepted(text, VOCAB, rng.randrange(size), rng.choice([None, -1]))
        elif kind == "program":
            other = broken(subject, rng)
            if other is not None:
                text = alta.program_text(alta.replace(other.program, inputs=program.inputs.spec))
                yield "another program", Same(text)
        elif kind == "never":
            yield "never", Never(_values(program, rng))
        elif kind == "steps":
            yield "never in one step", Never(_values(program, rng), _values(program, rng))


def _values(program: Program, rng: Random) -> dict[str, int]:
    names = rng.sample(
        list(program.variables), min(len(program.variables), rng.choice([1, 2, 2, 3]))
    )
    return {name: rng.randrange(program.domains[name].size) for name in names}


def _edited(fold: Folded, rng: Random) -> Folded:
    """A fold with another next state or another output somewhere."""
    states = len(fold.table)
    if rng.random() < 0.5:
        outputs = list(fold.outputs)
        outputs[rng.randrange(states)] = rng.choice(fold.outputs)
        return replace(fold, outputs=tuple(outputs))
    rows = [list(row) for row in fold.table]
    rows[rng.randrange(states)][rng.randrange(len(VOCAB))] = rng.randrange(states)
    return replace(fold, table=tuple(map(tuple, rows)))


KINDS = ("sweep", "automaton", "rough")
