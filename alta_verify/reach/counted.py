"""Counted runs: value sets for all inputs with the same census at once, layer by layer.

Where a head selects by what tokens decide, a census says how many positions it selects, however
the tokens are arranged; where it selects by what positions decide, the length says it. So there
are as many runs as censuses: 2^15 in place of 15! for fifteen distinct tokens, and n + 1 in place
of 2^n for n bits. The answers are one-sided: what is not in the sets does not occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import lcm, prod
from typing import Final, TypeAlias, final

from alta.lang.heads import Head
from alta.lang.rules import Rule
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction
from alta_verify.deadline import Deadline
from alta_verify.reach.census import Census, censuses
from alta_verify.reach.reach import Absent, Open, Pattern, ReachAnswer
from alta_verify.reach.slices import DEFINED_VALUE, Slice, slice_for

__all__ = ["CountedReach"]

_CENSUSES: Final = 1 << 16
"""So many censuses are looked at, over all lengths."""

_CHOICES: Final = 256
"""So many local states are told apart where a variable is written; else all are one."""

_SUMS: Final = 4096
"""So many pairs of count and sum are told apart where a head averages."""

_Mask: TypeAlias = int
"""A set of values: bit value + 1, so that bit 0 is UNDEFINED."""

_UNDEFINED: Final[_Mask] = 1 << (UNDEFINED_VALUE + 1)

_Columns: TypeAlias = dict[str, list[_Mask]]
"""For each name its value sets, cell by cell."""

_Row: TypeAlias = tuple[_Mask, ...]


def _mask(values: Iterable[int]) -> _Mask:
    found = 0
    for value in values:
        found |= 1 << (value + 1)
    return found


def _values(mask: _Mask) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 2
        mask ^= low


@final
@dataclass(frozen=True)
class _Source:
    """Is a group of positions that a head may select.

    Attributes:
        keys: the values that the key can have at them; None where there is no key.
        values: the values that can be read at them.
        number: how many positions they are.
    """

    keys: _Mask | None
    values: _Mask
    number: int

    def perhaps(self, asked: _Mask | None) -> bool:
        """Says whether some of them may be selected."""
        return asked is None or self.keys is None or bool(self.keys & asked)

    def surely(self, asked: _Mask | None) -> bool:
        """Says whether all of them are selected."""
        return asked is None or self.keys is None or not self.keys & ~asked


@final
class CountedReach:
    """Knows value sets of the runs on all inputs, census by census."""

    def __init__(
        self, abstraction: Abstraction, max_len: int, max_layers: int | None, deadline: Deadline
    ) -> None:
        """Takes the program; runs begin with the first question.

        Args:
            abstraction: the program.
            max_len: the longest input.
            max_layers: the most layers; None for the program's own bound, or until all inputs of
                a census have halted or their value sets repeat.
            deadline: when to give up.
        """
        self._abstraction = abstraction
        self._max_layers = max_layers
        self._deadline = deadline
        self._lengths = [n for n in abstraction.concrete.inputs.lengths(max_len) if n > 0]
        self._seen: dict[Slice, _Seen] = {}

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        number = sum(map(len, (self._all_censuses or {}).values()))
        return f"value sets of each of {number:,} censuses of tokens"

    @property
    def failure_free(self) -> bool:
        """Nothing is known of failures before somebody asks for them one by one."""
        return False

    def find(self, pattern: Pattern) -> ReachAnswer:
        """Says that no run has a local state of the pattern, or nothing.

        Censuses are looked at only as long as none of them leaves the pattern possible.
        """
        if self._all_censuses is None:
            return Open("too many censuses")
        slice_ = slice_for(self._abstraction.finite, pattern)
        if slice_ not in self._seen:
            machine = _Machine(self._abstraction, slice_)
            self._seen[slice_] = _Seen(machine.names, self._all_runs(machine))
        seen = self._seen[slice_]
        if seen.may_meet(slice_.weaken(pattern)):
            return Open("the value sets of some census leave it possible")
        return Absent() if seen.complete else Open("out of time or given up")

    @cached_property
    def _all_censuses(self) -> Mapping[int, frozenset[Census]] | None:
        found: dict[int, frozenset[Census]] = {}
        most = _CENSUSES
        # The longest inputs have the most: what is hopeless shows there.
        for length in reversed(self._lengths):
            automaton = self._abstraction.concrete.inputs.automaton(length)
            own = None if self._deadline.expired else censuses(automaton, length, most)
            if own is None or len(own) > most:
                return None
            most -= len(own)
            found[length] = own
        return found

    def _all_runs(self, machine: _Machine) -> Iterator[set[_Row] | None]:
        """Yields the rows of every layer of every census, and None when that was all."""
        program = self._abstraction.concrete
        alike = machine.alike()
        for length in self._lengths:
            bound = program.layer_bound(length) if self._max_layers is None else self._max_layers
            live = [
                frozenset(alike[token] for token in tokens)
                for tokens in program.inputs.live_tokens(length)
            ]
            known = (self._all_censuses or {}).get(length, frozenset())
            for census in sorted({_merged(census, alike) for census in known}):
                for rows in _CountedRun(machine, census, live).layers(bound):
                    if self._deadline.expired:
                        return
                    yield rows
        yield None


def _merged(census: Census, alike: Mapping[int, int]) -> Census:
    """Returns a census in which tokens that are alike count as one."""
    numbers: dict[int, int] = {}
    for token, number in census:
        numbers[alike[token]] = numbers.get(alike[token], 0) + number
    return tuple(sorted(numbers.items()))


@final
class _Seen:
    """Remembers the different rows that runs yield, as far as they were needed.

    Attributes:
        complete: whether there are no more; runs that merely stop do not make it so.
    """

    def __init__(self, names: Sequence[str], runs: Iterator[set[_Row] | None]) -> None:
        self.complete = False
        self._columns = {name: column for column, name in enumerate(names)}
        self._runs = runs
        self._rows: set[_Row] = set()

    def may_meet(self, pattern: Pattern) -> bool:
        """Says whether some row has one of the pattern's values in each of its columns."""
        wanted = [(self._columns[name], _mask(values)) for name, values in pattern.items()]
        if _meets(self._rows, wanted):
            return True
        for rows in self._runs:
            if rows is None:
                self.complete = True
                return False
            fresh = rows - self._rows
            self._rows |= fresh
            if _meets(fresh, wanted):
                return True
        return False


