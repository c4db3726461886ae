"""Files that nobody should trust: each is small, and would take long, or much memory, to read."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from alta_verify.check.files import (
    EVIDENCE,
    MANIFEST,
    MODEL,
    PROGRAM,
    QUERIES,
    WEIGHTS,
    canonical,
    digest,
    read_certificate,
)
from alta_verify.check.limits import bounded
from alta_verify.check.refused import Refused
from alta_verify.check.smtlib import smtlib
from alta_verify.check.theorem import Theorem
from tests.cases.memory import peak

__all__ = ["CASES", "MUCH", "RIGHT", "sealed_again"]

MUCH = 400_000
"""About as many bytes as a file may have here."""

Edit = Callable[[Path], object]


def _sha256(data: bytes) -> dict[str, Any]:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def sealed_again(folder: Path) -> None:
    """Makes the hashes fit what the files are now, where they can be read."""
    manifest = json.loads((folder / MANIFEST).read_text())
    try:
        model = json.loads((folder / MODEL).read_text())
        model["weights_sha256"] = _sha256((folder / WEIGHTS).read_bytes())["sha256"]
        said = {key: value for key, value in model.items() if key != "manifest_sha256"}
        (folder / MODEL).write_text(canonical({**said, "manifest_sha256": digest(said)}))
    except (ValueError, TypeError, RecursionError):
        pass
    manifest["files"] = {name: _sha256((folder / name).read_bytes()) for name in manifest["files"]}
    said = {key: value for key, value in manifest.items() if key != "sha256"}
    (folder / MANIFEST).write_text(canonical({**said, "sha256": digest(said)}))


def _text(old: str, new: str) -> Edit:
    """Replaces a line, or part of one, in both texts of the program."""

    def edit(folder: Path) -> None:
        text = (folder / PROGRAM).read_text()
        assert old in text, old
        text = text.replace(old, new, 1)
        (folder / PROGRAM).write_text(text)
        model = json.loads((folder / MODEL).read_text())
        model["program"] = text.split("\n")[:-1]
        (folder / MODEL).write_text(canonical(model))

    return edit


def _inputs(description: str) -> Edit:
    return _text('inputs regex "START (0|1)*"', f"inputs {description}")


def _regex(pattern: str) -> Edit:
    return _inputs(f"regex {json.dumps(pattern)}")


def _vocabulary(size: int, pattern: str) -> Edit:
    """Gives the program many tokens."""

    def edit(folder: Path) -> None:
        names = json.dumps([str(token) for token in range(size)], separators=(",", ":"))
        table = f"token [{','.join('0' * size)}]"
        for old, new in (
            ("tokens 3", f"tokens {size}"),
            ('vocab ["0","1","START"]', f"vocab {names}"),
            ("token [0,1,0]", table),
            ("token [0,0,1]", "default [0]"),
            ('inputs regex "START (0|1)*"', f"inputs regex {json.dumps(pattern)}"),
        ):
            _text(old, new)(folder)

    return edit


def _lines(line: Callable[[int], str], before: str) -> Edit:
    """Adds many lines before one."""
    size = len(line(10_000)) + 1
    many = "\n".join(line(number) for number in range(MUCH // size))
    return _text(before, f"{many}\n{before}")


def _json(name: str, change: Callable[[Any], object]) -> Edit:
    def edit(folder: Path) -> None:
        found = json.loads((folder / name).read_text())
        change(found)
        (folder / name).write_text(canonical(found))

    return edit


def _raw(name: str, old: str, new: str) -> Edit:
    """Replaces text in a JSON file, which then need not be JSON."""

    def edit(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text, old
        (folder / name).write_text(text.replace(old, new, 1))

    return edit


def _sets(**keys: Any) -> Callable[[Any], object]:
    return lambda found: found.update(keys)


def _header(change: Callable[[Any], object]) -> Edit:
    def edit(folder: Path) -> None:
        data = (folder / WEIGHTS).read_bytes()
        (size,) = struct.unpack_from("<Q", data)
        header = json.loads(data[8 : 8 + size])
        change(header)
        text = json.dumps(header).encode()
        (folder / WEIGHTS).write_bytes(struct.pack("<Q", len(text)) + text + data[8 + size :])

    return edit


def _bytes(name: str, data: bytes) -> Edit:
    return lambda folder: (folder / name).write_bytes(data)


def _entry(**keys: Any) -> Edit:
    return _header(lambda header: header["token_embedding"].update(keys))


def _archive(compression: int, *, entries: int = 1, size: int = 0) -> Edit:
    def edit(folder: Path) -> None:
        with zipfile.ZipFile(folder / QUERIES) as archive:
            first = archive.namelist()[0]
        with zipfile.ZipFile(folder / QUERIES, "w", compression) as archive:
            for number in range(entries):
                with archive.open(first if not number else f"{number}", "w") as file:
                    for _ in range(size >> 20):
                        file.write(bytes(1 << 20))

    return edit


def _instead(name: str, make: Callable[[Path], object]) -> Edit:
    """Puts something else in the place of a file, after everything was sealed."""

    def edit(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    edit.late = True  # type: ignore[attr-defined]
    return edit


def _deep(kind: str) -> str:
    return kind * (MUCH // len(kind))


_WORDS = json.dumps([[2] * n for n in range(1, 600)], separators=(",", ":"))

CASES: Mapping[str, Edit] = {
    "nested repetitions": _regex("0 1 (0{999999999}){999999999}"),
    "repetitions of nothing": _regex("(()|()){999999999}"),
    "repetitions that are left out": _regex("((0{999999999}){999999999}){0}"),
    "options to the limit": _regex("(((0?){10}){10}){100}"),
    "nested options": _regex("(" * 99 + "0" + "?)" * 99 + "{9999}"),
    "many parentheses": _regex("(" * MUCH),
    "many closed parentheses": _regex("()" * (MUCH // 2)),
    "many symbols": _regex("0 " * (MUCH // 2)),
    "many options": _regex("|" * MUCH),
    "a late choice": _regex("(0|1)* 1 (0|1){30}"),
    "a late choice of one length": _regex("(0|1){9000} 1 (0|1){900}"),
    "a long number in braces": _regex(f"0{{{'9' * MUCH}}}"),
    "many tokens": _vocabulary(60_000, ".{10000}"),
    "many tokens, but each": _vocabulary(60_000, " ".join(f"[^{n}]" for n in range(9000))),
    "many words": _inputs(f"sequences {_WORDS}"),
    "a language that is deep": _inputs("sequences " + _deep("[")),
    "a range": _text("variable done range 2", "variable done range 3000000000"),
    "a range to the limit": _text("variable done range 2", "variable done range 16000"),
    "a range of many digits": _text("variable done range 2", f"variable done range {'9' * MUCH}"),
    "a subset": _text("variable done range 2 ", "variable done subsets [[0]] of 3000000000 "),
    "positions": _text("positions -", "positions 999999999999999999"),
    "layers": _text("layers -", "layers 999999999999999999"),
    "many layers": _text("layers -", f"layers [{','.join('9' * (MUCH // 2))}]"),
    "an offset": _text("mask [-1]", "mask [999999999999999999]"),
    "many offsets": _text("mask [-1]", f"mask [{','.join(map(str, range(120_000)))}]"),
    "a vocabulary that is deep": _text('vocab ["0"', f"vocab {_deep('[')}"),
    "a number that is too large": _text(":= 1", ":= 1e999"),
    "a number of many digits": _text(":= 1", f":= {'1' * MUCH}"),
    "many variables": _lines(lambda n: f"variable v{n} range 2 default [0]", "head parity_left"),
    "many rules": _lines(lambda n: f"rule parity=0 -> parity := {n + 2}", "output"),
    "many other rules": _lines(lambda n: f"rule done=0 -> done := {n + 2}", "output"),
    "many heads": _lines(
        lambda n: f"head h{n} query - key - value done mask [-1]",
        "rule parity=0 & done=0 & parity_left=1",
    ),
    "many arrows": _text("rule parity=0", f"rule {_deep(' -> ')}parity=0"),
    "many quotes": _text("rule parity=0", f"rule {_deep(chr(34) + ' -> ')}parity=0"),
    "a long name": _text('name "', f'name "{"x" * MUCH}'),
    "a width": _json(MODEL, lambda found: found["layout"].update(width=2_000_000_000)),
    "columns": _json(
        MODEL, lambda found: found["layout"]["columns"].update(done=list(range(60_000)))
    ),
    "columns that are no numbers": _json(
        MODEL, lambda found: found["layout"]["columns"].update(done=["0", None])
    ),
    "a longest input": _json(MODEL, _sets(max_len=10**9)),
    "a sparse matrix": _json(MODEL, _sets(sparse={"token_embedding": [3, 2_000_000_000]})),
    "a negative sparse matrix": _json(MODEL, _sets(sparse={"token_embedding": [-3, -2]})),
    "a format that is a list": _json(MODEL, _sets(dtype=[])),
    "a program of numbers": _json(MODEL, _sets(program=[1, 2])),
    "a program of many lines": _json(MODEL, _sets(program=[""] * (MUCH // 5))),
    "a manifest that is deep": _raw(MODEL, '"format"', f'"more": {_deep("[")},\n "format"'),
    "a manifest with many digits": _raw(MODEL, '"format"', f'"more": {"9" * 5000},\n "format"'),
    "a header that is long": _bytes(WEIGHTS, struct.pack("<Q", 1 << 62) + bytes(99)),
    "a header that is deep": _bytes(
        WEIGHTS, struct.pack("<Q", MUCH) + _deep("[").encode() + bytes(99)
    ),
    "no header": _bytes(WEIGHTS, b"\x01"),
    "no weights": _bytes(WEIGHTS, b""),
    "a shape": _entry(shape=[0, 1 << 40], data_offsets=[0, 0]),
    "a shape that fits nothing": _entry(shape=[1 << 40, 1 << 40]),
    "a negative shape": _entry(shape=[-3, -8]),
    "a shape of many sides": _entry(shape=[1] * 100_000),
    "offsets before the file": _entry(data_offsets=[-96, 0]),
    "offsets behind the file": _entry(data_offsets=[1 << 40, (1 << 40) + 96]),
    "offsets that overlap": _header(
        lambda header: header["token_embedding"].update(
            data_offsets=header["mlp.lookup_out"]["data_offsets"]
        )
    ),
    "a format that there is not": _entry(dtype="F128"),
    "many arrays": _header(
        lambda header: header.update(
            {f"{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(12_000)}
        )
    ),
    "many rows of evidence": _json(EVIDENCE, _sets(value_sets=[{}] * (MUCH // 5))),
    "many hints": _json(
        EVIDENCE,
        _sets(runs=[{"names": ["parity", "done"], "defined": [], "by": "words"}] * (MUCH // 90)),
    ),
    "evidence that is deep": _raw(EVIDENCE, '"runs": []', f'"runs": {_deep("[")}'),
    "a bound": _json(MANIFEST, _sets(max_len=10**9)),
    "a bound at the limit": _json(MANIFEST, _sets(max_len=1 << 14)),
    "many obligations": _json(MANIFEST, lambda found: found["obligations"].extend([{}] * 100_000)),
    "a certificate that is deep": _raw(MANIFEST, '"prover": {', f'"prover": {_deep("[")}, "x": {{'),
    "an archive that grows": _archive(zipfile.ZIP_DEFLATED, size=300 << 20),
    "an archive that grows otherwise": _archive(zipfile.ZIP_BZIP2, size=100 << 20),
    "an archive of many": _archive(zipfile.ZIP_STORED, entries=8000),
    "an archive that is none": _bytes(QUERIES, b"PK\x05\x06" + bytes(18)),
    **{f"a pipe as {name}": _instead(name, os.mkfifo) for name in (MANIFEST, PROGRAM, WEIGHTS)},
    **{
        f"an endless file as {name}": _instead(name, lambda path: path.symlink_to("/dev/zero"))
        for name in (MANIFEST, MODEL, QUERIES)
    },
    "a folder as evidence": _instead(EVIDENCE, Path.mkdir),
}


RIGHT = frozenset(
    {
        "a long name",
        "a longest input",
        "layers",
        "many hints",
        "many layers",
        "many obligations",
        "many words",
        "positions",
    }
)
"""Those that change nothing of what is shown, whatever the manifest says of obligations."""


def _reason(folder: Path) -> str:
    """Goes as far as a check can, whatever the manifest says of the claim and the obligations."""
    certificate = read_certificate(folder)
    theorem = Theorem(
        program=certificate.program,
        weights=certificate.weights,
        model=certificate.model,
        max_len=certificate.manifest["max_len"],
        max_layers=certificate.manifest["max_layers"],
        evidence=certificate.evidence,
    )
    with certificate.queries() as queries:
        for name, obligation in theorem.obligations.items():
            theorem.show(name)
            for number, question in enumerate(theorem.questions(name), 1):
                queries.expect(obligation.query(number), smtlib(question))
                question.decide()
        queries.expect_end()
    return "shown"


def main(folder: Path) -> None:
    """Prints why each of some folders is refused, and the memory that this took, in MiB."""
    reasons = {}
    for one in sorted(folder.iterdir()):
        try:
            with bounded(60, 1024):
                reasons[one.name] = _reason(one)
        except Refused as refused:
            reasons[one.name] = str(refused)
        except MemoryError:
            reasons[one.name] = "memory"
        except Exception as error:  # noqa: BLE001 - is compared by the test
            reasons[one.name] = f"{type(error).__name__}: {error}"
    sys.stdout.write(json.dumps({"reasons": reasons, "most": peak()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
