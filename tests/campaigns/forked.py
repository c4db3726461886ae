"""Forked: tests of a mutant of a module, in a process that has all other people's code already.

The parent imports libraries, and nothing of the verifier. A child gets the mutated source where the
module is imported, before anything else of the verifier is. No file is written.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType

from tests.campaigns.source_mutants import ROOT

__all__ = ["UNIMPORTABLE", "Run", "load_libraries", "start"]

# Whatever starts threads must not be started before the fork.
LIBRARIES = [
    "alta.nn.forward",
    "alta.programs",
    "beartype",
    "hypothesis",
    "jax.numpy",
    "jaxtyping",
    "numpy",
    "pysat.solvers",
    "pytest",
    "rich.console",
    "safetensors.numpy",
    "sympy",
    "z3",
]

MEMORY = 8 << 30

SECONDS = 40
"""CPU time that one test has: several times what any of them takes."""

UNIMPORTABLE = 100
"""How a child ends in which the mutated module cannot be imported."""


def load_libraries() -> None:
    """Imports what every child will need, and nothing of the verifier."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ["HYPOTHESIS_PROFILE"] = "quick"
    # The setting of all tests comes first.
    for name in ("tests.conftest", *LIBRARIES):
        importlib.import_module(name)
    if ours := _of_the_verifier():
        raise RuntimeError(f"expected nothing of the verifier before the fork, got {ours}")


def _of_the_verifier() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == "alta_verify"]


class _Replaced(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):  # type: ignore[misc]
    """Finds one module, with another source than its file has."""

    def __init__(self, module: str, source: str) -> None:
        name = module.removesuffix(".py").replace("/", ".")
        super().__init__(name, str(ROOT / module))
        self._source = source

    def find_spec(
        self, fullname: str, path: object, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)

    def is_in_force(self) -> bool:
        module = sys.modules.get(self.name)
        return module is not None and module.__loader__ is self


class _Limited:
    """Gives every test so much CPU time; one that takes more ends the process."""

    def pytest_runtest_setup(self) -> None:
        allow_time()


def allow_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


@dataclass
class Run:
    """A process that runs tests.

    Attributes:
        pid: the process, and its group.
        output: what it writes.
        began: when it was started.
        limit: seconds that it has.
        seconds: how long it took, once it is over.
        code: how it ended: what pytest returned, or minus a signal; None while it runs.
    """

    pid: int
    output: Path
    began: float
    limit: float
    seconds: float = 0.0
    code: int | None = None

    def poll(self) -> bool:
        """Says whether it is over, and ends it where it takes too long."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        late = time.monotonic() - self.began > self.limit
        if pid == 0 and late:
            os.killpg(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
        elif pid == 0:
            return False
        self.seconds = time.monotonic() - self.began
        self.code = os.waitstatus_to_exitcode(status)
        return True

    @property
    def late(self) -> bool:
        """Whether it was ended since it took too long."""
        return self.code in {-signal.SIGXCPU, -signal.SIGKILL}

    def read(self) -> str:
        """Returns what it wrote, and removes it."""
        text = self.output.read_text(errors="replace")
        self.output.unlink()
        return text


def start(tests: Sequence[str], limit: float, module: str = "", source: str = "") -> Run:
    """Starts tests in a child, until the first fails.

    Args:
        tests: files, or tests in them; run in this order.
        limit: seconds that they have.
        module: the file of a module, from the root, that is replaced; empty for none.
        source: what it is replaced by.
    """
    handle, name = tempfile.mkstemp(prefix="mutant-")
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            os.setpgid(0, 0)
            os.dup2(handle, 1)
            os.dup2(handle, 2)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            allow_time()
            code = _in_child(tests, module, source)
        except BaseException:  # noqa: BLE001 - whatever it is, the parent hears of it by the code
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    os.close(handle)
    return Run(pid, Path(name), began, limit)


def _in_child(tests: Sequence[str], module: str, source: str) -> int:
    import pytest

    os.chdir(ROOT)
    replaced = _Replaced(module, source) if module else None
    if replaced is not None:
        sys.meta_path.insert(0, replaced)
        # Before pytest imports the plugin, and with it what it is made of.
        try:
            importlib.import_module(replaced.name)
        except Exception:  # noqa: BLE001 - a mutant may raise anything
            traceback.print_exc()
            return UNIMPORTABLE
    plain = [
        *("-x", "-q", "--tb=line", "-m", "not campaign"),
        *("-p", "no:cacheprovider", "-p", "no:xdist"),
        # Libraries were imported before pytest could rewrite their assertions.
        *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
    ]
    code = int(pytest.main([*plain, *tests], plugins=[_Limited()]))
    if replaced is not None and not replaced.is_in_force():
        raise RuntimeError(f"expected {module} to be mutated, got it as it is in its file")
    return code