def _meets(rows: set[_Row], wanted: Sequence[tuple[int, _Mask]]) -> bool:
    if not wanted:
        return bool(rows)
    for column, values in wanted:
        rows = {row for row in rows if row[column] & values}
    return bool(rows)


@final
class _Machine:
    """Evaluates the rules and means of a slice over value sets, and remembers the results."""

    def __init__(self, abstraction: Abstraction, slice_: Slice) -> None:
        self.abstraction = abstraction
        self.program = program = abstraction.finite
        self.partly = slice_.defined
        self.variables = [name for name in program.variables if name in slice_]
        self.heads = {
            name: head
            for name, head in program.heads.items()
            if name in slice_ or name in slice_.defined
        }
        self.names = (*self.variables, *self.heads)
        self._rules = {
            name: tuple(rule for rule in rules if not program.is_trap(rule))
            for name, rules in program.rules_by_variable.items()
        }
        self._tested = {
            name: tuple({atom.variable: None for rule in rules for atom in rule.atoms})
            for name, rules in self._rules.items()
        }
        self._written: dict[tuple[str, _Mask, _Row], _Mask] = {}
        self._asked: dict[tuple[str, _Mask], frozenset[_Mask]] = {}
        self._buckets: dict[tuple[str, int, int], _Mask] = {}
        self._integers: dict[str, tuple[list[int], int]] = {}

    def alike(self) -> dict[int, int]:
        """Maps each token to the first one with which all variables start alike.

        A run of the slice depends on tokens through these first values alone, so that inputs that
        differ in tokens that are alike have the same run.
        """
        by_token = [
            variable
            for name, variable in self.program.variables.items()
            if name in self.variables and variable.initial.source == "token"
        ]
        first: dict[tuple[int, ...], int] = {}
        return {
            token: first.setdefault(
                tuple(variable.initial_value(token, 0, name="") for variable in by_token), token
            )
            for token in range(self.program.input_range)
        }

    def asked(self, query: str, mask: _Mask) -> frozenset[_Mask]:
        """Returns the sets of keys that the values of a query select."""
        if (query, mask) not in self._asked:
            self._asked[query, mask] = frozenset(
                _mask(self.abstraction.keys(query, value)) for value in _values(mask)
            )
        return self._asked[query, mask]

    def write(self, columns: _Columns, name: str) -> list[_Mask]:
        """Returns the value sets of a variable after the MLP, cell by cell."""
        own = columns[name]
        tested = self._tested[name]
        if not self._rules[name]:
            return own
        if not tested:
            return [self._write(name, old, ()) for old in own]
        written, after = self._written, []
        for old, row in zip(own, zip(*(columns[one] for one in tested), strict=True), strict=True):
            key = (name, old, row)
            if key not in written:
                written[key] = self._write(name, old, row)
            after.append(written[key])
        return after

    def _write(self, name: str, old: _Mask, row: _Row) -> _Mask:
        tested = dict(zip(self._tested[name], row, strict=True))
        rules = [
            rule
            for rule in self._rules[name]
            if all(tested[atom.variable] >> (atom.value + 1) & 1 for atom in rule.atoms)
        ]
        if prod(mask.bit_count() for mask in row) > _CHOICES:
            return old | _mask(map(self.program.index_assigned, rules))
        found = 0
        for values in product(*map(_values, row)):
            found |= self._next(rules, dict(zip(tested, values, strict=True)), name, old)
        return found

    def _next(self, rules: list[Rule], local: Mapping[str, int], name: str, old: _Mask) -> _Mask:
        fired = [r for r in rules if all(local[atom.variable] == atom.value for atom in r.atoms)]
        if fired:
            return _mask(map(self.program.index_assigned, fired))
        return _mask([local[name]]) if name in local else old

    def means(
        self, name: str, sources: Iterable[_Source], asked: _Mask | None, least: int, most: int
    ) -> _Mask:
        """Returns the buckets in which the mean of `least` to `most` selected numbers can lie."""
        amounts, unit = self._amounts(name)
        count = total = 0
        sums = {(0, 0)}
        for source in sources:
            if not source.perhaps(asked):
                continue
            choices = [amounts[value] for value in _values(source.values)]
            surely = source.surely(asked)
            if surely and len(choices) == 1:
                count += source.number
                total += source.number * choices[0]
                continue
            for _ in range(source.number):
                more = {(c + 1, t + x) for c, t in sums for x in choices}
                sums = more if surely else more | sums
                if len(sums) > _SUMS:
                    return _mask(range(self.program.domains[name].size))
        found = 0
        for c, t in sums:
            if max(1, least) <= count + c <= most:
                found |= self._bucket(name, total + t, (count + c) * unit)
        return found

    def _amounts(self, name: str) -> tuple[list[int], int]:
        """Returns the numbers that a head averages as multiples of 1/unit, and the unit."""
        if name not in self._integers:
            amounts = self.abstraction.amounts(name)
            unit = lcm(*(amount.denominator for amount in amounts))
            self._integers[name] = [int(amount * unit) for amount in amounts], unit
        return self._integers[name]

    def _bucket(self, name: str, total: int, count: int) -> _Mask:
        key = (name, total, count)
        if key not in self._buckets:
            self._buckets[key] = _mask([self.abstraction.bucket(name, Fraction(total, count))])
        return self._buckets[key]


