"""Derives and checks all lemmas: `python -m proofs.lemmas`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
from pathlib import Path


def main() -> None:
    """Goes through the lemmas in the folder, and raises where one does not hold."""
    for one in sorted(info.name for info in pkgutil.iter_modules([str(Path(__file__).parent)])):
        module = importlib.import_module(f"proofs.lemmas.{one}")
        if hasattr(module, "derive"):
            start = time.perf_counter()
            module.derive()
            count = module.instances()
            seconds = time.perf_counter() - start
            sys.stdout.write(f"{one:<20} derived, {count:>5} instances checked {seconds:6.2f} s\n")


if __name__ == "__main__":
    main()
