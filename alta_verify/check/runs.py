"""Runs: which local states no run has, by value sets, and by running a slice of the program.

A slice has some names and all that they depend on, so it runs by itself. Inputs are taken in
*classes*, each of which is run at once on sets of values: the inputs with one word, or with one
Parikh vector, that is, with the same tokens in any order. Tokens with which the slice starts alike
are one. A *cell* is a position and a token that some input of the class has there, and, where some
mask says what is before or behind a position, how many equal tokens are before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any, Final, TypeAlias, final

from alta_verify.check.evidence import PARIKH, WORDS, Hint
from alta_verify.check.language import Language, ParikhVector
from alta_verify.check.masks import Mask
from alta_verify.check.program import UNDEFINED, Program, Rule, ValueBits, bits_of, indices
from alta_verify.check.refused import Refused, nonempty
from alta_verify.check.value_sets import (
    DEFINED,
    Pattern,
    Source,
    meets,
    read,
)

__all__ = ["Runs"]

# So many states of a position are told apart where a variable is written.
_CHOICES: Final = 256

# The runs of a slice may take about so many bytes at once; others are refused.
_BYTES: Final = 1 << 29

# A position, a token there, and how many equal tokens are before it, if that is told apart.
_Cell: TypeAlias = tuple[int, int, int | None]

# The first, second, … position of each token: what is there, and where it may be.
_Occurrences: TypeAlias = dict[tuple[int, int], tuple[Source, frozenset[int]]]

# The tokens that can be at each position, and how often each token occurs.
_Class: TypeAlias = tuple[Sequence[frozenset[int]], ParikhVector]

# For each name its sets, cell by cell.
_State: TypeAlias = dict[str, list[ValueBits]]


@final
class Runs:
    """The runs of a slice on all inputs within the bounds."""

    def __init__(
        self,
        program: Program,
        language: Language,
        lengths: Iterable[int],
        max_layers: int | None,
        hint: Hint,
    ) -> None:
        """Checks that the hint names a slice, and runs it."""
        self._program = program
        self._language = language
        self._names = hint.names
        self._defined = hint.defined
        self._check_slice()
        self._variables = [name for name in program.variables if name in self._names]
        self._heads = [name for name in program.heads if name in self._names | self._defined]
        self._columns = [*self._variables, *self._heads]
        # What rules make of a set of states depends on nothing else, so it is kept for all layers.
        self._successors: dict[Any, ValueBits] = {}
        # A run of the slice depends on tokens through the first values of its variables alone.
        self._alike = program.like_tokens(self._names)
        # What a state of a position takes: an object and a pointer a name, and a bit a value.
        self._bytes = sum(40 + program.sizes[name] // 8 for name in self._columns)
        self._rows: set[tuple[ValueBits, ...]] = set()
        for length in lengths:
            bound = program.bound(length) if max_layers is None else max_layers
            number = 0
            for class_ in self._classes(length, hint.by):
                self._run(class_, bound)
                number += 1
            # Lemma 12: every class has a row a cell in every layer that it takes. So a pattern that
            # no row has is in no run.
            nonempty(number, f"inputs of {length} tokens")

    def _check_slice(self) -> None:
        # Lemma 6 (slices): a set of names with all that they depend on, and with the halt variable.
        program, names = self._program, self._names
        strangers = (names - set(program.names)) | (self._defined - program.heads.keys())
        if strangers:
            raise Refused(
                f"runs: {sorted(names)} are not a slice of the program: {sorted(strangers)} are no "
                "names of it, or no heads"
            )
        needed = set() if program.halt is None else {program.halt[0]}
        for name in names:
            if name in program.variables:
                needed |= {tested for rule in program.rules[name] for tested in rule.tests}
            else:
                needed.add(program.heads[name].value)
        for name in (names | self._defined) & program.heads.keys():
            head = program.heads[name]
            needed |= {selecting for selecting in (head.query, head.key) if selecting is not None}
        if not needed <= names:
            raise Refused(
                f"runs: {sorted(names)} are not a slice of the program: they depend on "
                f"{sorted(needed - names)}, expected these among them"
            )

    def _classes(self, length: int, by: str) -> Iterator[_Class]:
        if by == WORDS:
            for word in sorted(self._language.words(length, self._alike)):
                counts = {token: word.count(token) for token in word}
                yield [frozenset({token}) for token in word], tuple(sorted(counts.items()))
        elif by == PARIKH:
            live = self._language.live(length) or ()
            merged = [frozenset(self._alike[token] for token in tokens) for tokens in live]
            for vector in sorted(self._language.parikh_vectors(length, self._alike)):
                tokens = {token for token, _ in vector}
                # At each position every token of the vector that any word has there: perhaps more
                # than the words with this vector have, which is on the safe side.
                yield [possible & tokens for possible in merged], vector
        else:
            raise Refused(f"runs: expected them by {WORDS!r} or {PARIKH!r}, got {by!r:.40}")

    def may_meet(self, pattern: Pattern) -> bool:
        """Says whether the runs leave possible what a pattern says of the slice."""
        # A pattern is looked at as far as the slice has its names: of other names nothing is known,
        # and a head that is there by its definedness is UNDEFINED or not.
        wanted = []
        for column, name in enumerate(self._columns):
            if name in pattern:
                bits = pattern[name]
                if name in self._defined - self._names:
                    bits = bits & UNDEFINED | (DEFINED if bits & ~UNDEFINED else 0)
                wanted.append((column, bits))
        return any(all(row[column] & bits for column, bits in wanted) for row in self._rows)

    def _run(self, class_: _Class, bound: int | None) -> None:
        """Goes through the layers of a class and keeps what each position can be in each."""
        vector = class_[1]
        cells = self._cells(class_)
        state: _State = {
            name: [1 << (self._program.variables[name].start(t, p) + 1) for p, t, _ in cells]
            for name in self._variables
        }
        past, layer = set[Any](), 0
        while (bound is None or layer < bound) and not self._halted(state):
            key = tuple(map(tuple, state.values()))
            if key in past:
                break  # from here on the run repeats itself
            past.add(key)
            layer += 1
            kept = layer * len(cells) + len(self._rows) + len(self._successors)
            # Sets only, not words: a layer takes time in proportion to cells, not to inputs.
            if kept * self._bytes > _BYTES:
                raise Refused(
                    "runs: a slice takes more layers, or has more states, than are kept: about "
                    f"{kept} states of a position with {self._bytes} bytes each, expected at most "
                    f"{_BYTES} bytes"
                )
            attended = state | {
                name: self._attend(name, state, cells, vector) for name in self._heads
            }
            # A row a cell, also where a slice has no names: then it says that a layer is taken.
            self._rows |= {
                tuple(attended[name][cell] for name in self._columns) for cell in range(len(cells))
            }
            state = {name: self._write(name, attended) for name in self._variables}

    def _cells(self, class_: _Class) -> list[_Cell]:
        """Returns every position with every token and number of equal ones before it."""
        live, numbers = class_[0], dict(class_[1])
        middle = len(live) // 2
        masks = [self._program.heads[name].mask for name in self._heads]
        # Other masks say little of what is before or behind a position.
        ordered = any(
            all(mask.allows(j - middle) for j in side)
            for side in (range(middle), range(middle + 1, len(live)))
            for mask in masks
            if not mask.everywhere
        )
        cells: list[_Cell] = []
        for position, tokens in enumerate(live):
            nonempty(tokens, f"tokens at position {position}")
            for token in sorted(tokens):
                # Those before it are at positions that can have the token, and so are those behind
                # it; with it they are as many as the class has.
                before = sum(token in possible for possible in live[:position])
                behind = sum(token in possible for possible in live[position + 1 :])
                counts = range(
                    max(0, numbers[token] - 1 - behind), min(before, numbers[token] - 1) + 1
                )
                cells += [(position, token, count) for count in (counts if ordered else [None])]
            # Not empty, as the class has an input, and so no position is left out.
            nonempty(
                [cell for cell in cells if cell[0] == position], f"cells at position {position}"
            )
        return cells

    def _halted(self, state: _State) -> bool:
        # Only where every position has surely halted: if some may not have, the class goes on, and
        # what further layers add can only make fewer patterns absent.
        halt = self._program.halt
        return halt is not None and set(state[halt[0]]) == {1 << (halt[1] + 1)}

    def _attend(
        self, name: str, state: _State, cells: Sequence[_Cell], vector: ParikhVector
    ) -> list[ValueBits]:
        """Returns what a head can give, cell by cell."""
        head = self._program.heads[name]
        definedness = name not in self._names
        keys = [-1] * len(cells) if head.key is None else state[head.key]
        values = [DEFINED] * len(cells) if definedness else state[head.value]
        queries = [0] * len(cells) if head.query is None else state[head.query]
        # Lemma 5 (counting): what is selected is bounded by position and by token.
        by_position: dict[int, Source] = {}
        by_token = {token: Source(0, 0, number) for token, number in vector}
        by_occurrence: _Occurrences = {}
        for (position, token, count), key, value in zip(cells, keys, values, strict=True):
            by_position[position] = _joined(by_position.get(position, Source(0, 0, 1)), key, value)
            by_token[token] = _joined(by_token[token], key, value)
            if count is not None:
                source, places = by_occurrence.get((token, count), (Source(0, 0, 1), frozenset()))
                joined = _joined(source, key, value), places | {position}
                by_occurrence[token, count] = joined
        everywhere = [list(by_position.values()), list(by_token.values())]
        if by_occurrence:
            everywhere.append([source for source, _ in by_occurrence.values()])
        answers: dict[tuple[_Cell | None, ValueBits], ValueBits] = {}
        attended = []
        for cell, query in zip(cells, queries, strict=True):
            views, place = everywhere, None
            if not head.mask.everywhere:
                # How often a token occurs within a mask is not known from its number alone.
                position = cell[0]
                near = [s for j, s in by_position.items() if head.mask.allows(j - position)]
                views, place = [near], cell if by_occurrence else (position, 0, None)
                if by_occurrence:
                    views.append(_occurrences(head.mask, cell, by_occurrence))
            if (place, query) not in answers:
                answers[place, query] = self._read(name, query, views)
            attended.append(answers[place, query])
        return attended

    def _read(self, name: str, query: ValueBits, views: Sequence[Sequence[Source]]) -> ValueBits:
        """Returns what a head can give at a cell."""
        definedness = name not in self._names
        try:
            return read(self._program, name, query, views, definedness=definedness)
        except Refused:
            # A cell may be one of no input, so that ways to see it contradict one another. Any of
            # them alone has all that there may be, and the first is always there.
            return read(self._program, name, query, views[:1], definedness=definedness)

    def _write(self, name: str, attended: _State) -> list[ValueBits]:
        """Returns what a variable can be after the MLP, cell by cell."""
        rules = self._program.rules[name]
        tested = sorted({test for rule in rules for test in rule.tests})
        written = []
        for cell, old in enumerate(attended[name]):
            key = name, old, tuple(attended[test][cell] for test in tested)
            if key not in self._successors:
                row = dict(zip(tested, key[2], strict=True))
                self._successors[key] = _written(rules, name, old, row)
            written.append(self._successors[key])
        return written


def _occurrences(mask: Mask, reader: _Cell, by_occurrence: _Occurrences) -> list[Source]:
    """Returns what a mask may allow of the first, the second, … position of each token."""
    position, token, before = reader
    sources = []
    for (letter, count), (source, places) in by_occurrence.items():
        # Lemma 5 (counting): of equal tokens so many are before the reader, and the next is it.
        if letter == token and before is not None:
            side = (count > before) - (count < before)
            seen = {j for j in places if (j > position) - (j < position) == side}
        else:
            seen = set(places - {position})
        allowed = {j for j in seen if mask.allows(j - position)}
        if allowed:
            sources.append(replace(source, certain=allowed == seen))
    return sources


def _joined(source: Source, keys: ValueBits, values: ValueBits) -> Source:
    return Source(source.keys | keys, source.values | values, source.number)


def _written(
    rules: Sequence[Rule], name: str, old: ValueBits, row: Mapping[str, ValueBits]
) -> ValueBits:
    """Returns what a variable can be after the MLP, in the states of a row."""
    alive = [(r.tests, r.value) for r in rules if r.value is not None and meets(r.tests, row)]
    # Too many combinations are not told apart: then any rule that may fire may also not fire, which
    # has more values than there are, and is sound.
    if prod(bits.bit_count() for bits in row.values()) > _CHOICES:
        return old | bits_of(value for _, value in alive)
    after = 0
    for values in product(*map(indices, row.values())):
        local = {test: 1 << (value + 1) for test, value in zip(row, values, strict=True)}
        fired = [value for tests, value in alive if meets(tests, local)]
        after |= bits_of(fired) if fired else local.get(name, old)
    return nonempty(after, f"values of {name} after a layer")
