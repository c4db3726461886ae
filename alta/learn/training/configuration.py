"""Configurations: how a block is trained from traces, those of the paper's Table 1 by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal, final, get_args

from alta.errors import AltaError, nearest

__all__ = ["CONFIGURATIONS", "Configuration", "configuration"]

Optimizer = Literal["adam", "adafactor"]
Activation = Literal["relu", "gelu", "tanh", "sigmoid"]
Filling = Literal["noise", "zeros"]
Sampling = Literal["counts", "distinct"]

_CHOICES: Final = {
    "optimizer": get_args(Optimizer),
    "activation": get_args(Activation),
    "undefined": get_args(Filling),
    "sampling": get_args(Sampling),
}


@final
@dataclass(frozen=True)
class Configuration:
    """Says how a block is trained.

    Attributes:
        name: for people.
        hidden: the widths of the hidden layers.
        batch: transitions in a step.
        steps: how many steps there are.
        learning_rate: the greatest one, after the warm-up.
        optimizer: of optax.
        activation: between the layers.
        noise: standard deviation of the noise that is added to inputs.
        warmup: steps over which the learning rate rises from 0.
        decay: the learning rate falls exponentially, to this share of the greatest at the end.
        undefined: what stands for UNDEFINED head outputs; noise is drawn anew in every step.
        sampling: ``"counts"`` draws each transition as often as it came up, ``"distinct"`` all
            equally often.
        scaled: whether coordinates are divided by the square root of their greatest size, in what
            the block reads and in the loss. It matters where numbers are large.
        penalty: the weight of half the sum of squares of the matrices in the loss.
        radius: of boxes around transitions, out of which the loss bounds the block's way; 0 for
            none. See `alta.learn.training.steps`.
        reduced: whether it is smaller than in Table 1 of the ALTA paper, so that it is done in
            minutes on a CPU.
    """

    name: str
    hidden: tuple[int, ...]
    batch: int
    steps: int
    learning_rate: float
    optimizer: Optimizer
    activation: Activation = "relu"
    noise: float = 0.1
    warmup: int = 100
    decay: float = 0.01
    undefined: Filling = "noise"
    sampling: Sampling = "counts"
    scaled: bool = False
    penalty: float = 0.0
    radius: float = 0.0
    reduced: bool = False

    def __post_init__(self) -> None:
        """Checks the numbers and names."""
        for name in ("batch", "steps", "learning_rate"):
            # With `not`, since every comparison with NaN is false.
            if not (number := getattr(self, name)) > 0:
                raise AltaError(f"configuration: expected {name} above 0, got {number!r}")
        for name in ("noise", "penalty", "radius", "warmup"):
            if not (number := getattr(self, name)) >= 0:
                raise AltaError(f"configuration: expected {name} of at least 0, got {number!r}")
        if not 0 < self.decay <= 1:
            raise AltaError(f"configuration: expected decay in (0, 1], got {self.decay!r}")
        # The bounds of boxes know ReLU alone.
        if self.radius and self.activation != "relu":
            raise AltaError(
                f"configuration: a radius is for blocks with relu, got {self.activation!r}"
            )
        for name, choices in _CHOICES.items():
            if (value := getattr(self, name)) not in choices:
                raise AltaError(f"configuration: {name}: no {value!r}; {nearest(value, choices)}")

    def __str__(self) -> str:
        widths = " × ".join(map(str, self.hidden)) or "no hidden layer"
        reduced = " (reduced: smaller than in the paper's Table 1)" if self.reduced else ""
        return (
            f"{self.name}{reduced}: hidden {widths}, {self.activation}, batch {self.batch}, "
            f"{self.steps} steps of {self.optimizer} at {self.learning_rate:g}, "
            f"noise {self.noise:g}"
        )


# The hidden layers of the larger blocks in Table 1 of the ALTA paper.
_WIDE: Final = (4096,) * 4

_reduced: Final = partial(Configuration, reduced=True)
# Sums are large, and the largest of them rare.
_LARGE_AND_RARE: Final[Any] = {"sampling": "distinct", "scaled": True}

CONFIGURATIONS: Final = {
    config.name: config
    for config in (
        Configuration("sequential_relative", (128, 128), 256, 50_000, 1e-2, "adafactor"),
        Configuration("sequential_absolute", _WIDE, 256, 50_000, 1e-4, "adam"),
        Configuration("sum_modulo", _WIDE, 256, 400_000, 1e-4, "adam"),
        _reduced("sequential_relative_cpu", (128, 128), 256, 6_000, 1e-2, "adafactor"),
        _reduced("sequential_absolute_cpu", (256, 256), 256, 15_000, 1e-3, "adam"),
        _reduced("sum_modulo_cpu", (256, 256), 256, 40_000, 3e-3, "adam", **_LARGE_AND_RARE),
    )
}
"""The configurations by name: those of Table 1 of the ALTA paper, and smaller ones for a CPU."""


def configuration(name: str, **changes: Any) -> Configuration:
    """Returns a configuration by name.

    Args:
        name: one of `CONFIGURATIONS`.
        changes: attributes to change.

    Raises:
        AltaError: when there is no such configuration or attribute, or a number is wrong.
    """
    if name not in CONFIGURATIONS:
        raise AltaError(f"no configuration {name!r}; {nearest(name, CONFIGURATIONS)}")
    fields = Configuration.__dataclass_fields__
    for change in changes:
        if change not in fields:
            raise AltaError(f"a configuration has no {change!r}; {nearest(change, fields)}")
    return replace(CONFIGURATIONS[name], **changes)
