"""Learning: extraction of traces beside the plain interpreter, training beside a bare loop.

Interpreter and extraction have one thread, so that processor time compares them whatever else the
machine does. Steps of training and of a bare loop take turns, and are compared by both times.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

import alta
from alta.datasets import parity
from alta.learn import Traces, configuration
from alta.learn.tracing.extraction import traces
from alta.learn.tracing.vectors import vectors
from alta.learn.training.data import tokens_of
from alta.learn.training.steps import advance, first_state, placed
from alta.nn.block import DenseBlock
from tests.benchmarks.cases import Case, prepared

__all__ = ["Extraction", "Training", "extractions", "trainings"]

_CASES = (
    (Case("", "parity, 200 tokens", "parity", 200, 1024, ""), 2),
    (Case("", "addition, 10 digits", "addition", 10, 16384, ""), 200),
    (Case("", "scan, all commands", "scan", 0, 0, ""), 10),
)


@dataclass(frozen=True)
class Extraction:
    """What was measured; all in one process.

    Attributes:
        name: what ran.
        inputs: how many inputs.
        transitions: positions times layers, summed over all inputs.
        distinct: how many of them are different.
        seconds: of processor time to extract them, merge and count them, the median.
        spread: the greatest less the least.
        per_second: transitions per second.
        plain: transitions per second of `alta.run`, on some of the inputs, the best of three.
    """

    name: str
    inputs: int
    transitions: int
    distinct: int
    seconds: float
    spread: float
    per_second: float
    plain: float


def extractions(repeat: int) -> list[Extraction]:
    """Measures extraction for some programs."""
    return [_extraction(case, some, repeat) for case, some in _CASES]


def _extraction(case: Case, some: int, repeat: int) -> Extraction:
    program, inputs = prepared(case)
    plain = max(_plain(program, inputs[:: max(1, len(inputs) // some)]) for _ in range(3))
    times: list[float] = []
    found: Traces | None = None
    for _ in range(repeat):
        start = time.process_time()
        found = traces(program, inputs)
        times.append(time.process_time() - start)
    if found is None:
        raise SystemExit("expected at least one repetition")
    seconds = statistics.median(times)
    return Extraction(
        name=case.name,
        inputs=len(inputs),
        transitions=found.total,
        distinct=len(found),
        seconds=seconds,
        spread=max(times) - min(times),
        per_second=found.total / seconds,
        plain=plain,
    )


def _plain(program: alta.Program, inputs: Sequence[tuple[int, ...]]) -> float:
    start = time.process_time()
    runs = [alta.run(program, tokens) for tokens in inputs]
    seconds = time.process_time() - start
    return sum(run.n_layers * len(run.tokens) for run in runs) / seconds


@dataclass(frozen=True)
class Training:
    """What was measured; all in one process.

    Attributes:
        name: the configuration.
        width: of the residual stream.
        hidden: the widths of the hidden layers.
        per_second: steps of training per second, the median.
        bare: steps per second of a loop of the same products of matrices on one resident batch.
        share: the median of the quotients of neighbouring measurements.
        cpu_share: the same by processor time.
    """

    name: str
    width: int
    hidden: str
    per_second: float
    bare: float
    share: float
    cpu_share: float


_TRAINED: dict[str, Callable[[], alta.Program]] = {
    "sequential_relative_cpu": alta.programs.parity_sequential_relative,
    "sequential_absolute_cpu": partial(alta.programs.parity_sequential_absolute, max_length=41),
    "sum_modulo_cpu": partial(alta.programs.parity_sum_mod_2_intermediate, max_length=41),
}

_STEPS = 500


def trainings(repeat: int) -> list[Training]:
    """Measures training by the configurations for a CPU."""
    return [_training(name, build(), repeat) for name, build in _TRAINED.items()]


def _training(name: str, program: alta.Program, repeat: int) -> Training:
    config = configuration(name)
    texts = [text for text, _ in parity(20, 50, 0)]
    made = vectors(traces(program, tokens_of(program, texts)))
    data = placed(made, config)
    state = first_state(config, made.inputs.shape[1], 0)
    block = first_state(config, made.inputs.shape[1], 0).block
    rows = jnp.arange(config.batch) % len(made.counts)
    inputs, outputs = (jnp.asarray(side)[rows].T for side in (made.inputs, made.outputs))
    pairs: list[tuple[Times, Times]] = []
    for _ in range(2 * repeat + 1):
        (state, _), own = _timed(lambda: advance(config, state, data, _STEPS, 0))  # noqa: B023
        block, bare = _timed(lambda: _bare(block, inputs, outputs))  # noqa: B023
        pairs.append((own, bare))
    del pairs[0]  # It compiles.
    return Training(
        name=name,
        width=made.inputs.shape[1],
        hidden=" x ".join(map(str, config.hidden)),
        per_second=_STEPS / statistics.median(own.wall for own, _ in pairs),
        bare=_STEPS / statistics.median(bare.wall for _, bare in pairs),
        share=statistics.median(bare.wall / own.wall for own, bare in pairs),
        cpu_share=statistics.median(bare.cpu / own.cpu for own, bare in pairs),
    )


class Times(NamedTuple):
    """The seconds that something took, and those of processor time."""

    wall: float
    cpu: float


def _timed(call: Callable[[], Any]) -> tuple[Any, Times]:
    wall, processor = time.perf_counter(), time.process_time()
    found = jax.block_until_ready(call())
    return found, Times(time.perf_counter() - wall, time.process_time() - processor)


@partial(jax.jit, donate_argnums=0)
def _bare(block: DenseBlock, inputs: Any, outputs: Any) -> DenseBlock:
    """Takes steps down the slope of the squared error on one batch: the least that trains."""

    def error(block: DenseBlock) -> Any:
        return jnp.mean(jnp.square(inputs + block.added(inputs, "float32") - outputs))

    def step(block: DenseBlock, _: None) -> tuple[DenseBlock, None]:
        slope = jax.grad(error)(block)
        return jax.tree.map(lambda a, b: a - 1e-4 * b, block, slope), None

    return lax.scan(step, block, None, length=_STEPS)[0]
