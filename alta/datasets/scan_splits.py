"""The splits of SCAN that a rule defines."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import MappingProxyType

from alta.datasets.scan import Pair, scan_commands
from alta.errors import AltaError, nearest

__all__ = ["SPLITS", "scan_split"]

Split = tuple[list[Pair], list[Pair]]

_LONGEST_IN_TRAINING = 22
_VERBS = ("walk", "look", "run", "jump")


def scan_split(name: str, seed: int = 0) -> Split:
    """Divides SCAN into a training and a test set.

    - ``simple``: a random 80 % to train, 20 % to test (16,728 / 4,182). The published split is one
      such draw; this one is drawn from `seed`, and each set is in the order of `scan_commands`.
    - ``length``: commands with at most 22 actions to train, the longer ones to test
      (16,990 / 3,920).
    - ``addprim_jump``: everything without ``jump`` to train, and the command ``jump`` by itself;
      all other commands with ``jump`` to test (14,670 / 7,706).
    - ``addprim_turn_left``: the same with ``turn left`` (21,890 / 1,208).
    - ``template_jump_around_right``: commands with ``jump around right`` to test, the others to
      train (18,528 / 1,173).
    - ``template_right``, ``template_opposite_right``, ``template_around_right``: commands with a
      verb (walk, look, run, jump) directly before ``right``, ``opposite right`` or ``around right``
      to test, the others to train (15,225 / 4,476 each).

    As published, the ``addprim`` training sets hold the command by itself so often that it is a
    tenth of the set; the copies come last. As published, commands in which ``turn`` stands in the
    place of the verb (``turn around right``, and so on) are in neither set of a template split.

    Args:
        name: of the split.
        seed: of the random draw; only ``simple`` draws.

    Returns:
        Training and test set, pairs as in `alta.datasets.scan_commands`.

    Raises:
        AltaError: when there is no such split.

    Source: Lake and Baroni (2018) for the first four; Loula, Baroni and Lake (2018), "Rearranging
    the familiar: Testing compositional generalization in recurrent networks", for the templates.
    The published files are at https://github.com/brendenlake/SCAN.
    """
    if name not in SPLITS:
        raise AltaError(f"no split {name!r} of SCAN; {nearest(name, SPLITS)}")
    return SPLITS[name](scan_commands(), seed)


def _simple(pairs: list[Pair], seed: int) -> Split:
    # Pairs are distinct, so a set of them is a sample without repetition.
    training = set(random.Random(seed).sample(pairs, len(pairs) * 8 // 10))
    return _divided(pairs, lambda pair: pair not in training)


def _length(pairs: list[Pair], seed: int) -> Split:
    del seed
    # By the actions, not the words: short commands may ask for many actions.
    return _divided(pairs, lambda pair: len(pair[1].split()) > _LONGEST_IN_TRAINING)


def _added(primitive: str) -> Callable[[list[Pair], int], Split]:
    def split(pairs: list[Pair], seed: int) -> Split:
        del seed
        training, test = _divided(pairs, lambda pair: _has(pair[0], primitive))
        [alone] = [pair for pair in test if pair[0] == primitive]
        test.remove(alone)
        # One in ten: a ninth of the others.
        return training + [alone] * (len(training) // 9), test

    return split


def _template(verbs: tuple[str, ...], turning: str) -> Callable[[list[Pair], int], Split]:
    def split(pairs: list[Pair], seed: int) -> Split:
        del seed
        used = [pair for pair in pairs if not _has(pair[0], f"turn {turning}")]
        return _divided(
            used, lambda pair: any(_has(pair[0], f"{verb} {turning}") for verb in verbs)
        )

    return split


def _divided(pairs: list[Pair], is_test: Callable[[Pair], bool]) -> Split:
    training: list[Pair] = []
    test: list[Pair] = []
    for pair in pairs:
        (test if is_test(pair) else training).append(pair)
    return training, test


def _has(command: str, words: str) -> bool:
    # Framed by spaces, words are found as wholes.
    return f" {words} " in f" {command} "


SPLITS = MappingProxyType(
    {
        "simple": _simple,
        "length": _length,
        "addprim_jump": _added("jump"),
        "addprim_turn_left": _added("turn left"),
        "template_jump_around_right": _template(("jump",), "around right"),
        "template_right": _template(_VERBS, "right"),
        "template_opposite_right": _template(_VERBS, "opposite right"),
        "template_around_right": _template(_VERBS, "around right"),
    }
)
"""The splits by name."""
