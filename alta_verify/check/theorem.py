"""The theorem: everything that has to hold of a program and a model, derived from their files.

For every input of the language within the bounds, after every layer, the residual stream is exactly
the code of the interpreter's state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import Any, final

from alta_verify.check.attention import Attention, HeadOutput
from alta_verify.check.evidence import Evidence, InvariantEvidence
from alta_verify.check.language import Language
from alta_verify.check.lengths import EveryLength, Lengths, UpTo
from alta_verify.check.limits import MAX_CODES
from alta_verify.check.meant import Meant, check_outputs, read_meant
from alta_verify.check.mlp import MLP
from alta_verify.check.numbers import FORMATS, Format, Span, point, storing_slack
from alta_verify.check.obligations import Obligation, assumptions, claim, obligations
from alta_verify.check.occurrence import InRuns, InWindows, Occurrence
from alta_verify.check.program import Program, bits_of, indices
from alta_verify.check.questions import Question
from alta_verify.check.refused import Refused, nonempty
from alta_verify.check.text import read_program
from alta_verify.check.value_sets import Row, described
from alta_verify.check.weights import Model, program_of

__all__ = ["Theorem"]


@final
class Theorem:
    """What a certificate is to show, of a program and a model that need not be made for it."""

    def __init__(
        self,
        *,
        program: str,
        weights: bytes,
        model: Mapping[str, Any],
        max_len: int | None,
        max_layers: int | None,
        evidence: Mapping[str, Any],
        meant: Mapping[str, Any] | None = None,
    ) -> None:
        """Reads a program's canonical text, a safetensors file, a model's manifest, and hints.

        What was meant of outputs may be there, and is then part of the theorem.
        """
        declared = read_program(program)
        _check_codes(declared)
        self._model = Model.read(weights, model, declared)
        self._format, columns = FORMATS[self._model.dtype], self._model.columns
        self.program = declared.stored(columns, self._format)
        _check_codes(self.program)
        self._runs_as = read_program(program_of(model)).stored(columns, self._format)
        self._max_layers = max_layers
        # Inputs that one of the two sides does not take are in no theorem.
        for limit in (self.program.positions, self._runs_as.positions, self._model.max_len):
            if limit is not None and (max_len is None or limit < max_len):
                raise Refused(
                    f"program or model take no more than {limit} tokens, not {max_len or 'any'}"
                )
        self._lengths, self.occurrence = self._inputs(max_len, evidence)
        self._meant = None if meant is None else read_meant(meant)
        self._question = cache(self._make_question)
        self.obligations = {
            obligation.name: obligation
            for obligation in obligations(
                self.program.heads,
                self.program.variables,
                unbounded=max_len is None,
                meant=meant is not None,
            )
        }

    def _inputs(
        self, max_len: int | None, evidence: Mapping[str, Any]
    ) -> tuple[Lengths, Occurrence]:
        program, language = self.program, Language(self.program)
        if max_len is None:
            invariant = InvariantEvidence.read(evidence, program)
            occurrence = InWindows(program, language, self._max_layers, invariant)
            return EveryLength.of(language), occurrence
        lengths, hints = UpTo.of(language, max_len), Evidence.read(evidence, program)
        return lengths, InRuns(program, language, lengths.live, self._max_layers, hints)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What is taken on trust, beside Python and the files of this package."""
        gaps = (gap for gap in self._gaps.values() if gap is not None)
        return assumptions(gaps, meant=self._meant is not None)

    @property
    def claim(self) -> str:
        """The theorem in words."""
        language = self.program.inputs.text
        says, dtype = None if self._meant is None else self._meant.says, self._model.dtype
        return claim(language, self._lengths.words, self._max_layers, dtype, says)

    def show(self, name: str) -> str:
        """Takes the steps of an obligation that leave no question, and returns how it is shown."""
        try:
            return self._show(self.obligations[name])
        # A stranger's files may be wrong in ways that nothing above looks for.
        except (KeyError, IndexError, TypeError, ValueError, ArithmeticError) as error:
            raise Refused(f"the files do not fit one another: {error!r:.200}") from error

    def questions(self, name: str) -> Iterator[Question]:
        """Yields the questions that an obligation leaves."""
        if self.obligations[name].kind == "ffn":
            yield from self._question(self.obligations[name].subject).parts()

    def _show(self, obligation: Obligation) -> str:
        subject = obligation.subject
        match obligation.kind:
            case "architecture":
                _check_architecture(self.program, self._runs_as, self._lengths, self._max_layers)
                return "compared"
            case "embedding":
                pairs = _check_embedding(self.program, self._model, self._lengths)
                return f"{pairs} pairs of token and position have exactly their codes"
            case "attention":
                values = len(self._outputs[subject].codes) - 1
                return f"{values} values, and whatever it is when UNDEFINED"
            case "softmax":
                gap = self._gaps[subject]
                return "nothing to tell apart" if gap is None else f"score gap {float(gap):g}"
            case "program":
                cases = self.occurrence.check_failure(subject)
                means = self.occurrence.means
                layers = f"and {means} for {cases} cases" if cases else "for any number of layers"
                return f"value sets, {layers}"
            case "ffn":
                return self._ffn(subject)
            case "reset":
                return self._reset(subject)
            case "decoding":
                occurring, dtype = self.occurrence.value_sets.anywhere, self._model.dtype
                count = _check_storable(self.program, occurring, dtype, self._format)
                return f"the format has the codes of all {count} values"
            case "spec" if self._meant is not None:
                # The outputs of the model are those of the program, by the other obligations.
                if not isinstance(self._lengths, UpTo):
                    raise Refused(
                        "what was meant is said of inputs up to a bound, and of no others"
                    )
                return f"{self._outputs_of(self._lengths.live, self._meant)} inputs run"
        return self._rounding()

    @cached_property
    def _heads(self) -> Attention:
        occurring = self.occurrence.value_sets.anywhere
        return Attention(self.program, self._model, occurring, self._format)

    @cached_property
    def _gaps(self) -> Mapping[str, Any]:
        return {name: self._heads.gap(name) for name in self.program.heads}

    @cached_property
    def _outputs(self) -> Mapping[str, HeadOutput]:
        return {
            name: self._heads.output(name, self._gaps[name], self._lengths.mixed(head.mask))
            for name, head in self.program.heads.items()
        }

    @cached_property
    def _mlp(self) -> MLP:
        # Before a layer variables have their exact codes, and after attention heads have theirs
        # (Lemma 2), whatever their values: these are the tables from which all sums are made.
        occurring = self.occurrence.value_sets.anywhere
        codes: dict[str, Any] = {
            name: {
                index: [point(number) for number in variable.code(index)]
                for index in indices(occurring[name])
            }
            for name, variable in self.program.variables.items()
        }
        codes |= {name: output.codes for name, output in self._outputs.items()}
        floors = {name: output.floor for name, output in self._outputs.items()}
        return MLP(self._model, codes, floors, self._format)

    def _make_question(self, name: str) -> Question:
        variable = self.program.variables[name]
        # What no mean can give does not occur.
        read = {head: bits_of(output.codes) for head, output in self._outputs.items()}
        rows = {
            tuple(
                (n, nonempty(bits & read.get(n, -1), f"values of {n}")) for n, bits in row.items()
            ): None
            for row in self.occurrence.value_sets.rows
        }
        # A further premise: local states that occur in no run need not be right.
        excluded = self.occurrence.evidence.excluded.get(name, ())
        for pattern in excluded:
            if not self.occurrence.is_absent(pattern):
                where = f"{described(pattern)} occurs in no run"
                raise Refused(f"it is not shown that {where}, as evidence.json says")
        # Lemma 3 (MLP): in all other states the next value's code is exactly what is computed.
        return Question(
            name,
            tuple(map(dict, rows)),
            self.program.rules[name],
            tuple(self._mlp.after(column) for column in self._model.columns[name]),
            {
                index: [point(number) for number in variable.code(index)]
                for index in range(len(variable.values))
            },
            excluded,
        )

    def _outputs_of(self, lengths: Iterable[int], meant: Meant) -> int:
        """Returns how many inputs there are, whose outputs are all what was meant."""
        language = Language(self.program)
        return check_outputs(self.program, language, lengths, self._max_layers, meant)

    def _ffn(self, name: str) -> str:
        rules = len(self.program.rules[name])
        # Lemma 12: every state that is asked about is right, and there is one, or no layer.
        if self._question(name).witness() is None and not self.occurrence.is_absent({}):
            raise Refused(
                f"runs take layers, but no local state satisfies the premises on {name}: in every "
                "one some rules conflict, or one is a trap or reads something UNDEFINED"
            )
        return f"{rules} rules, {len(self._question(name).units)} units"

    def _reset(self, head: str) -> str:
        # Heads have to find 0 in their coordinates in the next layer (Lemma 2).
        for column in self._model.columns[head]:
            if not self._mlp.is_reset(column):
                raise Refused(
                    f"nothing takes the output of {head} away exactly: in coordinate {column}, "
                    "expected x - x, or x - max(0, x) + max(0, -x), by powers of two"
                )
        return "x - x"

    def _rounding(self) -> str:
        # Subnormal weights are refused: Lemma 8 is about normal numbers.
        for matrix in self._model.matrices:
            for place, number in matrix.entries.items():
                if abs(number) < self._format.tiny:
                    raise Refused(
                        f"there are subnormal weights, which hardware may take for 0: "
                        f"{float(number):g} at {place} of a matrix {matrix.shape}, expected at "
                        f"least {float(self._format.tiny):g} in size"
                    )
        # Everything that is computed is bounded, so that nothing overflows.
        for column in range(self._model.width):
            self._mlp.after(column)
        self._mlp.check_unread()
        return "bounds on rounding are part of all of the above"


