"""Data sets: sampled programs whose models are proved, with their circuits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from alta.errors import AltaError
from alta.lang.program import Program, program_hash, program_text
from alta.nn.weights import MLPWeights
from alta.output import whole_file, write_text
from alta.programs.sampling import sample_program
from alta.progress import Progress
from alta_verify.cache.key import bits
from alta_verify.circuits.analysis import UnprovedError, circuit
from alta_verify.circuits.circuit import Circuit, Status
from alta_verify.circuits.components import KINDS

__all__ = ["INDEX", "write_dataset"]

INDEX: Final = "index.jsonl"
"""The file with a line for each program of a data set."""

# For each program that is wanted at most so many are tried.
_TRIES: Final = 4


def write_dataset(
    directory: str | Path,
    number: int,
    *,
    seed: int = 0,
    certificates: bool = False,
    progress: Progress | None = None,
    **knobs: Any,
) -> list[dict[str, Any]]:
    """Writes so many programs to a directory, each with weights, circuit and report.

    The programs are those of `alta.sample_program` for one seed after the other, without those
    whose compiled model is not proved on all their inputs. Each has a folder, named after its seed:
    ``program.alta`` has its text, ``model`` its weights (safetensors) as `alta.load` reads them,
    ``circuit.json`` its circuit, ``report.json`` the proof, and ``certificate`` what can be checked
    again. A line of ``index.jsonl`` has its seed, hashes, sizes and counts. The same arguments give
    the same files, but for times in reports.

    Args:
        directory: where to write; it is made, and has to be empty.
        number: how many programs.
        seed: that of the first program that is tried.
        certificates: whether to write certificates.
        progress: is told how many programs are done, of how many.
        knobs: keyword arguments of `alta.sample_program`.

    Returns:
        The lines of the index.

    Raises:
        AltaError: when an argument makes no sense, the directory is not empty, or too few programs
            are proved.
    """
    if type(number) is not int or number < 1:
        raise AltaError(f"dataset: expected a number of at least 1, got {number!r}")
    # Knobs that make no sense are refused before anything is written.
    sample_program(seed, **knobs)
    root = Path(directory)
    root.mkdir(parents=True, exist_ok=True)
    if any(root.iterdir()):
        raise AltaError(f"{root}: expected an empty folder for the data set; name another one")
    lines: list[dict[str, Any]] = []
    for tried in range(seed, seed + _TRIES * number):
        if progress is not None:
            progress(len(lines), number)
        try:
            program = sample_program(tried, **knobs)
            analysis = circuit(program, max_len=program.position_range or 1)
        except UnprovedError:
            continue
        lines.append({"seed": tried, **_written(root, f"{tried:08d}", analysis, certificates)})
        if len(lines) == number:
            break
    else:
        raise AltaError(
            f"dataset: {len(lines)} of {number} programs were proved, of {_TRIES * number} that "
            "were tried; ask for smaller programs"
        )
    _write_index(root, lines)
    return lines


def _write_index(root: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    with whole_file(root / INDEX) as index:
        text = "".join(json.dumps(line) + "\n" for line in lines)
        index.write_text(text, encoding="ascii")


def _written(root: Path, name: str, analysis: Circuit, certificates: bool) -> Mapping[str, Any]:
    """Writes one program, and returns its line of the index."""
    folder = root / name
    folder.mkdir()
    write_text(folder / "program.alta", program_text(analysis.program))
    analysis.model.save(folder / "model")
    analysis.save(folder / "circuit.json")
    write_text(folder / "report.json", analysis.report.to_json() + "\n")
    if certificates:
        analysis.report.save(folder / "certificate")
    counts = {
        kind: {status.value: len(analysis.of(status, kind)) for status in Status} for kind in KINDS
    }
    mlp = analysis.model.weights.mlp
    neurons = int(mlp.lookup_in.shape[1]) if isinstance(mlp, MLPWeights) else 0
    return {
        "folder": name,
        "program_sha256": program_hash(analysis.program),
        "weights_sha256": bits(analysis.model.weights),
        "verdict": analysis.report.verdict.value,
        "max_len": analysis.report.facts["max_len"],
        **_sizes(analysis.program),
        "width": analysis.model.layout.width,
        "neurons": neurons,
        "components": counts,
    }


def _sizes(program: Program) -> dict[str, Any]:
    return {
        "tokens": program.input_range,
        "variables": len(program.variables),
        "heads": len(program.heads),
        "rules": len(program.rules),
        "halts": program.halt is not None,
    }
