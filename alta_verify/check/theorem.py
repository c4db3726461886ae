"""The theorem: everything that has to hold of a program and a model, derived from their files.

For every input of the language within the bounds, after every layer, the residual stream is exactly
the code of the interpreter's state. Each obligation is one method; the induction that puts them
together is in the documentation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, final

from alta_verify.check.architecture import check_architecture
from alta_verify.check.attention import Attention, HeadOutput
from alta_verify.check.codes import check_embedding, check_number_of_codes, check_storable
from alta_verify.check.evidence import Evidence
from alta_verify.check.language import Language
from alta_verify.check.mlp import MLP
from alta_verify.check.numbers import FORMATS, point
from alta_verify.check.obligations import Obligation, assumptions, claim, obligations
from alta_verify.check.occurrence import Occurrence
from alta_verify.check.program import bits_of, indices
from alta_verify.check.questions import Question
from alta_verify.check.refused import Refused, nonempty
from alta_verify.check.text import read_program
from alta_verify.check.value_sets import described
from alta_verify.check.weights import Model, program_of

__all__ = ["Theorem"]


@final
class Theorem:
    """What a certificate is to show.

    Attributes:
        program: the program.
        model: the model, which need not have been made for this program.
        lengths: the lengths of inputs that there are within the bound.
        max_layers: the layers that count; None for as many as the program takes.
        obligations: by name.
    """

    def __init__(
        self,
        *,
        program: str,
        weights: bytes,
        model: Mapping[str, Any],
        max_len: int,
        max_layers: int | None,
        evidence: Mapping[str, Any],
    ) -> None:
        """Reads the files.

        Args:
            program: its canonical text.
            weights: the bytes of the safetensors file.
            model: the manifest of the model: its layout, its format and its program.
            max_len: the longest input.
            max_layers: the most layers; None for as many as the program takes.
            evidence: what to check instead of finding it: "value_sets", "runs" and "excluded".
        """
        self.program = read_program(program)
        check_number_of_codes(self.program)
        self._runs_as = read_program(program_of(model))
        self.model = Model.read(weights, model, self.program)
        self.max_layers = max_layers
        self._max_len = max_len
        # Inputs that one of the two sides does not take are in no theorem.
        for limit in (self.program.positions, self._runs_as.positions, self.model.max_len):
            if limit is not None and limit < max_len:
                raise Refused(f"program or model take no more than {limit} tokens, not {max_len}")
        self._format = FORMATS[self.model.dtype]
        self._language = Language(self.program)
        self._live = nonempty(
            {
                length: live
                for length in range(1, self._max_len + 1)
                if (live := self._language.live(length)) is not None
            },
            "inputs within the bound",
        )
        self.lengths = tuple(self._live)
        hints = Evidence.read(evidence, self.program)
        self._excluded = hints.excluded
        self._occurrence = Occurrence(self.program, self._language, self._live, max_layers, hints)
        self._questions: dict[str, Question] = {}
        self.obligations = {
            obligation.name: obligation
            for obligation in obligations(self.program.heads, self.program.variables)
        }

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What is taken on trust, beside Python and the files of this package."""
        return assumptions(gap for gap in self._gaps.values() if gap is not None)

    @property
    def claim(self) -> str:
        """The theorem in words."""
        language = self.program.inputs.text
        return claim(language, self._max_len, self.max_layers, self.model.dtype)

    @property
    def idle(self) -> list[int]:
        """The numbers of the runs that have shown nothing so far."""
        return self._occurrence.idle

    def show(self, name: str) -> str:
        """Takes the steps of an obligation that leave no question, and returns how it is shown."""
        try:
            return self._show(self._obligation(name))
        # A stranger's files may be wrong in ways that nothing above looks for.
        except (KeyError, IndexError, TypeError, ValueError, ArithmeticError) as error:
            raise Refused(f"the files do not fit one another: {error!r:.200}") from error

    def questions(self, name: str) -> Iterator[Question]:
        """Yields the questions that an obligation leaves."""
        obligation = self._obligation(name)
        if obligation.kind == "ffn":
            yield from self._question(obligation.subject).parts()

    def _obligation(self, name: str) -> Obligation:
        if name not in self.obligations:
            raise Refused(
                f"there is no obligation {name!r:.60}, expected one of "
                f"{', '.join(self.obligations):.200}"
            )
        return self.obligations[name]

    def _show(self, obligation: Obligation) -> str:
        subject = obligation.subject
        match obligation.kind:
            case "architecture":
                return self._architecture()
            case "embedding":
                return self._embedding()
            case "attention":
                return self._attention(subject)
            case "softmax":
                return self._softmax(subject)
            case "program":
                return self._program(subject)
            case "ffn":
                return self._ffn(subject)
            case "reset":
                return self._reset(subject)
            case "decoding":
                return self._decoding()
        return self._rounding()

    def _program(self, failure: str) -> str:
        cases = self._occurrence.check_failure(failure)
        if cases:
            return f"value sets, and runs of slices for {cases} cases"
        return "value sets, for any number of layers"

    def _architecture(self) -> str:
        check_architecture(self.program, self._runs_as, self.lengths, self.max_layers)
        return "compared"

    # --- the network, one layer at a time -----------------------------------------------------

    def _embedding(self) -> str:
        # Lemma 1 (start): every token at every position at which some input has it.
        pairs = {
            (token, position)
            for live in self._live.values()
            for position, tokens in enumerate(live)
            for token in tokens
        }
        check_embedding(self.program, self.model, sorted(pairs))
        return f"{len(pairs)} pairs of token and position have exactly their codes"

    @cached_property
    def _heads(self) -> Attention:
        return Attention(self.program, self.model, self._occurrence.anywhere, self._format)

    @cached_property
    def _gaps(self) -> Mapping[str, Any]:
        return {name: self._heads.gap(name) for name in self.program.heads}

    def _softmax(self, head: str) -> str:
        gap = self._gaps[head]
        return "nothing to tell apart" if gap is None else f"score gap {float(gap):g}"

    @cached_property
    def _outputs(self) -> Mapping[str, HeadOutput]:
        return {
            name: self._heads.output(name, self._gaps[name], self._max_len)
            for name in self.program.heads
        }

    def _attention(self, head: str) -> str:
        return f"{len(self._outputs[head].codes) - 1} values, and whatever it is when UNDEFINED"

    @cached_property
    def _mlp(self) -> MLP:
        # Before a layer variables have their exact codes, and after attention heads have theirs
        # (Lemma 2), whatever their values: these are the tables from which all sums are made.
        occurring = self._occurrence.anywhere
        codes: dict[str, Any] = {
            name: {
                index: [point(number) for number in variable.code(index)]
                for index in indices(occurring[name])
            }
            for name, variable in self.program.variables.items()
        }
        codes |= {name: output.codes for name, output in self._outputs.items()}
        floors = {name: output.floor for name, output in self._outputs.items()}
        return MLP(self.model, codes, floors, self._format)

    def _question(self, name: str) -> Question:
        if name not in self._questions:
            self._questions[name] = self._make_question(name)
        return self._questions[name]

    def _make_question(self, name: str) -> Question:
        variable = self.program.variables[name]
        # What no mean can give does not occur.
        read = {head: bits_of(output.codes) for head, output in self._outputs.items()}
        rows = {
            tuple(
                (n, nonempty(bits & read.get(n, -1), f"values of {n}")) for n, bits in row.items()
            ): None
            for row in self._occurrence.rows
        }
        # A further premise: local states that occur in no run need not be right.
        excluded = self._excluded.get(name, ())
        for pattern in excluded:
            if not self._occurrence.is_absent(pattern):
                where = f"{described(pattern)} occurs in no run"
                raise Refused(f"it is not shown that {where}, as evidence.json says")
        # Lemma 3 (MLP): in all other states the next value's code is exactly what is computed.
        return Question(
            name,
            tuple(map(dict, rows)),
            self.program.rules[name],
            tuple(self._mlp.after(column) for column in self.model.columns[name]),
            {
                index: [point(number) for number in variable.code(index)]
                for index in range(len(variable.values))
            },
            excluded,
        )

    def _ffn(self, name: str) -> str:
        rules = len(self.program.rules[name])
        # Lemma 12: every state that is asked about is right, and there is one, or no layer.
        if self._question(name).witness() is None and not self._occurrence.is_absent({}):
            raise Refused(
                f"runs take layers, but no local state satisfies the premises on {name}: in every "
                "one some rules conflict, or one is a trap or reads something UNDEFINED"
            )
        return f"{rules} rules, {len(self._question(name).units)} units"

    def _reset(self, head: str) -> str:
        # Heads have to find 0 in their coordinates in the next layer (Lemma 2).
        for column in self.model.columns[head]:
            if not self._mlp.is_reset(column):
                raise Refused(
                    f"nothing takes the output of {head} away exactly: in coordinate {column}, "
                    "expected x - x, or x - max(0, x) + max(0, -x), by powers of two"
                )
        return "x - x"

    # --- numbers ------------------------------------------------------------------------------

    def _decoding(self) -> str:
        count = check_storable(
            self.program, self._occurrence.anywhere, self.model.dtype, self._format
        )
        return f"the format has the codes of all {count} values, which differ"

    def _rounding(self) -> str:
        _check_normal(self.model, self._format.tiny)
        # Everything that is computed is bounded, so that nothing overflows.
        for column in range(self.model.width):
            self._mlp.after(column)
        self._mlp.check_unread()
        return "bounds on rounding are part of all of the above"


def _check_normal(model: Model, tiny: Fraction) -> None:
    """Refuses subnormal weights: Lemma 8 is about normal numbers."""
    for matrix in model.matrices:
        for place, number in matrix.entries.items():
            if abs(number) < tiny:
                raise Refused(
                    f"there are subnormal weights, which hardware may take for 0: "
                    f"{float(number):g} at {place} of a matrix {matrix.shape}, expected at least "
                    f"{float(tiny):g} in size"
                )
