"""The theorem: everything that has to hold of a program and a model, derived from their files.

For every input of the language within the bounds, after every layer, the residual stream is exactly
the code of the interpreter's state. Each obligation is one method; the induction that puts them
together is in the documentation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, final

from alta_verify.check.attention import HeadOutput, head_output, softmax
from alta_verify.check.evidence import Evidence
from alta_verify.check.language import Language
from alta_verify.check.limits import MAX_CODES
from alta_verify.check.mlp import MLP
from alta_verify.check.numbers import FORMATS, Span, point, storing_slack
from alta_verify.check.program import Program, indices, mask_of
from alta_verify.check.questions import Question
from alta_verify.check.refused import Refused
from alta_verify.check.runs import Runs
from alta_verify.check.text import read_program
from alta_verify.check.universal import nonempty
from alta_verify.check.value_sets import Pattern, ValueSets
from alta_verify.check.weights import Model, program_of

__all__ = ["Theorem"]

_LONGEST: Final = 200
"""So much of the description of a language is quoted."""

_FAILURES: Final = ("conflict", "range", "undefined")


@final
class Theorem:
    """What a certificate is to show.

    Attributes:
        program: the program.
        model: the model, which need not have been made for this program.
        lengths: the lengths of inputs that there are within the bound.
        max_layers: the layers that count; None for as many as the program takes.
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
            program: the program's canonical text.
            weights: the bytes of the safetensors file.
            model: the manifest of the model: its layout, its format and its program.
            max_len: the longest input.
            max_layers: the most layers; None for as many as the program takes.
            evidence: what to check instead of finding it: "value_sets", "runs" and "excluded".
        """
        self.program = read_program(program)
        _check_codes(self.program)
        self._runs_as = read_program(program_of(model))
        self.model = Model.read(weights, model, self.program)
        self.max_layers = max_layers
        self._max_len = max_len
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
        self._evidence = Evidence.read(evidence, self.program)
        self._used = set[int]()
        self._asked: dict[str, Question] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The obligations."""
        heads, variables = self.program.heads, self.program.variables
        return (
            "architecture",
            "embedding",
            *(f"{kind}[{head}]" for head in heads for kind in ("attention", "softmax")),
            *(f"program[{kind}]" for kind in _FAILURES),
            *(f"ffn[{name}]" for name in variables),
            *(f"reset[{head}]" for head in heads),
            "decoding",
            "rounding",
        )

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What is taken on trust, beside Python and the files of this package."""
        gaps = sorted({float(gap) for gap in self._gaps.values() if gap is not None})
        exponents = "".join(f"exp(-{gap:g}) = 0, " for gap in gaps)
        return (
            "products are summed in some order, by no algorithm that takes numbers apart",
            "operations may be fused, and subnormal numbers flushed to 0",
            f"on the device exp(0) = 1, {exponents}0/k = 0, and 1/k is right but for its last bit",
            "the JAX code computes the formulas of the construction",
        )

    @property
    def claim(self) -> str:
        """The theorem in words."""
        language = self.program.inputs.text
        if len(language) > _LONGEST:
            language = f"{language[:_LONGEST]}… ({len(language)} characters)"
        until = "for as many layers as the program takes"
        if self.max_layers is not None:
            until = f"for the first {self.max_layers} layers"
        return (
            f"for every input of {language} with 1 to {self._max_len} tokens, {until}, every "
            "variable at every position decodes from the model's residual stream to the "
            "interpreter's value; both halt after the same layer with the same outputs; and no "
            "rules conflict, assign a value out of range or read something UNDEFINED; in real "
            f"arithmetic, and in {self.model.dtype} summed in any order."
        )

    @property
    def idle(self) -> int:
        """How many runs have shown nothing so far."""
        return len(self._evidence.hints) - len(self._used)

    def show(self, name: str) -> str:
        """Takes the steps of an obligation that leave no question, and returns how it is shown.

        Raises:
            Refused: when it is not shown.
        """
        kind, _, subject = name.removesuffix("]").partition("[")
        if name not in self.names:
            raise Refused(f"there is no obligation {name!r}")
        try:
            method = getattr(self, f"_{kind}")
            return str(method(subject) if subject else method())
        except (KeyError, IndexError, TypeError, ValueError, ArithmeticError) as error:
            raise Refused(f"{name}: {error!r}") from error

    def questions(self, name: str) -> Iterator[Question]:
        """Yields the questions that an obligation leaves."""
        kind, _, subject = name.removesuffix("]").partition("[")
        if kind == "ffn":
            yield from self._question(subject).parts()

    # --- the program, without a single weight -------------------------------------------------

    @cached_property
    def _value_sets(self) -> ValueSets:
        return ValueSets(self.program, self._live, self._evidence.rows)

    @cached_property
    def _runs(self) -> list[Runs]:
        return [
            Runs(self.program, self._language, self.lengths, self.max_layers, hint)
            for hint in self._evidence.hints
        ]

    def _is_absent(self, pattern: Pattern) -> bool:
        """Says whether it is known that no run has a pattern."""
        if not self._value_sets.may_meet(pattern):
            return True
        for number, runs in enumerate(self._runs):
            if not runs.may_meet(pattern):
                self._used.add(number)
                return True
        return False

    def _program(self, kind: str) -> str:
        cases = 0
        for what, pattern in self._value_sets.suspects(kind):
            if self._value_sets.may_meet(pattern):
                cases += 1
                if not self._is_absent(pattern):
                    raise Refused(f"it is not shown that never {what}")
        if cases:
            return f"value sets, and runs of slices for {cases} cases"
        return "value sets, for any number of layers"

    def _architecture(self) -> str:
        mine, theirs = self.program, self._runs_as
        if mine.vocab != theirs.vocab:
            raise Refused("the model's tokens are not the program's")
        if _kinds(mine) != _kinds(theirs):
            raise Refused("the model's variables or heads are of other kinds than the program's")
        masks = {name: head.mask for name, head in mine.heads.items()}
        if masks != {name: head.mask for name, head in theirs.heads.items()}:
            raise Refused("the model's masks are not the program's")
        if (mine.output, _halt_code(mine)) != (theirs.output, _halt_code(theirs)):
            raise Refused("the model's halt or output are not the program's")
        if self.max_layers is None and any(
            mine.bound(length) != theirs.bound(length) for length in self.lengths
        ):
            raise Refused("the model takes other numbers of layers than the program")
        return "compared"

    # --- the network, one layer at a time -----------------------------------------------------

    def _embedding(self) -> str:
        model, program = self.model, self.program
        pairs = {
            (token, position)
            for live in self._live.values()
            for position, tokens in enumerate(live)
            for token in tokens
        }
        placed = model.positions.shape[0] > 0
        for token, position in sorted(pairs):
            left = model.tokens.rows[token]
            right = model.positions.rows[position] if placed else {}
            for name, columns in model.columns.items():
                variable = program.variables.get(name)
                code = [0] * len(columns)
                if variable is not None:
                    code = list(variable.code(variable.start(token, position)))  # type: ignore[arg-type]
                for column, number in zip(columns, code, strict=True):
                    one, other = left.get(column, 0), right.get(column, 0)
                    if one + other != number or (variable is None and (one or other)):
                        raise Refused(
                            f"{name} does not start with its code for token {token} at {position}"
                        )
        return f"{len(pairs)} pairs of token and position have exactly their codes"

    @cached_property
    def _gaps(self) -> Mapping[str, Any]:
        return {
            name: softmax(self.program, self.model, name, self._value_sets.anywhere, self._format)
            for name in self.program.heads
        }

    def _softmax(self, head: str) -> str:
        gap = self._gaps[head]
        return "nothing to tell apart" if gap is None else f"score gap {float(gap):g}"

    @cached_property
    def _outputs(self) -> Mapping[str, HeadOutput]:
        return {
            name: head_output(
                self.program,
                self.model,
                name,
                occurring=self._value_sets.anywhere,
                gap=self._gaps[name],
                length=self._max_len,
                format_=self._format,
            )
            for name in self.program.heads
        }

    def _attention(self, head: str) -> str:
        return f"{len(self._outputs[head].codes) - 1} values, and whatever it is when UNDEFINED"

    @cached_property
    def _mlp(self) -> MLP:
        occurring = self._value_sets.anywhere
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
        if name not in self._asked:
            self._asked[name] = self._make_question(name)
        return self._asked[name]

    def _make_question(self, name: str) -> Question:
        variable = self.program.variables[name]
        # What no mean can give does not occur.
        read = {head: mask_of(output.codes) for head, output in self._outputs.items()}
        rows = {
            tuple(
                (n, nonempty(mask & read.get(n, -1), f"values of {n}")) for n, mask in row.items()
            ): None
            for row in self._value_sets.rows
        }
        excluded = self._evidence.excluded.get(name, ())
        for pattern in excluded:
            if not self._is_absent(pattern):
                raise Refused(f"ffn[{name}]: it is not shown that {pattern} does not occur")
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
        # Not empty: every state that is asked about is right, and there is one, or no layer.
        if self._question(name).witness() is None and not self._is_absent({}):
            raise Refused("runs take layers, but no local state satisfies the premises")
        return f"{rules} rules, {len(self._question(name).units)} units"

    def _reset(self, head: str) -> str:
        if not all(map(self._mlp.is_reset, self.model.columns[head])):
            raise Refused(f"nothing takes the output of {head} away exactly")
        return "x - x"

    # --- numbers ------------------------------------------------------------------------------

    def _decoding(self) -> str:
        halt = self.program.halt
        if halt is not None and halt[1] >= len(self.program.variables[halt[0]].values):
            raise Refused("the halt value never occurs")
        occurring = self._value_sets.anywhere
        needed = [
            (name, index) for name in self.program.variables for index in indices(occurring[name])
        ]
        for name, index in [*needed, *([halt] if halt else [])]:
            spans = [Span.of([point(one)]) for one in self.program.variables[name].code(index)]
            if any(storing_slack(span, self._format) for span in spans):
                raise Refused(f"{self.model.dtype} has no code for a value of {name}")
        return f"the format has the codes of all {len(needed)} values, which differ"

    def _rounding(self) -> str:
        smallest = self._format.tiny
        for matrix in self.model.matrices:
            if any(abs(number) < smallest for number in matrix.entries.values()):
                raise Refused("there are subnormal weights, which hardware may take for 0")
        # Everything that is computed is bounded, so that nothing overflows.
        for column in range(self.model.width):
            self._mlp.after(column)
        return "bounds on rounding are part of all of the above"


def _kinds(program: Program) -> dict[str, Any]:
    """Returns what the coordinates of every variable and head output are taken for."""
    variables = {
        name: ("variable", one.kind, one.width, one.values if one.kind == "subsets" else ())
        for name, one in program.variables.items()
    }
    heads = {
        name: ("head", "range" if one.edges is None else "values", one.width)
        for name, one in program.heads.items()
    }
    return {**variables, **heads}


def _halt_code(program: Program) -> Any:
    """Returns the halt variable and the coordinates of the halt value, by which a model knows it.

    Raises:
        Refused: when no rule and no input gives the value, so that its coordinates are not known.
    """
    if program.halt is None:
        return None
    name, index = program.halt
    variable = program.variables[name]
    if index >= len(variable.values):
        raise Refused("the halt value never occurs")
    return name, variable.code(index)


def _check_codes(program: Program) -> None:
    """Checks that the codes of all values are not too many to be written down."""
    numbers = sum(one.width * len(one.values) for one in program.variables.values())
    if numbers > MAX_CODES:
        raise Refused(
            f"the codes of the program's values are {numbers} numbers, more than {MAX_CODES}"
        )
