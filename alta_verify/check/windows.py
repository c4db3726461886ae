"""Windows: which local states no run has, on inputs of any length, by an inductive invariant.

A configuration is a word of positions. Each has names with values: the variables of the program,
and what never changes: its token, the state of an automaton before it, and whether it is the first
or the last one; and how many layers were taken, which all positions have in common. An invariant is
a list of patterns of neighbours, none of which matches anywhere in a configuration of a run. That
it holds at the start, and that a layer keeps it, are questions about as few neighbours as a pattern
and a layer look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from typing import Final, TypeAlias, final

from alta_verify.check.language import Language
from alta_verify.check.nogoods import Name, Nogoods
from alta_verify.check.program import UNDEFINED, Head, Program, ValueBits, bits_of, indices
from alta_verify.check.refused import Refused, nonempty
from alta_verify.check.value_sets import Pattern, Row, meets

__all__ = ["GHOSTS", "Acceptor", "Neighbours", "Windows", "ghosts"]

Neighbours: TypeAlias = Sequence[Mapping[str, ValueBits]]
"""What is said of some neighbours, one after the other: names, each with values."""

GHOSTS: Final = ("token", "state", "first", "last", "layer")
"""What positions have beside the values of variables."""

# More layers are not counted.
_COUNTED: Final = 64

_NO, _YES = bits_of([0]), bits_of([1])

# What a window is looked at for: a first configuration; what heads read; a layer.
_START, _READ, _LAYER = "start", "read", "layer"

_Together: TypeAlias = Mapping[Name, ValueBits]


def ghosts(program: Program) -> dict[str, str]:
    """Returns what patterns call each ghost, as a variable may have the name of one."""
    names = {}
    for ghost in GHOSTS:
        names[ghost] = ghost
        while names[ghost] in program.names:
            names[ghost] += "_"
    return names


@final
@dataclass(frozen=True)
class Acceptor:
    """A deterministic automaton that accepts the inputs of a language, and perhaps others."""

    start: int
    accepting: frozenset[int]
    moves: Sequence[Mapping[int, int]]  # by state, where tokens lead

    def check(self, language: Language) -> None:
        """Checks that it accepts every input of a language that has no last length."""
        exact = language.endless()
        # Both read the same words; a pair of states is one for all words that lead to both.
        words = exact.automaton
        waiting = [(words.start, self.start)]
        seen = set(waiting)
        while waiting:
            exact_state, state = waiting.pop()
            if words.accepts(exact_state) and state not in self.accepting:
                raise Refused(f"automaton: state {state} ends an input, and does not accept")
            for token, target in words.steps(exact_state).items():
                if target not in exact.useful:
                    continue
                if token not in self.moves[state]:
                    raise Refused(f"automaton: state {state} has no move for token {token}")
                pair = target, self.moves[state][token]
                if pair not in seen:
                    seen.add(pair)
                    waiting.append(pair)


@final
@dataclass(frozen=True)
class _Shape:
    """How a window lies in its input.

    Where the input has an end within sight, the window goes up to it, and otherwise further on than
    anything in the middle sees.
    """

    left: int  # how many positions are seen before the middle
    begins: bool  # whether the input begins with them
    right: int
    ends: bool


@final
class Windows:
    """Configurations of the runs on inputs of any length, without some patterns of neighbours."""

    def __init__(
        self,
        program: Program,
        language: Language,
        acceptor: Acceptor,
        patterns: Sequence[Neighbours],
        max_layers: int | None,
    ) -> None:
        """Checks that the automaton accepts the language, and that no run has a pattern."""
        _check_program(program)
        acceptor.check(language)
        self._program, self._acceptor, self._patterns = program, acceptor, patterns
        self._ghosts = ghosts(program)
        bound = program.layers if max_layers is None else max_layers
        # More layers are not counted: then a run may go on, which has more configurations.
        self._layers = bound if isinstance(bound, int) and bound <= _COUNTED else None
        offsets = [o for head in program.heads.values() for o in head.mask.offsets]
        self._radius = max(0, -min(offsets, default=0)), max(0, max(offsets, default=0))
        self._tokens = nonempty(bits_of(language.endless().tokens), "tokens of the language")
        self._anywhere = _anywhere(program, self._tokens)
        self._window = cache(self._make_window)
        self._absent: dict[tuple[tuple[str, ValueBits], ...], bool] = {}
        # Lemma 17 (windows).
        for number, pattern in enumerate(patterns):
            self._check_names(pattern, number)
            self._check_start(pattern, number)
            self._check_layer(pattern, number)
        self._check_witness(language.endless().words())

    @property
    def anywhere(self) -> Row:
        """The values that each name can have after attention, at any position in any layer."""
        return self._anywhere

    def is_absent(self, pattern: Pattern) -> bool:
        """Says whether no run has a local state, after attention, with a pattern."""
        key = tuple(sorted(pattern.items()))
        if key not in self._absent:
            self._absent[key] = not meets(pattern, self._anywhere) or not self._may_have(pattern)
        return self._absent[key]

    def _may_have(self, pattern: Pattern) -> bool:
        wanted = {("before", 0, name): bits for name, bits in pattern.items()}
        windows = (self._window(1, shape, _READ) for shape in _shapes(self._radius))
        return any(w is not None and w.solution(wanted) is not None for w in windows)

    # --- the conditions ---------------------------------------------------------------------------

    def _check_names(self, pattern: Neighbours, number: int) -> None:
        sizes = self._domains()
        for site in nonempty(pattern, f"neighbours of pattern {number}"):
            for name, bits in site.items():
                if name not in sizes or not bits & sizes[name]:
                    raise Refused(
                        f"invariant: pattern {number} says of {name!r:.40} that it is one of "
                        f"{list(indices(bits))[:5]}, expected one of {', '.join(sizes)} and a "
                        "value that it may have"
                    )

    def _check_start(self, pattern: Neighbours, number: int) -> None:
        # Without anything beside them: there is nothing to see there before the first layer.
        for shape in _shapes((0, 0)):
            window = self._window(len(pattern), shape, _START)
            if window is not None and window.solution(_at("before", pattern)) is not None:
                raise Refused(f"invariant: an input may start with pattern {number}")

    def _check_layer(self, pattern: Neighbours, number: int) -> None:
        for shape in _shapes(self._radius):
            window = self._window(len(pattern), shape, _LAYER)
            if window is not None and window.solution(_at("after", pattern)) is not None:
                raise Refused(f"invariant: a layer may lead to pattern {number}")

    def _check_witness(self, words: Iterable[Sequence[int]]) -> None:
        """Checks that there is a window of the first layer of a run, if some run has a layer."""
        # Lemma 12 (witnesses): of no window at all everything would hold.
        program, halt = self._program, self._program.halt
        for word in words if self._layers != 0 else ():
            rows = [{n: v.start(token, 0) for n, v in program.variables.items()} for token in word]
            if halt is not None and all(row[halt[0]] == halt[1] for row in rows):
                continue
            wanted = {("before", 0, name): bits_of([value]) for name, value in rows[0].items()}
            wanted["before", 0, self._ghosts["token"]] = bits_of([word[0]])
            wanted["before", 0, self._ghosts["first"]] = _YES
            windows = [self._window(1, shape, _READ) for shape in _shapes(self._radius)]
            if all(window is None or window.solution(wanted) is None for window in windows):
                raise Refused(f"invariant: it excludes the first layer of the run on {list(word)}")
            return

    # --- windows ----------------------------------------------------------------------------------

    def _domains(self) -> dict[str, ValueBits]:
        """Returns the values that each name of a position can have in a configuration."""
        values = {name: self._anywhere[name] for name in self._program.variables}
        constant = {
            "token": self._tokens,
            "state": bits_of(range(len(self._acceptor.moves))),
            "first": _NO | _YES,
            "last": _NO | _YES,
        }
        if self._layers is not None:
            constant["layer"] = bits_of(range(self._layers + 1))
        return {**values, **{self._ghosts[ghost]: bits for ghost, bits in constant.items()}}

    def _make_window(self, width: int, shape: _Shape, until: str) -> Nogoods | None:
        """Returns what holds of neighbours, up to some point of a run; None if there are none."""
        window = Nogoods()
        places = range(-shape.left, width + shape.right)
        for place, (name, bits) in product(places, self._domains().items()):
            window.declare(("before", place, name), bits)
        ends = {"first": (shape.begins, places[0]), "last": (shape.ends, places[-1])}
        for ghost, (seen, end) in ends.items():
            for place in places:
                wrong = _NO if seen and place == end else _YES
                window.forbid({("before", place, self._ghosts[ghost]): wrong})
        self._forbid_words(window, places, shape)
        if until == _START:
            self._forbid_later(window, places)
        else:
            for pattern, place in product(self._patterns, places):
                if place + len(pattern) <= places.stop:
                    window.forbid(_at("before", pattern, place))
            self._forbid_ended(window, places, shape)
            for place in range(width):
                self._read(window, place, places)
        if until == _LAYER:
            for place in range(width):
                self._write(window, place)
        # Lemma 12 (witnesses): a window that no input has would show everything.
        return window if window.solution({}) is not None else None

    def _forbid_words(self, window: Nogoods, places: range, shape: _Shape) -> None:
        """Forbids what no neighbours have in a word that the automaton accepts."""
        state, token = self._ghosts["state"], self._ghosts["token"]
        acceptor, domains = self._acceptor, self._domains()
        entered = {target for moves in acceptor.moves for target in moves.values()}
        leftmost = bits_of([acceptor.start] if shape.begins else entered)
        window.forbid({("before", places[0], state): ~leftmost})
        for place, (number, moves) in product(places, enumerate(acceptor.moves)):
            enters = {("before", place, state): bits_of([number])}
            targets: dict[int, ValueBits] = {}
            for symbol in indices(domains[token]):
                # -1: nowhere, which no target is.
                target = moves.get(symbol, -1)
                targets[target] = targets.get(target, 0) | bits_of([symbol])
            for target, symbols in targets.items():
                reads = {**enters, ("before", place, token): symbols}
                ends = shape.ends and place == places[-1]
                if target < 0 or (ends and target not in acceptor.accepting):
                    window.forbid(reads)
                elif place + 1 < places.stop:
                    window.forbid({**reads, ("before", place + 1, state): ~bits_of([target])})

    def _forbid_later(self, window: Nogoods, places: range) -> None:
        """Forbids what is not there before the first layer."""
        token = self._ghosts["token"]
        for place, (name, variable) in product(places, self._program.variables.items()):
            for symbol in indices(self._tokens):
                wrong = ~bits_of([variable.start(symbol, 0)])
                read = ("before", place, token)
                window.forbid({read: bits_of([symbol]), ("before", place, name): wrong})
        if self._layers is not None:
            for place in places:
                window.forbid({("before", place, self._ghosts["layer"]): ~bits_of([0])})

    def _forbid_ended(self, window: Nogoods, places: range, shape: _Shape) -> None:
        """Forbids configurations that no layer follows, and numbers of layers that differ."""
        halt = self._program.halt
        if halt is not None and shape.begins and shape.ends:
            window.forbid({("before", place, halt[0]): bits_of([halt[1]]) for place in places})
        if self._layers is None:
            return
        layer = self._ghosts["layer"]
        window.forbid({("before", places[0], layer): bits_of([self._layers])})
        for place, number in product(places[:-1], range(self._layers + 1)):
            now = bits_of([number])
            window.forbid({("before", place, layer): now, ("before", place + 1, layer): ~now})

    def _read(self, window: Nogoods, place: int, places: range) -> None:
        """Adds what heads give at a place."""
        for name, head in self._program.heads.items():
            output = ("before", place, name)
            window.declare(output, self._anywhere[name])
            sources = [place + o for o in sorted(head.mask.offsets) if place + o in places]
            for when, key in self._cases(head, place):
                for read, values in _selections(head, key, sources, self._anywhere[head.value]):
                    window.forbid(_conjunction(when, read, {output: ~values}))

    def _cases(self, head: Head, place: int) -> Iterator[tuple[_Together, ValueBits]]:
        """Yields values of a head's query with the keys that they ask for."""
        if head.query is None:
            yield {}, -1
            return
        for value in indices(self._anywhere[head.query]):
            asked = {("before", place, head.query): bits_of([value])}
            yield asked, self._program.asked(head.query, value)

    def _write(self, window: Nogoods, place: int) -> None:
        """Adds what a place has after the layer, unless the run fails there."""
        for name in self._program.variables:
            self._assign(window, place, name)
        for ghost in self._domains().keys() - self._program.variables.keys():
            values = self._domains()[ghost]
            window.declare(("after", place, ghost), values)
            for value in indices(values):
                # A layer more was taken, and nothing else changes.
                then = bits_of([value + (ghost == self._ghosts["layer"])])
                now = {("before", place, ghost): bits_of([value])}
                window.forbid({**now, ("after", place, ghost): ~then})

    def _assign(self, window: Nogoods, place: int, name: str) -> None:
        """Adds what a variable is after the layer."""
        new = ("after", place, name)
        window.declare(new, self._anywhere[name])
        silent: dict[Name, ValueBits] = {}
        for number, rule in enumerate(self._program.rules[name]):
            tests = {("before", place, test): bits for test, bits in rule.tests.items()}
            fires = ("fires", place, f"{name} {number}")
            window.declare(fires, _NO | _YES)
            window.forbid({**tests, fires: _NO})
            for test, bits in tests.items():
                window.forbid({fires: _YES, test: ~bits})
            # After a trap, or two rules that disagree, there is nothing: the run has failed.
            assigned = 0 if rule.value is None else bits_of([rule.value])
            window.forbid({fires: _YES, new: ~assigned})
            silent[fires] = _NO
        for value in indices(self._anywhere[name]):
            kept = bits_of([value])
            window.forbid({**silent, ("before", place, name): kept, new: ~kept})


