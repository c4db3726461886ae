"""Derives and checks all lemmas: `python -m proofs.lemmas`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
from pathlib import Path


def main() -> None:
    """Goes through the lemmas in the folder, and raises where one does not hold.

    Raises:
        ValueError: when there are none, or one is checked on no instance.
    """
    derived = 0
    for one in sorted(info.name for info in pkgutil.iter_modules([str(Path(__file__).parent)])):
        module = importlib.import_module(f"proofs.lemmas.{one}")
        if hasattr(module, "derive"):
            start = time.perf_counter()
            module.derive()
            count = module.instances()
            if not count:
                raise ValueError(f"{one}: expected some instances to be checked, there are none")
            derived += 1
            seconds = time.perf_counter() - start
            sys.stdout.write(f"{one:<20} derived, {count:>5} instances checked {seconds:6.2f} s\n")
    if not derived:
        raise ValueError(f"{Path(__file__).parent}: expected lemmas, there are none")


if __name__ == "__main__":
    main()
