"""A partner in the process of pytest: the example of the guide, and what an operator may get wrong with hooks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kit_process import Finished, journal, kit, report

_GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "test-in-process.md"
_ASKED = ("--requirement", "ACK-01", "--requirement", "DUP-02", "--requirement", "OWN-01", "--requirement", "SIG-13")


def _examples() -> list[str]:
    """The programs of the guide: the partner, its conftest with WSGI, and the start of the one with ASGI."""
    return re.findall(r"```python\n(.*?)```", _GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the guide makes it."""
    shop, conftest, _ = _examples()
    (tmp_path / "shop.py").write_text(shop, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(conftest, encoding="utf-8")
    return tmp_path


def _judged(folder: Path, *arguments: str, partner: str = "hook", all_plugins: bool = False) -> Finished:
    return kit(folder, *(arguments or _ASKED), partner=partner, platform="wawex", all_plugins=all_plugins)


def _append(folder: Path, text: str) -> None:
    with (folder / "conftest.py").open("a", encoding="utf-8") as file:
        file.write(text)


def test_the_partner_of_the_guide_conforms(folder: Path) -> None:
    """Started and asked through hooks, with secrets that nobody has set; the journal shows the hooks."""
    done = _judged(folder)
    asked = [record["request"] for record in journal(folder) if record["record"] == "control"]

    assert done.status == 0, done.output
    assert "The partner conforms to Wawex in the" in done.output
    assert {"PASS"} == {each["verdict"] for each in report(folder)["requirements"]}
    assert {"HOOK"} == {request["method"] for request in asked}
    assert {"offers", "pytest_partner_create", "pytest_partner_events", "pytest_partner_objects"} == {
        request["target"].partition("(")[0] for request in asked
    }


def test_the_asgi_partner_of_the_guide_conforms(folder: Path) -> None:
    """The same with uvicorn, where it is installed."""
    pytest.importorskip("uvicorn")
    _, wsgi, asgi = _examples()
    rest = wsgi[wsgi.index("def pytest_partner_create") :]
    (folder / "conftest.py").write_text(f"from conformance import PlatformRefusal\n{asgi}\n\n{rest}", encoding="utf-8")
    done = _judged(folder)

    assert done.status == 0, done.output
    assert {"PASS"} == {each["verdict"] for each in report(folder)["requirements"]}


def test_under_xdist_the_controller_calls_the_hooks(folder: Path) -> None:
    """Workers read the same conftest and start nothing."""
    done = _judged(folder, "--requirement", "DUP-02", "-n", "2", all_plugins=True)

    assert done.status == 0, done.output
    assert {"PASS"} == {each["verdict"] for each in report(folder)["requirements"]}


def test_what_a_hook_raises_is_an_error_with_its_message(folder: Path) -> None:
    """The story that asked ends with it, and no traceback of ours is shown."""
    _append(folder, "\n\ndef pytest_partner_events(event_id):\n    return {}[event_id[:0] or 'counts']\n")
    done = _judged(folder, "--requirement", "DUP-02")

    assert done.status == 1, done.output
    assert "KeyError: 'counts'" in done.output
    assert "HOOK pytest_partner_events(event_id=" in done.output
    assert "Traceback" not in done.output


def test_two_ways_to_ask_are_refused(folder: Path) -> None:
    """Nobody could tell whose answer counts."""
    both = ("--partner-control-url", "http://127.0.0.1:9/control", *_ASKED)
    done = _judged(folder, *both)

    assert done.status == 4, done.output
    assert "Give either --partner-control-url or the hooks pytest_partner_create, pytest_partner_objects" in done.output


def test_a_demo_answers_for_itself(folder: Path) -> None:
    """The hooks of a conftest are about another partner."""
    done = _judged(folder, "--requirement", "DUP-02", partner="demo")
    asked = [record["request"]["method"] for record in journal(folder) if record["record"] == "control"]

    assert done.status == 0, done.output
    assert "HOOK" not in asked


def test_nobody_starts_the_partner(folder: Path) -> None:
    """The message names the hook that is missing."""
    (folder / "conftest.py").unlink()
    done = _judged(folder)

    assert done.status == 4, done.output
    assert "needs the hook pytest_partner_start in a conftest.py" in done.output
    assert "Traceback" not in done.output


def test_a_wrapper_offers_nothing(folder: Path) -> None:
    """To look at what others answer is not to answer."""
    conftest = (folder / "conftest.py").read_text(encoding="utf-8")
    wrapped = conftest.replace("def pytest_partner_create", "@pytest.hookimpl(wrapper=True)\ndef pytest_partner_create")
    wrapped = re.sub(r"(pytest_partner_create.*?\n).*?\n\n\n", r"\1    return (yield)\n\n\n", wrapped, flags=re.DOTALL)
    (folder / "conftest.py").write_text(f"import pytest\n{wrapped}", encoding="utf-8")
    _judged(folder, "--requirement", "OWN-01")
    (result,) = report(folder)["requirements"]

    assert "NOT_ASSESSABLE" == result["verdict"]
    assert "does not offer 'create'" in result["reason"]