def _anywhere(program: Program, tokens: ValueBits) -> dict[str, ValueBits]:
    """Returns the values that each name can have at any position in any layer."""
    # Lemma 4 (value sets), of all positions at once: what a head reads some position has, or it is
    # UNDEFINED. Some input has a position, so that no set is empty.
    row = {
        name: bits_of(variable.start(token, 0) for token in indices(tokens))
        for name, variable in program.variables.items()
    }
    while True:
        heads = {name: row[head.value] | UNDEFINED for name, head in program.heads.items()}
        written = {
            name: bits_of(
                rule.value
                for rule in rules
                if rule.value is not None and meets(rule.tests, {**row, **heads})
            )
            for name, rules in program.rules.items()
        }
        grown = {name: values | written[name] for name, values in row.items()}
        if grown == row:
            return {**row, **heads}
        row = grown


def _shapes(radius: tuple[int, int]) -> Iterator[_Shape]:
    """Yields every way in which a window can lie in an input."""
    lefts, rights = (
        [(reach, False), *((seen, True) for seen in range(reach + 1))] for reach in radius
    )
    for (left, begins), (right, ends) in product(lefts, rights):
        yield _Shape(left, begins, right, ends)


def _at(when: str, pattern: Neighbours, place: int = 0) -> _Together:
    return {
        (when, place + step, name): bits
        for step, site in enumerate(pattern)
        for name, bits in site.items()
    }


