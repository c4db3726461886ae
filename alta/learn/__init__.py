"""Learning: if an algorithm can be written down, will training find it?

The traces of a program say what its MLP takes in and puts out at every layer and position; they are
much finer supervision than inputs with outputs. They also say which of the program's rules a
training set shows at all, which bounds what can be learned from it.

Source: Shaw et al. (2025), "ALTA: Compiler-Based Analysis of Transformers", section 5.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from alta.learn.evaluation import Evaluation, Outcome, evaluate, plot
from alta.learn.minimal.coverage import Coverage, Need, coverage
from alta.learn.minimal.minimal import (
    MinimalRules,
    Unneeded,
    minimal_program,
    minimal_rules,
    unneeded,
)
from alta.learn.tracing.extraction import traces
from alta.learn.tracing.parquet import read_traces, stream_traces, write_traces
from alta.learn.tracing.traces import Traces, Transition
from alta.learn.tracing.vectors import Vectors, vectors
from alta.learn.training.configuration import CONFIGURATIONS, Configuration, configuration

if TYPE_CHECKING:
    from alta.learn.minimal.penalty import Shrunk, shrink
    from alta.learn.training.baseline import Baseline, train_baseline
    from alta.learn.training.checkpoint import load_block
    from alta.learn.training.training import Trained, train

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
    "Baseline": "training.baseline",
    "Shrunk": "minimal.penalty",
    "Trained": "training.training",
    "load_block": "training.checkpoint",
    "shrink": "minimal.penalty",
    "train": "training.training",
    "train_baseline": "training.baseline",
}


def __getattr__(name: str) -> Any:
    if name not in _TRAINING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_TRAINING[name]}"), name)
