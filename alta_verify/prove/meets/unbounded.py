"""What was meant, on inputs of every length: by an invariant of neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Final, final

from alta.errors import AltaError
from alta.inputs.language import InputLanguage
from alta.limit import OutOfTime
from alta_verify.abstraction import Abstraction
from alta_verify.claim.meets import Meets
from alta_verify.deadline import Deadline
from alta_verify.obligation import NotShown
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.reach.windows.joined import joined_with, missing_input
from alta_verify.reach.windows.reachability import Unblocked, Windows
from alta_verify.reach.windows.system import (
    Case,
    Hazard,
    System,
    check_heads,
    language_of,
    limited_fold,
)
from alta_verify.reach.windows.termination import Ranking, ranking_of
from alta_verify.specs.agreement import Agrees
from alta_verify.specs.invariants import Always, breaches
from alta_verify.specs.judge import indefinite
from alta_verify.specs.specification import Accepts, Indefinite, Specification, Transducer

__all__ = ["Unbounded", "show_end", "show_failure", "show_specification"]

_LAST: Final = -1
# Seconds in which a ranking is found, or not claimed.
_RANKING: Final = 10.0


@final
class Unbounded:
    """A program and what was meant, with an invariant of its runs on inputs of every length."""

    def __init__(self, meeting: Meeting) -> None:
        self.meeting = meeting
        self.claim = claim = meeting.claim
        check_heads(claim.program)
        self.system, self.wrong = _system(claim)
        self.windows = Windows(self.system, claim.deadline, claim.calls)

    @property
    def ending(self) -> bool:
        """Whether it is claimed that every run ends: where that is seen, and outputs are meant."""
        return not isinstance(self.claim.specification, Always) and self.rankings is not None

    @cached_property
    def rankings(self) -> list[Ranking] | None:
        """What shows that every run ends, also of the program that says what was meant."""
        rankings = self._rankings(self.claim.abstraction)
        if rankings is None or self.meant_rankings is None:
            return None
        return rankings + self.meant_rankings

    @cached_property
    def meant_rankings(self) -> list[Ranking] | None:
        """What shows that something is meant of every input: that another program's runs end."""
        specification = self.claim.specification
        if not isinstance(specification, Agrees):
            return []
        return self._rankings(Abstraction.of(specification.program))

    def _rankings(self, side: Abstraction) -> list[Ranking] | None:
        """Returns what shows that every run of a program ends; None where that is not shown."""
        claim = self.claim
        # What it is about is not known before, so that it has seconds and no more.
        deadline = Deadline.after(min(_RANKING, claim.deadline.remaining / 4))
        windows = Windows(System(side, claim.max_layers), deadline, claim.calls)
        # A number of layers is an end.
        if windows.system.bound is not None:
            return []
        try:
            ranking = ranking_of(windows)
        except OutOfTime:
            return None
        return None if ranking is None else [ranking]

    def facts(self) -> dict[str, Any]:
        """Returns the invariant, as JSON values, with how it was found."""
        invariant, show = self.windows.invariant, self.system.shown
        return {
            "patterns": [pattern.shown(show) for pattern in invariant.patterns],
            "neighbours": invariant.width,
            "counterexamples_to_induction": self.windows.blocked,
        }

    def exclude(self, hazards: Sequence[Hazard]) -> str:
        """Shows that no run has any of some hazards, and returns how; refutes where one has."""
        try:
            invariant = self.windows.exclude(hazards)
        except Unblocked as reason:
            for tokens in reason.suspects:
                self.meeting.refute(tokens)
            raise NotShown(f"{reason.hazard.name}: {reason}") from None
        number = len(invariant.patterns)
        return f"an inductive invariant of {number} patterns of up to {invariant.width} neighbours"


def show_failure(context: Unbounded, kind: str) -> str:
    """Shows that no run fails in one way."""
    hazards = [hazard for hazard in context.system.failures if hazard.name == kind]
    if not hazards:
        return "value sets, for any number of layers"
    # A layer is followed where nothing fails, so that all ways to fail are excluded together.
    return context.exclude(context.system.failures)


def show_specification(context: Unbounded, _: str) -> str:
    """Shows that whatever is not as meant occurs in no run."""
    # Where another program does not end nothing was meant, and nothing would be proved of it.
    if context.meant_rankings is None:
        raise NotShown(
            f"it is not shown that every run of the {context.claim.specification.name} ends, and "
            "it says nothing where one does not"
        )
    return context.exclude([*context.system.failures, *context.wrong])


def show_end(context: Unbounded, _: str) -> str:
    """Shows that every run ends."""
    if context.rankings is None:
        raise NotShown("no ranking was found")
    return "; ".join(ranking.method for ranking in context.rankings) or "as many layers as a bound"


