"""What is built, and what works once it is installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from configparser import ConfigParser
from pathlib import Path
from typing import Final

import pytest

from conformance.resources import schemas

ROOT: Final = Path(__file__).parent.parent
FINDS_SCHEMAS: Final = (
    "from conformance.resources import schemas; from conformance.platform.description_file import bundled_platforms;"
    "print(schemas()); print(*bundled_platforms())"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel."""
    folder = tmp_path_factory.mktemp("built")
    isolated = [] if importlib.util.find_spec("hatchling") is None else ["--no-isolation"]
    command = [sys.executable, "-m", "build", "--outdir", str(folder), *isolated, str(ROOT)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert 0 == result.returncode, result.stdout + result.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel."""
    return next(built.glob("*.whl"))


def test_the_wheel_holds_the_data(wheel: Path) -> None:
    """Every file of `schemas/` is inside the package."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name.removeprefix("conformance/") for name in archive.namelist()}
    wanted = {path.relative_to(ROOT).as_posix() for path in (ROOT / "schemas").rglob("*") if path.is_file()}

    assert set() == wanted - held


def test_the_wheel_holds_templates_and_types(wheel: Path) -> None:
    """What is no Python in the package is in the wheel too."""
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "conformance").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert set() == wanted - held


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    """Tests and documents do not land in the user's site-packages."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}

    assert {"conformance"} == {top for top in tops if not top.endswith(".dist-info")}


def test_pytest_and_the_shell_find_the_wheel(wheel: Path) -> None:
    """The wheel names the plugin and the command."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/entry_points.txt"))
        points = ConfigParser()
        points.read_string(archive.read(name).decode())

    assert "conformance.plugin" == points["pytest11"]["webhook-conformance"]
    assert "conformance.cli:main" == points["console_scripts"]["webhook-conformance"]


def test_the_sdist_builds_from_itself(built: Path) -> None:
    """The sdist holds what a wheel is made of: the package, the data, the tests."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}

    assert {"pyproject.toml", "conformance/plugin.py", "schemas/requirements.yaml", "tests/test_packaging.py"} <= held


def test_an_installed_kit_finds_its_data(wheel: Path, tmp_path: Path) -> None:
    """From a folder with nothing in it, an installed kit finds schemas and platforms inside itself."""
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=300).stdout.strip()
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, capture_output=True, check=True, timeout=300)
    empty = tmp_path / "empty"
    empty.mkdir()
    # The dependencies are those of this interpreter; its editable kit is on no path, because PYTHONPATH reads no .pth.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([site, sysconfig.get_path("purelib")])}
    result = subprocess.run(
        [str(python), "-c", FINDS_SCHEMAS],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )

    assert [str(Path(site) / "conformance" / "schemas"), "feewise wawex"] == result.stdout.splitlines()


def test_a_checkout_finds_the_data_at_its_top() -> None:
    """In a checkout the data is that at the top, not a copy."""
    assert ROOT / "schemas" == schemas()
