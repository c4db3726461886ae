"""Factoring: the rules of an MLP function, variable by variable, from what it reads and writes.

The rules of the paths, the *product form*, test in every rule all that was read on its path. These
rules mean the same in every local state, also where head outputs are UNDEFINED, and test what the
assigned value depends on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, Final, final

from alta.lang.diagrams import ABSENT, MAX_NODES, Diagrams, TooLarge
from alta.lang.kinds import Categorical, Initial, Numerical, Variable
from alta.lang.rules import Atom, Rule
from alta.lang.values import Defined

__all__ = ["MAX_BURDEN", "Behaviour", "TooManyRules", "factored", "witnesses"]


class TooManyRules(Exception):  # noqa: N818 - an outcome, not an error
    """More rules than are allowed, and the names that multiply."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = tuple(names)


# So many rules may be spent on testing a head output on which nothing depends.
MAX_BURDEN: Final = 1_000


def _witness_name(head: str) -> str:
    return f"{head} is read"


def witnesses(rules: Iterable[Rule], heads: Iterable[str]) -> dict[str, Variable]:
    """Returns the variables, of one value, whose rules test a head output and do nothing else."""
    # Whatever else is listed as a rule is refused later.
    names = set(map(_witness_name, heads)) & {getattr(rule, "variable", None) for rule in rules}
    return {name: Categorical(1, Initial("default", table=(0,))) for name in sorted(names)}


@final
@dataclass(frozen=True)
class Behaviour:
    """What a function does in every local state, as diagrams.

    Attributes:
        diagrams: where the others are.
        reads: for each name where it is read.
        writes: for each variable what it is assigned, and ABSENT where it is not.
    """

    diagrams: Diagrams
    reads: Mapping[str, int]
    writes: Mapping[str, int]


@final
@dataclass(frozen=True)
class _Tree:
    """A decision tree: a name with a tree for each of its values, or a value that is assigned.

    The count is that of its rules.
    """

    count: int
    value: Any = ABSENT
    name: str = ""
    children: tuple[_Tree, ...] = ()


_UNWRITTEN: Final = _Tree(0)

# What is to be decided: the diagram, where each name is read, and where each is to be tested.
_Task = tuple[int, tuple[int, ...], tuple[int, ...]]


def factored(
    behaviour: Behaviour, domains: Mapping[str, Variable], heads: frozenset[str], limit: int
) -> tuple[Rule, ...]:
    """Returns rules that do in every local state what those of the paths do.

    Raises `TooManyRules` when there are more than so many.
    """
    # Let R(x) be the states in which x is read, and W(v) those in which the product form has a rule
    # for v. The rules returned satisfy, for all states without UNDEFINED,
    # (A) a rule that tests a head output x fires inside of R(x), and where some value of x leads
    #     to W, the union of the W(v);
    # (B) one rule for v fires in each state of W(v), and assigns what the function does; any other
    #     that fires assigns what is there already;
    # (C) in each state of R(x) from which some value of x leads to W, a rule that tests x fires
    #     for some value of x.
    # So they fail where the product form does. It fails where some completion t of a state s, on a
    # set U of UNDEFINED names, reads an x in U and is in W; as reading x does not depend on x,
    # (C) has a completion in which a rule that tests x fires, an undefined read. And from a rule
    # that fires at a completion and tests x, (A) leads to one that reads x and is in W.
    factoring = _Factoring(behaviour, domains)
    trees = {name: factoring.smallest(name) for name in factoring.effects}
    factoring.cover(trees, heads)
    if sum(tree.count for tree in trees.values()) > limit:
        raise TooManyRules(_tested(max(trees.values(), key=lambda tree: tree.count)))
    return tuple(
        Rule(atoms, name, value)
        for name, tree in trees.items()
        for atoms, value in _leaves(tree, ())
    )


def _leaves(tree: _Tree, atoms: tuple[Atom, ...]) -> Iterator[tuple[tuple[Atom, ...], Defined]]:
    if tree.name:
        for index, child in enumerate(tree.children):
            if child.count:
                yield from _leaves(child, (*atoms, Atom(tree.name, index)))
    elif tree.count:
        yield atoms, tree.value


def _tested(tree: _Tree) -> dict[str, None]:
    """Returns the names that a tree tests, the first ones first."""
    names: dict[str, None] = {}
    seen, pending = {id(tree)}, [tree]
    for part in pending:
        if part.name:
            names[part.name] = None
        pending += [child for child in part.children if id(child) not in seen]
        seen |= set(map(id, part.children))
    return names


