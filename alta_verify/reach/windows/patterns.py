"""Patterns of neighbouring positions, and invariants: patterns that no configuration has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, final

__all__ = ["Invariant", "Site", "WindowPattern", "pattern_of"]

Site: TypeAlias = tuple[tuple[str, frozenset[int]], ...]
"""What is said of one position: some names, in order, each with the values it may have."""


@final
@dataclass(frozen=True)
class WindowPattern:
    """Some neighbouring positions, by what each of them has.

    It *matches* a configuration at position i if that has the positions i, i + 1, …, one for each
    site, and every name of a site has one of its values there. Names are those of the program's
    variables, and of what never changes: the token, the state of the language's automaton before
    it, that of the specification after it, whether a position is the first or the last one; and the
    number of layers. Values are indices, as those of an abstraction.
    """

    sites: tuple[Site, ...]

    def __post_init__(self) -> None:
        # Without a site it would match everywhere.
        if not self.sites:
            raise ValueError("expected a pattern of at least one site")

    @property
    def width(self) -> int:
        """How many neighbours it is about."""
        return len(self.sites)

    def shown(self, show: Callable[[str, int], Any]) -> dict[str, Any]:
        """Returns it as JSON values, given what a value of a name is called."""
        sites = [
            {name: [show(name, v) for v in sorted(values)] for name, values in site}
            for site in self.sites
        ]
        return {"sites": sites}

    def sentence(self, show: Callable[[str, int], Any]) -> str:
        """Returns in words that it occurs nowhere."""
        texts = [
            ", ".join(
                f"{name} = {'|'.join(str(show(name, v)) for v in sorted(values))}"
                for name, values in site
            )
            or "anything"
            for site in self.sites
        ]
        return f"no position has {' and its right neighbour '.join(texts)}"


def pattern_of(sites: Iterable[Mapping[str, Iterable[int]]]) -> WindowPattern:
    """Returns the pattern of some sites, each a mapping from names to values."""
    return WindowPattern(
        tuple(tuple(sorted((name, frozenset(vs)) for name, vs in site.items())) for site in sites)
    )


@final
@dataclass(frozen=True)
class Invariant:
    """A set of configurations: those in which none of its patterns matches anywhere."""

    patterns: tuple[WindowPattern, ...]

    @property
    def width(self) -> int:
        """The number of neighbours that the widest of its patterns is about; 0 of none."""
        return max((pattern.width for pattern in self.patterns), default=0)
