"""Components: the parts of a model that can be patched, with their names and hook points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, final

from alta.nn.model import Model
from alta.nn.naming import Naming
from alta_verify.circuits.connections import LAYERS, Connections
from alta_verify.circuits.layer import ROLES

__all__ = ["KINDS", "Component", "components"]

KINDS: Final = ("variable", "head", "read", "write", "coordinate", "unit")
"""The kinds of components, from what programs have to what weights have."""

# The hook points of the exported modules, in the names of TransformerLens where it has them.
_BEFORE: Final = "blocks.{layer}.hook_resid_pre"
_WITHIN: Final = "blocks.{layer}.hook_resid_mid"
_AFTER: Final = "blocks.{layer}.hook_resid_post"
_READS: Final = {role: f"blocks.{{layer}}.attn.hook_{role[0]}" for role in ROLES}
_HEADS: Final = "blocks.{layer}.attn.hook_z"
_UNITS: Final = {
    "hidden": "blocks.{layer}.mlp.expand.hook_post",
    "expanded": "blocks.{layer}.mlp.expand.hook_out",
    "fired": "blocks.{layer}.mlp.hook_post",
}


@final
@dataclass(frozen=True)
class Component:
    """A part of a model, the same in all of its layers, or an edge between two.

    Attributes:
        kind: one of `KINDS`: a *variable* or a *coordinate* of the residual stream, a *head*, a
            *unit* of the feed-forward block; or an edge: what a head reads of a variable (*read*),
            or what the block reads of a name to write a variable (*write*).
        name: the name in the program, and of an edge both: ``parity -> parity_left.value``.
        hook: the hook point at which it is patched, with ``{layer}`` for the number of the layer.
        index: its indices there: coordinates, the number of a head, or that of a unit.
        source: of an edge, the hook point and the coordinates of what is read.
        meaning: what a unit stands for, read off its weights.
        patch: for each activation that is replaced, the rows of it.
    """

    kind: str
    name: str
    hook: str
    index: tuple[int, ...]
    source: tuple[str, tuple[int, ...]] | None = None
    meaning: str = field(default="", compare=False)
    patch: Mapping[str, tuple[int, ...]] = field(default_factory=dict, repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Returns it as JSON has it."""
        entry: dict[str, Any] = {"kind": self.kind, "name": self.name, "hook": self.hook}
        entry["index"] = list(self.index)
        if self.source is not None:
            hook, columns = self.source
            entry["source"] = {"hook": hook, "index": list(columns)}
        if self.meaning:
            entry["meaning"] = self.meaning
        return entry


def components(model: Model, connections: Connections) -> Iterator[Component]:
    """Yields the components of a model; of edges those with a path of weights that are not 0."""
    columns, program = model.layout.columns, model.program
    for name in program.variables:
        yield Component("variable", name, _BEFORE, columns[name], patch={"before": columns[name]})
    numbers = {name: number for number, name in enumerate(program.heads)}
    for name, number in numbers.items():
        yield Component("head", name, _HEADS, (number,), patch={"within": columns[name]})
    rows = _read_rows(model)
    for head, read, role in connections.reads():
        patch = {"read_from": columns[read], "read": rows[head, role]}
        source, title = (_BEFORE, columns[read]), f"{read} -> {head}.{role}"
        yield Component("read", title, _READS[role], (numbers[head],), source, patch=patch)
    for written, read in connections.writes():
        patch = {"write_from": columns[read], "write": columns[written]}
        source = _WITHIN, columns[read]
        title = f"{read} -> {written}"
        yield Component("write", title, _AFTER, columns[written], source, patch=patch)
    naming = Naming.of(program, model.layout, model.weights.mlp, model.max_len)
    for column, name in enumerate(naming.coordinates):
        owner = next(owner for owner, places in columns.items() if column in places)
        # Head outputs are there between attention and the block alone.
        where, hook = ("within", _WITHIN) if owner in program.heads else ("before", _BEFORE)
        yield Component("coordinate", name, hook, (column,), patch={where: (column,)})
    for layer in LAYERS:
        for unit, meaning in enumerate(naming.units(layer)["meaning"]):
            title, patch = f"{layer}[{unit}]", {layer: (unit,)}
            yield Component("unit", title, _UNITS[layer], (unit,), None, meaning, patch)


def _read_rows(model: Model) -> dict[tuple[str, str], tuple[int, ...]]:
    """Returns where queries, keys and values of each head are in what the forward pass reads."""
    rows, start = {}, 0
    for group in model.device_weights.groups:
        for role, width in zip(ROLES, group.widths, strict=True):
            # The first components of all heads of a group come first, then their second ones.
            for number, name in enumerate(group.heads):
                places = range(start + number, start + width * len(group.heads), len(group.heads))
                rows[name, role] = tuple(places)
            start += width * len(group.heads)
    return rows
