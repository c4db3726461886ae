"""The page on the trusted base counts every file once and sorts none of them too kindly."""

from __future__ import annotations

import pytest

from docs.trusted_base import (
    GROUPS,
    ROOT,
    Source,
    files_of,
    group_table,
    measured,
    sources,
    summary_table,
)
from tests.house.tree import our_tree

PAGE = ROOT / "docs" / "explanation" / "trusted-base.md"

# What the page says one has to read to believe PROVED.
TRUSTED = ("meaning", "language", "network", "proof")

# Where files of these groups import others, what is imported cannot turn an open obligation into a
# proved one. A name that ends in a dot stands for all in a folder.
HARMLESS = {
    # How a model gets into its files does not matter: those that are read are believed.
    "alta.nn.files": {"alta.output"},
    # Only labels depend on whether the library for labelled arrays is there.
    "alta.nn.activations": {"alta.extras"},
    # As little does how an entry gets into the cache: it has its hash.
    "alta_verify.cache.memory": {"alta.output"},
    # For the place of its files only.
    "alta_verify.cache.key": {"alta"},
    "alta_verify.specs.digest": {"alta"},
    "alta.interp.batch.runs": {"alta.progress"},
    # A run is as it is, whatever a browser shows of it.
    "alta.interp.run": {"alta.pages."},
    "alta.interp.view": {"alta.pages."},
    # Who is told how far a run of all inputs has come, answers nothing.
    "alta_verify.reach.": {"alta.progress"},
    # To compile weights, which are checked like any others.
    "alta_verify.verification": {"alta"},
    "alta_verify.circuits.analysis": {"alta"},
    # What is written is there already, and what is searched for is run.
    "alta_verify.circuits.circuit": {"alta.output"},
    "alta_verify.circuits.search": {"alta_verify.search.samples"},
    # Programs are sampled, and each is proved.
    "alta_verify.circuits.dataset": {"alta.output", "alta.progress", "alta.programs.sampling"},
    # For the names of the classes that users may ask for.
    "alta_verify": {
        "alta_verify.search.counterexample",
        "alta_verify.search.deviation",
        "alta_verify.search.disagreement",
    },
    # What is found is an input, which is replayed, or a guess, of which everything is shown.
    "alta_verify.prove.": {"alta_verify.search."},
    # A certificate is written of what is proved already.
    "alta_verify.prove.computes.theorem": {"alta_verify.certificate.writing"},
    # A report shows counterexamples.
    "alta_verify.report.": {"alta_verify.search.", "alta.pages."},
}


def is_harmless(module: str, name: str) -> bool:
    """Says whether a module may import something that is not trusted."""
    return any(
        f"{module}." == place
        or module == place
        or (place.endswith(".") and module.startswith(place))
        for place, names in HARMLESS.items()
        if any(name == each or (each.endswith(".") and name.startswith(each)) for each in names)
    )


def test_every_source_file_is_in_exactly_one_group():
    grouped = [path for group in GROUPS for path in files_of(group)]
    assert sorted(grouped) == [*sources()], "sort new files into GROUPS of docs/trusted_base.py"


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_every_pattern_of_a_group_matches_a_file(group):
    for pattern in GROUPS[group]:
        assert list(ROOT.glob(pattern)), pattern


def test_trusted_files_import_trusted_files_only():
    modules = our_tree().modules
    trusted = {path for group in TRUSTED for path in files_of(group)}
    strangers = {
        (module, target)
        for module, targets in our_tree().arrows.items()
        if modules[module] in trusted
        for target in targets
        if modules[target] not in trusted and not is_harmless(module, target)
    }
    assert strangers == set()


def test_only_the_exceptions_that_are_written_down_are_harmless():
    assert is_harmless("alta_verify.prove.remote", "alta_verify.search.shrink")
    assert not is_harmless("alta_verify.prove.remote", "alta_verify.certificate.writing")
    assert not is_harmless("alta_verify.encode.mlp", "alta_verify.search.shrink")


def test_lines_of_code_are_told_from_documentation():
    text = (
        '"""A claim.\n\nMore.\n"""\n\n'
        'X = 1\n"""About X."""\n# why\n\n\n'
        'def f():\n    return """a\nb"""\n'
    )
    assert Source.of("some.py", text) == Source("some.py", 13, 4, "A claim.")


@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_the_table_of_a_group_adds_up(group):
    *rows, total = group_table(group).splitlines()[2:]
    lines = [int(row.split("|")[2].replace(",", "")) for row in [*rows, total]]
    # Files without code, such as those that make a folder a package, have no row.
    read = [measured(path) for path in files_of(group)]
    bare = sum(one.lines for one in read if not one.code)
    assert sum(lines[:-1]) + bare == lines[-1]


def test_the_page_shows_every_group_and_the_summary():
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"{{trusted-base}} {group}\n" in text for group in [*GROUPS, "summary"])


def test_the_summary_has_a_row_for_every_group():
    assert len(summary_table().splitlines()) == 2 + len(GROUPS)
