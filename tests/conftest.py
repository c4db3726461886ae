"""The setting of every test: JAX on the CPU, reproducible cases, shapes checked."""

from __future__ import annotations

import os

# Before the first import of JAX, which reads them once.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

# The modules whose functions have shapes in their annotations: a call that breaks one fails.
# Elsewhere wrong types must reach the code, whose own errors are tested; and classes that JAX takes
# apart and rebuilds are left out, since it fills them with placeholders on the way.
SHAPED_MODULES = ["alta.nn.forward"]
install_import_hook(SHAPED_MODULES, "beartype.beartype")

# Times differ between machines, so no case fails for being slow.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)

settings.register_profile("ci", UNTIMED, derandomize=True, database=None)
settings.register_profile("thorough", UNTIMED, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
