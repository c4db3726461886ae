"""MLPBuilder: rules written as nested loops over values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, final

from alta.errors import ProgramError, nearest
from alta.lang.heads import Head, domains_of
from alta.lang.kinds import UNTESTABLE, Variable
from alta.lang.rules import Atom, Rule, assigned_value

__all__ = ["MLPBuilder"]


@final
class MLPBuilder:
    """A collection of rules from loops such as ``for done, left in b.get("done", "left"): …``.

    Inside a loop, `set` adds a rule whose atoms are the values that the enclosing loops stand at.
    """

    def __init__(self, variables: Mapping[str, Variable], heads: Mapping[str, Head]) -> None:
        """Takes the variables and heads that the rules may name."""
        self._domains = domains_of(variables, heads)
        self._context: dict[str, int] = {}
        self._rules: dict[Rule, None] = {}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules collected so far, in the order of the calls of `set`."""
        return tuple(self._rules)

    # The element is a value for one name and a tuple for several, as in the published API.
    def get(self, *names: str) -> Iterator[Any]:
        """Iterates over the values of one variable, or over tuples of values of several.

        The values are ints for a categorical variable, the declared numbers for a numerical one
        and the declared frozensets for a set. A variable that an enclosing loop already stands at
        keeps its value.

        Raises:
            ProgramError: when a name is unknown, or a numerical variable has no `values`.
        """
        for name in names:
            if name not in self._domains:
                raise ProgramError(
                    f"MLPBuilder.get({name!r}): no such variable or head; "
                    f"{nearest(name, self._domains)}"
                )
            if not self._domains[name].size:
                raise ProgramError(f"MLPBuilder.get({name!r}): the numerical variable {UNTESTABLE}")
        if not names:
            raise ProgramError("MLPBuilder.get(): expected at least one variable name")
        return self._loop(names)

    def _loop(self, names: tuple[str, ...]) -> Iterator[Any]:
        for _ in self._fork(names):
            values = tuple(self._domains[name].contents[self._context[name]] for name in names)
            yield values[0] if len(names) == 1 else values

    def _fork(self, names: tuple[str, ...]) -> Iterator[None]:
        if not names:
            yield
        elif names[0] in self._context:
            yield from self._fork(names[1:])
        else:
            # A loop may be left early; what encloses it then stands at the name no longer.
            try:
                for index in range(self._domains[names[0]].size):
                    self._context[names[0]] = index
                    yield from self._fork(names[1:])
            finally:
                self._context.pop(names[0], None)

    def set(self, name: str, value: object) -> None:
        """Adds the rule: where the enclosing loops stand, `name` is assigned `value`.

        Raises:
            ProgramError: when the value is no int, number or set. Names and ranges are checked
                when the program is built; a value out of range makes a trap.
        """
        where = f"MLPBuilder.set({name!r}, …)"
        assigned = assigned_value(value, where=where, variable=self._domains.get(name))
        # Sorted, so that nested loops in another order make the same rule.
        atoms = tuple(sorted(Atom(*pair) for pair in self._context.items()))
        self._rules[Rule(atoms, name, assigned)] = None
