"""Near tests: for each module that proves or checks, the tests that notice what is wrong with it.

First comes the test file that mirrors the module, then what tests its folder as a whole: quick ones
before slow ones, since the first that fails is the last that runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.house.test_mirror import mirror
from tests.house.tree import ROOT

__all__ = ["ALONE", "CRITICAL", "NEAR"]

_CHECK = "tests/alta_verify/check"
_CERTIFICATE = "tests/alta_verify/certificate"
_CHANGED = "tests/alta_verify/weights/test_changed_weights.py"
_EXACT = "tests/properties/test_exact_forward.py"
_THEOREM = f"{_CHECK}/test_theorem.py"
_TWO_READINGS = f"{_CHECK}/test_two_readings.py"
_COPYING = "tests/properties/test_copying_blocks.py"
_TO_OTHERS = f"{_CHANGED}::test_a_change_to_other_models_is_proved_or_refuted"

_ON_WEIGHTS = (
    f"{_CHANGED}::test_a_change_that_keeps_what_is_computed_is_proved[every unit in halves]",
    f"{_CHANGED}::test_a_change_that_keeps_what_is_computed_is_proved[cast to float64]",
    f"{_CHANGED}::test_a_wrong_weight_among_changed_ones_is_refuted[in int8 by array]",
    f"{_CHANGED}::test_noise_on_the_weights_of_the_block_is_judged_rightly",
    f"{_TO_OTHERS}[absolute-queries times 3]",
    f"{_TO_OTHERS}[intermediate-cast to float64]",
    f"{_TO_OTHERS}[increment-every unit in halves]",
    f"{_CHANGED}::test_drift_without_an_end_is_not_proved",
    f"{_CHANGED}::test_no_damage_to_uneven_weights_is_proved_by_reasoning_alone[in int8 by array]",
)


def _mirrors(folder: str) -> tuple[str, ...]:
    """The test files of a folder's modules."""
    files = sorted(Path(ROOT, "tests", "alta_verify", folder).rglob("test_*.py"))
    return tuple(str(file.relative_to(ROOT)) for file in files)


_ON_ENCODINGS = (
    *_mirrors("encode"),
    _TWO_READINGS,
    _COPYING,
    _EXACT,
    f"{_CHANGED}::test_means_that_a_format_hardly_tells_apart_are_unknown_with_margin_and_bound",
    *_ON_WEIGHTS,
)

_ON_STATES = (*_mirrors("reach"), "tests/properties/test_reach.py")

_ON_FILES = (
    f"{_CERTIFICATE}/test_tampering.py",
    f"{_CERTIFICATE}/test_forgeries.py",
    f"{_CERTIFICATE}/test_writing.py",
)


_ON_THEOREMS = (
    _TWO_READINGS,
    _COPYING,
    *(file for file in _mirrors("check") if file not in {_TWO_READINGS, _THEOREM}),
    "tests/properties/test_check.py",
    _THEOREM,
)

_OF_FOLDERS: Mapping[str, tuple[str, ...]] = {
    "arithmetic": _ON_ENCODINGS,
    "check": (*_ON_THEOREMS, "tests/campaigns/test_texts.py", *_ON_FILES),
    "encode": _ON_ENCODINGS,
    "reach": _ON_STATES,
    "solver": (*_mirrors("solver"), *_ON_WEIGHTS),
}
"""What tests a folder as a whole."""

ALONE: Mapping[str, tuple[str, ...]] = {
    "check/__main__": (f"{_CHECK}/test_main.py",),
    "check/limits": (f"{_CHECK}/test_limits.py", "tests/alta/test_interruption.py"),
    "reach/symbolic/run": (*_ON_STATES, *_ON_WEIGHTS),
    "solver/sat": _ON_STATES,
}
"""Tests of modules that are used in another way than the rest of their folder."""


def _near(path: str) -> tuple[str, ...]:
    name = path.removeprefix("alta_verify/").removesuffix(".py")
    own = (mirror(path),) if (ROOT / mirror(path)).is_file() else ()
    return tuple(dict.fromkeys((*own, *ALONE.get(name, _OF_FOLDERS[name.split("/")[0]]))))


NEAR: Mapping[str, tuple[str, ...]] = {
    path: _near(path)
    for folder in _OF_FOLDERS
    for file in sorted(Path(ROOT, "alta_verify", folder).rglob("*.py"))
    if file.name != "__init__.py"
    for path in [str(file.relative_to(ROOT))]
}
"""By file, from the root of the project."""

CRITICAL = frozenset(
    f"alta_verify/{name}.py"
    for name in (
        *(
            "arithmetic/formats",
            "encode/softmax",
            "encode/mlp",
            "encode/rounded_sums",
            "encode/coordinates",
            "encode/attention",
            "encode/scores",
            "encode/projection",
            "encode/linear",
        ),
        *("encode/relation", "encode/gates", "arithmetic/interval", "encode/network"),
        *("check/numbers", "check/sums", "check/mlp", "check/attention", "check/questions"),
        *("check/theorem", "check/value_sets", "reach/sets/value_sets", "reach/slices"),
    )
)
"""The modules that bound numbers, ask the questions and settle them."""
