"""ALTA: programs that compile to the weights of a Universal Transformer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alta import datasets, inputs, programs
from alta.errors import (
    AltaError,
    ConflictError,
    ExecutionError,
    InputLanguageError,
    ModelError,
    ProgramError,
    ProgramWarning,
    RangeError,
    TokenError,
    UndefinedVariableError,
)
from alta.interp.batch import run_batch
from alta.interp.run import LayerState, Run, run
from alta.lang.build import program_spec, program_spec_from_rules, replace
from alta.lang.builder import MLPBuilder
from alta.lang.heads import Head, qkv, v_relative
from alta.lang.program import HaltSpec, Program, halt_spec
from alta.lang.rules import Atom, Rule, rule
from alta.lang.text import parse_program, program_text
from alta.lang.variables import (
    UNDEFINED,
    Categorical,
    Numerical,
    SetVariable,
    Variable,
    input_var,
    numeric_var,
    position_var,
    set_var,
    var,
)

if TYPE_CHECKING:
    from alta.nn.model import Model

__version__ = "0.1.0"

__all__ = [
    "UNDEFINED",
    "AltaError",
    "Atom",
    "Categorical",
    "ConflictError",
    "ExecutionError",
    "HaltSpec",
    "Head",
    "InputLanguageError",
    "LayerState",
    "MLPBuilder",
    "ModelError",
    "Numerical",
    "Program",
    "ProgramError",
    "ProgramWarning",
    "RangeError",
    "Rule",
    "Run",
    "SetVariable",
    "TokenError",
    "UndefinedVariableError",
    "Variable",
    "compile",
    "datasets",
    "halt_spec",
    "input_var",
    "inputs",
    "load",
    "numeric_var",
    "parse_program",
    "position_var",
    "program_spec",
    "program_spec_from_rules",
    "program_text",
    "programs",
    "qkv",
    "replace",
    "rule",
    "run",
    "run_batch",
    "set_var",
    "v_relative",
    "var",
]


# JAX is imported only by those who compile: `import alta` stays fast.
def compile(  # noqa: A001
    program: Program,
    max_len: int | None = None,
    dtype: Any = "float32",
    sparse: bool | None = None,
) -> Model:
    """Compiles a program to a Transformer in JAX that computes it exactly.

    Args:
        program: what to compile.
        max_len: the longest sequence that the model has to take; None for the program's own
            limit.
        dtype: ``"float32"``, ``"float64"``, ``"bfloat16"`` or ``"float16"``.
        sparse: whether matrices are kept without their zeros (`Model.dense` and `Model.sparse`
            convert); None for only where there are many.

    Raises:
        ModelError: when the program cannot be compiled, or not to this format.
    """
    from alta.compiler.pipeline import compile_program

    return compile_program(program, max_len=max_len, dtype=dtype, sparse=sparse)


def load(path: str | Path) -> Model:
    """Reads a model that `Model.save` wrote.

    Args:
        path: the directory.

    Raises:
        ModelError: when files are missing, damaged, edited, or do not fit one another.
    """
    from alta.nn.files import load_model

    return load_model(Path(path))