def _conjunction(*conditions: _Together) -> dict[Name, ValueBits]:
    """Returns the conjunction of conditions, which may be about the same names."""
    together: dict[Name, ValueBits] = {}
    for condition in conditions:
        for name, bits in condition.items():
            together[name] = together.get(name, -1) & bits
    return together


def _selections(
    head: Head, asked: ValueBits, sources: Sequence[int], values: ValueBits
) -> Iterator[tuple[_Together, ValueBits]]:
    """Yields what may be selected, as a condition on the sources, with what is given then."""
    # Without a key all are selected.
    if head.key is None and len(sources) != 1:
        yield {}, UNDEFINED
        return
    is_key: dict[int, _Together] = {
        s: {("before", s, head.key): asked} for s in sources if head.key
    }
    no_key: dict[int, _Together] = {
        s: {("before", s, head.key): ~asked} for s in sources if head.key
    }
    if is_key or not sources:
        yield _conjunction(*no_key.values()), UNDEFINED
    for pair in combinations(is_key.values(), 2):
        yield _conjunction(*pair), UNDEFINED
    for source in sources:
        unselected = [no_key[s] for s in no_key if s != source]
        alone = _conjunction(is_key.get(source, {}), *unselected)
        for value in indices(values):
            bits = bits_of([value])
            yield _conjunction(alone, {("before", source, head.value): bits}), bits


def _check_program(program: Program) -> None:
    """Refuses a program about which nothing is said at every length."""
    if program.positions is not None:
        raise Refused(f"every length: the program takes no more than {program.positions} tokens")
    if isinstance(program.layers, tuple):
        raise Refused("every length: the number of layers depends on the length")
    for name, variable in program.variables.items():
        if variable.source == "position":
            raise Refused(f"every length: {name} starts with something read from the position")
    for name, head in program.heads.items():
        if head.mask.name is not None:
            raise Refused(f"every length: head {name} looks at positions at any distance")
        if head.edges is not None:
            raise Refused(f"every length: head {name} averages, which is not followed here")