def _check_codes(program: Program) -> None:
    """Checks that there are not too many codes to go through, or of too many coordinates."""
    variables = program.variables.values()
    numbers = sum(variable.width * len(variable.values) for variable in variables)
    if numbers > MAX_CODES:
        raise Refused(f"the codes of all values have {numbers} numbers, more than {MAX_CODES}")


def _check_architecture(
    program: Program, model: Program, lengths: Lengths, max_layers: int | None
) -> None:
    """Compares a program with the one that a model runs as, for inputs of some lengths.

    Rules, first values and what heads read are of no consequence: no model reads them.
    """
    # The proof of the theorem, conclusion: both read the same tokens, take coordinates for the same
    # things, see the same positions, halt by the same test and give the same output.
    _compare("token", "tokens", dict(enumerate(program.vocab)), dict(enumerate(model.vocab)))
    _compare("kind of", "kinds of variables or heads", _kinds(program), _kinds(model))
    masks = {name: head.mask for name, head in program.heads.items()}
    modelled = {name: head.mask for name, head in model.heads.items()}
    for name in masks.keys() & modelled.keys():
        if lengths.alike(masks[name], modelled[name]):
            modelled[name] = masks[name]
    _compare(
        "mask of", "masks", *({n: str(m) for n, m in side.items()} for side in (masks, modelled))
    )
    ends = [{"output": side.output, "halt": _halt_code(side)} for side in (program, model)]
    _compare("", "halt or output", *ends)
    # A number that was asked for bounds both sides alike; without one their own bounds count.
    if max_layers is None:
        expected, got = map(lengths.bounds, (program, model))
        _compare("layers of length", "numbers of layers", expected, got)


