"""What ships for pipelines: an action of GitHub, a template of GitLab, and what an image is made of."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from gated import little_platform
from kit_process import SECRETS, free_port, script
from pipelines import Action, Used, gitlab_job

ROOT: Final = Path(__file__).parent.parent
ACTION: Final = ROOT / "action.yml"
TEMPLATE: Final = ROOT / "ci" / "gitlab" / "webhook-conformance.yml"
# Other plugins take longer to import than these runs take to play.
_ALONE: Final = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "conformance.plugin"}
_ITS_TOKEN: Final = {**_ALONE, "CONFORMANCE_CONTROL_TOKEN": SECRETS["CONFORMANCE_CONTROL_TOKEN"]}
# The kit has neither the plugins nor the packages of the partner's own tests, so what these say is of no matter.
_HOUSE: Final = {
    "policy.yaml": "format: 1\nnot_assessable: [DUR-01]\n",  # no command restarts the partner
    "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--cov-of-the-partner"\n',
    "conftest.py": "import a_package_of_the_partner\n",
}
_TRIES: Final = 2


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A partner's checkout, with the platform that it is judged on."""
    folder = tmp_path / "repository"
    folder.mkdir()
    little_platform(folder)
    for name, text in _HOUSE.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def nobody() -> Iterator[str]:
    """The URL of a partner that is not there."""
    with free_port() as port:
        yield f"http://127.0.0.1:{port}"


def _correct(port: int, between: str) -> dict[str, str]:
    """What to give for a correct partner that the pipeline starts; options have that between them."""
    url = f"http://127.0.0.1:{port}"
    options = (f"--partner-control-url={url}/control", "--platform-bind=127.0.0.1:0", "--conformance-nonce=4711")
    return {
        "partner_url": url,
        "partner_command": f"{shlex.quote(script())} demo --platform platform.yaml --port {port}",
        "partner_wait": "120",
        "platform": "platform.yaml",
        "policy": "policy.yaml",
        "options": between.join(options),
        "gate_options": between.join(("--nonce=4711", "--max-age=2h")),
    }


def _decision(folder: Path) -> str:
    found: dict[str, Any] = json.loads((folder / "gate.json").read_text(encoding="utf-8"))
    return str(found["decision"])


def test_the_action_lets_a_correct_partner_pass(repository: Path, tmp_path: Path) -> None:
    """It installs itself, starts the partner, judges it, lets it pass, and keeps what it found."""
    with free_port() as port:
        # A slow machine may leave something open the first time.
        for number in range(_TRIES):
            action = Action(ACTION, repository, tmp_path / f"runner-{number}", _ITS_TOKEN)
            status = action.run(**_correct(port, "\n"), extras="ed25519")
            if action.decision != "incomplete":
                break

    assert (0, "conforms") == (status, action.decision), action.output
    assert (
        "--quiet --disable-pip-version-check " + str(ROOT) + "[ed25519]"
        == action.installed.split(maxsplit=1)[1].strip()
    )
    assert ["actions/setup-python@v5", "actions/upload-artifact@v4"] == [used.name for used in action.used]
    assert "conforms" == _decision(repository / "reports")
    assert {"report.json", "report.html", "junit.xml"} <= {path.name for path in (repository / "reports").iterdir()}
    assert "22 of 23 MUST proven" in action.summary
    assert "    gate: CONFORMS" in action.summary


def test_the_action_stops_a_wrong_partner(repository: Path, tmp_path: Path) -> None:
    """It ends with the status of the gate, and keeps the report all the same."""
    action = Action(ACTION, repository, tmp_path / "runner", _ALONE)
    status = action.run(
        partner_url="demo:refuses-duplicates",
        platform="platform.yaml",
        report_dir="found",
        artifact="kept",
        options="--requirement=DUP-01",
    )

    assert (1, "fails") == (status, action.decision), action.output
    assert "fails" == _decision(repository / "found")
    assert "pytest exits with 1; the gate decides" in action.output
    kept = {"name": "kept", "path": "found", "retention-days": "", "if-no-files-found": "ignore"}
    assert Used("actions/upload-artifact@v4", kept) == action.used[-1]
    assert "    gate: FAILS" in action.summary


