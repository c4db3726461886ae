"""Edits: what somebody might change in a certificate, kind by kind.

An edit takes a draft of its own, changes it, and says whether it did. Nothing is sealed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, Final

import numpy as np

from tests.campaigns.draft import Draft

__all__ = ["EDITS", "Edit", "lines_of", "replaced"]

Edit = Callable[[Draft, Random], "Draft | None"]
"""Returns the edited draft, or None where there is nothing of the kind to edit."""


# --- weights --------------------------------------------------------------------------------------


def _array(draft: Draft, rng: Random) -> np.ndarray | None:
    """An array of weights that is not empty; those of the MLP come up more often."""
    names = [n for n, one in draft.arrays.items() if one.size and draft.types[n] != "I32"]
    block = [name for name in names if name.startswith("mlp.")]
    chosen = rng.choice(block if block and rng.random() < 0.6 else names) if names else None
    return None if chosen is None else draft.arrays[chosen]


def _place(array: np.ndarray, rng: Random, *, filled: bool) -> tuple[int, ...] | None:
    places = np.argwhere((array != 0) == filled)
    return tuple(places[rng.randrange(len(places))]) if len(places) else None


def weight_changed(draft: Draft, rng: Random) -> Draft | None:
    array = _array(draft, rng)
    place = None if array is None else _place(array, rng, filled=True)
    if array is None or place is None:
        return None
    old = array[place]
    new = [0, -old, 2 * old, old / 2, old + 1, old - 0.5, old * (1 + 2.0**-8), old + 2.0**-20]
    array[place] = rng.choice([one for one in new if one != old])
    return draft


def weight_filled(draft: Draft, rng: Random) -> Draft | None:
    array = _array(draft, rng)
    place = None if array is None else _place(array, rng, filled=False)
    if array is None or place is None:
        return None
    array[place] = rng.choice([1, -1, 0.5, 2, -2, 2.0**-10, -(2.0**-10), 2.0**-30, 256])
    return draft


def array_zeroed(draft: Draft, rng: Random) -> Draft | None:
    array = _array(draft, rng)
    if array is None or not array.any():
        return None
    array[...] = 0
    return draft


def line_zeroed(draft: Draft, rng: Random) -> Draft | None:
    array = _array(draft, rng)
    if array is None or array.ndim != 2 or not array.any():
        return None
    axis = rng.randrange(2)
    filled = np.flatnonzero(array.any(axis=1 - axis))
    array[(slice(None),) * axis + (rng.choice(filled.tolist()),)] = 0
    return draft


def lines_exchanged(draft: Draft, rng: Random) -> Draft | None:
    array = _array(draft, rng)
    axis = 0 if array is None else rng.randrange(array.ndim)
    if array is None or array.shape[axis] < 2:
        return None
    first, second = rng.sample(range(array.shape[axis]), 2)
    before = (slice(None),) * axis
    kept = array[(*before, first)].copy()
    array[(*before, first)] = array[(*before, second)]
    array[(*before, second)] = kept
    return draft


def array_scaled(draft: Draft, rng: Random) -> Draft | None:
    array = _array(draft, rng)
    if array is None or not array.any():
        return None
    array *= rng.choice([2, 0.5, -1, 1 + 2.0**-7, 4, 2.0**-6])
    return draft


def place_moved(draft: Draft, rng: Random) -> Draft | None:
    """Moves an entry of a sparse matrix, perhaps out of it or onto another one."""
    names = [
        name for name, kind in draft.types.items() if kind == "I32" and draft.arrays[name].size
    ]
    if not names:
        return None
    array = draft.arrays[rng.choice(names)]
    array[rng.randrange(len(array))] = rng.choice(
        [0, 1, -1, int(array.max()), int(array.max()) + 1]
    )
    return draft


def _hidden(draft: Draft, rng: Random) -> tuple[tuple[str, int], ...] | None:
    """The arrays, with their axes, that a layer of hidden units has."""
    if any(
        name not in draft.arrays for name in ("mlp.expand_in", "mlp.expand_out", "mlp.lookup_in")
    ):
        return None
    return rng.choice(
        [
            (("mlp.expand_in", 1), ("mlp.expand_in_bias", 0), ("mlp.expand_out", 0)),
            (("mlp.expand_out", 1), ("mlp.expand_out_bias", 0), ("mlp.lookup_in", 0)),
            (("mlp.lookup_in", 1), ("mlp.lookup_in_bias", 0), ("mlp.lookup_out", 0)),
        ]
    )


def units_permuted(draft: Draft, rng: Random) -> Draft | None:
    """Makes no difference: hidden units come in another order."""
    layer = _hidden(draft, rng)
    if layer is None or any(name not in draft.arrays for name, _ in layer):
        return None
    (name, axis), *_ = layer
    order = rng.sample(range(draft.arrays[name].shape[axis]), draft.arrays[name].shape[axis])
    for name, axis in layer:
        draft.arrays[name] = np.take(draft.arrays[name], order, axis=axis)
    return draft


def unit_doubled(draft: Draft, rng: Random) -> Draft | None:
    """Makes no difference: a unit is there twice, and each has half of what it gives on."""
    layer = _hidden(draft, rng)
    if layer is None or any(name not in draft.arrays for name, _ in layer):
        return None
    _, (bias, _), (after, _) = layer
    if not draft.arrays[bias].size:
        return None
    unit = rng.randrange(draft.arrays[bias].size)
    draft.arrays[after][unit] /= 2
    for array, along in layer:
        own = np.take(draft.arrays[array], [unit], axis=along)
        draft.arrays[array] = np.concatenate([draft.arrays[array], own], axis=along)
    return draft


# --- the program ----------------------------------------------------------------------------------


def lines_of(draft: Draft, keyword: str) -> list[str]:
    return [line for line in draft.text.splitlines() if line.startswith(f"{keyword} ")]


def replaced(draft: Draft, rng: Random, old: str, new: str | None) -> Draft | None:
    """Replaces a line, or drops it: of the program, and every other time of the model's as well."""
    if new == old:
        return None
    lines = draft.text.splitlines()
    place = lines.index(old)
    lines[place : place + 1] = [] if new is None else [new]
    both = rng.random() < 0.5 and old in draft.model["program"]
    model = {**draft.model, "program": lines} if both else draft.model
    return replace(draft, text="\n".join(lines) + "\n", model=model)


