"""The public names of the package, each imported when it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import alta


def test_every_public_name_is_there():
    for name in alta.__all__:
        assert hasattr(alta, name)
    assert set(alta.__all__) <= set(dir(alta))


def test_importing_the_package_imports_nothing_else():
    code = "import sys, alta; print(*(n for n in sys.modules if n.startswith(('alta', 'numpy'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["alta"]


def test_an_unknown_name_is_refused_as_ever():
    with pytest.raises(AttributeError, match="module 'alta' has no attribute 'compil'"):
        _ = alta.compil  # type: ignore[attr-defined]


def test_a_model_has_its_type_among_the_names():
    assert isinstance(alta.compile(alta.programs.parity_sequential_relative()), alta.Model)
