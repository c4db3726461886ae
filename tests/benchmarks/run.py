"""The benchmarks. `make bench` runs this file, prints tables and writes every figure as JSON.

Figures are medians of several repetitions, and wall time unless they say CPU; memory is the peak
resident set of a process. The public implementation's figures are constants (`public`); ratios
within one run are against the plain interpreter, `alta.run`, on the same inputs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from alta.progress import progress_bar
from tests.benchmarks.certificates import Certified, certificates
from tests.benchmarks.exhaustive import Exhaustive, cheaper_from, exhaustive
from tests.benchmarks.learn import Extraction, Training, extractions, trainings
from tests.benchmarks.limits import Limited, limited
from tests.benchmarks.means import means
from tests.benchmarks.processes import startup
from tests.benchmarks.proofs import PARTS as TIMES
from tests.benchmarks.proofs import Growth, Proof, growths, proofs
from tests.benchmarks.public import PUBLIC
from tests.benchmarks.rates import Rate, rates
from tests.benchmarks.sizes import Size, sizes
from tests.benchmarks.strategies import drawing
from tests.benchmarks.sums import most_ones
from tests.benchmarks.unbounded import LENGTHS, Unbounded, unbounded

SECTIONS = (
    "sizes",
    "rates",
    "sums",
    "means",
    "proofs",
    "exhaustive",
    "certificates",
    "limits",
    "learn",
    "startup",
    "strategies",
    "unbounded",
)
PARTS = {
    "speed": "Position-layers per second",
    "length": "Growth with the length of 256 inputs",
    "batch": "Growth with the number of inputs",
    "rules": "Growth with the number of rules, for 256 inputs of 50 tokens and 50 layers",
}
MOST_ONES = 200
LENGTHS_SHOWN = tuple(f"up to {length}" for length in LENGTHS)


@dataclass(frozen=True)
class Comparison:
    """One row: a figure of the public implementation and the one measured now."""

    name: str
    public: float
    now: float


def comparisons(found: dict[str, list[Any]]) -> list[Comparison]:
    """Sets what was measured beside the figures of the public implementation."""
    now: dict[str, float] = {}
    for size in found.get("sizes", []):
        if size.name == "scan":
            now["scan: rules"] = size.rules
            now["scan: width of the model"] = size.width
            now["scan: megabytes of weights"] = size.megabytes
            now["scan: seconds to build and compile"] = size.build_seconds + size.compile_seconds
    ways = {"run_batch": "interpreted", "compiled": "compiled"}
    for rate in found.get("rates", []):
        case = rate.case
        if case.part == "speed" and case.how in ways:
            now[f"{case.program}: position-layers per second, {ways[case.how]}"] = rate.per_second
        if case.name == "scan, all commands":
            now["scan: hours for all commands, interpreted"] = rate.seconds / 3600
    for ones in found.get("sums", []):
        now["parity_sum_mod_2: most ones counted rightly"] = ones["most_ones"]
    return [Comparison(name, PUBLIC[name], now[name]) for name in PUBLIC if name in now]


def shown(value: float) -> str:
    """Returns a figure with about three digits."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a table; the first column is text."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines if i < len(line)) for i in range(len(header))]
    print(f"\n{title}")
    for line in lines:
        cells = [cell.rjust(width) for cell, width in zip(line, widths, strict=False)]
        print("  " + "  ".join([line[0].ljust(widths[0]), *cells[1:]]).rstrip())


def show_rates(rows: list[Rate]) -> None:
    """Prints rates, each beside that of the plain interpreter on the same program."""
    plain = {row.case.name: row.per_second for row in rows if row.case.how == "run"}
    header = ["", "how", "inputs", "rules", "position-layers", "s", "spread", "CPU s", "peak MB"]
    header += ["per second", "x run"]
    for part, title in PARTS.items():
        table(
            title,
            header,
            (
                [
                    row.case.name,
                    row.case.how,
                    *map(shown, (row.inputs, row.rules, row.position_layers)),
                    *(f"{seconds:.3f}" for seconds in (row.seconds, row.spread, row.cpu_seconds)),
                    *map(shown, (row.megabytes, row.per_second)),
                    shown(row.per_second / plain[row.case.name]) if row.case.name in plain else "",
                ]
                for row in rows
                if row.case.part == part
            ),
        )


def show_sizes(rows: list[Size]) -> None:
    """Prints sizes."""
    header = ["", "rules", "width", "hidden units", "MB", "build s", "compile s"]
    table(
        "Sizes of the shipped programs",
        header,
        (
            [
                row.name,
                *map(str, (row.rules, row.width, row.units)),
                f"{row.megabytes:.2f}",
                f"{row.build_seconds:.3f}",
                f"{row.compile_seconds:.3f}",
            ]
            for row in rows
        ),
    )