def _some_line(draft: Draft, rng: Random, keyword: str) -> str | None:
    lines = lines_of(draft, keyword)
    return rng.choice(lines) if lines else None


def rule_dropped(draft: Draft, rng: Random) -> Draft | None:
    line = _some_line(draft, rng, "rule")
    return None if line is None else replaced(draft, rng, line, None)


def rule_doubled(draft: Draft, rng: Random) -> Draft | None:
    """Adds a rule like another one, with another value or another condition."""
    line = _some_line(draft, rng, "rule")
    if line is None:
        return None
    other = _number_changed(line, rng)
    return replaced(draft, rng, line, rng.choice([f"{line}\n{line}", f"{line}\n{other}"]))


def _number_changed(line: str, rng: Random) -> str:
    """The line with one of its numbers changed."""
    keyword, _, rest = line.partition(" ")
    numbers = list(re.finditer(r"-?\d+(\.\d+)?", rest))
    if not numbers:
        return line
    chosen = rng.choice(numbers)
    old = chosen[0]
    if "." in old:
        new = repr(float(old) + rng.choice([1, -1, 0.5, 0.125, 2.0**-20]))
    else:
        new = str(int(old) + rng.choice([1, -1, 1, 2]))
    return f"{keyword} {rest[: chosen.start()]}{new}{rest[chosen.end() :]}"


def rule_changed(draft: Draft, rng: Random) -> Draft | None:
    line = _some_line(draft, rng, "rule")
    return None if line is None else replaced(draft, rng, line, _number_changed(line, rng))


def condition_dropped(draft: Draft, rng: Random) -> Draft | None:
    line = _some_line(draft, rng, "rule")
    if line is None or line.startswith("rule always"):
        return None
    condition, arrow, assigned = line.removeprefix("rule ").partition(" -> ")
    atoms = condition.split(" & ")
    atoms.pop(rng.randrange(len(atoms)))
    return replaced(draft, rng, line, f"rule {' & '.join(atoms) or 'always'}{arrow}{assigned}")


def declaration_changed(draft: Draft, rng: Random) -> Draft | None:
    line = _some_line(draft, rng, rng.choice(["variable", "variable", "head"]))
    return None if line is None else replaced(draft, rng, line, _number_changed(line, rng))


def end_changed(draft: Draft, rng: Random) -> Draft | None:
    keyword = rng.choice(["halt", "layers", "output"])
    line = _some_line(draft, rng, keyword)
    if line is None:
        return None
    names = [one.split(" ")[1] for one in lines_of(draft, "variable")]
    new = {
        "halt": [
            "halt -",
            *(f"halt {name}={value}" for name in names for value in ("0", "1", "0.0")),
        ],
        "layers": [
            "layers -",
            "layers 0",
            "layers 1",
            "layers 2",
            "layers 5",
            "layers [1,2,3,2,1]",
        ],
        "output": [f"output {name}" for name in names],
    }[keyword]
    return replaced(draft, rng, line, rng.choice(new))


