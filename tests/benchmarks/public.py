"""What the public implementation of ALTA needs, as measured on a machine with two cores (CPU time).

It is no dependency of this project, so that its figures stand here as constants. Where a figure was
a range, this is the better end of it.
"""

from __future__ import annotations

from typing import Final

__all__ = ["PUBLIC"]

PUBLIC: Final = {
    "scan: rules": 70_792,
    "scan: width of the model": 2_014,
    "scan: megabytes of weights": 2_400.0,
    "scan: seconds to build and compile": 14.5,
    "scan: position-layers per second, interpreted": 3_400,
    "scan: hours for all commands, interpreted": 22.0,
    "scan: position-layers per second, compiled": 51,
    "addition: position-layers per second, interpreted": 12_600,
    "addition: position-layers per second, compiled": 2_000,
    "parity: position-layers per second, interpreted": 14_200,
    "parity: position-layers per second, compiled": 11_300,
    "parity_sum_mod_2: most ones counted rightly": 8,
}
"""Parity is `parity_sequential_relative` at length 200, addition has 10 digits."""
