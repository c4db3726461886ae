"""Marked tests: functions that return a program, which is verified."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Mapping
from typing import Any, Final

import pytest

from alta_verify.pytest_plugin.judgement import JUDGED, judge
from alta_verify.pytest_plugin.options import OPTIONS, Options, checked
from alta_verify.pytest_plugin.settings import SETTINGS

__all__ = [
    "MARK",
    "MARK_HELP",
    "pytest_generate_tests",
    "pytest_pyfunc_call",
    "pytest_runtest_call",
]

MARK: Final = "alta_verify"

_WHERE: Final = f"@pytest.mark.{MARK}"

MARK_HELP: Final = (
    f"{MARK}(max_len=20, max_layers=None, timeout=None, dtype=None, allow=[], spec=None): the "
    "test returns a program, or a program and a model, and passes if the model is proved to "
    "compute the program, and the program, with spec, what was meant."
)


def _options_of(node: pytest.Item, defaults: Mapping[str, Any]) -> Options | None:
    """Returns the options of a test: of what its marks say, the nearest counts; None without."""
    marks = list(node.iter_markers(MARK))
    options = dict(defaults)
    # pytest gives the nearest mark first; so it is applied last.
    for mark in reversed(marks):
        if mark.args:
            raise pytest.UsageError(
                f"{_WHERE}: expected options by name, such as max_len=12, got {mark.args!r}"
            )
        options |= checked(mark.kwargs, OPTIONS, _WHERE)
    return Options(**options) if marks else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Refuses a function whose marks are wrong, or that is none to be called, when collected."""
    try:
        options = _options_of(metafunc.definition, {})
    except pytest.UsageError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    kinds = inspect.iscoroutinefunction, inspect.isasyncgenfunction
    if options is not None and any(is_async(metafunc.function) for is_async in kinds):
        pytest.fail(
            f"{_WHERE}: expected a function that returns a program, got an async one; leave out "
            "'async'",
            pytrace=False,
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Runs a test; one that is marked fails if it passes without a verdict.

    unittest, for instance, calls its methods by itself, and nobody sees what they return.
    """
    item.stash[JUDGED] = False
    result = yield
    # A test that passes unverified would look like a proof.
    if item.get_closest_marker(MARK) is not None and not item.stash[JUDGED]:
        pytest.fail(
            f"{_WHERE}: expected a function, or a method of a plain class, whose value can be "
            f"verified; got a {type(item).__name__}",
            pytrace=False,
        )
    return result


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Runs a test; if it is marked, what it returns is verified."""
    item, options = pyfuncitem, _options_of(pyfuncitem, pyfuncitem.config.stash[SETTINGS].defaults)
    if options is None:
        return (yield)
    function = item.obj

    def verified(**arguments: Any) -> None:
        __tracebackhide__ = True
        try:
            value = function(**arguments)
        except Exception as error:
            _hide_internals(error)
            raise
        _judge_returned(item, value, options)

    # pytest passes fixtures and parameters to whatever stands here.
    item.obj = verified
    try:
        return (yield)
    finally:
        item.obj = function


def _hide_internals(error: Exception) -> None:
    """Ends the traceback of an error that ALTA raises on purpose at the line that called it."""
    import alta

    if not isinstance(error, alta.AltaError):
        return
    caller, traceback = None, error.__traceback__
    # The innermost frame outside of `alta` is the line that called it.
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__", "").partition(".")[0] != "alta":
            caller = traceback
        traceback = traceback.tb_next
    if caller is not None:
        caller.tb_next = None


def _judge_returned(item: pytest.Item, value: object, options: Options) -> None:
    import alta

    __tracebackhide__ = True
    program, model = value if isinstance(value, tuple) and len(value) == 2 else (value, None)
    if not isinstance(program, alta.Program) or (isinstance(value, tuple) and model is None):
        pytest.fail(
            f"{_WHERE}: expected the test to return an alta.Program, or a program and a model, got "
            f"{value!r}",
            pytrace=False,
        )
    judge(item, program, model, options)