@final
class _Factoring:
    """The decision trees of one behaviour."""

    def __init__(self, behaviour: Behaviour, domains: Mapping[str, Variable]) -> None:
        self._diagrams = behaviour.diagrams
        self._writes = behaviour.writes
        self._domains = domains
        # The order of declaration decides between equals, so that the order of diagrams does not.
        self._names = [name for name in domains if name in behaviour.reads]
        self._places = {name: place for place, name in enumerate(self._names)}
        self._reads = tuple([behaviour.reads[name] for name in self._names])
        self.effects = {
            name: self._effect(name, behaviour.writes[name])
            for name in sorted(behaviour.writes, key=[*domains, *behaviour.writes].index)
        }
        self._free = (self._diagrams.false,) * len(self._names)
        self._obliged: dict[str, tuple[int, ...]] = {}
        self._memory: dict[_Task, _Tree] = {}
        self._written = {name: self._assigned(effect) for name, effect in self.effects.items()}
        union = self._diagrams.disjunction(self._written.values())
        # Where a head output matters: it is read, and some value of it leads to a rule.
        self.needed = {
            name: self._diagrams.conjunction(read, self._diagrams.exists(union, name))
            for name, read in zip(self._names, self._reads, strict=True)
        }

    # Returns what is written, without what the product form drops: a value that was read there.
    def _effect(self, name: str, written: int) -> int:
        if name not in self._places or isinstance(self._domains[name], Numerical):
            return written
        return self._diagrams.apply(
            lambda value, read, content: ABSENT if read and value == content else value,
            written,
            self._reads[self._places[name]],
            self._diagrams.variable(name),
        )

    def _assigned(self, diagram: int) -> int:
        return self._diagrams.apply(lambda value: value is not ABSENT, diagram)

    def smallest(self, name: str) -> _Tree:
        """Returns the tree of a variable, with or without what is there already."""
        effect, written = self.effects[name], self._writes[name]
        free = self._free
        tree = self._tree((effect, self._reads, free))
        if written == effect:
            return tree
        shorter = self._tree((written, self._reads, free))
        # A rule that fires where it changes nothing has to be worth it, and one that tests the
        # variable itself for what it assigns would be dropped.
        if (
            2 * shorter.count < tree.count
            and self.tested(shorter, name) == self._diagrams.false
            and self._is_within_need(shorter)
        ):
            return shorter
        return tree

    def cover(self, trees: dict[str, _Tree], heads: frozenset[str]) -> None:
        """Has a rule test each head output wherever it is read and matters, condition (C)."""
        # A variable is never UNDEFINED. Every turn obliges a variable to test a head output in
        # more states, so that there is a last one.
        while missing := {
            name: where
            for name in self._names
            if name in heads
            if (where := self._missing(trees, name)) != self._diagrams.false
        }:
            for name, where in missing.items():
                self._oblige(trees, name, where)

    def _missing(self, trees: dict[str, _Tree], name: str) -> int:
        diagrams = self._diagrams
        tested = diagrams.disjunction([self.tested(tree, name) for tree in trees.values()])
        untested = diagrams.negation(diagrams.exists(tested, name))
        return diagrams.conjunction(self.needed[name], untested)

    # Has rules for some variable test a name in some states, for the one where that costs least.
    def _oblige(self, trees: dict[str, _Tree], name: str, missing: int) -> None:
        diagrams, place = self._diagrams, self._places[name]
        grown: dict[str, tuple[_Tree, tuple[int, ...]]] = {}
        for variable in self.effects:
            if diagrams.conjunction(self._written[variable], missing) != diagrams.false:
                obliged = list(self._obliged.get(variable, self._free))
                obliged[place] = diagrams.disjunction([obliged[place], missing])
                task = self.effects[variable], self._reads, tuple(obliged)
                grown[variable] = self._tree(task), tuple(obliged)
        costs = {
            variable: tree.count - trees[variable].count for variable, (tree, _) in grown.items()
        }
        best = min(costs, key=costs.__getitem__)
        witness = self._witness(name) if costs[best] > MAX_BURDEN else None
        if witness is not None and witness.count < costs[best]:
            trees[_witness_name(name)] = witness
            return
        if grown[best][0] is trees[best]:
            # Of a deterministic function that cannot be; another one must not go on for ever.
            raise TooLarge
        trees[best], self._obliged[best] = grown[best]

    # Returns a tree that assigns 0 wherever a head output is needed, and tests it there.
    def _witness(self, name: str) -> _Tree | None:
        diagrams, needed = self._diagrams, self.needed[name]
        before = self._domains.get(_witness_name(name))
        if _witness_name(name) in self.effects or (before is not None and before.size != 1):
            # It is somebody's variable.
            return None
        obliged = list(self._free)
        obliged[self._places[name]] = needed
        task = diagrams.choose(needed, diagrams.leaf(0), diagrams.leaf(ABSENT)), self._reads
        tree = self._tree((*task, tuple(obliged)))
        return tree if self._is_within_need(tree) else None

    # Condition (A).
    def _is_within_need(self, tree: _Tree) -> bool:
        return all(
            self._diagrams.conjunction(
                self.tested(tree, name), self._diagrams.negation(self.needed[name])
            )
            == self._diagrams.false
            for name in self._names
        )

    def tested(self, tree: _Tree, name: str) -> int:
        """Returns the states in which a rule of a tree fires that tests a name."""
        memory: dict[tuple[int, bool], int] = {}

        def walk(part: _Tree, *, met: bool) -> int:
            key = id(part), met
            if key not in memory:
                if part.name:
                    children = [
                        walk(child, met=met or part.name == name) for child in part.children
                    ]
                    memory[key] = self._diagrams.select(part.name, children)
                else:
                    memory[key] = self._diagrams.leaf(met and part.count > 0)
            return memory[key]

        return walk(tree, met=False)

    def _tree(self, task: _Task) -> _Tree:
        tree = self._memory.get(task)
        if tree is None:
            if len(self._memory) >= MAX_NODES:
                raise TooLarge
            tree = self._memory[task] = self._grown(task)
        return tree

    def _grown(self, task: _Task) -> _Tree:
        diagram, _, obliged = task
        diagrams = self._diagrams
        due = [place for place, where in enumerate(obliged) if where != diagrams.false]
        if diagrams.is_leaf(diagram):
            value = diagrams.value(diagram)
            if value is ABSENT:
                return _UNWRITTEN
            if not due:
                return _Tree(1, value)
        best = min(
            self._candidates(task, due), key=lambda place: (self._cost(diagram, place), place)
        )
        children = tuple(self._tree(part) for part in self._split(task, best))
        return _Tree(sum(child.count for child in children), ABSENT, self._names[best], children)

    # Returns the names that may be tested first: read in all states, and of use.
    def _candidates(self, task: _Task, due: list[int]) -> list[int]:
        diagram, reads, _ = task
        diagrams = self._diagrams
        support = diagrams.support(diagram)
        wanted = {self._places[name] for name in support} or set(due)
        allowed = [place for place in wanted if reads[place] == diagrams.true]
        if allowed:
            return allowed
        # What decides about those reads, and about what decides. Let K be closed so. The first name
        # of K that a path reads is read whatever the names of K are, and as its being read depends
        # on nothing else, it is read in all states.
        deciding = wanted
        while not allowed:
            names = frozenset[str]().union(*[diagrams.support(reads[place]) for place in deciding])
            deciding = deciding | {self._places[name] for name in names}
            allowed = [place for place in deciding if reads[place] == diagrams.true]
        return allowed

    # Returns how many rules splitting could lead to: the states of what the parts depend on.
    def _cost(self, diagram: int, place: int) -> int:
        diagrams, name = self._diagrams, self._names[place]
        cost = 0
        for index in range(diagrams.size(name)):
            part = diagrams.restrict(diagram, name, index)
            if not diagrams.is_leaf(part) or diagrams.value(part) is not ABSENT:
                cost += prod(map(diagrams.size, diagrams.support(part)))
        return cost

    def _split(self, task: _Task, place: int) -> Iterator[_Task]:
        diagram, reads, obliged = task
        diagrams, name = self._diagrams, self._names[place]
        for index in range(diagrams.size(name)):
            restricted = [diagrams.restrict(where, name, index) for where in obliged]
            # It is tested from here on.
            restricted[place] = diagrams.false
            yield (
                diagrams.restrict(diagram, name, index),
                tuple([diagrams.restrict(where, name, index) for where in reads]),
                tuple(restricted),
            )
