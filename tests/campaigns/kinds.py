"""Kinds of mutants: what is done to a program and its compiled weights, so that they may differ.

Most change one thing on one side: a weight, a rule, a head, the layout, a mask, a scale, the input
language, or how a run ends. Those that are kept change what does not matter, and stay PROVED.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

import alta
from alta.errors import AltaError, ModelError
from alta.lang.kinds import Categorical
from alta.lang.program import HaltSpec, Program
from alta.lang.rules import Atom, Rule
from alta.nn.layout import Layout
from alta.nn.model import Model
from alta.nn.sparse import as_dense
from alta.nn.weights import named
from alta_verify.weights.hidden import hidden_layers, permuted, rescaled, split
from tests.alta_verify.mutants import CHANGES, with_arrays, with_heads
from tests.campaigns.subject import Subject, compiled
from tests.campaigns.verdict import Pair

__all__ = ["KEPT", "KINDS", "mutants"]

Change = Callable[[Subject, Random], "Pair | None"]
"""Makes a mutant, or None where that cannot be done to the subject."""


def _of(subject: Subject, name: str, *, program: Program | None = None, model: Model | None = None):
    """A pair of which one side is the subject's; its kind is filled in later."""
    return Pair(
        "",
        f"{subject.name}: {name}",
        program or subject.program,
        model or subject.model,
        subject.max_len,
    )


# --- weights --------------------------------------------------------------------------------------


def _place(subject: Subject, rng: Random, *, empty: bool) -> tuple[str, np.ndarray, tuple] | None:
    """A weight of some matrix that is 0, or one that is not."""
    arrays = [
        (name, array)
        for name, array in named(subject.model.weights)
        if ((array == 0) if empty else (array != 0)).any()
    ]
    if not arrays:
        return None
    name, array = rng.choice(arrays)
    places = np.argwhere((array == 0) if empty else (array != 0))
    return name, array.copy(), tuple(places[rng.randrange(len(places))].tolist())


def _changed_weight(subject: Subject, rng: Random) -> Pair | None:
    place = _place(subject, rng, empty=False)
    if place is None:
        return None
    name, array, index = place
    change = rng.choice(list(CHANGES))
    changed = CHANGES[change](array, index)
    if changed is None:
        return None
    where = f"{name}{list(index)} {change}"
    return _of(subject, where, model=with_arrays(subject.model, {name: changed}))


def _filled_zero(subject: Subject, rng: Random) -> Pair | None:
    place = _place(subject, rng, empty=True)
    if place is None:
        return None
    name, array, index = place
    array[index] = rng.choice([1, -1, 0.5, -0.5, 2, 0.125])
    where = f"{name}{list(index)} set to {array[index]}"
    return _of(subject, where, model=with_arrays(subject.model, {name: array}))


def _noisy_weight(subject: Subject, rng: Random) -> Pair | None:
    place = _place(subject, rng, empty=rng.random() < 0.3)
    if place is None:
        return None
    name, array, index = place
    noise = rng.choice([1, -1]) * 2.0 ** -rng.randint(1, 20)
    array[index] += noise * max(abs(float(array[index])), 1.0)
    where = f"{name}{list(index)} off by {noise}"
    return _of(subject, where, model=with_arrays(subject.model, {name: array}))


def _exchanged_weights(subject: Subject, rng: Random) -> Pair | None:
    place = _place(subject, rng, empty=False)
    if place is None:
        return None
    name, array, index = place
    flat = array.reshape(-1)
    one, other = int(np.ravel_multi_index(index, array.shape)), rng.randrange(flat.size)
    flat[[one, other]] = flat[[other, one]]
    where = f"{name} {one} and {other} exchanged"
    return _of(subject, where, model=with_arrays(subject.model, {name: array}))


# --- rules ----------------------------------------------------------------------------------------


def _with_rules(subject: Subject, rng: Random, name: str, rules: list[Rule]) -> Pair:
    """The program with other rules against the weights, or the weights of those against it."""
    return _either_side(subject, rng, name, alta.replace(subject.program, rules=rules))


def _either_side(subject: Subject, rng: Random, name: str, other: Program) -> Pair:
    if rng.random() < 0.5:
        return _of(subject, f"the program has {name}", program=other)
    return _of(subject, f"the model has {name}", model=compiled(other, subject.max_len))


def _one_rule(subject: Subject, rng: Random) -> tuple[Rule, list[Rule]] | None:
    rules = list(subject.program.rules)
    if not rules:
        return None
    return rules.pop(rng.randrange(len(rules))), rules


