"""SCAN: every command of the grammar with its actions, and the splits that a rule defines."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType

from alta.errors import AltaError, nearest

__all__ = ["SPLITS", "Pair", "scan_commands", "scan_split"]

Pair = tuple[str, str]
"""A command and its actions, words separated by spaces."""

Split = tuple[list[Pair], list[Pair]]

_LONGEST_IN_TRAINING = 22

_VERBS = {"walk": "WALK", "look": "LOOK", "run": "RUN", "jump": "JUMP"}
_TURNS = {"left": "LTURN", "right": "RTURN"}


def scan_commands() -> list[Pair]:
    """Generates the 20,910 commands of SCAN, each with its actions.

    A command is a phrase, or two that ``and`` or ``after`` joins. A phrase is a motion, once, twice
    or thrice. A motion is a verb, by itself or with a turning (``left``, ``opposite left``,
    ``around left``, and the same to the right), or it is ``turn`` with a turning.

    Returns:
        Distinct pairs (command, actions), always in the same order: the 102 phrases first. The
        actions are named WALK, LOOK, RUN, JUMP, LTURN and RTURN; the published files say I_WALK,
        …, I_TURN_LEFT and I_TURN_RIGHT.

    Source: Lake and Baroni (2018), "Generalization without systematicity: On the compositional
    skills of sequence-to-sequence recurrent networks".
    """
    # The tuple is kept, and every caller gets a list that may be changed.
    return list(_commands())


@cache
def _commands() -> tuple[Pair, ...]:
    # Commands and actions follow the grammar together, so no command is ever parsed here.
    phrases = [
        (command + suffix, actions * times)
        for command, actions in _motions()
        for suffix, times in (("", 1), (" twice", 2), (" thrice", 3))
    ]
    pairs = list(phrases)
    for first, do_first in phrases:
        for second, do_second in phrases:
            pairs.append((f"{first} and {second}", do_first + do_second))
            # The second phrase of `after` is done first.
            pairs.append((f"{first} after {second}", do_second + do_first))
    return tuple((command, " ".join(actions)) for command, actions in pairs)


def _motions() -> list[tuple[str, tuple[str, ...]]]:
    verbs: list[tuple[str, tuple[str, ...]]] = [(verb, (act,)) for verb, act in _VERBS.items()]
    motions = [*verbs]
    # `turn` is a verb without an action of its own, and never stands without a turning.
    for verb, act in [*verbs, ("turn", ())]:
        for side, turn in _TURNS.items():
            motions += [
                (f"{verb} {side}", (turn, *act)),
                (f"{verb} opposite {side}", (turn, turn, *act)),
                (f"{verb} around {side}", (turn, *act) * 4),
            ]
    return motions


# --- splits -------------------------------------------------------------------------------------


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


def _length(pairs: list[Pair]) -> Split:
    # By the actions, not the words: short commands may ask for many actions.
    return _divided(pairs, lambda pair: len(pair[1].split()) > _LONGEST_IN_TRAINING)


def _added(primitive: str, pairs: list[Pair]) -> Split:
    training, test = _divided(pairs, lambda pair: _has(pair[0], primitive))
    [alone] = [pair for pair in test if pair[0] == primitive]
    test.remove(alone)
    # One in ten: a ninth of the others.
    return training + [alone] * (len(training) // 9), test


def _template(verbs: Iterable[str], turning: str, pairs: list[Pair]) -> Split:
    used = [pair for pair in pairs if not _has(pair[0], f"turn {turning}")]
    return _divided(used, lambda pair: any(_has(pair[0], f"{verb} {turning}") for verb in verbs))


def _divided(pairs: list[Pair], is_test: Callable[[Pair], bool]) -> Split:
    training: list[Pair] = []
    test: list[Pair] = []
    for pair in pairs:
        (test if is_test(pair) else training).append(pair)
    return training, test


def _has(command: str, words: str) -> bool:
    # Framed by spaces, words are found as wholes.
    return f" {words} " in f" {command} "


SPLITS: Mapping[str, Callable[[list[Pair], int], Split]] = MappingProxyType(
    {
        "simple": _simple,
        "length": lambda pairs, _: _length(pairs),
        "addprim_jump": lambda pairs, _: _added("jump", pairs),
        "addprim_turn_left": lambda pairs, _: _added("turn left", pairs),
        "template_jump_around_right": lambda pairs, _: _template(["jump"], "around right", pairs),
        "template_right": lambda pairs, _: _template(_VERBS, "right", pairs),
        "template_opposite_right": lambda pairs, _: _template(_VERBS, "opposite right", pairs),
        "template_around_right": lambda pairs, _: _template(_VERBS, "around right", pairs),
    }
)
"""The splits by name."""
