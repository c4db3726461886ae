"""SCAN: every command of the grammar with its actions."""

from __future__ import annotations

from functools import cache

__all__ = ["Pair", "scan_commands"]

Pair = tuple[str, str]
"""A command and its actions, words separated by spaces."""

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
    motions: list[tuple[str, tuple[str, ...]]] = []
    verbs: list[tuple[str, tuple[str, ...]]] = [(verb, (act,)) for verb, act in _VERBS.items()]
    for verb, act in verbs:
        motions.append((verb, act))
    # `turn` is a verb without an action of its own, and never stands without a turning.
    for verb, act in [*verbs, ("turn", ())]:
        for side, turn in _TURNS.items():
            motions += [
                (f"{verb} {side}", (turn, *act)),
                (f"{verb} opposite {side}", (turn, turn, *act)),
                (f"{verb} around {side}", (turn, *act) * 4),
            ]
    return motions
