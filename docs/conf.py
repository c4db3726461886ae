"""How Sphinx builds the documentation; `make docs` runs it. Nothing is fetched from a network."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from functools import cache
from importlib.metadata import version as version_of
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# Extensions of our own lie beside this file.
sys.path.insert(0, str(Path(__file__).parent))

project = "ALTA Verify"
author = "The ALTA Verify Authors"
copyright = f"2026, {author}"  # noqa: A001 - the name is Sphinx's
release = version = version_of("alta-verify")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "trusted_base",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"{project} {release}"
html_show_sourcelink = False

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 4

# Notebooks have no outputs in the tree; each is run when the pages are built, and has to succeed.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_show_tb = True
nb_merge_streams = True

# What is copied are commands and statements, without prompts and what they print.
copybutton_prompt_text = r"\$ |>>> |\.\.\. |> "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_maximum_signature_line_length = 80

# What is in extras need not be installed to document who uses it.
autodoc_mock_imports = [name for name in ("torch",) if find_spec(name) is None]

# The modules whose names are public, each name documented once, where users import it from.
PUBLIC_MODULES = (
    "alta",
    "alta.inputs",
    "alta.programs",
    "alta.datasets",
    "alta.learn",
    "alta_verify",
    "alta_verify.strategies",
)

# References into this project must resolve; those to other projects stay plain text.
nitpick_ignore_regex = [(r"py:.*", r"(?!alta\.|alta_verify\.).*")]


@cache
def public_names() -> dict[int, str]:
    """Maps the identity of each public object to the name under which users import it."""
    names: dict[int, str] = {}
    for module_name in PUBLIC_MODULES:
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError:
            continue
        for name in getattr(module, "__all__", ()):
            names.setdefault(id(getattr(module, name)), f"{module_name}.{name}")
    return names


def find_object(dotted: str) -> object | None:
    """Returns what a dotted name denotes, or None."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[cut:]:
            found = getattr(found, attribute, None)
        return found
    return None


def resolve_public(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.TextElement
) -> nodes.Node | None:
    """Links a name in the module that defines it to the place that documents it.

    What exists but is not public stays plain text; what does not exist is left to be reported.
    """
    if node.get("refdomain") != "py":
        return None
    found = find_object(node["reftarget"])
    if found is None:
        return None
    public = public_names().get(id(found))
    if public is None or public == node["reftarget"]:
        return content
    return env.domains.python_domain.resolve_xref(
        env, node["refdoc"], app.builder, "obj", public, node, content
    )


def skip_modules(
    app: Sphinx, kind: str, name: str, member: object, skip: bool, options: object
) -> bool | None:
    """Leaves submodules out of the page of their package: each public one has a page."""
    return True if inspect.ismodule(member) else None


FILE = re.compile(r"^\*\*`(?P<name>[\w.-]+)`\*\*\n+```(?P<language>\w+)\n", re.MULTILINE)


def caption_files(app: Sphinx, docname: str, source: list[str]) -> None:
    """Puts the name of a file, which stands above its block, into the caption of the block."""
    source[0] = FILE.sub(r"```{code-block} \g<language>\n:caption: \g<name>\n\n", source[0])


def setup(app: Sphinx) -> None:
    """Connects the three handlers above."""
    app.connect("source-read", caption_files)
    app.connect("missing-reference", resolve_public)
    app.connect("autodoc-skip-member", skip_modules)