def _system(claim: Meets) -> tuple[System, tuple[Hazard, ...]]:
    """Returns the runs of a program with what was meant of them, and what must not occur then."""
    specification, abstraction = claim.specification, claim.abstraction
    language = language_of(claim.program)
    match specification:
        case Always():
            system = System(abstraction, claim.max_layers)
            return system, tuple(_broken(system, specification))
        case Transducer():
            fold = limited_fold(
                language,
                specification.start,
                _asking(claim, specification, specification.after),
                specification.name,
            )
            system = System(abstraction, claim.max_layers, fold)
            _check_place(specification, specification.at)
            return system, (_different(system, claim, specification),)
        case Accepts():
            _check_place(specification, specification.at)
            return _accepting(claim, specification)
        case Agrees():
            missing = missing_input(claim.program, specification.program)
            if missing is not None:
                text = " ".join(claim.program.vocab[token] for token in missing)
                raise AltaError(f"every length: input '{text}' is none of the {specification.name}")
            return joined_with(claim.program, specification.program, claim.max_layers)
        case _:
            raise AltaError(
                f"every length: {specification.name} is a function of whole inputs; write what was "
                "meant as specs.transducer (a fold), specs.accepts (a pattern), specs.always (an "
                "invariant of states) or another program, or give max_len"
            )


def _check_place(specification: Specification, at: int | None) -> None:
    if at not in {None, _LAST}:
        raise AltaError(
            f"every length: {specification.name} is about position {at}; use at=-1 or at=None, or "
            "give max_len"
        )


def _asking(claim: Meets, specification: Transducer, ask: Any) -> Any:
    """Returns what asks the user's code, and says on which input it is not definite."""

    def answer(state: Any, token: int, word: tuple[int, ...]) -> Any:
        try:
            return ask(state, token)
        except Indefinite as reason:
            tokens = (*word, token)
            raise indefinite(claim.program, specification, tokens, str(reason)) from None

    return answer


def _wrong(system: System, value: Any, *, excluded: bool = False) -> frozenset[int]:
    """Returns the outputs, by index, that are not a value, or that are the one that is excluded."""
    name = system.program.output_name
    values = system.abstraction.values[name]
    return frozenset(i for i in system.values[name] if bool(values[i] == value) is excluded)


def _different(system: System, claim: Meets, specification: Transducer) -> Hazard:
    fold, spec = system.fold, system.ghosts["spec"]
    cases = []
    for number, state in enumerate(fold.values):
        try:
            meant = specification.value(state)
        except Indefinite as reason:
            word = next(w for (_, reached), w in fold.words.items() if reached == number)
            raise indefinite(claim.program, specification, word, str(reason)) from None
        cases.append(_output(system, {spec: frozenset({number})}, _wrong(system, meant)))
    return _at_the_end(system, cases, specification.at)


def _accepting(claim: Meets, specification: Accepts) -> tuple[System, tuple[Hazard, ...]]:
    spoken = specification.language
    # A language that ends at a number of positions is one automaton up to there alone.
    single = isinstance(spoken, InputLanguage) and spoken.spec.one_automaton
    if not isinstance(spoken, InputLanguage) or not single or spoken.position_range is not None:
        raise AltaError(
            "every length: specs.accepts has a language that is not one automaton; use a pattern, "
            "or give max_len"
        )
    language = spoken.automaton(0)
    transitions = language.transitions
    fold = limited_fold(
        language_of(claim.program),
        language.start,
        # A missing transition rejects, whatever follows.
        lambda state, token, _: None if state is None else transitions[state].get(token),
        specification.name,
    )
    accepting = frozenset(i for i, s in enumerate(fold.values) if s in language.accepting)
    everywhere = specification.at is None
    system = System(claim.abstraction, claim.max_layers, fold, accepting if everywhere else None)
    name = system.ghosts["accepted" if everywhere else "spec"]
    members = frozenset({1}) if everywhere else accepting
    excluded = frozenset(system.ranges[name]) - members
    cases = [
        _output(system, {name: members}, _wrong(system, specification.output)),
        _output(system, {name: excluded}, _wrong(system, specification.output, excluded=True)),
    ]
    return system, (_at_the_end(system, cases, specification.at),)


def _output(system: System, said: dict[str, frozenset[int]], values: frozenset[int]) -> Case:
    return Case({**said, system.program.output_name: values})


def _at_the_end(system: System, cases: Sequence[Case], at: int | None) -> Hazard:
    """Returns that at the end of a run, at one position or at each, some case holds."""
    always = {system.ghosts["last"]: frozenset({1})} if at == _LAST else {}
    if system.halt is not None and system.bound is None:
        name, value = system.halt
        always[name] = frozenset({value})
    # The halt variable may be the output.
    said = [
        {
            name: case.before.get(name, always.get(name, frozenset())) & always.get(name, values)
            for name, values in {**always, **case.before}.items()
        }
        for case in cases
    ]
    possible = tuple(Case(before) for before in said if all(before.values()))
    return Hazard("an output that was not meant", possible, running=False, ended=True)


def _broken(system: System, invariant: Always) -> Iterator[Hazard]:
    """Yields the ways in which an invariant of states, or of two in succession, is broken."""
    values = {
        name: {index: system.abstraction.values[name][index] for index in system.values[name]}
        for name in system.program.variables
    }
    try:
        cases = tuple(
            Case(
                {name: frozenset({index}) for name, index in breach.before.items()},
                {name: frozenset({index}) for name, index in breach.after.items()},
            )
            for breach in breaches(invariant, values)
        )
    except Indefinite as reason:
        raise AltaError(f"every length: {invariant.name} {reason}") from None
    if cases:
        yield Hazard("a state that breaks the invariant", cases, running=invariant.steps)