def _value(subject: Subject, rng: Random) -> tuple[str, Any] | None:
    """A variable and a value that it can have."""
    found = [
        (name, value)
        for name, variable in sorted(subject.program.variables.items())
        for value in variable.contents
    ]
    return rng.choice(found) if found else None


def _rule_left_out(subject: Subject, rng: Random) -> Pair | None:
    found = _one_rule(subject, rng)
    return None if found is None else _with_rules(subject, rng, f"no {found[0]}", found[1])


def _rule_assigning(subject: Subject, rng: Random) -> Pair | None:
    found = _one_rule(subject, rng)
    if found is None:
        return None
    rule, others = found
    target = subject.program.variables[rule.variable]
    values = [value for value in target.contents if value != rule.value]
    if isinstance(target, Categorical):
        values.append(target.range)  # a trap
    if not values:
        return None
    wrong = replace(rule, value=rng.choice(values))
    return _with_rules(subject, rng, f"{wrong} for {rule}", [*others, wrong])


def _rule_testing(subject: Subject, rng: Random) -> Pair | None:
    found = _one_rule(subject, rng)
    if found is None:
        return None
    rule, others = found
    domains = subject.program.domains
    atoms = {atom.variable: atom.value for atom in rule.atoms}
    name = rng.choice([one for one, domain in domains.items() if domain.size] or [""])
    if not name:
        return None
    if name in atoms and rng.random() < 0.5:
        del atoms[name]
    else:
        atoms[name] = rng.randrange(domains[name].size)
    wrong = replace(rule, atoms=tuple(Atom(one, value) for one, value in sorted(atoms.items())))
    return _with_rules(subject, rng, f"{wrong} for {rule}", [*others, wrong])


def _rule_added(subject: Subject, rng: Random) -> Pair | None:
    program = subject.program
    domains = {name: one for name, one in program.domains.items() if one.size}
    tested = rng.sample(sorted(domains), min(len(domains), rng.randint(1, 3)))
    found = _value(subject, rng)
    if found is None:
        return None
    where = {name: rng.randrange(domains[name].size) for name in tested}
    more = alta.rule(where, *found)
    return _with_rules(subject, rng, f"also {more}", [*program.rules, more])


# --- heads, masks and layout ----------------------------------------------------------------------


def _head_part(subject: Subject, rng: Random) -> Pair | None:
    """A matrix of a head is 0, or another head's, or has its columns turned round."""
    heads = dict(subject.model.weights.heads)
    if not heads:
        return None
    name, part = rng.choice(sorted(heads)), rng.choice(["query", "key", "value", "output"])
    own = as_dense(getattr(heads[name], part))
    others = [
        (other, as_dense(getattr(head, part)))
        for other, head in sorted(heads.items())
        if other != name and getattr(head, part).shape == own.shape
    ]
    ways = {"0": 0 * own, "turned round": own[:, ::-1], "twice": 2 * own}
    ways |= {f"that of {other}": matrix for other, matrix in others}
    how = rng.choice(sorted(ways))
    changed = {name: replace(heads[name], **{part: np.ascontiguousarray(ways[how])})}
    return _of(subject, f"{name}.{part} is {how}", model=with_heads(subject.model, changed))


def _head_reading(subject: Subject, rng: Random) -> Pair | None:
    """A head reads something else."""
    program = subject.program
    if not program.heads:
        return None
    name = rng.choice(sorted(program.heads))
    part = rng.choice(["value", "query", "key"])
    wrong = replace(program.heads[name], **{part: rng.choice(sorted(program.variables))})
    other = alta.replace(program, heads={**program.heads, name: wrong})
    return _either_side(subject, rng, f"{name}.{part} {getattr(wrong, part)}", other)


def _mask(subject: Subject, rng: Random) -> Pair | None:
    program = subject.program
    if not program.heads:
        return None
    name = rng.choice(sorted(program.heads))
    offsets = set(program.heads[name].mask.listed or range(-2, 3))
    step = rng.choice([-1, 1])
    ways = {
        "shifted": {offset + step for offset in offsets},
        "wider": offsets | {max(offsets) + 1},
        "narrower": offsets - {rng.choice(sorted(offsets))},
        "a mirror": {-offset for offset in offsets},
        "none": None,
        "causal": alta.causal(),
        "before": alta.before(),
    }
    how = rng.choice(sorted(ways))
    wrong = replace(program.heads[name], mask=ways[how])
    other = alta.replace(program, heads={**program.heads, name: wrong})
    return _either_side(subject, rng, f"the mask of {name} {how}", other)


