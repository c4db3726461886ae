"""Python MLP functions: every path through one becomes rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, final

from alta.errors import ProgramError, nearest
from alta.lang.rules import Atom, Rule
from alta.lang.variables import Categorical, normalise_value

__all__ = ["MAX_PATHS", "MLPFunction", "Reads", "rules_of"]

MLPFunction = Callable[["Reads"], object]

MAX_PATHS: Final = 1_000_000
"""How many paths a function may have; more are refused with the variables that multiply."""


@final
class Reads:
    """Is the `z` that an MLP function sees: the state of one position after attention.

    Reading ``z["x"]`` gives the value after attention, whatever was written since; writing
    ``z["x"] = 3`` assigns it, and the last write counts.
    """

    def __init__(self, domains: Mapping[str, Categorical], choices: Mapping[str, int]) -> None:
        """Starts a path on which the first reads take the values of `choices`."""
        self._domains = domains
        self._choices = choices
        self.reads: dict[str, int] = {}
        self.writes: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        """Returns the value of a variable or head output after attention."""
        if name not in self.reads:
            if name not in self._domains:
                raise ProgramError(
                    f"the MLP function reads {name!r}, which is neither a variable nor a head; "
                    f"{nearest(str(name), self._domains)}"
                )
            self.reads[name] = self._choices.get(name, 0)
        return self.reads[name]

    def __setitem__(self, name: str, value: object) -> None:
        """Assigns a variable."""
        self.writes[name] = normalise_value(
            value, what=f"value that the MLP function assigns to {name!r}"
        )


def rules_of(function: MLPFunction, domains: Mapping[str, Categorical]) -> Iterator[Rule]:
    """Yields the rules of all paths through an MLP function.

    The function is run once a path. At the first read of each variable the path forks over the
    variable's values, so that a rule tests only what was read on its path.

    Args:
        function: takes a `Reads`, reads and writes it.
        domains: every variable and head output with its values.

    Raises:
        ProgramError: when a name is unknown, a value is no int, or there are more than
            `MAX_PATHS` paths.
    """
    if not callable(function):
        raise ProgramError(f"ffn_fn: expected a function of one argument, got {function!r}")
    choices: dict[str, int] = {}
    path = Reads(domains, choices)
    for _ in range(MAX_PATHS):
        path = Reads(domains, choices)
        function(path)
        if list(path.reads.items())[: len(choices)] != list(choices.items()):
            raise ProgramError(
                "the MLP function is not deterministic: run twice on the same values, it read "
                f"{list(choices)} first and then {list(path.reads)}"
            )
        atoms = tuple(Atom(name, value) for name, value in path.reads.items())
        for name, value in path.writes.items():
            yield Rule(atoms, name, value)
        # The next path in depth-first order: advance the last read that has values left.
        reads = list(path.reads.items())
        while reads and reads[-1][1] + 1 == domains[reads[-1][0]].range:
            reads.pop()
        if not reads:
            return
        choices = dict(reads)
        choices[reads[-1][0]] += 1
    sizes = ", ".join(f"{name} ({domains[name].range})" for name in path.reads)
    raise ProgramError(
        f"the MLP function has more than {MAX_PATHS:,} paths; these reads multiply: {sizes}. "
        "Read fewer variables on a path, or write the rules with alta.MLPBuilder"
    )
