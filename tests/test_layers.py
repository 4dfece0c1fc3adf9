"""Imports point down: DESIGN, section 3."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import conformance

PACKAGE: Final = Path(conformance.__file__).parent

# A package stands for all modules in it, unless one of them has a line of its own.
LAYERS: Final[dict[str, int]] = {
    "": 0,
    "assurance": 0,
    "duration": 0,
    "errors": 0,
    "exchange": 0,
    "identifier": 0,
    "kill_matrix": 0,
    "likeness": 0,
    "pointer": 0,
    "report": 0,
    "requirement": 0,
    "resources": 0,
    "retry_after": 0,
    "transcript": 0,
    "verdict": 0,
    "waiver": 0,
    "attestation": 1,
    "catalogue": 1,
    "clock": 1,
    "packing": 1,
    "platform": 1,
    "redaction": 1,
    "signing": 1,
    "tryout": 1,
    "waiver_file": 1,
    "generate": 2,
    "judge": 2,
    "control": 3,
    "delivery": 3,
    "driver": 3,
    "greeter": 3,
    "guard": 3,
    "hooks": 3,
    "journal": 3,
    "journal_schema": 3,
    "kit": 3,
    "scenarios": 3,
    "search": 3,
    "simulator": 3,
    "observation": 3,
    "stage": 3,
    "tls": 3,
    "wire": 3,
    "reporting": 4,
    "aggregate": 5,
    "cli": 5,
    "commands": 5,
    "coverage": 5,
    "credentials": 5,
    "doctor": 5,
    "drafting": 5,
    "extension": 5,
    "fixtures": 5,
    "gate": 5,
    "hookspecs": 5,
    "inspection": 5,
    "installation": 5,
    "items": 5,
    "office": 5,
    "options": 5,
    "outfit": 5,
    "partner": 5,
    "partner_hooks": 5,
    "partner_process": 5,
    "partner_settings": 5,
    "plugin": 5,
    "reference": 5,
    "reference_page": 5,
    "resend": 5,
    "rig": 5,
    "run": 5,
    "selftest": 5,
    "session": 5,
    "settings": 5,
    "settings_reader": 5,
    "side_by_side": 5,
}

# Who of layer 3 may import judges, and why.
MEETS_JUDGES: Final = {
    "driver": "repeats alone what judges doubt",
    "scenarios.exploring": "shrinks what judges find",
    "scenarios.programme": "plans the stories from the judges that need them",
}

# What makes a judge impure.
IMPURE: Final = frozenset({"asyncio", "httpx", "os", "pathlib", "pytest", "socket", "time"})

# What may not be loaded when pytest starts: each costs every user of pytest time.
SLOW: Final = frozenset(
    {"click", "h11", "httpx", "hypothesis", "jinja2", "jsonschema", "openapi_core", "schemathesis", "yaml"}
)

# What reads the signature of a description.
SCHEMES_HOMES: Final = ("platform.signature", "platform.signature_check", "drafting.signatures")

# The modules whose docstrings show commands, and commands name a platform.
SHOWS_EXAMPLES: Final = ("cli", "commands")


def name_of(path: Path) -> str:
    """A module's name below the package, `platform.document` say; the package itself is the empty name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES: Final = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def owner(module: str) -> str:
    """The line of the table that a module falls under."""
    return module if module in LAYERS else module.partition(".")[0]


def layer(module: str) -> int:
    """The layer of a module."""
    return LAYERS[owner(module)]


