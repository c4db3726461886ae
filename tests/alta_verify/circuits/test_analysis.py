"""What is said of a proved model holds of all its runs: dead parts are dead, live ones are live."""

from __future__ import annotations

import itertools
import json
from functools import cache

import numpy as np
import pytest

import alta
import alta_verify
from alta import AltaError
from alta_verify import Circuit, Status
from alta_verify.circuits.patching import Patch, outcomes, recorded
from alta_verify.circuits.search import PatchWitness
from tests.alta_verify.circuits.toy import LENGTH, toy
from tests.alta_verify.mutants import with_arrays


@cache
def analysed(**options) -> Circuit:
    return alta_verify.circuit(toy(**options), max_len=LENGTH)


def told(circuit, name):
    answer = circuit.answer(name)
    return answer.status.value, answer.reason.partition(" ")[0]


def test_each_part_is_dead_for_its_reason_or_live():
    circuit = analysed()
    assert circuit.report.proved
    assert told(circuit, "odd") == ("live", "")
    assert told(circuit, "spare") == ("dead", "no")
    assert told(circuit, "first -> left_odd") == ("dead", "it")
    assert told(circuit, "other -> left_odd") == ("dead", "what")
    assert told(circuit, "odd -> left.value") == ("live", "")
    assert told(circuit, "left") == ("live", "")
    dead = {answer.component.name for answer in circuit.of("dead", "coordinate")}
    assert {"spare=0", "spare=1", "first=0", "first=1"} <= dead


def test_on_which_tokens_outputs_depend_is_known_of_every_length():
    circuit = analysed()
    assert circuit.dependences[3].mask.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    assert set(circuit.dependences) == {1, 2, 3}
    (first, *_) = circuit.dependences[2].witnesses
    assert first.outputs != first.after


@pytest.mark.campaign
def test_twins_have_the_same_parts_live():
    assert told(analysed(other_matters=True), "other -> left_odd") == ("live", "")
    spare = analysed(spare_read=True)
    assert told(spare, "other -> spare") == ("live", "")
    assert told(spare, "spare") == ("live", "")


def test_a_witness_is_a_run_of_the_model_with_a_patch():
    circuit = analysed()
    for answer in circuit.of(Status.LIVE):
        witness = answer.witness
        assert isinstance(witness, PatchWitness)
        assert rerun(circuit, answer.component, witness) == witness.patched != witness.outputs


def rerun(circuit, component, witness):
    runs = [recorded(circuit.model, tokens, None) for tokens in (witness.tokens, witness.donor)]
    assert runs[0].outputs == witness.outputs
    patch = Patch(component, *runs, witness.layer, witness.position)
    return outcomes(circuit.model, [patch], None)[0]


def every_patch(circuit, longest):
    """All patches of what is dead, at single places of short inputs."""
    program, dead = circuit.program, [answer.component for answer in circuit.of("dead")]
    for length in program.inputs.lengths(longest)[1:]:
        words = program.inputs.automaton(length).enumerate_words(length)
        runs = [recorded(circuit.model, word, program.layer_bound(length)) for word in words]
        for run, other in itertools.permutations(runs, 2):
            for layer in range(min(len(run.layers), len(other.layers))):
                for component in dead:
                    for position in run.differing(other, component, layer):
                        yield Patch(component, run, other, layer, position)


def check_dead(circuit, longest):
    patches = list(every_patch(circuit, longest))
    for patch, outputs in zip(patches, outcomes(circuit.model, patches, None), strict=True):
        assert outputs == patch.run.outputs, patch
    return len(patches)


def check_sources(circuit, longest):
    program = circuit.program
    for length in program.inputs.lengths(longest)[1:]:
        words = list(program.inputs.automaton(length).enumerate_words(length))
        runs = dict(zip(words, alta.run_batch(program, words), strict=True))
        seen = np.zeros((length, length), dtype=bool)
        for word, other in itertools.permutations(words, 2):
            places = [j for j in range(length) if word[j] != other[j]]
            if len(places) == 1:
                pairs = zip(runs[word].outputs, runs[other].outputs, strict=True)
                seen[:, places[0]] |= [first != second for first, second in pairs]
        mask = circuit.dependences[length].mask
        assert not seen[mask == 0].any()
        assert seen[mask == 1].all()


def test_no_patch_of_what_is_dead_changes_an_output_of_the_toy():
    assert check_dead(analysed(), 2) > 10
    check_sources(analysed(), 3)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(12))
def test_no_patch_of_what_is_dead_changes_an_output(seed):
    sizes = {"tokens": 2 + seed % 2, "variables": 2 + seed % 3, "heads": 1 + seed % 3}
    program = alta.sample_program(seed, length=3, **sizes)
    circuit = alta_verify.circuit(program, max_len=3)
    check_dead(circuit, 3 if sizes["tokens"] == 2 else 2)
    check_sources(circuit, 3)


@pytest.mark.campaign
def test_all_that_is_dead_by_flow_can_be_patched_at_once():
    # One component in the place of all of them.
    circuit = analysed()
    from dataclasses import replace

    parts = [a.component for a in circuit.of("dead") if a.component.kind == "variable"]
    columns = tuple(column for part in parts for column in part.patch["before"])
    together = replace(parts[0], patch={"before": columns})
    runs = [recorded(circuit.model, word, None) for word in ((1, 2, 3), (2, 3, 0), (0, 1, 2))]
    patches = [
        Patch(together, run, other, layer, position)
        for run, other in itertools.permutations(runs, 2)
        for layer in range(2)
        for position in range(3)
    ]
    found = outcomes(circuit.model, patches, None)
    assert found == [patch.run.outputs for patch in patches]


def test_the_text_counts_and_the_file_has_it_all(tmp_path):
    circuit = analysed()
    assert str(circuit).startswith("toy: circuit, on all inputs of 1 to 3 tokens\n  variables: 2")
    circuit.save(tmp_path / "circuit.json")
    entries = json.loads((tmp_path / "circuit.json").read_text())
    assert entries["format"] == "alta-circuit 1"
    assert len(entries["components"]) == len(circuit.answers)
    by_name = {entry["name"]: entry for entry in entries["components"]}
    edge = by_name["odd -> left.value"]
    assert edge["hook"] == "blocks.{layer}.attn.hook_v"
    assert edge["source"]["index"] == list(circuit.model.layout.columns["odd"])
    assert edge["witness"]["layer"] in (0, 1)
    assert entries["dependences"][2]["live"] == [[], [0], [1]]


def test_a_model_that_is_not_proved_has_no_circuit():
    program = toy()
    model = alta.compile(program, max_len=LENGTH).dense()
    out = np.array(model.weights.mlp.lookup_out) * 0
    with pytest.raises(AltaError, match="are REFUTED, and only of a model that is PROVED"):
        alta_verify.circuit(program, with_arrays(model, {"mlp.lookup_out": out}), max_len=LENGTH)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda circuit: circuit.of("alive"), "no status 'alive'; expected live, dead, undecided"),
        (lambda circuit: circuit.of("live", "wire"), "no kind 'wire'; expected one of variable"),
        (lambda circuit: circuit.answer("nobody"), "no component 'nobody'"),
        (lambda _: alta_verify.circuit("toy"), "expected an alta.Program, got 'toy'"),
    ],
    ids=["status", "kind", "name", "program"],
)
def test_what_there_is_not_is_refused(call, message):
    with pytest.raises(AltaError, match=message):
        call(analysed())