def _compare(label: str, plural: str, expected: Mapping[Any, Any], got: Mapping[Any, Any]) -> None:
    for key in {**expected, **got}:
        if got.get(key) != expected.get(key):
            place = f"{label} {key!r:.60}".strip()
            raise Refused(
                f"the model runs with other {plural} than the program: {place} is "
                f"{got.get(key)!r:.80}, expected {expected.get(key)!r:.80}; compile this program"
            )


def _kinds(program: Program) -> dict[str, Any]:
    """Returns what the coordinates of every variable and head output are taken for."""
    # A number in one coordinate decodes to itself and categories have as many coordinates as
    # values; only of subsets, and of numbers with a coordinate each, the width does not say which
    # values there are.
    kinds: dict[str, Any] = {
        name: (
            "variable",
            v.kind,
            v.width,
            v.values if v.kind == "subsets" or (v.kind == "values" and v.width > 1) else (),
        )
        for name, v in program.variables.items()
    }
    return kinds | {
        name: ("head", "range" if head.edges is None else "values", head.width)
        for name, head in program.heads.items()
    }


def _halt_code(program: Program) -> Any:
    """Returns the halt variable and the code of the halt value, by which a model knows it."""
    if program.halt is None:
        return None
    name, index = program.halt
    variable = program.variables[name]
    # A number that nothing gives has no index, and so no code by which both sides can be compared.
    if index >= len(variable.values):
        raise Refused(f"the halt value of {name!r} never occurs: no rule and no input gives it")
    # Not by the index: that of a number depends on all numbers that rules assign, and these may
    # differ between the two programs.
    return name, variable.code(index)


