"""Specifications: what the outputs of a program were meant to be, said without the program.

Each is asked about an input and answers in plain Python. An answer that is none, such as an error
or one value too few, raises `Indefinite`: nothing can be proved of it.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np

from alta.errors import AltaError
from alta.inputs import InputLanguage, InputSpec, regex
from alta.inputs.descriptions import Regex
from alta.inputs.dfa import Dfa
from alta.lang.program import Program
from alta.lang.values import Value, show_value
from alta.limit import OutOfTime

__all__ = [
    "Accepts",
    "Demand",
    "Function",
    "Indefinite",
    "OfOutputs",
    "Predicate",
    "Specification",
    "SpecificationError",
    "Transducer",
    "Word",
    "accepts",
    "check_function",
    "described",
    "function",
    "predicate",
    "transducer",
]

Word = tuple[int, ...]


class SpecificationError(AltaError):
    """A specification that says nothing definite about some input."""


class Indefinite(Exception):  # noqa: N818 - an outcome, which gets its input where that is known
    """Says in words what is wrong with an answer."""


@final
@dataclass(frozen=True)
class Demand:
    """What was meant at one position: a value, or any but that one."""

    value: Any
    excluded: bool = False

    def met(self, actual: Value) -> bool:
        """Says whether an output is as demanded; the number 1 is equal to 1.0."""
        return bool(self.value == actual) is not self.excluded

    def __str__(self) -> str:
        return f"not {show_value(self.value)}" if self.excluded else show_value(self.value)


class Specification(ABC):
    """A statement about the runs of a program that knows nothing of the program."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Whose words it is, for errors."""

    @property
    @abstractmethod
    def statement(self) -> str:
        """What is claimed of each run, as the end of a sentence."""

    @property
    @abstractmethod
    def parts(self) -> tuple[object, ...]:
        """All that answers depend on, beside the input."""

    def bound(self, program: Program) -> Specification:  # noqa: ARG002 - most need nothing of it
        """Returns the same about the tokens and variables of a program."""
        return self


class OfOutputs(Specification):
    """A statement about the tokens and the outputs of each run.

    What is asked twice about one input has to answer alike: answers are compared with `==`.
    """

    @abstractmethod
    def answer(self, word: Word, outputs: Sequence[Value]) -> Any:
        """Returns what the user's code says of an input, or raises `Indefinite`."""

    @abstractmethod
    def demands(self, answer: Any, length: int) -> Mapping[int, Demand]:
        """Returns what an answer demands, position by position, as far as it does so."""

    def met(self, answer: Any, outputs: Sequence[Value]) -> bool:
        """Says whether outputs are what was meant."""
        demands = self.demands(answer, len(outputs))
        return all(demand.met(outputs[position]) for position, demand in demands.items())


@final
@dataclass(frozen=True)
class Function(OfOutputs):
    """The outputs are what a function of the tokens returns, at all positions or at one."""

    function: Callable[[list[int]], Any]
    at: int | None = None
    shipped: bool = field(default=False, compare=False, repr=False)

    @property
    def name(self) -> str:
        """Whose words it is."""
        return (
            f"the program's oracle{_place(self.function)}"
            if self.shipped
            else described(self.function)
        )

    @property
    def statement(self) -> str:
        """What is claimed of the outputs."""
        return f"the output {_where(self.at)} is what {self.name} returns"

    def bound(self, program: Program) -> Function:
        """Returns the same, which knows whether it is what the program comes with."""
        return replace(self, shipped=self.function is program.oracle)

    @property
    def parts(self) -> tuple[object, ...]:
        """All that answers depend on."""
        return self.function, self.at

    def answer(self, word: Word, outputs: Sequence[Value]) -> Any:  # noqa: ARG002
        """Returns the outputs that were meant, or the one."""
        tokens = list(word)
        answer = self.function(tokens)
        _check_unchanged(tokens, word)
        return answer if self.at is not None else listed(answer, len(word))

    def demands(self, answer: Any, length: int) -> Mapping[int, Demand]:
        """Returns what the function demands."""
        values = answer if self.at is None else [answer]
        return dict(zip(places(self.at, length), map(Demand, values), strict=True))

    def met(self, answer: Any, outputs: Sequence[Value]) -> bool:
        """Says whether outputs are what the function returned."""
        # The same as comparing demands one by one, and faster.
        return bool(answer == outputs) if self.at is None else super().met(answer, outputs)


@final
@dataclass(frozen=True)
class Predicate(OfOutputs):
    """Tokens and outputs satisfy a predicate."""

    function: Callable[[list[int], list[Value]], bool]

    @property
    def name(self) -> str:
        """Whose words it is."""
        return described(self.function)

    @property
    def statement(self) -> str:
        """What is claimed of the outputs."""
        return f"{described(self.function)} is true of its tokens and outputs"

    @property
    def parts(self) -> tuple[object, ...]:
        """All that answers depend on."""
        return (self.function,)

    def answer(self, word: Word, outputs: Sequence[Value]) -> bool:
        """Says whether the predicate holds."""
        tokens, values = list(word), list(outputs)
        answer = self.function(tokens, values)
        _check_unchanged(tokens, word)
        _check_unchanged(values, outputs)
        return truth_of(answer)

    def demands(self, answer: Any, length: int) -> Mapping[int, Demand]:  # noqa: ARG002
        """Returns nothing: what would do instead is not said."""
        return {}

    def met(self, answer: Any, outputs: Sequence[Value]) -> bool:  # noqa: ARG002
        """Says whether the predicate was true."""
        return bool(answer)


