"""Programs: well-formed, small, and of every kind, with the words of their languages."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from hypothesis import assume, reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import alta
from alta import Program, Rule, Variable, inputs
from alta.errors import AltaError, nearest
from alta.inputs.language import InputSpec
from alta.lang.build import build
from alta.lang.heads import domains_of
from alta.lang.program import HaltSpec, LayerBound
from alta.programs.totality import Unfinished, totalised
from alta_verify.strategies.parts import decision_trees, head_sets, loose_rules, variable_sets

__all__ = [
    "KINDS",
    "check_counts",
    "check_names",
    "halt_specs",
    "input_specs",
    "inputs_of",
    "patterns",
    "programs",
]

KINDS: Final = ("categorical", "numerical", "set")
"""The kinds of variables."""

_NAMES = ("a", "b", "START")


def programs(
    *,
    total: bool = False,
    max_variables: int = 4,
    max_range: int = 4,
    max_heads: int = 3,
    max_rules: int = 10,
    max_tokens: int = 3,
    max_length: int = 4,
    kinds: Sequence[str] = ("categorical",),
) -> SearchStrategy[Program]:
    """Draws well-formed programs.

    Initial values come from tokens, from positions or from nowhere; heads have queries and keys or
    none, and masks of one offset, of several, of every length, or none; rules are loose ones or
    decision trees; runs are ended by a halt, by a bound on layers, by both, or by nothing; and the
    input language is of any kind, with a word of 1 to `max_length` tokens.

    Args:
        total: whether to draw only programs that cannot fail: such a program has a position range,
            and on none of its inputs does it conflict, trap or read an UNDEFINED variable, in any
            layer. Otherwise many do. All inputs are run to make sure, so they had better be few.
        max_variables: the most variables, at least 1.
        max_range: the most values of a variable, at least 1.
        max_heads: the most heads.
        max_rules: the most loose rules; a decision tree has at most one for each combination of
            the values of two names.
        max_tokens: the most tokens, at least 1.
        max_length: the longest position range, at least 1; a program without one takes words of
            any length, if its language has them.
        kinds: the kinds of variables that there may be: ``"categorical"``, ``"numerical"`` and
            ``"set"``.

    Raises:
        AltaError: for an unknown kind, or a number that makes no sense.
    """
    check_counts(
        "programs",
        1,
        max_variables=max_variables,
        max_range=max_range,
        max_tokens=max_tokens,
        max_length=max_length,
    )
    check_counts("programs", 0, max_heads=max_heads, max_rules=max_rules)
    chosen = check_names("programs", "kinds", kinds, KINDS)
    return _programs(
        total, max_variables, max_range, max_heads, max_rules, max_tokens, max_length, chosen
    )


@st.composite
def _programs(
    draw: st.DrawFn,
    total: bool,
    max_variables: int,
    max_range: int,
    max_heads: int,
    max_rules: int,
    max_tokens: int,
    max_length: int,
    kinds: tuple[str, ...],
) -> Program:
    n_tokens = draw(st.integers(1, max_tokens))
    ranges: SearchStrategy[int | None] = st.integers(1, max_length)
    n_positions = draw(ranges if total else st.none() | ranges)
    variables = draw(
        variable_sets(
            tokens=(n_tokens, max_tokens),
            positions=None if n_positions is None else (n_positions, max_length),
            max_variables=max_variables,
            max_range=max_range,
            kinds=kinds,
        )
    )
    heads = draw(head_sets(variables, max_heads=max_heads, max_range=max_range))
    domains = domains_of(variables, heads)
    # Loose rules conflict often; of a decision tree at most one rule for a variable fires, so that
    # runs get far.
    loose = loose_rules(variables, domains, max_rules=max_rules, traps=not total)
    rules: list[Rule] = draw(loose | decision_trees(variables, domains))
    vocab = tuple(map(str, range(n_tokens)))
    if n_tokens <= len(_NAMES) and draw(st.booleans()):
        vocab = _NAMES[:n_tokens]
    halts = halt_specs(variables)
    # Odd programs are what is wanted, so nobody is warned.
    program = build(
        variables=variables,
        heads=heads,
        mlp=rules,
        output_name=draw(st.sampled_from(list(variables))),
        input_range=n_tokens,
        position_range=n_positions,
        halt=draw(st.none() | st.sampled_from(halts)) if halts else None,
        name="generated",
        layers=draw(_layer_bounds()),
        vocab=vocab,
        inputs=draw(input_specs(vocab, max_length=max_length)),
    )
    # The empty sequence does not count.
    assume(any(program.inputs.lengths(max_length)))
    if total:
        try:
            program = totalised(program, max_len=max_length)
        except Unfinished:
            reject()
    return program


def halt_specs(variables: Mapping[str, Variable]) -> list[HaltSpec]:
    """Returns all halts that there can be."""
    contents = {name: variable.contents for name, variable in variables.items()}
    return [alta.halt_spec(name, value) for name in contents for value in contents[name]]


def _layer_bounds() -> SearchStrategy[LayerBound]:
    """Draws no bound, a number, or a bound that grows with the length."""
    extra = st.integers(0, 2).map(lambda number: partial(operator.add, number))
    return st.one_of(st.none(), st.integers(0, 6), extra)


def inputs_of(program: Program, *, max_len: int = 4) -> SearchStrategy[tuple[int, ...]]:
    """Draws words of a program's input language, short ones and small tokens first.

    Args:
        program: the program; its language must have a word that short.
        max_len: the longest word. The empty word is drawn too, where it is in the language.

    Raises:
        AltaError: when the language has no word that short.
    """
    check_counts("inputs_of", 0, max_len=max_len)
    if not program.inputs.lengths(max_len):
        raise AltaError(
            f"inputs_of: no input of program {program.name!r} has at most {max_len} tokens; "
            "raise max_len"
        )
    return _words(program, max_len)


@st.composite
def _words(draw: st.DrawFn, program: Program, max_len: int) -> tuple[int, ...]:
    length = draw(st.sampled_from(program.inputs.lengths(max_len)))
    automaton = program.inputs.automaton(length)
    # Drawn by number: no draw is rejected, and small numbers stand for the first words.
    return automaton.word_at(length, draw(st.integers(0, automaton.count(length) - 1)))


# --- arguments ------------------------------------------------------------------------------------


def check_counts(strategy: str, least: int, **counts: Any) -> None:
    """Refuses arguments that are no whole numbers, or too small."""
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise AltaError(
                f"{strategy}: {name}: expected an int of at least {least}, got {value!r}"
            )


def check_names(
    strategy: str, argument: str, names: Iterable[str], choices: Sequence[str]
) -> tuple[str, ...]:
    """Returns names that were chosen, at least one, and refuses those that are not there."""
    where = f"{strategy}: {argument}"
    if isinstance(names, str):
        raise AltaError(f"{where}: expected several names, got one text, {names!r}")
    chosen = tuple(names)
    for name in chosen:
        if name not in choices:
            raise AltaError(f"{where}: no {name!r}; {nearest(str(name), choices)}")
    if not chosen:
        raise AltaError(f"{where}: expected at least one of {', '.join(choices)}")
    return chosen


# --- input languages ------------------------------------------------------------------------------


def patterns(vocab: Sequence[str]) -> SearchStrategy[str]:
    """Draws patterns over token names, for `alta.inputs.regex`."""
    names = st.sampled_from(vocab)
    sets = st.lists(names, min_size=1, unique=True).map(lambda drawn: f"[{' '.join(drawn)}]")
    times = st.sampled_from(("*", "?", "+", "{2}", "{1,3}"))

    def compound(inner: SearchStrategy[str]) -> SearchStrategy[str]:
        parts = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(
            parts.map(" ".join),
            parts.map(lambda parts: f"({'|'.join(parts)})"),
            st.tuples(inner, times).map(lambda pair: f"({pair[0]}){pair[1]}"),
        )

    return st.recursive(st.one_of(st.just("."), names, sets), compound, max_leaves=5)


def input_specs(vocab: Sequence[str], *, max_length: int) -> SearchStrategy[InputSpec]:
    """Draws input languages of every kind; some have no word at all."""
    words = st.lists(st.integers(0, len(vocab) - 1), min_size=1, max_size=max_length)
    tables = st.lists(st.none() | patterns(vocab), min_size=1, max_size=max_length + 1)
    return st.one_of(
        st.builds(inputs.anything),
        patterns(vocab).map(inputs.regex),
        st.lists(words, min_size=1, max_size=6).map(inputs.sequences),
        tables.map(lambda table: inputs.lengths(partial(_pattern, tuple(table)))),
    )


def _pattern(table: tuple[str | None, ...], length: int) -> str | None:
    """Returns the pattern of a length from a table, which its last entry continues."""
    return table[min(length, len(table) - 1)]
