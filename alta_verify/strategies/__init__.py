"""Hypothesis strategies: programs, their inputs, models near a given one, and altered programs.

    from hypothesis import given
    from alta_verify.strategies import inputs_of, mutations, programs

    @given(programs(total=True))
    def test_my_tool_takes_every_program(program): ...

What they draw is small, so that everything about it can be found out by running it, and shrinks to
a handful of variables and rules. `alta.program_text` shows a program that failed.
"""

from alta_verify.strategies.altered import PARTS, ProgramMutation, program_mutations
from alta_verify.strategies.nearby import EXACT_WAYS, WAYS, Mutation, mutations, weights_near
from alta_verify.strategies.program import KINDS, inputs_of, programs

__all__ = [
    "EXACT_WAYS",
    "KINDS",
    "PARTS",
    "WAYS",
    "Mutation",
    "ProgramMutation",
    "inputs_of",
    "mutations",
    "program_mutations",
    "programs",
    "weights_near",
]