@final
class _CountedRun:
    """Is the run on all inputs of one census.

    A *cell* is a position and a token that some input of the census may have there. In every run
    on such an input, every name has at a position one of the values in the set of the cell of that
    position and its token.
    """

    def __init__(self, machine: _Machine, census: Census, live: Sequence[frozenset[int]]) -> None:
        self._machine = machine
        self._program = machine.program
        self._census = dict(census)
        self._by_position: list[list[int]] = []
        self._by_token: dict[int, list[int]] = {token: [] for token in self._census}
        self._cells: list[tuple[int, int]] = []
        for position, tokens in enumerate(live):
            own = sorted(tokens & self._census.keys())
            self._by_position.append([len(self._cells) + i for i in range(len(own))])
            for token in own:
                self._by_token[token].append(len(self._cells))
                self._cells.append((position, token))

    def layers(self, bound: int | None) -> Iterator[set[_Row]]:
        """Yields the rows after attention of every layer until halt, repetition or bound."""
        state: _Columns = {
            name: [
                _mask([variable.initial_value(token, position, name=name)])
                for position, token in self._cells
            ]
            for name in self._machine.variables
            for variable in [self._program.variables[name]]
        }
        past = set()
        layer = 0
        while layer != bound and not self._halted(state):
            key = tuple(map(tuple, state.values()))
            if key in past:
                return
            past.add(key)
            layer += 1
            attended = state | {
                name: self._attend(name, head, state) for name, head in self._machine.heads.items()
            }
            # Without names there is one row, which says nothing; zip would make none of it.
            columns = [attended[name] for name in self._machine.names]
            yield set(zip(*columns, strict=True)) if columns else {()}
            state = {name: self._machine.write(attended, name) for name in state}

    def _halted(self, state: _Columns) -> bool:
        """Says whether all inputs of the census have halted."""
        halt, index = self._program.halt, self._program.halt_index
        if halt is None or index is None:
            return False
        return all(mask == _mask([index]) for mask in state[halt.variable])

    def _attend(self, name: str, head: Head, state: _Columns) -> list[_Mask]:
        """Returns what a head can give, cell by cell."""
        values = None if name in self._machine.partly else state[head.value]
        keys = None if head.key is None else state[head.key]
        positions = [_source(keys, values, cells, 1) for cells in self._by_position]
        if head.mask is not None:
            return self._attend_near(name, head, state, positions)
        tokens = [
            _source(keys, values, self._by_token[token], number)
            for token, number in self._census.items()
        ]
        known: dict[_Mask | None, _Mask] = {}
        found = []
        for cell in range(len(self._cells)):
            query = None if head.query is None else state[head.query][cell]
            if query not in known:
                known[query] = self._read(name, head, query, [tokens, positions])
            found.append(known[query])
        return found

    def _attend_near(
        self, name: str, head: Head, state: _Columns, positions: list[_Source]
    ) -> list[_Mask]:
        known: dict[tuple[int, _Mask | None], _Mask] = {}
        found = []
        for cell, (position, _) in enumerate(self._cells):
            query = None if head.query is None else state[head.query][cell]
            if (position, query) not in known:
                near = [s for j, s in enumerate(positions) if head.allows(j - position)]
                known[position, query] = self._read(name, head, query, [near])
            found.append(known[position, query])
        return found

    def _read(
        self, name: str, head: Head, query: _Mask | None, views: Sequence[Sequence[_Source]]
    ) -> _Mask:
        """Returns what a head can give for the values of a query.

        Args:
            name: the head's.
            head: the head.
            query: the values of the query.
            views: ways of grouping all the positions that the mask allows, each complete.
        """
        asked: Iterable[_Mask | None] = [None]
        if head.query is not None and query is not None:
            asked = self._machine.asked(head.query, query)
        found = 0
        for keys in asked:
            found |= self._answer(name, keys, views)
        return found

    def _answer(self, name: str, asked: _Mask | None, views: Sequence[Sequence[_Source]]) -> _Mask:
        # Each view bounds how many are selected, and what is read; all bounds hold together.
        least, most, values = 0, len(self._by_position), -1
        for view in views:
            own = [source for source in view if source.perhaps(asked)]
            least = max(least, sum(source.number for source in own if source.surely(asked)))
            most = min(most, sum(source.number for source in own))
            read = 0
            for source in own:
                read |= source.values
            values &= read
        if not self._machine.abstraction.averages(name):
            found = values if least <= 1 <= most else 0
            return found if least == most == 1 else found | _UNDEFINED
        found = 0 if least else _UNDEFINED
        if not most:
            return found
        if name in self._machine.partly:
            return found | _mask([DEFINED_VALUE])
        means = -1
        for view in views:
            means &= self._machine.means(name, view, asked, least, most)
            if means.bit_count() == 1:
                break
        return found | means


def _source(
    keys: Sequence[_Mask] | None, values: Sequence[_Mask] | None, cells: Sequence[int], number: int
) -> _Source:
    """Makes a source of cells; without values, it only counts that there is one."""
    own_keys = own_values = 0
    for cell in cells:
        own_values |= _mask([DEFINED_VALUE]) if values is None else values[cell]
        if keys is not None:
            own_keys |= keys[cell]
    return _Source(None if keys is None else own_keys, own_values, number)
