"""Hypothesis strategies: programs, their inputs, and models a few weights away from a given one.

    from hypothesis import given
    from alta_verify.strategies import inputs_of, mutations, programs

    @given(programs(total=True))
    def test_my_tool_takes_every_program(program): ...

What they draw is small, so that everything about it can be found out by running it, and shrinks to
a handful of variables and rules. `alta.program_text` shows a program that failed.
"""

from alta_verify.strategies.mutation import Mutation, mutations, weights_near
from alta_verify.strategies.program import inputs_of, programs

__all__ = ["Mutation", "inputs_of", "mutations", "programs", "weights_near"]
