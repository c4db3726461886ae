"""Learning with proofs: how far a trained block is proved, and training until it is."""

from __future__ import annotations

from alta_verify.learning.rounds import (
    Round,
    TrainingOutcome,
    fine_tuning,
    longest_proved,
    train_until_proved,
)

__all__ = ["Round", "TrainingOutcome", "fine_tuning", "longest_proved", "train_until_proved"]
