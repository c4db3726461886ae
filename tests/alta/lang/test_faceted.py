"""One run in all local states at once does what the runs along all paths do."""

import enum
from dataclasses import dataclass

import pytest

import alta
from alta.lang import paths
from alta.lang.faceted import NotFollowed, behaviour_of
from alta.lang.factoring import factored
from alta.lang.paths import ManyPaths, rules_of
from alta.lang.watch import Watch
from tests.alta.lang.functions import DOMAINS, HEADS, compiled, random_function, value_of


def rules(behaviour):
    return set(factored(behaviour, DOMAINS, frozenset(HEADS), 10**6))


def of_paths(function):
    return rules(paths._explored(function, DOMAINS, Watch(), 10**6))


@pytest.mark.parametrize("seed", range(100, 115))
def test_random_functions_are_followed(seed):
    function = compiled(random_function(seed), value_of=value_of)
    assert rules(behaviour_of(function, DOMAINS)) == of_paths(function)


class Step(enum.Enum):
    UP = 1
    DOWN = 2


@dataclass(frozen=True)
class Entry:
    source: tuple[int, ...]
    step: Step = Step.UP


ENTRIES = (Entry((1, 2)), Entry((2,), Step.DOWN), Entry((0, 0)))


def matching(first, second):
    stack = [first, second]
    for entry in ENTRIES:
        if tuple(stack[: len(entry.source)]) == entry.source:
            return entry
    return None


def move(z, offset, *, name="y"):
    if not z["s"]:
        return -1
    z[name] = max(0, z[name] + offset) % 3
    return offset


def helpers(z):
    entry = matching(z["x"], z["left"])
    if entry is None:
        z["y"] = 0
        return
    offset = move(z, 1 if entry.step == Step.UP else -1)
    z["n"] = offset / 2
    if z["n"] > 0.5 and entry is not None:
        z["x"] = len(entry.source)


def loops(z):
    total = 0
    for index, name in enumerate(["x", "y", "left"]):
        if z[name] == 2:
            continue
        total += z[name] * index
        if total > 2:
            z["y"] = total % 3
            break
    else:
        z["x"] = total
    for _ in range(z["x"]):
        total = total + 1
    while total > 0:
        total -= 2
        if z["right"] == 1:
            break
    else:
        z["s"] = {0} if total else {0, 1}


def stars(z):
    names = [f"{word}" for word in ("x", "y") if word]
    _, (second, *_) = z[names[0]], (0, 1) if z["n"] else (1, 2)
    z["x"] = second


def readings(z):
    names = [f"{word!s:>1}" for word in ("x", "y") if word]
    first, second = z[names[0]], z["y"] if 0 < z["x"] <= 1 else 2
    if any(z[name] == 2 for name in ("left", "right")) or first == second:
        z["y"] = sum(z[name] for name in names) % 3
    if all(z[name] > 0 for name in names) and (kept := z["left"]) is not None:
        z["x"] = {0: 1, 1: 2}.get(kept, 0)
    z["s"] = {len(z["s"]) - 1, 0} | ({1} if -z["n"] < 0 else set())
    z["n"] = [0.0, 1.0][1 if z["x"] in (0, 2) and 1 not in z["s"] else 0]
    z["y"] += 0


FOLLOWED = [helpers, loops, stars, readings]


@pytest.mark.parametrize("function", FOLLOWED)
def test_functions_as_people_write_them_are_followed(function):
    assert rules(behaviour_of(function, DOMAINS)) == of_paths(function)


def refuses_mutation(z):
    seen = []
    if z["x"] == 1:
        seen.append(1)
    z["y"] = len(seen)


def refuses_stores(z):
    seen = [0]
    if z["x"]:
        seen[0] = 1
    z["y"] = seen[0]


def refuses_augmented(z):
    seen = other = [0]
    if z["x"]:
        seen += [1]
    z["y"] = len(other)


def refuses_closures(z):
    def inner():
        return z["x"]

    z["y"] = inner()


def refuses_unbound(z):
    if z["y"]:
        other = z["y"]
    if z["x"]:
        z["x"] = other  # type: ignore[possibly-undefined]


def refuses_identity(z):
    z["y"] = 1 if z["x"] is z["y"] else 0


def refuses_named_iterators(z):
    pairs = zip((1, 1), (0, 1), strict=True)
    total = sum(first for first, _ in pairs)
    total += sum(first for first, _ in pairs)
    z["y"] = total % 3 if z["x"] else 1


def refuses_types(z):
    z["y"] = 1 if type(z["x"]) is int else 0


def refuses_iterators(z):
    names = iter(["x", "y"])
    z["y"] = z[next(names)]


def refuses_errors(z):
    try:
        z["y"] = 1 // z["x"]
    except ZeroDivisionError:
        z["y"] = 0


def refuses_names(z):
    z["y"] = z[["x", "y", "left"][z["x"]]]


def refuses_objects(z):
    class Box:
        pass

    z["y"] = 1


NOT_FOLLOWED = [
    refuses_mutation,
    refuses_stores,
    refuses_augmented,
    refuses_closures,
    refuses_unbound,
    refuses_identity,
    refuses_named_iterators,
    refuses_types,
    refuses_iterators,
    refuses_errors,
    refuses_names,
    refuses_objects,
]


@pytest.mark.parametrize("function", NOT_FOLLOWED)
def test_what_cannot_be_followed_for_certain_is_refused(function):
    with pytest.raises(NotFollowed):
        behaviour_of(function, DOMAINS)


def test_what_is_followed_wrongly_is_not_believed(monkeypatch):
    def wrong(z):
        z["y"] = 1

    def right(z):
        z["y"] = z["x"]

    monkeypatch.setattr(paths, "FEW_PATHS", 1)
    monkeypatch.setattr(paths, "behaviour_of", lambda _, domains: behaviour_of(wrong, domains))
    assert set(rules_of(right, DOMAINS, HEADS)) == of_paths(right)
    assert set(rules_of(wrong, DOMAINS, HEADS)) == of_paths(wrong)


def many_blocks(z):
    for place in range(20):
        if z[f"a{place}"] > 1:
            z[f"b{place}"] = z[f"a{place}"] - 1
    z["y"] = 1 if z["a0"] == z["a1"] else 0


def test_a_function_of_a_million_paths_costs_what_its_blocks_cost():
    names = [f"{letter}{place}" for place in range(20) for letter in "ab"]
    domains = {"y": alta.var(2), **{name: alta.var(4) for name in names}}
    assert len(rules_of(many_blocks, domains, ())) == 20 * 2 + 16


def test_without_its_source_it_has_too_many_paths(monkeypatch):
    monkeypatch.setattr(paths, "MAX_PATHS", 2_100)
    monkeypatch.setattr("alta.lang.execution.definition_of", lambda _: None)
    names = [f"{letter}{place}" for place in range(20) for letter in "ab"]
    domains = {"y": alta.var(2), **{name: alta.var(4) for name in names}}
    assert isinstance(rules_of(many_blocks, domains, ()), ManyPaths)