def _check_embedding(program: Program, model: Model, lengths: Lengths) -> int:
    """Checks that all start with exact codes, and 0 in head outputs, and returns how many do."""
    # Lemma 1 (start): every token at every position at which some input has it.
    pairs = lengths.pairs
    placed = model.positions.shape[0] > 0
    for token, position in sorted(pairs):
        by_token = model.tokens.rows[token]
        by_position = model.positions.rows[position] if placed else {}
        for name, columns in model.columns.items():
            variable = program.variables.get(name)
            code = [0] * len(columns)
            if variable is not None:
                code = list(variable.code(variable.start(token, position)))  # type: ignore[arg-type]
            for column, number in zip(columns, code, strict=True):
                # If the real sum is the code, so is the computed one, as the format has all codes
                # (`decoding`) and rounding leaves its numbers as they are.
                left, right = by_token.get(column, 0), by_position.get(column, 0)
                # In a head output both summands are 0, and not only their sum.
                if left + right != number or (variable is None and (left or right)):
                    raise Refused(
                        f"{name} does not start with its code: for token "
                        f"{program.vocab[token]!r:.40} at position {position} coordinate {column} "
                        f"is {float(left):g} + {float(right):g}, expected "
                        f"{'0 + 0' if variable is None else format(float(number), 'g')}"
                    )
    return len(pairs)


def _check_storable(program: Program, occurring: Row, dtype: str, format_: Format) -> int:
    """Checks that the format has all codes, also that of halt, and returns how many occur."""
    needed = [(name, index) for name in program.variables for index in indices(occurring[name])]
    # Also of a halt value that never occurs: the device compares with it after every layer.
    halting = [program.halt] if program.halt is not None and _halt_code(program) else []
    for name, index in [*needed, *halting]:
        for number in program.variables[name].code(index):
            # The proof of the theorem, conclusion: what is stored is the code, so that each decodes
            # to its value.
            if storing_slack(Span.of([point(number)]), format_):
                raise Refused(
                    f"{dtype} has no code for a value of {name}: {float(number)!r} is so small "
                    "that hardware may take it for 0; compile with a wider dtype, or use 0"
                )
    for name, index in halting:
        # Other codes differ, so that the halt tests agree: numbers may be one in the format.
        code = program.variables[name].code(index)
        for other in indices(occurring[name]):
            if other != index and program.variables[name].code(other) == code:
                raise Refused(
                    f"{dtype} does not tell the halt value of {name} from another: value {other} "
                    f"has the code {', '.join(map(str, code))} as well; compile with a wider dtype"
                )
    return len(needed)
