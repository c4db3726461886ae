"""Hints: edits of evidence, of bounds and of the model's manifest, and hints that are sought.

The last is what a forger would do: put in weights that are wrong, let the checker itself say in
which local states they are, and claim of those that they occur in no run, with slices that might
make the checker believe it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, Final

from alta_verify.check.program import bits_of
from alta_verify.check.refused import Refused
from tests.campaigns.draft import Draft
from tests.campaigns.edits import EDITS, Edit, lines_of, replaced

__all__ = ["ALL_EDITS", "twice"]

# --- value sets -----------------------------------------------------------------------------------


def _in_place(edit: Callable[[Draft, Random], bool]) -> Edit:
    """An edit that says whether there was anything to edit; without rows there is not."""

    def edited(draft: Draft, rng: Random) -> Draft | None:
        return draft if draft.evidence["value_sets"] and edit(draft, rng) else None

    return edited


def value_sets_less(draft: Draft, rng: Random) -> bool:
    rows = draft.evidence["value_sets"]
    row = rng.choice(rows)
    name = rng.choice(list(row))
    if not row[name]:
        return False
    row[name].pop(rng.randrange(len(row[name])))
    return True


def value_sets_emptied(draft: Draft, rng: Random) -> bool:
    rows = draft.evidence["value_sets"]
    some = rng.choice([rows, [rng.choice(rows)]])
    names = rng.choice([list(rows[0]), [rng.choice(list(rows[0]))]])
    for row in some:
        row.update({name: [] for name in names if name in row})
    return True


def value_sets_more(draft: Draft, rng: Random) -> bool:
    row = rng.choice(draft.evidence["value_sets"])
    name = rng.choice(list(row))
    row[name] = sorted({*row[name], rng.choice([-1, 0, 1, 2])})
    return True


def value_sets_reshaped(draft: Draft, rng: Random) -> bool:
    rows = draft.evidence["value_sets"]
    row = rng.choice(rows)
    edits: list[Callable[[], Any]] = [
        rows.pop,
        rows.clear,
        rows.reverse,
        lambda: rows.append(rows[0]),
        lambda: row.pop(next(iter(row))),
        lambda: row.update(more=[0]),
        lambda: rows.insert(0, {name: [] for name in row}),
    ]
    rng.choice(edits)()
    return True


# --- slices and excluded states -------------------------------------------------------------------


def _some_hint(draft: Draft, rng: Random) -> dict[str, Any]:
    """A slice that may be one: nothing, the halt variable, a few names, or all of them."""
    names = list(draft.evidence["value_sets"][0]) if draft.evidence["value_sets"] else []
    heads = [line.split(" ")[1] for line in lines_of(draft, "head")]
    halting = [line.removeprefix("halt ").split("=")[0] for line in lines_of(draft, "halt")]
    halt = [name for name in halting if name in names]
    some = rng.sample(names, rng.randint(0, len(names)))
    return {
        "names": sorted({*rng.choice([[], halt, [*halt, *some], names])}),
        "defined": sorted(rng.choice([[], [], heads, heads[:1]])),
        "by": rng.choice(["words", "words", "censuses", "censuses", "tokens"]),
    }


def slice_changed(draft: Draft, rng: Random) -> bool:
    runs = draft.evidence["runs"]
    if not runs:
        runs.append(_some_hint(draft, rng))
        return True
    run = rng.choice(runs)
    edits: list[Callable[[], Any]] = [
        lambda: run.update(names=run["names"][1:]),
        lambda: run.update(names=[]),
        lambda: run.update(names=[], defined=[]),
        lambda: run.update(defined=[]),
        lambda: run.update(names=[], defined=sorted({*run["names"], *run["defined"]})),
        lambda: run.update(by="censuses" if run["by"] == "words" else "words"),
        lambda: run.update(_some_hint(draft, rng)),
        lambda: runs.remove(run),
        lambda: runs.append(_some_hint(draft, rng)),
        lambda: runs.insert(0, _some_hint(draft, rng)),
    ]
    rng.choice(edits)()
    return True


def states_excluded(draft: Draft, rng: Random) -> bool:
    """Claims of more states that they do not occur, or of fewer."""
    excluded = draft.evidence["excluded"]
    rows = draft.evidence["value_sets"]
    names = list(rows[0])
    variables = [line.split(" ")[1] for line in lines_of(draft, "variable")]
    if excluded and rng.random() < 0.6:
        one = rng.choice(excluded)
        state = rng.choice(one["states"] or [{}])
        edits: list[Callable[[], Any]] = [
            state.clear,
            lambda: one["states"].append({}),
            lambda: excluded.remove(one),
            lambda: state.pop(next(iter(state), ""), None),
            lambda: excluded.append({**one}),
        ]
        rng.choice(edits)()
        return True
    some = rng.sample(names, min(len(names), rng.choice([0, 0, 1, 2])))
    state = {name: rng.choice(rows[0][name] or [0]) for name in some}
    excluded.append({"variable": rng.choice(variables), "states": [state]})
    if rng.random() < 0.5:
        draft.evidence["runs"].append(_some_hint(draft, rng))
    return True


def hints_sought(draft: Draft, rng: Random) -> Draft | None:
    """Puts in weights that are wrong, and hints that may hide where."""
    kinds = [
        "array zeroed",
        "weight changed",
        "row or column zeroed",
        "rule changed",
        "weight filled",
    ]
    edited = EDITS[rng.choice(kinds)](draft, rng)
    if edited is None:
        return None
    evidence = {**edited.evidence, "excluded": []}
    found: dict[str, list[dict[str, int]]] = {}
    weights = edited.weights
    try:
        theorem = edited.theorem(weights, {**evidence, "runs": []})
        for name in theorem.obligations:
            for question in theorem.questions(name):
                states = _failing(question, rng)
                if states:
                    found.setdefault(name.partition("[")[2].removesuffix("]"), []).extend(states)
    except (Refused, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        return None
    excluded = [{"variable": name, "states": states} for name, states in found.items()]
    runs = [*rng.choice([[], evidence["runs"]]), _some_hint(edited, rng)]
    return replace(edited, evidence={**evidence, "runs": runs, "excluded": excluded})


def _failing(question: Any, rng: Random) -> list[dict[str, int]]:
    """States in which the answer to a question is wrong, or as little of each as may do."""
    found: list[dict[str, int]] = []
    broad = rng.random() < 0.5
    while len(found) < 8 and (state := question.decide()) is not None:
        some = {} if broad else dict(rng.sample(sorted(state.items()), rng.randint(0, len(state))))
        found.append(some)
        pattern = {name: bits_of([index]) for name, index in some.items()}
        question = replace(question, absent=(*question.absent, pattern))
    return found


# --- bounds, language, manifest of the model ------------------------------------------------------


def bounds_changed(draft: Draft, rng: Random) -> Draft | None:
    lengths = [draft.max_len + 1, draft.max_len - 1, 1, 0, draft.max_len + 3]
    layers = [None, 0, 1, 2, 3, 7]
    if rng.random() < 0.5:
        return replace(draft, max_len=rng.choice(lengths))
    other = [one for one in layers if one != draft.max_layers]
    return replace(draft, max_layers=rng.choice(other))


def language_changed(draft: Draft, rng: Random) -> Draft | None:
    (old,) = lines_of(draft, "inputs") or [""]
    vocab = json.loads((lines_of(draft, "vocab") or ["vocab []"])[0].removeprefix("vocab "))
    if not old or len(vocab) < 2:
        return None
    first, last = (f"\\{name}" if name in "+-" else name for name in (vocab[0], vocab[-1]))
    patterns = [
        f"{first}*",
        f"{first} .*",
        f".* {last}",
        "",
        ".",
        ".{2}",
        "[]",
        f"({first}|{last})*",
    ]
    described = [f"regex {json.dumps(one)}" for one in patterns]
    described += [
        "anything",
        "sequences []",
        "sequences [[0]]",
        "sequences [[0,1],[1]]",
        "free text",
    ]
    described += ['distinct ".*"', 'lengths {"0":null,"1":".","2":". .","3":null}']
    edited = replaced(draft, rng, old, f"inputs {rng.choice(described)}")
    rows = draft.evidence["value_sets"]
    if edited is not None and len(rows) > 1 and rng.random() < 0.3:
        # Shorter inputs need fewer rows.
        edited = replace(edited, max_len=len(rows) - 1)
        rows.pop()
    return edited


def manifest_changed(draft: Draft, rng: Random) -> bool:
    model = draft.model
    columns = model["layout"]["columns"]
    first, second = (rng.choice(list(columns)) for _ in range(2))
    edits: list[Callable[[], Any]] = [
        lambda: columns.update({first: columns[second], second: columns[first]}),
        columns[first].reverse,
        lambda: columns.update({first: columns[second]}),
        lambda: columns.update({first: columns[first][:-1]}),
        lambda: columns.pop(first),
        lambda: model["layout"].update(width=model["layout"]["width"] + rng.choice([1, -1])),
        lambda: model.update(dtype=rng.choice(["float64", "float32", "bfloat16", "float16"])),
        lambda: model.update(max_len=rng.choice([None, 1, draft.max_len])),
        lambda: model.update(vocab=model["vocab"][::-1]),
        lambda: model.update(program=[*model["program"][:-1], "inputs anything"]),
        lambda: model.update(program=[_turned(line) for line in model["program"]]),
        lambda: model["sparse"].update({"mlp.expand_in": [1, 1]}),
        model["sparse"].clear,
    ]
    rng.choice(edits)()
    return True


def _turned(line: str) -> str:
    """The line of a vocabulary, the other way round."""
    if not line.startswith("vocab "):
        return line
    names = json.loads(line.removeprefix("vocab "))
    return f"vocab {json.dumps(names[::-1], separators=(',', ':'))}"


def model_runs_as(draft: Draft, rng: Random) -> bool:
    """Changes a line of the model's program alone."""
    edits = [
        EDITS[kind] for kind in ("output, halt, layers", "mask changed", "declaration changed")
    ]
    edited = rng.choice(edits)(draft, rng)
    if edited is None:
        return False
    draft.model["program"] = edited.text.splitlines()
    return True


ALL_EDITS: Final[dict[str, Edit]] = {
    **EDITS,
    "value sets: a value less": _in_place(value_sets_less),
    "value sets: emptied": _in_place(value_sets_emptied),
    "value sets: a value more": _in_place(value_sets_more),
    "value sets: other rows": _in_place(value_sets_reshaped),
    "slices changed": _in_place(slice_changed),
    "states excluded": _in_place(states_excluded),
    "hints sought": hints_sought,
    "bounds changed": bounds_changed,
    "language changed": language_changed,
    "manifest of the model": _in_place(manifest_changed),
    "model runs as another": _in_place(model_runs_as),
}
"""All edits, by kind."""


def twice(draft: Draft, rng: Random) -> Draft | None:
    """Two edits, one after the other."""
    for kind in rng.sample(sorted(ALL_EDITS), 2):
        edited = ALL_EDITS[kind](draft, rng)
        if edited is None:
            return None
        draft = edited
    return draft
