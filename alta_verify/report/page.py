"""Views of reports: the theorem, what was shown of it, and both sides of a counterexample."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from alta.errors import AltaError
from alta.interp.place import selections
from alta.interp.run import run
from alta.interp.step import attend
from alta.interp.view import Side, run_view
from alta.lang.program import program_hash
from alta.nn.naming import Naming
from alta.nn.weights import MLPWeights
from alta.pages.views import FindingView, ReportView, RunView
from alta_verify.report.finding import Finding
from alta_verify.report.rendering import explanation_text
from alta_verify.search.counterexample import Counterexample
from alta_verify.search.deviation import Deviation
from alta_verify.search.difference import layers_to_take
from alta_verify.search.disagreement import Disagreement

__all__ = ["view_of"]

# Of a run that goes on for ever so many layers are shown.
_MANY_LAYERS: Final = 128


def view_of(
    *,
    title: str,
    verdict: str,
    standing: str,
    claim: str,
    findings: Sequence[Finding],
    counterexample: Counterexample | Deviation | Disagreement | None,
    lists: Mapping[str, Sequence[str]],
    facts: Mapping[str, Any],
    certificate: Path | None,
) -> ReportView:
    """Returns a report as pages show it, with the hash of its certificate if that is written.

    The claim is called by its standing, such as a theorem; `lists` has further sections by title.
    """
    longest = max((finding.seconds for finding in findings), default=0) or 1
    view, lines, text = None, [] if counterexample is None else [str(counterexample)], ""
    if isinstance(counterexample, Counterexample):
        view = _sides(counterexample)
        lines += [*counterexample.cause(), *_meanings(counterexample)]
    elif counterexample is not None:
        text = explanation_text(counterexample)
        view = _whole(counterexample) if isinstance(counterexample, Deviation) else None
    return ReportView(
        title=title,
        verdict=verdict,
        standing=standing,
        claim=claim,
        findings=tuple(
            FindingView(
                name=finding.name,
                claim=finding.claim,
                result=finding.result.value,
                method=f"{'cached: ' if finding.cached else ''}{finding.method}",
                seconds=finding.seconds,
                share=finding.seconds / longest,
            )
            for finding in findings
        ),
        lists=lists,
        facts=_facts(facts, counterexample, certificate),
        counterexample=tuple(lines),
        text=text,
        run=view,
    )


def _facts(
    facts: Mapping[str, Any],
    counterexample: Counterexample | Deviation | Disagreement | None,
    certificate: Path | None,
) -> dict[str, str]:
    shown = {
        name.replace("_", " "): f"{value:,}" if isinstance(value, int) else str(value)
        for name, value in facts.items()
        if not isinstance(value, dict) and value is not None
    }
    if isinstance(counterexample, (Counterexample, Deviation)):
        shown["program SHA-256"] = program_hash(counterexample.program)
    if certificate is not None:
        shown["certificate"] = str(certificate)
        shown["certificate SHA-256"] = _hash(certificate)
    return shown


def _hash(certificate: Path) -> str:
    """Returns the hash that a certificate has of itself, and with it of all its files."""
    try:
        manifest: Any = json.loads((certificate / "certificate.json").read_text(encoding="utf-8"))
        return str(manifest["sha256"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise AltaError(
            f"certificate {str(certificate)!r}: expected a folder that Report.save wrote; {error}"
        ) from error


def _sides(counterexample: Counterexample) -> RunView:
    """Returns the runs of both sides, or that of a program up to the layer in which it fails."""
    program, tokens = counterexample.program, counterexample.tokens
    mark = (counterexample.position, counterexample.variable)
    if counterexample.kind != "mismatch" or counterexample.model is None:
        # Where the MLP fails attention does not, and what it reads shows why.
        taken = run(program, tokens, counterexample.layer - 1)
        state = taken.trace.tables[-1]
        reads = {name: selections(program, name, state) for name in program.heads}
        tables = [*taken.trace.tables, attend(program, state), state]
        sides, start = [Side(tables, (*taken.attention, reads))], counterexample.layer
        ending = f": layer {start}, in which it fails, has no values but those that heads read"
    else:
        taken = run(program, tokens, layers_to_take(program, tokens, counterexample.max_layers))
        model_run = counterexample.model.run(tokens, taken.n_layers)
        sides, ending = [taken.side, model_run.side], ", both sides"
        start = min(counterexample.layer, taken.n_layers)
    summary = f"Run of '{counterexample.names}'{ending}."
    return run_view(program, tokens, summary, sides, start=start, mark=mark)


def _whole(deviation: Deviation) -> RunView:
    """Returns the run whose outputs are not what was meant."""
    program, tokens = deviation.program, deviation.tokens
    taken = run(program, tokens, min(deviation.layer, _MANY_LAYERS))
    mark = (deviation.position, deviation.variable)
    summary = f"Run of '{deviation.names}'."
    return run_view(program, tokens, summary, [taken.side], start=taken.n_layers, mark=mark)


def _meanings(counterexample: Counterexample) -> list[str]:
    """Returns what the neurons that a cause names stand for."""
    model = counterexample.model
    if model is None or not isinstance(model.weights.mlp, MLPWeights) or not counterexample.cause():
        return []
    naming = Naming.of(model.program, model.layout, model.weights.mlp, model.max_len)
    meanings = naming.units("fired")["meaning"]
    return [f"neuron {n.index}: {meanings[n.index]}" for n in counterexample.explanation.neurons]
