"""Learning: if an algorithm can be written down, will training find it?

The traces of a program say what its MLP takes in and puts out at every layer and position; they are
much finer supervision than inputs with outputs. They also say which of the program's rules a
training set shows at all, which bounds what can be learned from it.

Source: Shaw et al. (2025), "ALTA: Compiler-Based Analysis of Transformers", section 5.
"""

from __future__ import annotations

from alta.learn.coverage import Coverage, Need, coverage
from alta.learn.evaluation import Evaluation, Outcome, evaluate
from alta.learn.extraction import traces
from alta.learn.minimal import MinimalRules, minimal_program, minimal_rules
from alta.learn.parquet import read_traces, stream_traces, write_traces
from alta.learn.theory import Unneeded, unneeded
from alta.learn.traces import Traces, Transition

__all__ = [
    "Coverage",
    "Evaluation",
    "MinimalRules",
    "Need",
    "Outcome",
    "Traces",
    "Transition",
    "Unneeded",
    "coverage",
    "evaluate",
    "minimal_program",
    "minimal_rules",
    "read_traces",
    "stream_traces",
    "traces",
    "unneeded",
    "write_traces",
]
