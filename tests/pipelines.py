"""Runs the steps of a GitHub action and of a GitLab job as their runners do, in a folder of the test.

What a runner would fetch is not fetched: an action that a step uses is written down, and Python makes no environment
and installs nothing, so that the kit of this checkout is the one that runs.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from kit_process import Finished, finished, script, started

__all__ = ["Action", "Used", "gitlab_job"]

_EXPRESSION: Final = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
_INPUT: Final = re.compile(r"\$\[\[\s*inputs\.([\w-]+)\s*\]\]")
_COMPARED: Final = re.compile(r"inputs\.([\w-]+) != ''")
# Python, but for what needs a package index: it writes that down, and an environment that it makes is a link to itself.
_PYTHON: Final = """\
#!/bin/sh
case "$1 $2" in
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && ln -s "{command}" "$3/bin/webhook-conformance" ;;
  "-m pip") shift 2; echo "$*" >> "{installed}" ;;
  *) exec "{python}" "$@" ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Used:
    """An action that a step uses, and what it is given."""

    name: str
    given: Mapping[str, str]


@dataclass
class Action:
    """A composite action that runs in a folder, with what its job has in the environment."""

    path: Path
    folder: Path
    runner: Path
    environment: Mapping[str, str]
    used: list[Used] = field(default_factory=list)
    output: str = ""
    decision: str = ""
    _outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    _inputs: dict[str, str] = field(default_factory=dict)

    @property
    def installed(self) -> str:
        """What pip was asked for."""
        return (self.runner / "installed").read_text(encoding="utf-8")

    @property
    def summary(self) -> str:
        """What stands on the page of the job."""
        return (self.runner / "summary.md").read_text(encoding="utf-8")

    def run(self, **given: str) -> int:
        """Run every step whose condition holds; the exit status of the job. Dashes in names are underscores here."""
        action = yaml.safe_load(self.path.read_text(encoding="utf-8"))
        self._inputs = {name: str(each.get("default", "")) for name, each in action["inputs"].items()}
        self._inputs |= {name.replace("_", "-"): value for name, value in given.items()}
        self.runner.mkdir(parents=True)
        python = _fake_python(self.runner)
        status = 0
        for step in action["runs"]["steps"]:
            if not self._holds(step.get("if", ""), failed=status != 0):
                continue
            if "uses" in step:
                self.used.append(Used(step["uses"], {k: self._filled(str(v)) for k, v in step["with"].items()}))
                self._outputs[step.get("id", "")] = {"python-path": str(python)}
            else:
                status = self._shell(step) or status
        self.decision = self._filled(action["outputs"]["decision"]["value"])
        return status

    def _shell(self, step: Mapping[str, Any]) -> int:
        assert "bash" == step["shell"]
        assert not _EXPRESSION.search(step["run"])  # what somebody writes in an input would be run
        outputs, summary = self.runner / "outputs", self.runner / "summary.md"
        for path in (outputs, summary):
            path.touch()
        outputs.write_text("", encoding="utf-8")
        path = self.runner / "step.sh"
        path.write_text(step["run"], encoding="utf-8")
        environment = {
            **self.environment,
            **{name: self._filled(value) for name, value in step.get("env", {}).items()},
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_STEP_SUMMARY": str(summary),
            "RUNNER_TEMP": str(self.runner),
            "PATH": f"{self.runner}:{os.environ['PATH']}",
        }
        words = ("bash", "--noprofile", "--norc", "-eo", "pipefail", str(path))
        done = finished(started(words, self.folder, environment=environment))
        self.output += done.output
        lines = outputs.read_text(encoding="utf-8").splitlines()
        self._outputs[step.get("id", "")] = dict(line.split("=", 1) for line in lines)
        return done.status

    def _holds(self, condition: str, *, failed: bool) -> bool:
        """Whether a step runs; without `always()` only where none before it failed."""
        parts = [part.strip() for part in condition.split("&&")] if condition else []
        if failed and "always()" not in parts:
            return False
        compared = [_COMPARED.fullmatch(part) for part in parts if part != "always()"]
        assert None not in compared, condition
        return all(self._inputs[match[1]] != "" for match in compared if match)

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda match: self._value(match[1]), text)

    def _value(self, expression: str) -> str:
        match expression.split("."):
            case ["inputs", name]:
                return self._inputs[name]
            case ["github", "action_path"]:
                return str(self.path.parent)
            case ["steps", step, "outputs", name]:
                return self._outputs.get(step, {}).get(name, "")
            case _:
                raise AssertionError(f"no runner knows {expression}")


def gitlab_job(
    path: Path, folder: Path, runner: Path, environment: Mapping[str, str], **given: str
) -> tuple[Finished, dict[str, Any]]:
    """Run the only job of a template, before_script and script in one shell; what it left, and the job as it was read.

    Dashes in the names of inputs are underscores here.
    """
    header, body = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    named = {name.replace("_", "-"): value for name, value in given.items()}
    declared = header["spec"]["inputs"]
    assert set(named) <= set(declared)
    inputs = {name: named.get(name, each.get("default")) for name, each in declared.items()}
    assert None not in inputs.values()
    ((_, job),) = _interpolated(body, inputs).items()
    runner.mkdir(parents=True)
    _fake_python(runner)
    lines = runner / "script.sh"
    lines.write_text("\n".join([*job["before_script"], *job["script"]]), encoding="utf-8")
    words = ("bash", "-eo", "pipefail", str(lines))
    variables = {
        **environment,
        **job["variables"],
        "PATH": f"{runner}:{os.environ['PATH']}",
        "CI": "true",
        "TMPDIR": str(runner),
    }
    return finished(started(words, folder, environment=variables)), job


def _interpolated(node: Any, inputs: Mapping[str, str]) -> Any:
    """A part of a template with its inputs in place, as GitLab puts them into what it has read."""
    if isinstance(node, dict):
        return {_interpolated(key, inputs): _interpolated(value, inputs) for key, value in node.items()}
    if isinstance(node, list):
        return [_interpolated(each, inputs) for each in node]
    return _INPUT.sub(lambda match: inputs[match[1]], node) if isinstance(node, str) else node


def _fake_python(runner: Path) -> Path:
    path = runner / "python3"
    installed = runner / "installed"
    path.write_text(_PYTHON.format(command=script(), installed=installed, python=sys.executable), encoding="utf-8")
    path.chmod(0o755)
    return path
