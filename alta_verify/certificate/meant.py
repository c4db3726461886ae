"""What was meant, as data: the table or the machine that a certificate has in place of code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from fractions import Fraction
from operator import index
from typing import Any

from alta.limit import checkpoint
from alta_verify.check.limits import MAX_RUNS
from alta_verify.check.meant import ANY, text_of
from alta_verify.claim.meets import Meets
from alta_verify.report.report import CertificateError
from alta_verify.specs.specification import Demand, OfOutputs, Predicate, Transducer
from alta_verify.universal import nonempty

__all__ = ["tabulated"]

_Word = tuple[int, ...]


def tabulated(claim: Meets) -> dict[str, Any]:
    """Returns what a specification says of every input; CertificateError where it does not."""
    specification = claim.specification
    if not isinstance(specification, OfOutputs) or isinstance(specification, Predicate):
        raise CertificateError(
            f"no certificate: {specification.name} says whether states or outputs will do, and a "
            "certificate has what was meant of each input; specify by a function, a pattern, a "
            "fold or a program, or verify without spec="
        )
    number = claim.number
    if number is None or number > MAX_RUNS:
        raise CertificateError(
            "no certificate: the checker runs every input to hold it against what was meant, up to "
            f"{MAX_RUNS:,}, and there are {'more' if number is None else format(number, '.6g')}; "
            "verify with a smaller max_len, or without spec="
        )
    words = nonempty(list(_words(claim)), "inputs within the bound")
    if isinstance(specification, Transducer):
        return {"says": specification.statement, **_machine(specification, words)}
    rows = []
    for word in words:
        checkpoint()
        demands = specification.demands(specification.answer(word, ()), len(word))
        texts = (_demand(demands.get(position)) for position in range(len(word)))
        rows.append(f"{' '.join(map(str, word))} : {' '.join(texts)}")
    return {"says": specification.statement, "form": "table", "rows": rows}


def _words(claim: Meets) -> Iterator[_Word]:
    for length in claim.lengths:
        yield from claim.inputs.automaton(length).enumerate_words(length)


def _machine(fold: Transducer, words: list[_Word]) -> Mapping[str, Any]:
    """Returns a fold as a machine, with the states and the moves of these inputs."""
    states: dict[Any, int] = {fold.start: 0}
    # Before its first token no input has an output.
    outputs, moves = {0: ANY}, dict[tuple[int, int], int]()
    for word in words:
        checkpoint()
        state = fold.start
        for token in word:
            source, state = states[state], fold.after(state, token)
            target = states.setdefault(state, len(states))
            if (source, token) not in moves:
                moves[source, token] = target
                outputs[target] = _text(fold.value(state))
    return {
        "form": "machine",
        "at": fold.at,
        "start": 0,
        "moves": [f"{source} {token} {moves[source, token]}" for source, token in sorted(moves)],
        "outputs": [outputs[state] for state in range(len(states))],
    }


def _demand(demand: Demand | None) -> str:
    if demand is None:
        return ANY
    return f"!{_text(demand.value)}" if demand.excluded else _text(demand.value)


def _text(value: Any) -> str:
    """Returns a value as certificates have it."""
    try:
        if isinstance(value, AbstractSet):
            return text_of(frozenset(map(index, value)))
        return text_of(value if isinstance(value, float | Fraction) else index(value))
    except (TypeError, ValueError, OverflowError):
        raise CertificateError(
            f"no certificate: {value!r:.80} was meant of an output, and certificates have numbers "
            "and sets of whole numbers; verify without spec="
        ) from None