def mask_changed(draft: Draft, rng: Random) -> Draft | None:
    line = _some_line(draft, rng, "head")
    if line is None:
        return None
    masks = ["-", "[-1]", "[1]", "[0]", "[-1,0]", "[-1,-1]", "[0,-1]", "[-9]", "[-1,9]"]
    new = rng.choice([*masks, "causal", "before", "after"])
    return replaced(draft, rng, line, re.sub(r"mask \S+", f"mask {new}", line))


def head_rewired(draft: Draft, rng: Random) -> Draft | None:
    line = _some_line(draft, rng, "head")
    names = [one.split(" ")[1] for one in lines_of(draft, "variable")]
    if line is None:
        return None
    part = rng.choice(["query", "key", "value"])
    return replaced(draft, rng, line, re.sub(rf"{part} \S+", f"{part} {rng.choice(names)}", line))


# --- other readings of text -----------------------------------------------------------------------


def subsets_permuted(draft: Draft, rng: Random) -> Draft | None:
    """Lists subsets in another order, and numbers everything anew as that order has it."""
    lines = [line for line in lines_of(draft, "variable") if " subsets " in line]
    if not lines:
        return None
    line = rng.choice(lines)
    name, listed = line.split(" ")[1], re.search(r"subsets (\S+)", line)
    subsets = re.findall(r"\[[\d,]*\]", listed[1][1:-1]) if listed else []
    order = rng.sample(range(len(subsets)), len(subsets))
    text = "[" + ",".join(subsets[place] for place in order) + "]"
    changed = draft.text.replace(
        line, line.replace(f"subsets {listed[1] if listed else ''}", f"subsets {text}")
    )

    def anew(index: int) -> int:
        """The number of a subset in the other order; what is no number of one is left alone."""
        return order.index(index) if index in order else index

    def renumbered(found: re.Match[str]) -> str:
        return f"{found[1]}{name}={anew(int(found[2]))}"

    lines = [
        re.sub(rf"(rule |& ){name}=(\d+)", renumbered, one) if one.startswith("rule ") else one
        for one in changed.splitlines()
    ]
    for row in draft.evidence["value_sets"]:
        row.update({name: sorted(map(anew, row[name]))} if name in row else {})
    for excluded in draft.evidence["excluded"]:
        for state in excluded["states"]:
            if name in state:
                state[name] = anew(state[name])
    return replace(draft, text="\n".join(lines) + "\n")


def text_mangled(draft: Draft, rng: Random) -> Draft | None:
    """Writes the text in a way in which nobody writes it."""
    lines = draft.text.splitlines()
    place = rng.randrange(len(lines))
    line = lines[place]
    mangled: list[Any] = [
        f"{line} ",
        f" {line}",
        line.replace(" ", "  ", 1),
        line.replace(",", ", "),
        line.replace("0.0", "0"),
        line.replace("0.5", "0.50"),
        line.replace("=1", "=01"),
        line.replace("=0", "=-1"),
        line.replace("[0,1]", "[1,0]"),
        line.replace("[0.0,1.0]", "[1.0,0.0]"),
        line.replace("-> ", "-> \u2028"),
        line.upper(),
        f"{line}\n{line}",
        f"{line}\nremark of no meaning",
        f"{line}\n",
        f"{line}\r",
        line + "\x0bhalt -",
    ]
    changed = rng.choice([one for one in mangled if one != line])
    lines[place] = changed
    if rng.random() < 0.2:
        first, second = rng.sample(range(len(lines)), 2)
        lines[first], lines[second] = lines[second], lines[first]
    return replace(draft, text="\n".join(lines) + rng.choice(["\n", "\n", "\n", ""]))


EDITS: Final[dict[str, Edit]] = {
    "weight changed": weight_changed,
    "weight filled": weight_filled,
    "array zeroed": array_zeroed,
    "row or column zeroed": line_zeroed,
    "rows or columns exchanged": lines_exchanged,
    "array scaled": array_scaled,
    "sparse entry moved": place_moved,
    "same: units permuted": units_permuted,
    "same: unit doubled": unit_doubled,
    "rule left out": rule_dropped,
    "rule added": rule_doubled,
    "rule changed": rule_changed,
    "condition left out": condition_dropped,
    "declaration changed": declaration_changed,
    "output, halt, layers": end_changed,
    "mask changed": mask_changed,
    "head rewired": head_rewired,
    "subsets permuted": subsets_permuted,
    "text mangled": text_mangled,
}
"""The edits of weights and of the program, by kind."""
