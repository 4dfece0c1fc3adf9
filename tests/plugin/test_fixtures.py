"""The fixtures for hand-written tests: the examples of the guide, and what a user may meet with them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kit_process import kit, report

_GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "write-tests-by-hand.md"
_FAILING = """
def test_of_a_failure(platform, make_event, deliver):
    customer = platform.make("customer")
    with platform.failing(customer, times=1):
        assert deliver(make_event("customer", customer), headers={"X-Test": "::error::\\x1b[2J"}).succeeded
        assert platform.wait_for_get(customer)
    assert [call.status for call in platform.calls("get")] == []
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the tests of the guide."""
    for number, text in enumerate(re.findall(r"```python\n(.*?)```", _GUIDE.read_text(encoding="utf-8"), re.DOTALL)):
        (tmp_path / f"test_guide_{number}.py").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_tests_of_the_guide_pass_beside_the_kits_items(folder: Path) -> None:
    """The report is about the kit's items alone; what the tests exchange is written beside it, and nothing warns."""
    done = kit(folder, "--requirement", "UNK-01", ".", "-v", "-W", "error")

    assert done.status == 0, done.output
    assert done.output.index("conformance::UNK-01 PASSED") < done.output.index("test_a_payout_is_booked_once PASSED")
    assert "4 passed" in done.output
    assert ["UNK-01"] == [each["id"] for each in report(folder)["requirements"]]
    judged = (folder / "reports" / "journal.jsonl").read_text(encoding="ascii")
    by_hand = (folder / "reports" / "tests.jsonl").read_text(encoding="ascii")
    assert "test_a_payout_is_booked_once" not in judged
    assert "test_a_payout_is_booked_once" in by_hand
    assert ["end", "end"] == [json.loads(text.splitlines()[-1])["record"] for text in (judged, by_hand)]


def test_they_run_alone_and_nothing_is_judged(folder: Path) -> None:
    """No report is written, and an older one is left as it is; a fixture of one's own takes the place of ours."""
    (folder / "reports").mkdir()
    (folder / "reports" / "report.json").write_text("old", encoding="utf-8")
    (folder / "test_guide_1.py").write_text(
        "import pytest\n\n@pytest.fixture\ndef platform():\n    return 7\n\n"
        "def test_own(platform, partner):\n    assert platform == 7\n    assert partner.url\n",
        encoding="utf-8",
    )
    done = kit(folder, ".", "-k", "test_own or is_refused", "-v")

    assert done.status == 0, done.output
    assert "2 passed" in done.output
    assert "webhook conformance ====" not in done.output
    assert "old" == (folder / "reports" / "report.json").read_text(encoding="utf-8")
    assert (folder / "reports" / "junit.xml").exists()
    assert not (folder / "reports" / "journal.jsonl").exists()


def test_a_failure_shows_its_exchanges(tmp_path: Path) -> None:
    """Without secrets, in order, and without anything that commands a terminal or a pipeline."""
    (tmp_path / "test_failing.py").write_text(_FAILING, encoding="utf-8")
    done = kit(tmp_path, ".", "-k", "failure", platform="wawex")

    assert done.status == 1, done.output
    assert "- webhook exchanges -" in done.output
    told = done.output.partition("- webhook exchanges -")[2]
    assert told.index("the platform delivers CUSTOMER_NOTIFICATION") < told.index("which has a fault: status 503")
    assert "Authorization: Bearer [secret webhook_token]" in told
    assert r"X-Test: ::error::\x1b[2J" in told
    assert "→ status 200" in told
    assert "\x1b" not in told


def test_without_a_partner_a_test_says_what_it_needs(folder: Path) -> None:
    """It is an error, and no silent pass."""
    done = kit(folder, partner="")

    assert done.status == 1, done.output
    assert "3 errors" in done.output
    assert "this test needs --partner-url and --platform" in done.output
    assert "Traceback" not in done.output


def test_under_xdist_a_test_says_that_it_cannot_run(folder: Path) -> None:
    """There is one simulated platform; the kit's own items run."""
    done = kit(folder, "--requirement", "UNK-01", ".", "-n", "1", all_plugins=True)

    assert done.status == 1, done.output
    assert "1 passed, 3 errors" in done.output
    assert "do not run under pytest-xdist" in done.output


def test_a_fixture_that_was_not_named_is_refused(tmp_path: Path) -> None:
    """Nobody could know before the run that platform and partner are to stay."""
    (tmp_path / "test_late.py").write_text(
        "def test_late(request):\n    request.getfixturevalue('deliver')\n", encoding="utf-8"
    )
    done = kit(tmp_path, "--requirement", "UNK-01", ".")

    assert done.status == 1, done.output
    assert "Name the fixture among the arguments of the test" in done.output
