"""ALTA: programs that compile to the weights of a Universal Transformer."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

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
    from alta.exports.export import export
    from alta.interp.batch import run_batch
    from alta.interp.run import Run, run
    from alta.interp.step import LayerState
    from alta.lang.build import get_rules_from_ffn_fn, program_spec, program_spec_from_rules
    from alta.lang.heads import RELATIVE_QK, AttentionHead, Head, qkv, v_relative
    from alta.lang.kinds import Categorical, Numerical, SetVariable, Variable
    from alta.lang.masks import before, causal
    from alta.lang.parsing import parse_program
    from alta.lang.program import HaltSpec, Program, halt_spec, program_text
    from alta.lang.replacement import replace
    from alta.lang.rules import Atom, MLPBuilder, Rule, rule
    from alta.lang.values import UNDEFINED
    from alta.lang.variables import input_var, numeric_var, position_var, set_var, var
    from alta.nn.model import Model
    from alta.programs.sampling import sample_program

__version__ = "0.1.0"

__all__ = [
    "RELATIVE_QK",
    "UNDEFINED",
    "AltaError",
    "Atom",
    "AttentionHead",
    "Categorical",
    "ConflictError",
    "ExecutionError",
    "HaltSpec",
    "Head",
    "InputLanguageError",
    "LayerState",
    "MLPBuilder",
    "Model",
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
    "before",
    "causal",
    "compile",
    "datasets",
    "export",
    "get_rules_from_ffn_fn",
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
    "sample_program",
    "set_var",
    "v_relative",
    "var",
]


# JAX is imported only by those who compile: `import alta` stays fast.
def compile(  # noqa: A001
    program: Program, max_len: int | None = None, dtype: Any = "float32", sparse: bool | None = None
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
    """Reads a model that `Model.save` or `alta.export` wrote, whatever was done to its weights.

    Args:
        path: the directory, or a file of weights in it.

    Raises:
        ModelError: when files are missing, damaged, or do not fit one another; it says what could
            have been read. What `Model.save` wrote may not have been edited either.
    """
    from pathlib import Path

    from alta.exports.reading import read

    return read(Path(path))


# Where the public names are defined.
_HOMES: Final = {
    name: home
    for home, names in {
        "alta.errors": "AltaError ConflictError ExecutionError InputLanguageError ModelError "
        "ProgramError ProgramWarning RangeError TokenError UndefinedVariableError",
        "alta.exports.export": "export",
        "alta.interp.batch": "run_batch",
        "alta.interp.run": "Run run",
        "alta.interp.step": "LayerState",
        "alta.lang.build": "get_rules_from_ffn_fn program_spec program_spec_from_rules",
        "alta.lang.heads": "RELATIVE_QK AttentionHead Head qkv v_relative",
        "alta.lang.kinds": "Categorical Numerical SetVariable Variable",
        "alta.lang.masks": "before causal",
        "alta.lang.parsing": "parse_program",
        "alta.lang.program": "HaltSpec Program halt_spec program_text",
        "alta.lang.replacement": "replace",
        "alta.lang.rules": "Atom MLPBuilder Rule rule",
        "alta.lang.values": "UNDEFINED",
        "alta.lang.variables": "input_var numeric_var position_var set_var var",
        "alta.nn.model": "Model",
        "alta.programs.sampling": "sample_program",
    }.items()
    for name in names.split()
}

if not TYPE_CHECKING:
    # A command hears Ctrl-C, and shows its help, before anything that takes time is imported.
    def __getattr__(name: str) -> object:
        """Imports a public name when it is asked for."""
        if name in _HOMES:
            value = getattr(import_module(_HOMES[name]), name)
        elif name in __all__:
            value = import_module(f"alta.{name}")
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        # Kept, so that Python finds it the next time without asking here.
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        """Lists the public names also before they are imported."""
        return sorted({*globals(), *__all__})