def _layout(subject: Subject, rng: Random) -> Pair | None:
    model = subject.model
    columns = {name: list(own) for name, own in model.layout.columns.items()}
    owners = [(name, i) for name, own in columns.items() for i in range(len(own))]
    if len(owners) < 2:
        return None
    (a, i), (b, j) = rng.sample(owners, 2)
    columns[a][i], columns[b][j] = columns[b][j], columns[a][i]
    layout = Layout(model.layout.width, {name: tuple(own) for name, own in columns.items()})
    return _of(subject, f"{a}={i} and {b}={j} exchanged", model=replace(model, layout=layout))


# --- scales ---------------------------------------------------------------------------------------


def _scores(subject: Subject, rng: Random) -> Pair | None:
    heads = dict(subject.model.weights.heads)
    if not heads:
        return None
    name, factor = rng.choice(sorted(heads)), 2.0 ** rng.randint(-6, 4)
    part = rng.choice(["query", "key"])
    own = as_dense(getattr(heads[name], part))
    changed = with_heads(subject.model, {name: replace(heads[name], **{part: own * factor})})
    return _of(subject, f"{name}.{part} times {factor}", model=changed)


def _scaled_matrix(subject: Subject, rng: Random) -> Pair | None:
    arrays = [(name, array) for name, array in named(subject.model.weights) if array.any()]
    if not arrays:
        return None
    name, array = rng.choice(arrays)
    factor = rng.choice([0, 0.5, 0.75, 0.9375, 1.0625, 1.25, 2, -1])
    changed = (array * factor).astype(array.dtype)
    return _of(subject, f"{name} times {factor}", model=with_arrays(subject.model, {name: changed}))


# --- languages and ends ---------------------------------------------------------------------------


def _language(subject: Subject, rng: Random) -> Pair | None:
    """The program promises to be good for other inputs, some of which it may fail on."""
    program = subject.program
    most = program.position_range or subject.max_len
    length = min(most, subject.max_len)
    words = [word for word in program.inputs.enumerate(subject.max_len) if word]
    some = rng.sample(words, min(len(words), rng.randint(0, 8)))
    for _ in range(rng.randint(0, 4)):
        size = rng.randint(1, length)
        some.append(tuple(rng.randrange(program.input_range) for _ in range(size)))
    if program.input_range**length <= 100 and rng.random() < 0.3:
        return _of(
            subject, "any input", program=alta.replace(program, inputs=alta.inputs.anything())
        )
    other = alta.replace(program, inputs=alta.inputs.sequences(some))
    return _of(subject, f"the inputs {some}", program=other)


def _halt(subject: Subject, rng: Random) -> Pair | None:
    program = subject.program
    found = _value(subject, rng)
    if found is None:
        return None
    halt = rng.choice([None, HaltSpec(*found)])
    other = alta.replace(program, halt=halt)
    return _either_side(subject, rng, f"the halt {halt}", other)


def _layers(subject: Subject, rng: Random) -> Pair | None:
    bound = rng.choice([0, 1, 2, 3, 5])
    other = alta.replace(subject.program, layers=bound)
    return _either_side(subject, rng, f"{bound} layers", other)


def _output(subject: Subject, rng: Random) -> Pair | None:
    name = rng.choice(sorted(subject.program.variables))
    other = alta.replace(subject.program, output_name=name)
    return _either_side(subject, rng, f"the output {name}", other)


# --- what does not matter -------------------------------------------------------------------------


def _kept(subject: Subject, name: str, **sides: Program | Model) -> Pair:
    return replace(_of(subject, name, **sides), kept=True)


def _units_permuted(subject: Subject, rng: Random) -> Pair | None:
    layer = rng.choice([one for one in hidden_layers(subject.model) if one.size > 1] or [None])
    if layer is None:
        return None
    order = rng.sample(range(layer.size), layer.size)
    return _kept(
        subject, f"{layer.name} in another order", model=permuted(subject.model, layer, order)
    )


def _neuron_split(subject: Subject, rng: Random) -> Pair | None:
    """Splits a neuron in two halves, unless it takes a head output away: that takes a whole one."""
    model = subject.model
    (layer,) = (one for one in hidden_layers(model) if one.inward == "lookup_in")
    carried = [column for head in subject.program.heads for column in model.layout.columns[head]]
    out = as_dense(model.weights.mlp.lookup_out)
    units = [unit for unit in range(layer.size) if not out[unit, carried].any()]
    if not units:
        return None
    unit = rng.choice(units)
    return _kept(subject, f"neuron {unit} split", model=split(model, layer, unit))