def show_proofs(rows: list[Proof]) -> None:
    """Prints proofs: what they take, where the time goes, how obligations are shown, growth."""
    header = ["", "max_len", "inputs", "verdict", "s", "spread", "peak MB", "z3", "SAT"]
    table(
        "Proofs, whole processes",
        [*header, "slowest"],
        (
            [
                row.program,
                str(row.max_len),
                f"{row.inputs:.3g}",
                row.verdict,
                f"{row.seconds:.1f}",
                f"{row.spread:.1f}",
                *map(shown, (row.megabytes, row.smt_calls, row.sat_calls)),
                ", ".join(f"{name} {seconds:.1f}" for name, seconds in row.slowest.items()),
            ]
            for row in rows
        ),
    )
    table(
        "Where the seconds go",
        ["", "max_len", *TIMES],
        (
            [row.program, str(row.max_len), *(f"{row.parts[part]:.2f}" for part in TIMES)]
            for row in rows
        ),
    )
    methods = sorted({method for row in rows for method in row.methods})
    table(
        "Obligations by method",
        ["", "max_len", "all", *methods],
        (
            [
                row.program,
                str(row.max_len),
                str(sum(row.methods.values())),
                *(str(row.methods.get(method, "")) for method in methods),
            ]
            for row in rows
        ),
    )


def show_growths(rows: list[Growth]) -> None:
    """Prints how proofs grow."""
    if not rows:
        return
    table(
        "Growth of proofs with the length, without the start of the process",
        ["", "from", "to", "s", "s", "power of the length"],
        (
            [
                row.program,
                *map(str, row.lengths),
                *(f"{seconds:.2f}" for seconds in row.seconds),
                f"{row.exponent:.1f}",
            ]
            for row in rows
        ),
    )


def show_exhaustive(rows: list[Exhaustive]) -> None:
    """Prints testing beside proving."""
    table(
        "Testing all inputs beside proving",
        ["", "max_len", "inputs", "test s", "proof s"],
        (
            [
                row.program,
                str(row.max_len),
                shown(row.inputs),
                f"{row.test_seconds:.2f}",
                f"{row.proof_seconds:.2f}",
            ]
            for row in rows
        ),
    )
    for program, length in cheaper_from(rows).items():
        says = "proving took longer" if length is None else f"proving takes less from {length} on"
        print(f"  {program}: {says}")


def show_unbounded(rows: list[Unbounded]) -> None:
    """Prints proofs for every length beside those up to some lengths."""

    def seconds(proof: Any) -> str:
        if proof is None:
            return ""
        return f"{proof.seconds:.2f}" + ("" if proof.verdict == "PROVED" else f" {proof.verdict}")

    table(
        "Proofs for every length, in CPU time",
        ["", "s", "patterns", "neighbours", "to induction", "ends", *LENGTHS_SHOWN, "cheaper from"],
        (
            [
                row.program,
                seconds(row.every),
                str(row.every.patterns),
                str(row.every.neighbours),
                str(row.every.counterexamples),
                "yes" if row.every.ends else "not claimed",
                *(seconds(row.bounded.get(length)) for length in LENGTHS),
                str(row.cheaper_from or ""),
            ]
            for row in rows
            if not row.shortest
        ),
    )
    table(
        "Proofs of weights for every length, in CPU time",
        ["", "s", *LENGTHS_SHOWN],
        (
            [
                row.program,
                seconds(row.weights),
                *(seconds(row.bounded_weights.get(length)) for length in LENGTHS),
            ]
            for row in rows
            if not row.shortest
        ),
    )
    table(
        "Broken twins, in CPU time",
        ["", "shows first at", "every length", "s", f"up to {LENGTHS[0]}", "s"],
        (
            [
                row.program,
                str(row.shortest),
                row.every.verdict,
                f"{row.every.seconds:.2f}",
                row.bounded[LENGTHS[0]].verdict,
                f"{row.bounded[LENGTHS[0]].seconds:.2f}",
            ]
            for row in rows
            if row.shortest
        ),
    )


def show_extractions(rows: list[Extraction]) -> None:
    """Prints rates of extraction beside those of the plain interpreter."""
    header = ["", "inputs", "transitions", "distinct", "s", "spread", "per second", "alta.run"]
    table(
        "Traces, transitions per second",
        [*header, "x run"],
        (
            [
                row.name,
                *map(shown, (row.inputs, row.transitions, row.distinct)),
                f"{row.seconds:.2f}",
                f"{row.spread:.2f}",
                *map(shown, (row.per_second, row.plain, row.per_second / row.plain)),
            ]
            for row in rows
        ),
    )


def show_trainings(rows: list[Training]) -> None:
    """Prints rates of training beside those of a loop of the same products of matrices."""
    header = ["", "width", "hidden", "steps a second", "bare loop", "of it", "by CPU time"]
    table(
        "Training, batches of 256",
        header,
        (
            [
                row.name,
                str(row.width),
                row.hidden,
                *map(shown, (row.per_second, row.bare)),
                f"{row.share:.0%}",
                f"{row.cpu_share:.0%}",
            ]
            for row in rows
        ),
    )


