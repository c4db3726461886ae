"""The symbolic transformer: what the rules and heads of a slice make of guards.

At every position a name holds a map from value to *guard*, the literal of a Boolean function of the
input tokens: a value summary (Sen, Necula, Gong and Choi, "MultiSE", 2015). The guards of one name
hold on disjoint inputs, and together on all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Final, TypeAlias, final

from alta.lang.heads import Head
from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.deadline import Clock
from alta_verify.reach.slices import DEFINED_VALUE, SlicedProgram
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Graph, Literal, possible

__all__ = ["Guards", "Interrupted", "Known", "State", "Stuck", "Summary", "SymbolicTransformer"]

# Heads that average have at most so many pairs of count and sum.
_SUMS: Final = 4096

Summary: TypeAlias = dict[int, Literal]
"""The guard of every value that a name can have at one position."""

Guards: TypeAlias = dict[str, Summary]
"""The summaries of all names at one position."""

State: TypeAlias = list[Guards]
"""The guards of every position."""

Known: TypeAlias = Mapping[str, Sequence[Summary]]
"""The summaries of some names, position by position."""

# Keys of memos: a summary, and the identities of objects that are kept.
_Items: TypeAlias = tuple[tuple[int, Literal], ...]
_Ids: TypeAlias = tuple[int, ...]

# The positions that a head selects, with when it does.
_Chosen: TypeAlias = tuple[tuple[int, Literal], ...]

# For each position when it is selected, and what is read there.
_Selected: TypeAlias = Iterable[tuple[Literal, Mapping[int, Literal]]]


class Interrupted(Exception):  # noqa: N818 - an outcome, not an error
    """Time is up."""


class Stuck(Exception):  # noqa: N818 - an outcome, not an error
    """A reason why runs cannot be followed, however much time there is."""


@final
class SymbolicTransformer:
    """The successor function of a sliced program on guards."""

    # Lemma 7: guards that describe a state on every input are mapped to guards that describe the
    # next one. Each step below is the definition of the semantics, written with guards.
    #
    # From one layer to the next few positions change. So nothing is computed twice from the same
    # guards: equal ones are one object (`shared`), which is kept, so that its identity stands for
    # it in the keys of all memos.

    def __init__(self, program: SlicedProgram, graph: Graph) -> None:
        self._program = program
        self._abstraction = program.abstraction
        self._graph = graph
        self._sources = cache(lambda name, i, n: tuple(program.heads[name].mask.sources(i, n)))
        self._summaries: dict[_Items, Summary] = {}
        self._positions: dict[_Ids, Guards] = {}
        self._keys: dict[tuple[int, _Ids], int] = {}
        self._chosen: dict[object, _Chosen] = {}
        self._heads: dict[object, Summary] = {}
        self._attended: dict[_Ids, Guards] = {}
        # What the MLP makes of the same guards is the same, whatever the position and the layer.
        self._written: dict[tuple[str, _Ids], Summary] = {}
        self._after: dict[int, Guards] = {}

    def shared(self, guards: Guards) -> Guards:
        """Returns the guards of a position that are equal to these, always the same object."""
        summaries = {name: self._summary(values) for name, values in guards.items()}
        # Of the same program the names, and whether those of heads are among them, are the same.
        return self._positions.setdefault(tuple(map(id, summaries.values())), summaries)

    def _summary(self, summary: Summary) -> Summary:
        return self._summaries.setdefault(tuple(sorted(summary.items())), summary)

    def initial(self, position: int, tokens: Mapping[int, Literal]) -> Guards:
        """Returns the guards of a position before the first layer, from those of its tokens."""
        guards: Guards = {}
        for name in self._program.variables:
            variable = self._program.finite.variables[name]
            first = {t: variable.initial_value(t, position, name=name) for t in tokens}
            # A variable with one possible value has it whatever the token is.
            fixed = len(set(first.values())) == 1
            cases = ((first[token], TRUE if fixed else guard) for token, guard in tokens.items())
            guards[name] = self._graph.union(cases)
        return self.shared(guards)

    def halted(self, state: State) -> Literal:
        """Returns the inputs on which every position holds the halt value."""
        halt, index = self._program.finite.halt, self._program.finite.halt_index
        if halt is None or index is None:
            return FALSE
        return self._graph.all_of(guards[halt.variable].get(index, FALSE) for guards in state)

    def attend(self, state: State, known: Known, clock: Clock) -> State:
        """Returns the guards after attention, from `shared` ones before it.

        What is known of some heads is taken as it is.

        Raises `Interrupted` when time is up, `Stuck` when a head can read too many different sums.
        """
        if clock.expired:
            raise Interrupted
        columns = [
            map(self._summary, known[name])
            if name in known
            else self._head(name, head, state, clock)
            for name, head in self._program.heads.items()
        ]
        attended = []
        for guards, *read in zip(state, *columns, strict=True):
            key = (id(guards), *map(id, read))
            if key not in self._attended:
                heads = dict(zip(self._program.heads, read, strict=True))
                self._attended[key] = self.shared({**guards, **heads})
            attended.append(self._attended[key])
        return attended

    def write(self, guards: Guards, known: Mapping[str, Summary]) -> Guards:
        """Returns the guards of a position after the MLP, from those after attention."""
        if known:
            names = self._program.variables
            return self.shared(
                {n: known[n] if n in known else self._kept(n, guards) for n in names}
            )
        if id(guards) not in self._after:
            self._after[id(guards)] = self.shared(
                {name: self._kept(name, guards) for name in self._program.variables}
            )
        return self._after[id(guards)]

    def _kept(self, name: str, guards: Guards) -> Summary:
        checkpoint()
        names = (name, *self._program.tested[name])
        key = (name, tuple(id(guards[condition]) for condition in names))
        if key not in self._written:
            self._written[key] = self._write(name, guards)
        return self._written[key]

    def _head(self, name: str, head: Head, state: State, clock: Clock) -> Iterator[Summary]:
        """Yields what a head gives at each position."""
        sources: Sequence[int] = ()
        chosen: _Chosen = ()
        keys = 0
        for position, guards in enumerate(state):
            # Without a mask all positions see the same, and differ in their query alone.
            if not (position and head.mask.everywhere):
                sources = self._sources(name, position, len(state))
                if head.key is None:
                    chosen = tuple((j, TRUE) for j in sources)
                else:
                    ids = tuple(id(state[j][head.key]) for j in sources)
                    place = 0 if head.mask.everywhere else position
                    keys = self._keys.setdefault((place, ids), len(self._keys))
            if head.key is not None:
                query = guards[str(head.query)]
                selection = (head.query, head.key, keys, id(query))
                if selection not in self._chosen:
                    if clock.expired:
                        raise Interrupted
                    self._chosen[selection] = tuple(self._selected(head, query, sources, state))
                chosen = self._chosen[selection]
            values = [
                (match, 0 if name in self._program.defined else id(state[j][head.value]))
                for j, match in chosen
            ]
            key = (name, tuple(values))
            if key not in self._heads:
                if clock.expired:
                    raise Interrupted
                self._heads[key] = self._summary(self._read(name, chosen, state))
            yield self._heads[key]

    def _selected(
        self, head: Head, query: Summary, sources: Iterable[int], state: State
    ) -> Iterator[tuple[int, Literal]]:
        """Yields the positions that a query selects among some, with when it does."""
        graph = self._graph
        asked = [
            (guard, wanted)
            for value, guard in query.items()
            for wanted in sorted(self._abstraction.keys(str(head.query), value))
        ]
        for j in sources:
            key = state[j][str(head.key)]
            matches = [graph.and_(guard, key[wanted]) for guard, wanted in asked if wanted in key]
            match = graph.any_of(matches) if matches else FALSE
            if match != FALSE:
                yield j, match

    def _read(self, name: str, selected: Iterable[tuple[int, Literal]], state: State) -> Summary:
        """Returns what a head gives, from when it selects each position."""
        averages = self._abstraction.averages(name)
        if name not in self._program.defined:
            value = self._program.heads[name].value
            matches = ((match, state[j][value]) for j, match in selected)
            return self._mean(name, matches) if averages else self._unique(matches)
        if not averages:
            return self._unique((match, {DEFINED_VALUE: TRUE}) for _, match in selected)
        # A mean is UNDEFINED only of nothing; else the number of selected keys does not matter.
        defined = self._graph.any_of(match for _, match in selected)
        return possible({DEFINED_VALUE: defined, UNDEFINED_VALUE: self._graph.not_(defined)})

    def _unique(self, matches: _Selected) -> Summary:
        """Runs over the keys, keeping: none so far, exactly one with this value, multiple."""
        checkpoint()
        graph = self._graph
        none, multiple = TRUE, FALSE
        unique: Summary = {}
        # Selected: none → one with value v → several. Each key moves every input by at most a step.
        for match, values in matches:
            multiple = graph.or_(multiple, graph.and_(match, graph.not_(none)))
            first = graph.and_(match, none)
            for value in unique.keys() | values.keys():
                unique[value] = graph.or_(
                    graph.and_(graph.not_(match), unique.get(value, FALSE)),
                    graph.and_(first, values.get(value, FALSE)),
                )
            none = graph.and_(none, graph.not_(match))
        unique[UNDEFINED_VALUE] = graph.or_(none, multiple)
        return possible(unique)

    def _mean(self, name: str, matches: _Selected) -> Summary:
        """Runs over the keys, keeping how many were selected and what their values add up to."""
        graph, amounts = self._graph, self._abstraction.amounts(name)
        sums: dict[tuple[int, Fraction], Literal] = {(0, Fraction(0)): TRUE}
        for match, values in matches:
            checkpoint()
            # After k keys, the inputs on which c were selected and their numbers add up to t.
            cases = []
            for (count, total), guard in sums.items():
                cases.append(((count, total), graph.and_(guard, graph.not_(match))))
                selected = graph.and_(guard, match)
                for value, holds in values.items():
                    key = (count + 1, total + amounts[value])
                    cases.append((key, graph.and_(selected, holds)))
            sums = graph.union(cases)
            if len(sums) > _SUMS:
                raise Stuck("a head can read too many different sums")
        bucket = self._abstraction.bucket
        return graph.union(
            (bucket(name, total / count) if count else UNDEFINED_VALUE, guard)
            for (count, total), guard in sums.items()
        )

    def _write(self, name: str, guards: Guards) -> Summary:
        """Returns the guards of one variable after the MLP."""
        graph, before = self._graph, guards[name]
        cases = []
        for rule in self._candidates(name, guards):
            atoms = [guards[atom.variable].get(atom.value, FALSE) for atom in rule.atoms]
            if FALSE not in atoms:
                value = self._program.finite.index_assigned(rule)
                cases.append((value, graph.all_of(atoms)))
        # v after the MLP is a if a rule that assigns a fires, or v was a and no rule for v fires.
        written = graph.union(cases)
        if not written:
            return before
        kept = graph.not_(graph.any_of(written.values()))
        return possible(
            {
                value: graph.or_(
                    written.get(value, FALSE), graph.and_(kept, before.get(value, FALSE))
                )
                for value in written.keys() | before.keys()
            }
        )

    def _candidates(self, name: str, guards: Guards) -> Iterable[Rule]:
        """Returns the rules for a variable that may fire, and perhaps others."""
        best: Sequence[Rule] = self._program.rules[name]
        # Of a table most rows are for values that a name has on no input, at one position.
        for tested, by_value in self._program.rules_by_value[name].items():
            rows = [by_value.get(value, ()) for value in sorted(guards[tested])]
            if sum(map(len, rows)) < len(best):
                best = [rule for row in rows for rule in row]
        return best