def _rescaled(subject: Subject, rng: Random) -> Pair | None:
    """Measures units between value and output in others."""
    layers = [one for one in hidden_layers(subject.model) if one.inward == "value"]
    if not layers:
        return None
    layer, factor = rng.choice(layers), rng.choice([0.5, 2.0, 4.0])
    name = f"{layer.name} of {layer.owner} times {factor}"
    return _kept(subject, name, model=rescaled(subject.model, layer, factor))


def _dead_rule(subject: Subject, rng: Random) -> Pair | None:
    program = subject.program
    found = _value(subject, rng)
    if found is None:
        return None
    variables = {**program.variables, "never": alta.var(2)}
    dead = alta.rule({"never": 1}, *found)
    without = alta.replace(program, variables=variables)
    having = alta.replace(without, rules=[*program.rules, dead])
    meant, made = rng.sample([without, having], 2)
    return _kept(subject, f"{dead}", program=meant, model=compiled(made, subject.max_len))


def _renamed(subject: Subject, rng: Random) -> Pair | None:
    program = subject.program
    names = list(program.domains)
    new = dict(
        zip(names, rng.sample([f"n{i}" for i in range(len(names))], len(names)), strict=True)
    )
    heads = {
        new[name]: replace(
            head, query=new.get(head.query), key=new.get(head.key), value=new[head.value]
        )
        for name, head in program.heads.items()
    }
    rules = [
        Rule(
            tuple(Atom(new[a.variable], a.value) for a in rule.atoms),
            new[rule.variable],
            rule.value,
        )
        for rule in program.rules
    ]
    halt = program.halt
    other = alta.replace(
        program,
        variables={new[name]: one for name, one in program.variables.items()},
        heads=heads,
        rules=rules,
        output_name=new[program.output_name],
        halt=None if halt is None else HaltSpec(new[halt.variable], halt.value),
    )
    return _kept(subject, "other names", program=other, model=compiled(other, subject.max_len))


def _reordered(subject: Subject, rng: Random) -> Pair | None:
    """Declares variables and heads, and lists rules, in another order."""
    program = subject.program

    def shuffled(parts: Mapping) -> dict:
        return dict(rng.sample(list(parts.items()), len(parts)))

    other = alta.replace(
        program,
        variables=shuffled(program.variables),
        heads=shuffled(program.heads),
        rules=rng.sample(list(program.rules), len(program.rules)),
    )
    meant, made = rng.sample([program, other], 2)
    return _kept(subject, "another order", program=meant, model=compiled(made, subject.max_len))


WRONG: Mapping[str, Change] = {
    "weight changed": _changed_weight,
    "weight filled": _filled_zero,
    "weight noisy": _noisy_weight,
    "weights exchanged": _exchanged_weights,
    "rule left out": _rule_left_out,
    "rule assigning": _rule_assigning,
    "rule testing": _rule_testing,
    "rule added": _rule_added,
    "head matrix": _head_part,
    "head reading": _head_reading,
    "layout": _layout,
    "mask": _mask,
    "scale of scores": _scores,
    "scale of a matrix": _scaled_matrix,
    "input language": _language,
    "halt": _halt,
    "layers": _layers,
    "output": _output,
}

KEPT: Mapping[str, Change] = {
    "kept: units permuted": _units_permuted,
    "kept: neuron split": _neuron_split,
    "kept: values rescaled": _rescaled,
    "kept: dead rule": _dead_rule,
    "kept: renamed": _renamed,
    "kept: reordered": _reordered,
}

KINDS: Mapping[str, Change] = WRONG | KEPT

_WEIGHTS = {"weight changed": 5, "weight filled": 3, "weight noisy": 3, "weights exchanged": 2}
"""Some kinds are made more often than once in a round, since there are more of them."""


def mutants(subject: Subject, rng: Random) -> Iterator[Pair]:
    """Yields mutants of a subject, of all kinds that it has, without end."""
    kinds = [kind for kind in KINDS for _ in range(_WEIGHTS.get(kind, 1))]
    while True:
        for kind in rng.sample(kinds, len(kinds)):
            try:
                made = KINDS[kind](subject, rng)
            except (AltaError, ModelError):
                continue  # not a well-formed program, or none that can be compiled
            if made is not None:
                yield replace(made, kind=kind)
