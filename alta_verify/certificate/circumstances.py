"""Circumstances: who proved it, with what, within which limits. A certificate says so unchecked."""

from __future__ import annotations

import json
import platform
import resource
from typing import Any

import jax
import numpy as np

from alta_verify.cache.code import code_hash
from alta_verify.claim.computes import Task
from alta_verify.report.report import Report
from alta_verify.solver.smt import solver_versions

__all__ = ["circumstances"]


def circumstances(report: Report, task: Task) -> dict[str, Any]:
    """Returns the report with versions and resource limits, as JSON values."""
    return {
        "report": json.loads(report.to_json()),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "jax": jax.__version__,
            **solver_versions(),
            "alta_verify_sha256": code_hash(),
        },
        "limits": {
            "timeout_seconds": task.deadline.seconds,
            "memory_bytes": _limit(resource.RLIMIT_AS),
            "cpu_seconds": _limit(resource.RLIMIT_CPU),
        },
    }


def _limit(which: int) -> int | None:
    """Returns the limit of this process, None where there is none."""
    soft, _ = resource.getrlimit(which)
    return None if soft == resource.RLIM_INFINITY else soft
