"""Programs as diagrams: what flows where, as a value, for Mermaid and as a picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

import alta
from alta.command.diagram import Arrow, as_mermaid, as_svg, diagram_of
from alta.lang import paths
from tests.alta.lang.toys import ODD_NAMES, named, toy, toy_function

ADDITION = alta.programs.addition()


def test_heads_have_what_they_read_and_rules_what_they_test():
    head = alta.qkv("x", "y", "x")
    diagram = diagram_of(toy([alta.rule({"h": 1}, "y", 1)], heads={"h": head}))
    assert [title for title, _ in diagram.columns] == ["Variables", "Attention", "MLP"]
    assert set(diagram.arrows) == {
        Arrow((0, 0), (1, 0), "query"),
        Arrow((0, 1), (1, 0), "key"),
        Arrow((0, 0), (1, 0), "value"),
        Arrow((1, 0), (2, 0), "tests"),
    }
    assert [node.note for node in diagram.columns[2][1]] == ["written by 1 rule"]


def test_variables_that_no_rule_writes_are_none_of_the_mlp():
    written = [node.name for node in diagram_of(ADDITION).columns[2][1]]
    assert written == ["turn", "value", "carry"]


def test_mermaid_has_every_node_and_arrow():
    text, diagram = as_mermaid(ADDITION), diagram_of(ADDITION)
    lines = text.splitlines()
    assert lines[0] == "flowchart LR"
    assert '    n0_0["turn<br>categorical, 0 … 5"]' in lines
    assert "  n0_3 -- query --> n1_2" in lines
    assert sum("-->" in line or "-.->" in line for line in lines) == len(diagram.arrows)


def test_a_picture_has_every_node_and_arrow():
    root, diagram = ET.fromstring(as_svg(ADDITION)), diagram_of(ADDITION)
    tag = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{tag}path")) == len(diagram.arrows)
    titles = [title.text for title in root.iter(f"{tag}title")]
    assert titles[0] == "addition"
    assert len(titles) == 1 + sum(len(nodes) for _, nodes in diagram.columns)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_escaped(name):
    program = named(name, "head")
    ET.fromstring(as_svg(program))
    assert as_mermaid(program).count("\n") == as_mermaid(named("v", "head")).count("\n")


def test_a_function_without_rules_may_test_everything(monkeypatch):
    monkeypatch.setattr(paths, "MAX_PATHS", 2)
    program = toy_function(lambda z: z.__setitem__("y", z["x"]))
    assert [arrow.source for arrow in diagram_of(program).arrows] == [(0, 0), (0, 1)]