def imports(module: str) -> Iterator[str]:
    """Every module that a module imports anywhere in its text, in functions and for type checkers too."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(module: str) -> set[str]:
    """The modules of the package that a module imports; names inside of modules are left out."""
    found = {name.removeprefix("conformance").removeprefix(".") for name in imports(module) if is_ours(name)}
    return {name for name in found if name in MODULES and (name or module != "")}


def is_ours(name: str) -> bool:
    """Whether a name is the package or something in it."""
    return name == "conformance" or name.startswith("conformance.")


def within(module: str, package: str) -> bool:
    """Whether a module is a package or something in it."""
    return module == package or module.startswith(f"{package}.")


def test_every_module_has_a_layer() -> None:
    """A new module finds its place in the table before anything imports it."""
    homeless = [module for module in MODULES if owner(module) not in LAYERS]

    assert [] == homeless


def test_every_line_of_the_table_names_a_module() -> None:
    """The table does not outlive the modules that it names."""
    forgotten = [module for module in LAYERS if module not in MODULES]

    assert [] == forgotten


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    """A module imports its own layer and those below, and telling imports no thought and no action."""
    allowed = {0, 1, 4} if layer(module) == 4 else set(range(layer(module) + 1))
    upwards = [name for name in ours(module) if layer(name) not in allowed]

    assert [] == upwards


@pytest.mark.parametrize("module", [m for m in MODULES if within(m, "judge")])
def test_judges_are_pure(module: str) -> None:
    """A judge has no clock, no network, no files, no pytest, and knows nothing of how events are made."""
    impure = [name for name in imports(module) if name.partition(".")[0] in IMPURE]
    makers = [name for name in ours(module) if within(name, "generate")]

    assert [] == impure
    assert [] == makers


@pytest.mark.parametrize("module", [m for m in MODULES if layer(m) == 3])
def test_action_knows_no_judge(module: str) -> None:
    """What acts does not know what is judged, but for the modules that are named with a reason."""
    met = [name for name in ours(module) if within(name, "judge")]

    assert module in MEETS_JUDGES or [] == met


@pytest.mark.parametrize("module", MEETS_JUDGES)
def test_exceptions_are_needed(module: str) -> None:
    """An exception that is no longer used is struck off."""
    met = [name for name in ours(module) if within(name, "judge")]

    assert [] != met


@pytest.mark.parametrize("module", [m for m in MODULES if within(m, "judge")])
def test_no_judge_knows_the_simulator(module: str) -> None:
    """The simulator's idea of right is not the judge's."""
    assert not [name for name in ours(module) if within(name, "simulator")]


@pytest.mark.parametrize("module", [m for m in MODULES if within(m, "reference")])
def test_the_reference_partner_stands_alone(module: str) -> None:
    """The reference partner imports nothing of the kit, as no partner does."""
    strangers = [name for name in ours(module) if not within(name, "reference")]

    assert [] == strangers


@pytest.mark.parametrize(
    ("library", "homes"), [("h11", ["simulator.server", "wire"]), ("openapi_core", ["platform.call_rules"])]
)
def test_a_library_behind_a_seam_has_few_importers(library: str, homes: list[str]) -> None:
    """A successor of the library is a change of one module for each end of a connection."""
    importers = [module for module in MODULES if any(name.partition(".")[0] == library for name in imports(module))]

    assert homes == importers


@pytest.mark.parametrize("module", MODULES)
def test_no_module_is_a_drawer(module: str) -> None:
    """A module is named after what it holds."""
    assert module.rpartition(".")[2] not in {"utils", "helpers", "common", "types"}


@pytest.mark.parametrize("module", MODULES)
def test_no_module_knows_a_platform(module: str) -> None:
    """Platforms are data: no module names one, but for the examples in the help of commands."""
    text = MODULES[module].read_text(encoding="utf-8")
    if owner(module) in SHOWS_EXAMPLES:
        text = without_docstrings(text)

    assert [] == [platform for platform in ("wawex", "feewise") if platform in text.lower()]


@pytest.mark.parametrize(
    "module", [m for m in MODULES if not any(within(m, home) for home in ("signing", "reference", *SCHEMES_HOMES))]
)
def test_no_module_knows_a_signature_scheme(module: str) -> None:
    """Schemes are data: only what signs, what reads a description, and the partner that verifies know their names."""
    text = MODULES[module].read_text(encoding="utf-8")

    assert [] == [name for name in ("hmac", "ed25519", "rfc9421", "jws", "stripe", "whsec") if f'"{name}' in text]


def without_docstrings(text: str) -> str:
    """The code of a module without the docstrings of its functions."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            node.body[:1] = [ast.Pass()]
    return ast.unparse(tree)


def test_the_plugin_loads_nothing_slow() -> None:
    """Pytest loads the plugin at every start of every user, so it loads nothing that takes time."""
    program = "import sys, conformance.plugin, conformance.extension; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)

    assert set() == SLOW & set(result.stdout.split())