def show_certificates(rows: list[Certified]) -> None:
    """Prints certificates."""
    ways = list(rows[0].check_seconds)
    table(
        "Certificates",
        ["", "KB", "queries", "prove s", "write s", *(f"check by {way} s" for way in ways)],
        (
            [
                row.program,
                shown(row.kilobytes),
                str(row.queries),
                *(f"{seconds:.1f}" for seconds in (row.prove_seconds, row.write_seconds)),
                *(f"{row.check_seconds[way]:.1f}" for way in ways),
            ]
            for row in rows
        ),
    )


def show_limits(rows: list[Limited]) -> None:
    """Prints what was asked for beside what it took, a mark where that is too long."""
    table(
        "Limits on time",
        ["", "asked s", "s", "CPU s", "verdict", "shown", ""],
        (
            [
                row.name,
                shown(row.asked),
                f"{row.seconds:.1f}",
                f"{row.cpu_seconds:.1f}",
                row.verdict,
                f"{row.shown} of {row.obligations}",
                "" if row.in_time else "late",
            ]
            for row in rows
        ),
    )


def main() -> None:
    """Runs the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (default 3)")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="proofs and tests of programs with this name"
    )
    parser.add_argument("--json", default="bench.json", help="where to write the figures")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    options = parser.parse_args()
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(f"no section {min(unknown)!r}; there are {', '.join(SECTIONS)}")
    wanted = options.sections or SECTIONS
    found: dict[str, list[Any]] = {}
    if "sizes" in wanted:
        found["sizes"] = sizes(options.repeat)
        show_sizes(found["sizes"])
    if "rates" in wanted:
        with progress_bar("rates") as progress:
            found["rates"] = rates(options.repeat, progress)
        show_rates(found["rates"])
    if "sums" in wanted:
        found["sums"] = [{"asked": MOST_ONES, "most_ones": most_ones(MOST_ONES)}]
    if found:
        found["comparisons"] = comparisons(found)
        table(
            "Beside the public implementation",
            ["", "public", "now"],
            ([row.name, shown(row.public), shown(row.now)] for row in found["comparisons"]),
        )
    if "means" in wanted:
        found["means"] = list(means())
        table(
            "Means: relative errors as computed and as claimed, and what is proved",
            [
                "",
                "format",
                "max_len",
                "compiled",
                "computed",
                "claimed",
                "is right",
                "verdict",
                "s",
            ],
            (
                [
                    row.program,
                    row.dtype,
                    str(row.length),
                    "yes" if row.compiled else "cast",
                    f"{row.truth:.3g}",
                    f"{row.bound:.3g}",
                    "yes" if row.is_right else "no",
                    row.verdict,
                    f"{row.seconds:.1f}",
                ]
                for row in found["means"]
            ),
        )
    if "proofs" in wanted:
        with progress_bar("proofs") as progress:
            found["proofs"] = proofs(options.repeat, options.only, progress)
        show_proofs(found["proofs"])
        found["growth"] = growths(found["proofs"])
        show_growths(found["growth"])
    if "exhaustive" in wanted:
        with progress_bar("tests of all inputs") as progress:
            found["exhaustive"] = exhaustive(options.only, progress)
        show_exhaustive(found["exhaustive"])
    if "certificates" in wanted:
        found["certificates"] = certificates()
        show_certificates(found["certificates"])
    if "limits" in wanted:
        with progress_bar("limits") as progress:
            found["limits"] = limited(options.only, progress)
        show_limits(found["limits"])
    if "learn" in wanted:
        found["learn"] = extractions(options.repeat)
        show_extractions(found["learn"])
        found["training"] = trainings(options.repeat)
        show_trainings(found["training"])
    if "strategies" in wanted:
        found["strategies"] = drawing(options.repeat)
        table(
            "Generated programs, in CPU time",
            ["programs(…)", "s for 50", "a minute"],
            ([row.name, f"{row.seconds:.2f}", shown(row.a_minute)] for row in found["strategies"]),
        )
    if "unbounded" in wanted:
        with progress_bar("proofs for every length") as progress:
            found["unbounded"] = list(unbounded(options.only, progress))
        show_unbounded(found["unbounded"])
    if "startup" in wanted:
        found["startup"] = startup(options.repeat)
        rows = (
            [row.name, f"{row.seconds:.2f}", f"{row.spread:.2f}", shown(row.megabytes)]
            for row in found["startup"]
        )
        table("Start-up", ["", "s", "spread", "peak MB"], rows)
    write(Path(options.json), found)


def write(path: Path, found: dict[str, list[Any]]) -> None:
    """Writes every figure, with what the machine is."""
    machine = {"cpu_count": os.cpu_count(), "python": platform.python_version()}
    figures = {
        section: [row if isinstance(row, dict) else asdict(row) for row in rows]
        for section, rows in found.items()
    }
    path.write_text(json.dumps({"machine": machine, **figures}, indent=1) + "\n")
    print(f"\nwritten to {path}")


if __name__ == "__main__":
    main()
