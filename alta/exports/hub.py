"""Folders as Hugging Face has them: with a tokenizer and a model card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final, final

from alta.errors import ModelError
from alta.exports import folder
from alta.lang.program import Program, program_text
from alta.nn import files, storage
from alta.nn.model import Model
from alta.nn.weights import named
from alta.output import write_text
from alta.visible import visible

__all__ = ["write_hub"]

_CARD: Final = """\
---
library_name: alta-verify
tags:
- alta
- compiled-transformer
- interpretability
---

# {title}

A Transformer with known weights: they are meant to compute an ALTA program, whose text is in
`config.json`. All layers have the same weights.

| | |
|:--|:--|
{facts}

## What is proved

{proof}

## How to run it

```python
import alta
from alta.exports import torch as exported

model = alta.load("DIRECTORY")          # in JAX
module = exported.load("DIRECTORY")     # in PyTorch, with hook points as in TransformerLens
logits = module("{example}")
```

`tokenizer.json` splits a text at white space into names of tokens. Weights may be changed, and the
folder read again: `alta verify PROGRAM --weights DIRECTORY` proves them, or shows an input.
"""

_PROVED: Final = """\
The weights were proved to compute the program:

> {claim}

The certificate has the SHA-256

    {sha256}

and `alta check CERTIFICATE` shows it again. It is about the weights in the file
`model.safetensors` with the SHA-256

    {weights}

and says nothing of any that have taken their place."""

_OPEN: Final = """\
Nothing is proved here of these weights: `alta verify PROGRAM --weights DIRECTORY` proves them, or
shows an input on which they do not compute the program."""


@final
@dataclass(frozen=True)
class _Certificate:
    """What a card says of a certificate."""

    claim: str
    sha256: str


def write_hub(model: Model, directory: Path, certificate: Path | None) -> None:
    """Writes a model with its tokenizer and its card, which has the theorem if that is proved."""
    proved = None if certificate is None else _read(certificate, model)
    folder.write_folder(model, directory, folder.config_of(model))
    program, ascii_ = model.program, {"indent": 1, "ensure_ascii": True}
    write_text(directory / "tokenizer.json", json.dumps(_tokenizer(program), **ascii_) + "\n")  # type: ignore[arg-type]
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": _longest(model)}
    write_text(directory / "tokenizer_config.json", json.dumps(settings, **ascii_) + "\n")  # type: ignore[arg-type]
    data = storage.read_file(directory / folder.WEIGHTS, storage.MAX_WEIGHTS, "what was written")
    write_text(directory / "README.md", _card(model, proved, hashlib.sha256(data).hexdigest()))


def _tokenizer(program: Program) -> dict[str, Any]:
    """Returns the vocabulary in the form of the library tokenizers: a word a token."""
    vocab = {name: number for number, name in enumerate(program.vocab)}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": None,
        "decoder": None,
        # The library asks for a name of unknown words; since no token has it, they are refused.
        "model": {"type": "WordLevel", "vocab": vocab, "unk_token": "unknown token"},
    }


def _longest(model: Model) -> int | None:
    bounds = [model.max_len, model.program.position_range]
    return min((bound for bound in bounds if bound is not None), default=None)


def _card(model: Model, proved: _Certificate | None, sha256: str) -> str:
    program, weights = model.program, dict(named(model.weights))
    facts = {
        "tokens": ", ".join(program.vocab),
        "inputs": _language(program),
        "longest input": _longest(model) or "any",
        "layers": "until it halts" if program.halt else program.layers,
        "residual stream": f"{model.layout.width} coordinates",
        "heads": len(program.heads),
        "weights": sum(array.size for array in weights.values()),
        "format": model.dtype,
    }
    rows = [
        f"| {name} | {_cell(str(value))} |" for name, value in facts.items() if value is not None
    ]
    proof = _OPEN
    if proved is not None:
        claim, digest = (visible(text, lines=False) for text in (proved.claim, proved.sha256))
        proof = _PROVED.format(claim=claim, sha256=digest, weights=sha256)
    return _CARD.format(
        title=visible(program.name, lines=False),
        facts="\n".join(rows),
        proof=proof,
        example=" ".join(program.vocab[token] for token in _example(program, _longest(model))),
    )


def _language(program: Program) -> str:
    lines = program_text(program).splitlines()
    return next(line.removeprefix("inputs ") for line in lines if line.startswith("inputs "))


def _example(program: Program, longest: int | None) -> Sequence[int]:
    # A run on an input outside of the language need not end.
    limit = 20 if longest is None else longest
    return program.inputs.sample(Random(0), limit) if program.inputs.count(limit) else ()


def _cell(text: str) -> str:
    # Long languages are in the program's text; a bar would end the cell.
    shown = visible(text, lines=False).replace("|", "\\|")
    return shown if len(shown) <= 200 else f"{shown[:200]} …"


def _read(directory: Path, model: Model) -> _Certificate:
    """Returns what a certificate of these very weights says."""
    place = directory / "certificate.json"
    expected = "the certificate that 'alta verify --certificate DIR' or Report.save wrote"
    content = storage.parse_object(storage.read_file(place, storage.MAX_MANIFEST, expected), place)
    if not all(type(content.get(name)) is str for name in ("claim", "sha256")):
        raise ModelError(f"{place}: expected {expected}, with a claim and a sha256")
    proved = Model(*files.read(directory / "model"))
    # A card may not have the theorem of other weights.
    if _bits(proved) != _bits(model) or proved.program != model.program:
        raise ModelError(
            f"{directory}: the certificate is about other weights, or another program, than those "
            "to export; export what it was made for, alta.load of its folder 'model'"
        )
    return _Certificate(content["claim"], content["sha256"])


def _bits(model: Model) -> list[tuple[str, str, bytes]]:
    return [
        (name, str(array.dtype), array.tobytes()) for name, array in named(model.dense().weights)
    ]