@final
@dataclass(frozen=True)
class Accepts(OfOutputs):
    """The output is a value exactly on the inputs of a regular language."""

    language: InputSpec | InputLanguage
    output: Any = 1
    at: int | None = -1

    @property
    def name(self) -> str:
        """Whose words it is."""
        return "specs.accepts"

    @property
    def statement(self) -> str:
        """What is claimed of the outputs."""
        spec = self.language.spec if isinstance(self.language, InputLanguage) else self.language
        language = repr(spec.pattern) if isinstance(spec, Regex) else repr(spec)
        return (
            f"the output {_where(self.at)} is {show_value(self.output)} if the input is in "
            f"{language}, and only then"
        )

    @property
    def parts(self) -> tuple[object, ...]:
        """All that answers depend on."""
        return repr(self.language), self.output, self.at

    def bound(self, program: Program) -> Accepts:
        """Returns the same about the tokens of a program."""
        if isinstance(self.language, InputLanguage):
            return self
        # The program's own limit on positions is about its inputs, which are asked about anyway.
        return replace(self, language=self.language.bind(program.vocab, None))

    def factors(self, length: int) -> tuple[Dfa, ...]:
        """Returns automata whose common words of a length are those of the language."""
        if isinstance(self.language, InputSpec):
            raise TypeError("expected a language that is bound to the tokens of a program")
        return self.language.factors(length)

    def answer(self, word: Word, outputs: Sequence[Value]) -> bool:  # noqa: ARG002
        """Says whether the input is in the language."""
        return self.language.contains(word)

    def demands(self, answer: Any, length: int) -> Mapping[int, Demand]:
        """Returns the output, or that it is another one."""
        demand = Demand(self.output, excluded=not answer)
        return dict.fromkeys(places(self.at, length), demand)


@final
@dataclass(frozen=True)
class Transducer(OfOutputs):
    """The output at each position is what a fold over the tokens up to it gives."""

    step: Callable[[Any, int], Any]
    start: Any
    output: Callable[[Any], Any]
    at: int | None = None

    @property
    def name(self) -> str:
        """Whose words it is."""
        return described(self.step)

    @property
    def statement(self) -> str:
        """What is claimed of the outputs."""
        return (
            f"the output {_where(self.at)} is what {described(self.output)} makes of the state in "
            f"which {described(self.step)}, from {self.start!r}, is after the tokens up to there"
        )

    @property
    def parts(self) -> tuple[object, ...]:
        """All that answers depend on."""
        return self.step, self.start, self.output, self.at

    @cached_property
    def _table(self) -> dict[tuple[Any, int | None], Any]:
        return {}

    def after(self, state: Any, token: int) -> Any:
        """Returns the state after a token."""
        return self._once((state, token), lambda: self.step(state, token))

    def value(self, state: Any) -> Any:
        """Returns the output in a state."""
        return self._once((state, None), lambda: self.output(state))

    def _once(self, key: tuple[Any, int | None], ask: Callable[[], Any]) -> Any:
        """Returns what was said before, or what is said now, twice."""
        try:
            if key in self._table:
                return self._table[key]
        except TypeError:
            raise Indefinite(
                f"state {key[0]!r} is not hashable; use a number, a string or a tuple of these"
            ) from None
        try:
            answer, second = ask(), ask()
        except OutOfTime:
            raise
        except Exception as error:
            raise Indefinite(f"raises {type(error).__name__}: {error}") from error
        if not answer == second:
            raise Indefinite(f"state {key[0]!r} leads to {answer!r}, and asked again to {second!r}")
        self._table[key] = answer
        return answer

    def answer(self, word: Word, outputs: Sequence[Value]) -> Any:  # noqa: ARG002
        """Returns the outputs that were meant, position by position."""
        state, values = self.start, []
        for token in word:
            state = self.after(state, token)
            values.append(self.value(state))
        return tuple(values)

    def demands(self, answer: Any, length: int) -> Mapping[int, Demand]:
        """Returns what the fold demands."""
        return {place: Demand(answer[place]) for place in places(self.at, length)}


# --- how they are made ----------------------------------------------------------------------------


def function(fn: Callable[[list[int]], Any], at: int | None = None) -> Specification:
    """Specifies outputs by a function of the tokens.

    Args:
        fn: takes the tokens, a list of ints, and returns a list with an output for each; or, with
            `at`, the output at that position.
        at: a position, from the end if negative: -1 is the last one; None for all.

    Raises:
        AltaError: when `fn` is no function of one argument, or `at` no position.
    """
    check_function(fn, 1, "specs.function", "the tokens", "specs.predicate")
    return Function(fn, _checked_place(at, "specs.function"))


