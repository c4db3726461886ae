"""Learning: if an algorithm can be written down, will training find it?

The traces of a program say what its MLP takes in and puts out at every layer and position; they are
much finer supervision than inputs with outputs. They also say which of the program's rules a
training set shows at all, which bounds what can be learned from it.

Source: Shaw et al. (2025), "ALTA: Compiler-Based Analysis of Transformers", section 5.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from alta.learn.configuration import CONFIGURATIONS, Configuration, configuration
from alta.learn.coverage import Coverage, Need, coverage
from alta.learn.evaluation import Evaluation, Outcome, evaluate
from alta.learn.extraction import traces
from alta.learn.minimal import MinimalRules, minimal_program, minimal_rules
from alta.learn.parquet import read_traces, stream_traces, write_traces
from alta.learn.plots import plot
from alta.learn.theory import Unneeded, unneeded
from alta.learn.traces import Traces, Transition
from alta.learn.vectors import Vectors, vectors

if TYPE_CHECKING:
    from alta.learn.baseline import Baseline, train_baseline
    from alta.learn.checkpoint import load_block
    from alta.learn.penalty import Shrunk, shrink
    from alta.learn.training import Trained, train

__all__ = [
    "CONFIGURATIONS",
    "Baseline",
    "Configuration",
    "Coverage",
    "Evaluation",
    "MinimalRules",
    "Need",
    "Outcome",
    "Shrunk",
    "Traces",
    "Trained",
    "Transition",
    "Unneeded",
    "Vectors",
    "configuration",
    "coverage",
    "evaluate",
    "load_block",
    "minimal_program",
    "minimal_rules",
    "plot",
    "read_traces",
    "shrink",
    "stream_traces",
    "traces",
    "train",
    "train_baseline",
    "unneeded",
    "vectors",
    "write_traces",
]

# What trains imports JAX, which nothing else here needs, worker processes least of all.
_TRAINING = {
    "Baseline": "baseline",
    "Shrunk": "penalty",
    "Trained": "training",
    "load_block": "checkpoint",
    "shrink": "penalty",
    "train": "training",
    "train_baseline": "baseline",
}


def __getattr__(name: str) -> Any:
    if name not in _TRAINING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_TRAINING[name]}"), name)
