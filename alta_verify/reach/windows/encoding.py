"""Windows as clauses: some neighbours before a layer, and those in the middle after it.

The search asks its questions here. Nothing that is proved rests on it: what is found is checked by
`induction.py`, which has an encoding of its own, or run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, product
from typing import final

from alta.limit import checkpoint
from alta_verify.reach.windows.gates import Gates
from alta_verify.reach.windows.layer import Layer, Values
from alta_verify.reach.windows.patterns import Site, WindowPattern
from alta_verify.reach.windows.system import Hazard, System

__all__ = ["Window"]


@final
class Window:
    """Some neighbours, as many on both sides as a layer needs, and what it makes of those between.

    Attributes:
        solver: has the clauses.
        places: the positions before the layer, the first of those in the middle being 0.
        running: assumed where the run has not ended.
        stepping: assumed where it goes on with a layer, in which no position in the middle fails.
        succeeding: the literals that say of each of these that it does not.
        over: whether the run has ended, as far as that is seen for sure.
        ended: whether it may have ended, for all that is seen.
        first: assumed of configurations before the first layer.
    """

    def __init__(self, system: System, width: int, context: int = 0) -> None:
        self.system, self.width = system, width
        self._gates = gates = Gates()
        self.solver, self._true = gates.solver, gates.true
        left, right = system.radius
        self.places = range(-left - context, width + right + context)
        self.exists = {place: self.solver.new_variable() for place in self.places}
        self.before = {place: self._names(system.ranges) for place in self.places}
        self.running = self.solver.new_variable()
        self.stepping = self.solver.new_variable()
        self.first = self.solver.new_variable()
        self._neighbours()
        self._language()
        self._first_values()
        self._layer = Layer(system, gates, self.exists, self.before)
        self.after = {place: self._layer.written(place) for place in range(width)}
        self._ends()
        self.succeeding = [-self._layer.fails(place) for place in range(width)]
        self._require([-self.stepping, self.running])
        for literal in self.succeeding:
            self._require([-self.stepping, literal])

    # --- the configuration before the layer -------------------------------------------------------

    def _require(self, clause: Iterable[int]) -> None:
        self.solver.add_clause(list(clause))

    def _names(self, ranges: Mapping[str, Sequence[int]]) -> dict[str, dict[int, int]]:
        """Makes literals for names that have exactly one of their values."""
        names = {}
        for name, values in ranges.items():
            if len(values) == 1:
                names[name] = {values[0]: self._true}
                continue
            literals = names[name] = {value: self.solver.new_variable() for value in values}
            self._require(literals.values())
            for pair in combinations(literals.values(), 2):
                self._require(-literal for literal in pair)
        return names

    def ghost(self, ghost: str, place: int) -> Mapping[int, int]:
        """Returns the literals of what never changes of a position."""
        return self.before[place][self.system.ghosts[ghost]]

    def _neighbours(self) -> None:
        """Requires that positions are neighbours, the first and the last one at the ends."""
        exists, places = self.exists, self.places
        for place in range(self.width):
            self._require([exists[place]])
        for place in places[:-1]:
            left, right = exists[place], exists[place + 1]
            # There is no gap: what is there is there up to the middle.
            self._require([-left, right] if place < 0 else [left, -right])
            last, first = self.ghost("last", place)[1], self.ghost("first", place + 1)[1]
            self._require([-left, -right, -last])
            self._require([-left, right, last])
            self._require([-left, -right, -first])
            self._require([left, -right, first])
            for name in ("layer", "accepted"):
                if self.system.ghosts[name] in self.before[place]:
                    values = self.ghost(name, place + 1)
                    for value, literal in self.ghost(name, place).items():
                        self._require([-left, -right, -literal, values[value]])

    def _language(self) -> None:
        """Requires that tokens and states are those of a part of an input."""
        system, fold = self.system, self.system.fold
        accepting, moves = system.language.accepting, system.moves
        for place in self.places:
            checkpoint()
            exists, leftmost = self.exists[place], place == self.places[0]
            first, last = self.ghost("first", place)[1], self.ghost("last", place)[1]
            states, tokens, specs = (self.ghost(name, place) for name in ("state", "token", "spec"))
            self._require([-exists, -first, states[system.language.start]])
            for token, literal in tokens.items():
                start = fold.first.get(token)
                self._require(
                    [-exists, -first, -literal, *([] if start is None else [specs[start]])]
                )
            for state, token in product(states, tokens):
                clause = [-exists, -states[state], -tokens[token]]
                target = moves[state].get(token)
                if target is None:
                    self._require(clause)
                    continue
                if target not in accepting:
                    self._require([*clause, -last])
                if not moves[target]:
                    self._require([*clause, last])
                if place + 1 in self.places:
                    following = self.ghost("state", place + 1)[target]
                    self._require([*clause, -self.exists[place + 1], following])
                if leftmost:
                    # Some tokens before lead here: the window is a part of an input.
                    allowed = [specs[spec] for spec in specs if (state, token, spec) in fold.places]
                    self._require([*clause, first, *allowed])
            if not leftmost:
                together = [-exists, -self.exists[place - 1]]
                for spec, token in product(specs, tokens):
                    after = fold.after.get((spec, token))
                    clause = [*together, -self.ghost("spec", place - 1)[spec], -tokens[token]]
                    self._require([*clause, *([] if after is None else [specs[after]])])
            if system.accepting is not None:
                for spec, literal in specs.items():
                    accepted = self.ghost("accepted", place)[int(spec in system.accepting)]
                    self._require([-exists, -last, -literal, accepted])

    def _first_values(self) -> None:
        """Requires, of configurations before the first layer, the values that tokens give."""
        for place in self.places:
            names = self.before[place]
            for token, literal in self.ghost("token", place).items():
                for name, value in self.system.initial(token).items():
                    self._require([-self.first, -literal, names[name][value]])
            layer = names.get(self.system.ghosts["layer"])
            if layer is not None:
                self._require([-self.first, layer[0]])

    # --- the layer --------------------------------------------------------------------------------

    def _ends(self) -> None:
        """Requires of running configurations that they have not ended, as far as that is seen."""
        gates, halt = self._gates, self.system.halt
        over, ended = [-self._true], [-self._true]
        if halt is not None:
            name, value = halt
            seen = [
                gates.any_of(
                    gates.all_of([self.exists[p], self.ghost(end, p)[1]]) for p in self.places
                )
                for end in ("first", "last")
            ]
            all_halted = gates.all_of(
                gates.any_of([-self.exists[p], self.before[p][name].get(value, -self._true)])
                for p in self.places
            )
            over.append(gates.all_of([*seen, all_halted]))
            ended.append(all_halted)
        layer = self.before[0].get(self.system.ghosts["layer"])
        if layer is not None:
            over.append(layer[max(layer)])
            ended.append(layer[max(layer)])
        elif self.system.bound is not None:
            # After how many layers it is, is not seen: it may be after as many as there are.
            ended.append(self._true)
        # The last configuration of a run, for sure; and for all that is seen.
        self.over, self.ended = gates.any_of(over), gates.any_of(ended)
        self._require([-self.running, -self.over])

    # --- questions --------------------------------------------------------------------------------

    def hazard(self, hazard: Hazard) -> int:
        """Returns when something occurs at position 0 that must not."""
        gates = self._gates
        occurs = gates.any_of(
            gates.all_of(
                [
                    self._layer.has(case.before, self._layer.local(0)),
                    self._layer.has(case.after, self.after[0]),
                    *(
                        gates.any_of(
                            [-self.exists[place], self._layer.has(said, self.before[place])]
                        )
                        for place, said in case.beside.items()
                        if place in self.places
                    ),
                ]
            )
            for case in hazard.cases
        )
        return gates.all_of([occurs, *([self.ended] if hazard.ended else [])])

    def premises(self, hazard: Hazard) -> list[int]:
        """Returns what is assumed of the configurations that a hazard is about."""
        if any(case.after for case in hazard.cases):
            return [self.stepping]
        return [self.running] if hazard.running else []

    def matched(self, pattern: WindowPattern, place: int, *, after: bool) -> list[int]:
        """Returns literals that hold together exactly if a pattern matches at a position."""
        names = self.after if after else self.before
        literals = [] if after else [self.exists[place + d] for d in range(pattern.width)]
        for d, site in enumerate(pattern.sites):
            literals += outside(site, names[place + d])
        return literals

    def exclude(self, pattern: WindowPattern, guard: int) -> None:
        """Requires, where a guard holds, that a pattern matches nowhere before the layer."""
        for place in self.places[: max(0, len(self.places) - pattern.width + 1)]:
            self._require(
                [-guard, *(-literal for literal in self.matched(pattern, place, after=False))]
            )

    def chosen(self) -> dict[int, dict[str, int]]:
        """Returns the values at every position that is there, in the configuration of an answer."""
        value = self.solver.model_value
        return {
            place: {
                name: next(v for v, literal in values.items() if value(literal))
                for name, values in self.before[place].items()
            }
            for place in self.places
            if value(self.exists[place])
        }


def outside(site: Site, names: Mapping[str, Values]) -> list[int]:
    """Returns the literals that hold together exactly if a position has what is said of a site."""
    return [
        -literal
        for name, values in site
        for value, literal in names[name].items()
        if value not in values
    ]