def test_the_action_stops_where_nobody_answers(repository: Path, tmp_path: Path, nobody: str) -> None:
    """A partner that is not there does not pass, and an old report does not pass in its place."""
    (repository / "reports").mkdir()
    for name in ("report.json", "journal.jsonl", "gate.json"):
        (repository / "reports" / name).write_text("{}", encoding="utf-8")
    action = Action(ACTION, repository, tmp_path / "runner", _ALONE)
    status = action.run(partner_url=nobody, platform="platform.yaml", artifact="", python_version="")

    assert status in {2, 3}, action.output
    assert action.decision in {"none", "incomplete"}
    assert [] == action.used
    assert "{}" not in [p.read_text(encoding="utf-8") for p in (repository / "reports").glob("*.json*")]


def test_the_job_lets_a_correct_partner_pass(repository: Path, tmp_path: Path) -> None:
    """The job of GitLab ends with 0, and its artifacts are there."""
    with free_port() as port:
        for number in range(_TRIES):
            done, job = gitlab_job(
                TEMPLATE,
                repository,
                tmp_path / f"runner-{number}",
                _ITS_TOKEN,
                package="the-kit",
                **_correct(port, " "),
            )
            if done.status != 3:
                break

    assert 0 == done.status, done.output
    assert "conforms" == _decision(repository / "reports")
    assert "always" == job["artifacts"]["when"]
    places = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
    assert [] == [place for place in places if not (repository / place).exists()]
    installed = next(tmp_path.glob("runner-*/installed")).read_text(encoding="utf-8")
    assert installed.strip().endswith(" the-kit")


def test_the_job_stops_a_wrong_partner(repository: Path, tmp_path: Path) -> None:
    """The job of GitLab fails with a partner that fails."""
    done, _ = gitlab_job(
        TEMPLATE,
        repository,
        tmp_path / "runner",
        _ALONE,
        package="the-kit",
        partner_url="demo:refuses-duplicates",
        platform="platform.yaml",
        options="--requirement=DUP-01",
        report_dir="found",
    )

    assert 1 == done.status, done.output
    assert "fails" == _decision(repository / "found")


def test_the_job_stops_where_nobody_answers(repository: Path, tmp_path: Path, nobody: str) -> None:
    """The job of GitLab fails where there is no partner, whatever report lies there."""
    (repository / "reports").mkdir()
    (repository / "reports" / "report.json").write_text("{}", encoding="utf-8")
    done, _ = gitlab_job(
        TEMPLATE,
        repository,
        tmp_path / "runner",
        _ALONE,
        package="the-kit",
        partner_url=nobody,
        platform="platform.yaml",
    )

    assert done.status in {2, 3}, done.output
    assert not (repository / "reports" / "report.json").exists()
    assert not (repository / "reports" / "gate.json").exists()


@pytest.mark.parametrize("page", ["github-actions.md", "gitlab-ci.md"])
def test_pages_name_the_inputs_that_there_are(page: str) -> None:
    """A page has a row for every input, with its default, and no row for another."""
    if page == "github-actions.md":
        declared = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["inputs"]
    else:
        declared = next(yaml.safe_load_all(TEMPLATE.read_text(encoding="utf-8")))["spec"]["inputs"]
    text = (ROOT / "docs" / "guides" / page).read_text(encoding="utf-8")
    inputs = text.partition("## Inputs")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| (.*?) \|", inputs, re.MULTILINE)
    wanted = {}
    for name, each in declared.items():
        given = each.get("default")
        wanted[name] = "must be given" if given is None else f"`{given}`" if given else "none"

    assert wanted == dict(rows)


def _image() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile and what stands behind them."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_image_holds_what_the_kit_is_built_from() -> None:
    """Everything that is copied is there and not ignored, and everything that the build names is copied."""
    copied = [word for name, rest in _image() if name == "COPY" and "--from" not in rest for word in rest.split()[:-1]]
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"]

    assert [] == [name for name in copied if not (ROOT / name).exists()]
    assert sorted(kept) == sorted(copied)
    assert {"conformance", "schemas", "pyproject.toml", "README.md", "LICENSE"} <= set(copied)


def test_nobody_is_root_in_the_image() -> None:
    """The last user is a number, so that a cluster can tell that it is not root, and bases have a version."""
    said = _image()

    assert re.fullmatch(r"[1-9]\d*", [rest for name, rest in said if name == "USER"][-1])
    assert all(re.match(r"[\w/]+:[\d.]+[\w.-]*( AS \w+)?$", rest) for name, rest in said if name == "FROM")
