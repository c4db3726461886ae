"""Decision diagrams: functions of the values at one position, equal parts of which are one node.

Multi-valued ordered decision diagrams with any leaves (Bryant 1986; Srinivasan et al. 1990). A
diagram is the number of its node: two functions are equal exactly if their numbers are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, final

from alta.lang.kinds import Variable

__all__ = ["ABSENT", "MAX_NODES", "Diagrams", "TooLarge", "key_of"]

# How many nodes diagrams may have; a function that needs more is not factored.
MAX_NODES: Final = 2_000_000

# Leaves are below all names.
_LEAF: Final = 1 << 30

_SCALARS: Final = (bool, int, str, bytes, type(None))
_CONTAINERS: Final = (tuple, list)


class TooLarge(Exception):  # noqa: N818 - an outcome, not an error
    """The end of the room for diagrams."""


@final
class _Absent:
    """The leaf that stands for no value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""What a variable that is not written becomes, or a name that is not bound."""


def key_of(value: Any) -> Hashable:
    """Returns a key that values share only if no program tells them apart."""
    kind = type(value)
    if kind in _SCALARS:
        # By type, too: 1 and True are equal.
        return kind, value
    if kind is float:
        # By what is written, as 0.0 equals -0.0, and NaN does not equal itself.
        return kind, repr(value)
    if kind in _CONTAINERS:
        return kind, tuple(map(key_of, value))
    if kind is frozenset:
        return kind, frozenset(map(key_of, value))
    return id(value)


@final
class Diagrams:
    """A collection of diagrams over the same names, which are in the order of their first use."""

    def __init__(self, domains: Mapping[str, Variable]) -> None:
        """Takes what each name can be."""
        self._domains = domains
        self.names: list[str] = []
        self._levels: dict[str, int] = {}
        self._nodes: list[tuple[int, Any]] = []
        self._numbers: dict[Hashable, int] = {}
        self._supports: dict[int, frozenset[str]] = {}
        self._restricted: dict[tuple[int, str, int], int] = {}
        self.false = self.leaf(False)
        self.true = self.leaf(True)

    def leaf(self, value: Any) -> int:
        """Returns the diagram that is one value everywhere."""
        # The value is kept, so that no other one gets its identity.
        return self._number((_LEAF, key_of(value)), (_LEAF, value))

    def _number(self, key: Hashable, node: tuple[int, Any]) -> int:
        number = self._numbers.get(key)
        if number is None:
            if len(self._nodes) >= MAX_NODES:
                raise TooLarge
            number = self._numbers[key] = len(self._nodes)
            self._nodes.append(node)
        return number

    def level(self, name: str) -> int:
        """Returns the place of a name in the order; a new one comes last."""
        if name not in self._levels:
            self._levels[name] = len(self.names)
            self.names.append(name)
        return self._levels[name]

    def size(self, name: str) -> int:
        """Returns how many values a name can have."""
        return self._domains[name].size

    def _node(self, level: int, children: tuple[int, ...]) -> int:
        # No node has one child for all values.
        if children.count(children[0]) == len(children):
            return children[0]
        return self._number((level, children), (level, children))

    def variable(self, name: str) -> int:
        """Returns the diagram of what reading a name gives."""
        contents = self._domains[name].contents
        return self._node(self.level(name), tuple(map(self.leaf, contents)))

    def value(self, diagram: int) -> Any:
        """Returns the one value of a diagram that is the same everywhere."""
        return self._nodes[diagram][1]

    def is_leaf(self, diagram: int) -> bool:
        """Whether a diagram is the same everywhere."""
        return self._nodes[diagram][0] == _LEAF

    def select(self, name: str, children: Sequence[int]) -> int:
        """Returns the diagram that is for each value of a name one of some diagrams."""
        level = self.level(name)
        if all(self._nodes[child][0] > level for child in children):
            return self._node(level, tuple(children))
        indices = self._node(level, tuple(map(self.leaf, range(len(children)))))
        return self.apply(lambda index, *values: values[index], indices, *children)

    def apply(self, function: Callable[..., Any], *diagrams: int, guard: int | None = None) -> int:
        """Returns the diagram of what a function makes of the values of diagrams.

        Where a guard, if there is one, is False, it is ABSENT, and the function is not called.
        """
        absent = self.leaf(ABSENT)
        memory: dict[tuple[int, ...], int] = {}

        def walk(parts: tuple[int, ...]) -> int:
            if parts[0] == self.false:
                return absent
            result = memory.get(parts)
            if result is None:
                nodes = [self._nodes[part] for part in parts]
                level = min(node[0] for node in nodes)
                if level == _LEAF:
                    result = self.leaf(function(*[value for _, value in nodes[1:]]))
                else:
                    columns = [
                        node[1] if node[0] == level else (part,) * self.size(self.names[level])
                        for part, node in zip(parts, nodes, strict=True)
                    ]
                    result = self._node(level, tuple(map(walk, zip(*columns, strict=True))))
                memory[parts] = result
            return result

        return walk((self.true if guard is None else guard, *diagrams))

    def choose(self, condition: int, first: int, second: int) -> int:
        """Returns the diagram that is the first where a condition is True, else the second."""
        if first == second or condition == self.true:
            return first
        if condition == self.false:
            return second
        return self.apply(lambda holds, yes, no: yes if holds else no, condition, first, second)

    def conjunction(self, first: int, second: int) -> int:
        """Returns where both diagrams are True."""
        return self.choose(first, second, self.false)

    def disjunction(self, diagrams: Iterable[int]) -> int:
        """Returns where one of some diagrams is True."""
        union = self.false
        for diagram in diagrams:
            union = self.choose(diagram, self.true, union)
        return union

    def negation(self, diagram: int) -> int:
        """Returns where a diagram is False."""
        return self.choose(diagram, self.false, self.true)

    def restrict(self, diagram: int, name: str, index: int) -> int:
        """Returns a diagram where a name has the value of an index."""
        level = self._levels.get(name, _LEAF)
        top, children = self._nodes[diagram]
        if top > level or top == _LEAF:
            return diagram
        if top == level:
            return int(children[index])
        key = (diagram, name, index)
        if key not in self._restricted:
            parts = tuple([self.restrict(child, name, index) for child in children])
            self._restricted[key] = self._node(top, parts)
        return self._restricted[key]

    def at(self, diagram: int, indices: Mapping[str, int]) -> Any:
        """Returns the value of a diagram in one state."""
        level, content = self._nodes[diagram]
        while level != _LEAF:
            diagram = content[indices[self.names[level]]]
            level, content = self._nodes[diagram]
        return content

    def exists(self, diagram: int, name: str) -> int:
        """Returns where a diagram is True for some value of a name."""
        if name not in self.support(diagram):
            return diagram
        return self.disjunction(
            {self.restrict(diagram, name, index) for index in range(self.size(name))}
        )

    def leaves(self, diagram: int) -> frozenset[int]:
        """Returns the leaves of a diagram."""
        seen, pending = {diagram}, [diagram]
        for number in pending:
            if not self.is_leaf(number):
                fresh = set(self._nodes[number][1]) - seen
                seen |= fresh
                pending += fresh
        return frozenset(filter(self.is_leaf, seen))

    def support(self, diagram: int) -> frozenset[str]:
        """Returns the names on which a diagram depends."""
        if diagram not in self._supports:
            level, children = self._nodes[diagram]
            names: frozenset[str] = frozenset()
            if level != _LEAF:
                below = [self.support(child) for child in set(children)]
                names = frozenset({self.names[level]}).union(*below)
            self._supports[diagram] = names
        return self._supports[diagram]