def predicate(fn: Callable[[list[int], list[Value]], bool]) -> Specification:
    """Specifies outputs by a predicate: whether they will do for the tokens.

    Args:
        fn: takes the tokens and the outputs, two lists of equal length, and returns True or False.

    Raises:
        AltaError: when `fn` is no function of two arguments.
    """
    check_function(fn, 2, "specs.predicate", "the tokens and the outputs", "specs.function")
    return Predicate(fn)


def accepts(pattern: str | InputSpec, output: Any = 1, at: int | None = -1) -> Specification:
    """Specifies that the output says whether the input is in a regular language.

    Args:
        pattern: a pattern of token names, as for `alta.inputs.regex`, or an input language.
        output: the output on inputs in the language, and on no others.
        at: a position, from the end if negative; None for every one.

    Raises:
        AltaError: when the pattern is malformed, or `at` no position.
    """
    if not isinstance(pattern, (str, InputSpec)):
        raise AltaError(
            f"specs.accepts: expected a pattern such as 'a b*', or one of alta.inputs, got "
            f"{pattern!r}"
        )
    language = regex(pattern) if isinstance(pattern, str) else pattern
    return Accepts(language, output, _checked_place(at, "specs.accepts"))


def transducer(
    step: Callable[[Any, int], Any],
    start: Any,
    output: Callable[[Any], Any] = lambda state: state,
    at: int | None = None,
) -> Specification:
    """Specifies outputs by a fold over the tokens, from left to right.

    Args:
        step: takes a state and a token, and returns the next state; states are hashable.
        start: the state before the first token.
        output: takes the state after a position's token, and returns the output there; without it
            the state itself is the output.
        at: a position, from the end if negative; None for every one.

    Raises:
        AltaError: when `step` or `output` is no such function, or `at` no position.
    """
    check_function(step, 2, "specs.transducer: step", "a state and a token", "")
    check_function(output, 1, "specs.transducer: output", "a state", "")
    return Transducer(step, start, output, _checked_place(at, "specs.transducer"))


def check_function(fn: Any, number: int, where: str, of: str, sibling: str) -> None:
    """Refuses what cannot be called with so many arguments."""
    if not callable(fn):
        raise AltaError(f"{where}: expected a function of {of}, got {fn!r}")
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        # Some built-in functions do not tell; their first call will.
        return
    try:
        signature.bind(*range(number))
    except TypeError:
        hint = f"; {sibling} takes the other kind" if sibling else ""
        raise AltaError(
            f"{where}: expected a function of {of}, got {described(fn)} with the parameters "
            f"{signature}{hint}"
        ) from None


def _checked_place(at: Any, where: str) -> int | None:
    if at is not None and type(at) is not int:
        raise AltaError(f"{where}: at: expected a position such as -1, or None, got {at!r}")
    return at


# --- what they have in common ---------------------------------------------------------------------


def places(at: int | None, length: int) -> Sequence[int]:
    """Returns the positions that are meant in an input of a length."""
    if at is None:
        return range(length)
    if not -length <= at < length:
        raise Indefinite(f"at={at}: an input of {length} tokens has no such position")
    return (at % length,)


def listed(answer: Any, length: int) -> tuple[Any, ...]:
    """Returns the outputs that were meant, of which there is one a position."""
    try:
        # A text is no list of outputs, even where it has a character a position.
        values = None if isinstance(answer, (str, Mapping)) else tuple(answer)
    except TypeError:
        values = None
    if values is None:
        raise Indefinite(
            f"returns {answer!r}; expected a list of {length} outputs, one a position (with at=-1, "
            "the one at the last position)"
        )
    if len(values) != length:
        raise Indefinite(f"returns {len(values)} outputs, {list(values)!r}; expected {length}")
    return values


def truth_of(answer: Any) -> bool:
    """Returns an answer that is True or False, of Python or of NumPy."""
    # Not whatever is true in a condition: a list of failures would be.
    if not isinstance(answer, bool | np.bool_):
        raise Indefinite(f"returns {answer!r}; expected True or False")
    return bool(answer)


def _check_unchanged(argument: list[Any], before: Sequence[Any]) -> None:
    if argument != list(before):
        raise Indefinite("changes its argument; copy it first, as in tokens = list(tokens)")


def described(fn: Any) -> str:
    """Returns the name of a function, with file and line where they are known."""
    name = getattr(fn, "__qualname__", None) or repr(fn)
    # Functions within functions have names with all that is around them.
    name = name.rpartition("<locals>.")[2]
    return f"'{name}'{_place(fn)}"


def _place(fn: Any) -> str:
    """Returns file and line of a function in parentheses, where they are known."""
    code = getattr(fn, "__code__", None)
    return f" ({Path(code.co_filename).name}:{code.co_firstlineno})" if code else ""


def _where(at: int | None) -> str:
    if at is None:
        return "at every position"
    return "at the last position" if at == -1 else f"at position {at}"
