"""``ffn[v]``: after the MLP a variable has the code of its next value.

For a learned block that is shown in `blocks.py`, with boxes; here it is for a compiled one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from alta_verify.encode.cases import Case, split
from alta_verify.encode.linear import Linear, evaluate
from alta_verify.encode.mlp import Output
from alta_verify.encode.relation import Codes, widened
from alta_verify.prove.computes.context import Context
from alta_verify.prove.computes.induction import Induction
from alta_verify.reach.answer import Unreachable
from alta_verify.solver.query import MlpQuery
from alta_verify.universal import nonempty

__all__ = ["show", "show_by_cases"]


def show(context: Context, variable: str) -> str:
    """Shows it in the way that the block at hand needs."""
    return context.block.keeps(variable)


def show_by_cases(context: Context, variable: str) -> str:
    """Shows it of a block of rules: in no local state may a coordinate leave the next box."""
    # No universal over nothing: cases speak of values that have boxes, which all of them have.
    cubes, rules = context.cubes, context.finite.rules_by_variable[variable]
    # Lemma 13 (firing): whatever rule fires, the variable gets the code of what that assigns.
    firing = context.network.firing_cases(variable, cubes) if rules else None
    # Lemma 12 (witnesses): a step of a run satisfies the premises, and is among the local states.
    step = context.runs.some_step
    if firing is not None and step is not None and any(map(step.is_of, cubes)):
        return f"whole numbers, by the rule that fires; {firing} cases"
    mlp, relation = context.network.mlp, context.relation
    columns = nonempty(context.model.layout.columns[variable], f"coordinates of {variable}")
    outputs = tuple(mlp.output(column) for column in columns)
    # x + 0 is x: neither side changes it, so that the relation is kept whatever the state is.
    if not rules and not any(output.touched for output in outputs):
        return "nothing writes to it, neither rules nor neurons"
    # Lemma 3 (MLP): x = x0 + e with x0 in the box of the old value and e what has drifted. As
    # x0 + r lies in the box of the next value, widened by the drift of one layer, x + r lies in
    # it with the drift of one layer more.
    after = coordinates_after(context, columns, outputs)
    codes = widened(relation.start[variable], 1, relation.drift_of(variable))
    cases = nonempty(list(split(Case(cubes, rules, after))), "local states")
    induction = Induction(context, partial(_excess, context, variable, after, codes))
    # Cases together have all local states of the value sets; in each, the premises are that no trap
    # fires, nothing UNDEFINED is read and no two rules fire, as ``program[...]`` shows of runs.

    def queries() -> Iterator[MlpQuery]:
        for case in cases:
            if case.keeps(variable, codes):
                induction.possible = True
                continue
            query = context.query(case.cubes)
            query.expect_variable(variable, case.rules, case.after, codes)
            yield query

    induction.discharge(queries())
    # Premises that no state satisfies would show anything. They may be so only where runs have no
    # layer at all.
    if not induction.possible and isinstance(context.runs.find({}), Unreachable):
        return "no run takes a layer"
    return induction.method(len(cases))


def coordinates_after(
    context: Context, columns: Sequence[int], outputs: Sequence[Output]
) -> tuple[Linear, ...]:
    """Returns coordinates after the MLP, as far as nothing has drifted before."""
    coordinates = map(context.network.mlp.coordinate, columns)
    return tuple(output.after(old) for output, old in zip(outputs, coordinates, strict=True))


def _excess(
    context: Context, variable: str, after: Sequence[Linear], codes: Codes, local: Mapping[str, int]
) -> str:
    """Says which coordinate may be where it should not be, in a local state."""
    fired = [
        rule.value
        for rule in context.finite.rules_by_variable[variable]
        if all(local.get(atom.variable) == atom.value for atom in rule.atoms)
    ]
    # By the premises at most one rule fires; where none does, the variable keeps its value.
    value = fired[0] if fired else local.get(variable)
    for index, linear in enumerate(after if value in codes else ()):
        reach, wanted = evaluate(linear, local), codes[value][index]  # type: ignore[index]
        if not reach.within(wanted):
            shown = context.task.abstraction.shown(variable, value)  # type: ignore[arg-type]
            return (
                f"coordinate {index} of {variable} may become {reach}, not within {wanted} as "
                f"{variable}={shown} asks"
            )
    return f"{variable} may get other coordinates than its value asks"
