"""Questions in SMT-LIB 2, as linear real arithmetic over one Boolean for each value of a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

from alta_verify.check.program import UNDEFINED, Rule, ValueBits, indices
from alta_verify.check.questions import Question
from alta_verify.check.sums import Sum

__all__ = ["premises", "smtlib"]


def smtlib(question: Question) -> str:
    """Returns a script that is unsatisfiable exactly if the question is settled."""
    script = _Script(question)
    wrong = "; the value after the MLP, and coordinates that are not its code"
    return _text([*script.premises(), wrong, f"(assert {_or(script.wrong())})"])


def premises(question: Question) -> str:
    """Returns a script that is satisfiable exactly if a question is about some state."""
    return _text(_Script(question).premises())


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in [*lines, "(check-sat)"])


class _Script:
    def __init__(self, question: Question) -> None:
        self._question = question
        self._allowed = {name: question.allowed[name] for name in question.names}
        self._units = {unit: number for number, unit in enumerate(question.units)}

    def premises(self) -> Iterator[str]:
        """Yields the states that are asked about, and what the network makes of them."""
        question = self._question
        yield f"; can {_plain(question.variable)} be wrong after the MLP?"
        yield "(set-logic QF_LRA)"
        for name, values in self._allowed.items():
            bits = [_bit(name, index) for index in indices(values)]
            # Exactly one of the Booleans of a name is true: its value.
            yield from (f"(declare-const {bit} Bool)" for bit in bits)
            yield f"(assert {_or(bits)})"
            yield from (f"(assert (not (and {a} {b})))" for a, b in combinations(bits, 2))
        # Rows that differ only in names on which nothing depends are one.
        rows = {tuple(row[name] for name in self._allowed): None for row in question.rows}
        yield "; the values that go together at a position"
        patterns = (dict(zip(self._allowed, row, strict=True)) for row in rows)
        yield f"(assert {_or(map(self._pattern, patterns))})"
        yield from self._rules(question.rules)
        for pattern in question.absent:
            yield f"(assert (not {self._pattern(pattern)}))"
        for unit, number in self._units.items():
            for end in (0, 1):
                clip = "(ite (>= x 1.0) 1.0 (ite (<= x 0.0) 0.0 x))"
                # Clip is monotonic, so that it takes either end of the sum inside to the same end
                # of the unit.
                inside = self._sum(unit.inside, end)
                yield f"(define-fun unit{number}{_END[end]} () Real (let ((x {inside})) {clip}))"

    def _rules(self, rules: Sequence[Rule]) -> Iterator[str]:
        for number, rule in enumerate(rules):
            yield f"; {_plain(rule.text)}"
            yield f"(define-fun rule{number} () Bool {self._pattern(rule.tests)})"
            # The premises: no trap fires, none reads something UNDEFINED, no two rules fire.
            if rule.value is None:
                yield f"(assert (not rule{number}))"
            undefined = [self._is(name, UNDEFINED) for name in rule.tests]
            if any(term != "false" for term in undefined):
                weakened = self._pattern(rule.weakened)
                yield f"(assert (not (and {weakened} {_or(undefined)})))"
        for (i, first), (j, second) in combinations(enumerate(rules), 2):
            if all(bits & second.tests.get(name, -1) for name, bits in first.tests.items()):
                yield f"(assert (not (and rule{i} rule{j})))"

    def wrong(self) -> Iterator[str]:
        """Yields each way in which a coordinate is not the code of the next value."""
        question = self._question
        causes: dict[int, list[str]] = {}
        for number, rule in enumerate(question.rules):
            if rule.value is not None:
                causes.setdefault(rule.value, []).append(f"rule{number}")
        # Where no rule fires, the variable keeps its value.
        fired = _or(f"rule{number}" for number in range(len(question.rules)))
        for index in indices(self._allowed[question.variable]):
            causes.setdefault(index, []).append(
                f"(and {_bit(question.variable, index)} (not {fired}))"
            )
        for place, total in enumerate(question.after):
            # Lemma 3: the coordinate lies in [low, high], in the reals and as it is computed.
            low, high = self._sum(total, 0), self._sum(total, 1)
            for index, becomes in causes.items():
                code = question.codes[index][place]
                out = f"(or (< {low} {_number(code.lo)}) (> {high} {_number(code.hi)}))"
                yield f"(and {_or(becomes)} {out})"

    def _sum(self, total: Sum, end: int) -> str:
        terms = [_number(total.constant[end])]
        for name, table in total.tables.items():
            # One term for all values with the same amount.
            by_amount: dict[Fraction, ValueBits] = {}
            for index in indices(self._allowed[name]):
                amount = table[index][end]
                by_amount[amount] = by_amount.get(amount, 0) | 1 << (index + 1)
            for amount, bits in by_amount.items():
                if amount:
                    terms.append(f"(ite {self._is(name, bits)} {_number(amount)} 0.0)")
        for unit, weight in total.units.items():
            # A unit with a negative weight has its greatest number in the least of the sum.
            side = end if weight > 0 else 1 - end
            terms.append(f"(* {_number(weight)} unit{self._units[unit]}{_END[side]})")
        return terms[0] if len(terms) == 1 else f"(+ {' '.join(terms)})"

    def _pattern(self, pattern: Mapping[str, ValueBits]) -> str:
        return _and(self._is(name, bits) for name, bits in pattern.items())

    def _is(self, name: str, values: ValueBits) -> str:
        allowed = self._allowed[name]
        if not allowed & ~values:
            return "true"
        return _or(_bit(name, index) for index in indices(allowed & values))


_END = ("lo", "hi")


def _bit(name: str, index: int) -> str:
    return f"|{_plain(name)}={'undefined' if index < 0 else index}|"


def _plain(text: str) -> str:
    """Returns a text in characters that SMT-LIB has in symbols; different texts stay different."""
    return "".join(c if " " <= c <= "~" and c not in "%|\\" else f"%{ord(c):x}%" for c in text)


def _number(number: Fraction) -> str:
    size = abs(number)
    text = f"{size.numerator}.0"
    if size.denominator != 1:
        text = f"(/ {text} {size.denominator}.0)"
    return text if number >= 0 else f"(- {text})"


def _and(parts: Iterable[str]) -> str:
    return _joined("and", parts, "true", "false")


def _or(parts: Iterable[str]) -> str:
    return _joined("or", parts, "false", "true")


def _joined(operator: str, parts: Iterable[str], neutral: str, absorbing: str) -> str:
    terms = [part for part in parts if part != neutral]
    if absorbing in terms:
        return absorbing
    if len(terms) < 2:
        return terms[0] if terms else neutral
    return f"({operator} {' '.join(terms)})"
