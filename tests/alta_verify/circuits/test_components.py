"""Components have the hook points of the exported module: a patch there does what it did in JAX."""

from __future__ import annotations

import numpy as np
import pytest

import alta
import alta_verify
from alta.nn.layout import values
from alta_verify.circuits.components import KINDS, components
from alta_verify.circuits.connections import Connections
from tests.alta_verify.circuits.toy import LENGTH, toy


def test_every_part_is_there_once_with_its_place():
    model = alta.compile(toy(), max_len=LENGTH)
    parts = list(components(model, Connections(model)))
    assert len(set(parts)) == len(parts)
    by_kind = {kind: [part for part in parts if part.kind == kind] for kind in KINDS}
    assert [part.name for part in by_kind["variable"]] == list(model.program.variables)
    assert [part.index for part in by_kind["head"]] == [(0,)]
    assert len(by_kind["coordinate"]) == model.layout.width
    mlp = model.weights.mlp
    widths = mlp.expand_in.shape[1], mlp.expand_out.shape[1], mlp.lookup_in.shape[1]
    assert len(by_kind["unit"]) == sum(widths)
    assert all("meaning" in part.to_json() for part in by_kind["unit"])


# Of edges what is put in place is computed, and in no cache.
CACHED = ("variable", "head", "coordinate", "unit")


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("program", "longest"),
    [(toy(), LENGTH), (alta.programs.parity_sequential_relative(), 4)],
    ids=["bound", "halt"],
)
def test_the_exported_module_does_the_same_at_the_hook_point(program, longest):
    pytest.importorskip("torch", reason="the extra torch is not installed")
    from alta.exports.torch import Transformer

    circuit = alta_verify.circuit(program, max_len=longest)
    module = Transformer(circuit.model)
    tried = 0
    for answer in circuit.of("live"):
        if answer.component.kind in CACHED:
            found = patched(module, circuit, answer.component, answer.witness)
            assert found == answer.witness.patched, answer
            tried += 1
    assert tried > 10


def patched(module, circuit, component, witness):
    name = component.hook.format(layer=witness.layer)
    _, cache = module.run_with_cache(list(witness.donor))
    _, own = module.run_with_cache(list(witness.tokens))
    donor, index = cache[name], list(component.index)
    assert not bool(
        (own[name][0, witness.position, index] == donor[0, witness.position, index]).all()
    )

    def replace(activation, hook):
        activation = activation.clone()
        activation[0, witness.position, index] = donor[0, witness.position, index]
        return activation

    logits = module.run_with_hooks(list(witness.tokens), fwd_hooks=[(name, replace)])
    variable = circuit.program.variables[circuit.program.output_name]
    return tuple(values(variable, np.asarray(logits[0].detach().numpy())))
