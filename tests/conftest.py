"""The setting of every test: JAX on the CPU, reproducible cases, annotations checked."""

from __future__ import annotations

import os

# Before the first import of JAX, which reads them once.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

# The shapes and types in annotations are claims: tests fail where a call breaks one.
# ALTA_TYPECHECK=0 turns this off, to time code or to read a shorter traceback.
if os.environ.get("ALTA_TYPECHECK", "1") != "0":
    install_import_hook(["alta", "alta_verify"], "beartype.beartype")

# Times differ between machines, so no case fails for being slow.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)

settings.register_profile("ci", UNTIMED, derandomize=True, database=None)
settings.register_profile("thorough", UNTIMED, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
