"""The setting of every test: JAX on the CPU, code compiled once a run, reproducible cases."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator

# Before the first import of JAX, which reads them once.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    # Half of the time of all tests is XLA's. What it has compiled for one test it reads for the
    # next: in this process, in the workers of xdist and in the commands that tests run, which all
    # get this setting. The folder goes with the run, so that no other tree's code is in it.
    COMPILED = tempfile.mkdtemp(prefix="compiled-for-tests-")
    atexit.register(shutil.rmtree, COMPILED, ignore_errors=True)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = COMPILED
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.05")

import pytest
from hypothesis import HealthCheck, Phase, settings
from jaxtyping import install_import_hook

# The modules whose functions have shapes in their annotations: a call that breaks one fails.
# Elsewhere wrong types must reach the code, whose own errors are tested; and classes that JAX takes
# apart and rebuilds are left out, since it fills them with placeholders on the way.
SHAPED_MODULES = ["alta.nn.forward"]
install_import_hook(SHAPED_MODULES, "beartype.beartype")

# Times differ between machines, so no case fails for being slow.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)

settings.register_profile("ci", UNTIMED, derandomize=True, database=None, max_examples=50)
# For mutants of the verifier: that a case fails is all that is asked, so it is not made smaller.
settings.register_profile(
    "quick",
    UNTIMED,
    derandomize=True,
    database=None,
    max_examples=30,
    phases=[Phase.explicit, Phase.generate],
)
settings.register_profile("thorough", UNTIMED, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="module", autouse=True)
def compiled_code_does_not_pile_up() -> Iterator[None]:
    """Forgets, after each file, the functions that JAX compiled for its programs."""
    yield
    if jax := sys.modules.get("jax"):
        jax.clear_caches()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows what campaigns counted, which processes of their own could not print."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    calls = [report for report in reports if getattr(report, "when", None) == "call"]
    counts = [pair for report in calls for pair in report.user_properties]
    if counts:
        terminalreporter.section("counts")
    for title, count in counts:
        terminalreporter.write_line(f"{title}: {count}")
