from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import trustme

from conformance.catalogue import shipped_catalogue
from conformance.credentials import demo_secrets, is_recorded_as, secrets_in_url, without_secrets
from conformance.errors import ConfigurationError
from conformance.options import OPTIONS
from conformance.platform.specification import Specification, read_specification
from conformance.settings import Settings, read_settings
from conformance.verdict import Level
from conformance.waiver import Waiver
from shipped import SECRETS

URL = "http://127.0.0.1:8000/webhooks/"
ENVIRONMENT = {
    "CONFORMANCE_SIGNING_SECRET": SECRETS.signing,
    "CONFORMANCE_API_KEY": SECRETS.api_key,
    "CONFORMANCE_PARTNER_ID": SECRETS.partner_id,
    "CONFORMANCE_WEBHOOK_TOKEN": SECRETS.webhook_token,
    "CONFORMANCE_CONTROL_TOKEN": SECRETS.control_token,
}


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Platforms are read once for all tests here: that they are read rightly is tested in `platform/`."""
    monkeypatch.setattr("conformance.settings_reader.read_specification", read_platform)


def read_platform(platform: str, *, overrides: Mapping[str, Any]) -> Specification:
    """What the name and the overrides stand for."""
    return _read(platform, json.dumps(overrides))


@cache
def _read(platform: str, overrides: str) -> Specification:
    return read_specification(platform, overrides=json.loads(overrides))


def settings(folder: Path, environment: Mapping[str, str] | None = None, file: str = "", **options: Any) -> Settings:
    """Settings for a partner on FeeWise, unless options say otherwise."""
    if file:
        (folder / "pyproject.toml").write_text(f"[tool.webhook-conformance]\n{file}", encoding="utf-8")
    given = {"partner_url": URL, "platform": "feewise", **options}
    return read_settings(given, ENVIRONMENT if environment is None else environment, folder)


def mistakes(
    folder: Path, environment: Mapping[str, str] | None = None, file: str = "", **options: Any
) -> dict[str, str]:
    """What is wrong, by the place where it stands."""
    with pytest.raises(ConfigurationError) as caught:
        settings(folder, environment, file, **options)
    return {problem.where: problem.what for problem in caught.value.problems}


# Where values come from


def test_an_option_wins_over_environment_file_and_default(tmp_path: Path) -> None:
    """Option, then environment, then `pyproject.toml`, then the default."""
    variable = {**ENVIRONMENT, "CONFORMANCE_RATE": "30"}
    found = [
        settings(tmp_path).rate,
        settings(tmp_path, file="rate = 20").rate,
        settings(tmp_path, variable).rate,
        settings(tmp_path, variable, conformance_rate="40").rate,
    ]

    assert [200, 20, 30, 40] == found


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_every_option_has_a_name_in_each_place(option: Any) -> None:
    """The names in the environment, in pytest and in the file are made of one."""
    assert option.variable.startswith("CONFORMANCE_")
    assert option.variable.isupper()
    assert option.attribute == option.flag[2:].replace("-", "_")
    assert option.flag.startswith(("--partner-", "--platform", "--conformance-")) or option.flag in {
        "--report-dir",
        "--requirement",
        "--level",
        "--incognito",
    }


def test_no_two_options_share_a_name() -> None:
    """And none takes the name of a secret."""
    variables = [option.variable for option in OPTIONS] + list(ENVIRONMENT)

    assert len(variables) == len(set(variables))
    assert len(OPTIONS) == len({option.flag for option in OPTIONS}) == len({option.key for option in OPTIONS})


@pytest.mark.parametrize(("text", "expected"), [("1", True), ("true", True), ("YES", True), ("0", False), ("", False)])
def test_a_switch_in_the_environment_is_a_word(tmp_path: Path, text: str, *, expected: bool) -> None:
    """A switch that is off on the command line may be on in the environment."""
    found = settings(tmp_path, {**ENVIRONMENT, "CONFORMANCE_INCOGNITO": text}, incognito=False)

    assert expected == found.incognito


def test_a_list_on_the_command_line_wins_over_the_environment(tmp_path: Path) -> None:
    """An empty one does not: pytest gives an empty list where an option was not named."""
    variable = {**ENVIRONMENT, "CONFORMANCE_REQUIREMENT": "ACK-01 ack-02"}

    assert ("ACK-01", "ACK-02") == settings(tmp_path, variable, requirement=[]).requirements
    assert ("ACK-05",) == settings(tmp_path, variable, requirement=["ack-05"]).requirements


def test_a_seed_of_zero_is_a_seed(tmp_path: Path) -> None:
    """No number is taken for a missing one."""
    assert 0 == settings(tmp_path, conformance_seed="0").seed
    assert 0 == settings(tmp_path, {**ENVIRONMENT, "CONFORMANCE_SEED": "0"}).seed


def test_a_seed_is_drawn_where_none_is_given(tmp_path: Path) -> None:
    """Each run has its own ids, and the report names the seed."""
    assert 3 == len({settings(tmp_path).seed for _ in range(3)})


# Mistakes


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Of options, environment, file and secrets together, each with where it stands."""
    found = mistakes(
        tmp_path,
        {"CONFORMANCE_API_KEY": "short", "CONFORMANCE_RATE": "fast"},
        'levle = "must"',
        partner_url="ftp://partner",
        partner_control_url="control",
        platform_bind="4010",
        level="most",
        requirement=["ACK-99"],
        conformance_seed="x",
        conformance_concurrency="0",
        conformance_set=["limit"],
    )

    assert {
        "--partner-url",
        "--partner-control-url",
        "--platform-bind",
        "--level",
        "--requirement",
        "--conformance-seed",
        "--conformance-concurrency",
        "--conformance-rate",
        "--conformance-set",
        f"{tmp_path / 'pyproject.toml'} [tool.webhook-conformance]",
        "CONFORMANCE_SIGNING_SECRET",
        "CONFORMANCE_API_KEY",
        "CONFORMANCE_PARTNER_ID",
        "CONFORMANCE_WEBHOOK_TOKEN",
        "CONFORMANCE_CONTROL_TOKEN",
    } == set(found)


def test_a_missing_platform_is_told_beside_other_mistakes(tmp_path: Path) -> None:
    """Without a platform there is more that can be checked than nothing."""
    assert {"--platform", "--level"} == set(mistakes(tmp_path, platform=None, level="most"))
    assert {"--platform", "--level"} == set(mistakes(tmp_path, platform="nowhere", level="most"))


def test_mistakes_of_a_platform_are_told_too(tmp_path: Path) -> None:
    """An override of nothing is told with all else."""
    found = mistakes(tmp_path, conformance_set=["acknowledgement.limits=3"], level="most")

    assert {"--conformance-set", "--level"} == set(found)
    assert "no value acknowledgement.limits" in found["--conformance-set"]


@pytest.mark.parametrize("key", ["partner-url", "requirement", "seed", "Rate", "surprise"])
def test_an_unknown_key_of_the_file_is_told_with_the_known_ones(tmp_path: Path, key: str) -> None:
    """What belongs to one run, and what nobody knows, is no setting of a project."""
    with pytest.raises(ConfigurationError, match=rf"unknown key '{key}'\n.*Known keys: .*rate"):
        settings(tmp_path, file=f'{key} = "1"')


@pytest.mark.parametrize("text", ["[tool", "\xff"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    """Broken TOML, and a file that is not UTF-8."""
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))

    assert [str(tmp_path / "pyproject.toml")] == list(mistakes(tmp_path))


def test_a_project_without_our_table_is_fine(tmp_path: Path) -> None:
    """Most projects have none."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")

    assert "may" == settings(tmp_path).level


@pytest.mark.parametrize("number", ["nan", "inf", "-1", "", "many", "0.5"])
def test_a_number_is_a_number(tmp_path: Path, number: str) -> None:
    """Neither infinite nor below the least."""
    assert ["--conformance-rate"] == list(mistakes(tmp_path, {**ENVIRONMENT, "CONFORMANCE_RATE": number}))


# Secrets


@pytest.mark.parametrize("name", sorted(set(ENVIRONMENT) - {"CONFORMANCE_CONTROL_TOKEN"}))
@pytest.mark.parametrize(
    ("text", "what"),
    [("", "is not set"), ("1234567", "is shorter"), ("12345678\n9", "cannot be printed"), ("12345678 ", "white space")],
)
def test_a_secret_that_is_none_is_told(tmp_path: Path, name: str, text: str, what: str) -> None:
    """Missing, too short to be one, or one that no header can hold; none is shown."""
    found = mistakes(tmp_path, {**ENVIRONMENT, name: text})

    assert [name] == list(found)
    assert what in found[name]
    assert not text or text not in str(found)


def test_a_secret_comes_from_a_file_that_is_named(tmp_path: Path) -> None:
    """A final line break is no part of it; the variable itself wins."""
    path = tmp_path / "secret"
    path.write_text("secret of a file\r\n", encoding="utf-8")
    without = {name: value for name, value in ENVIRONMENT.items() if name != "CONFORMANCE_API_KEY"}
    named = {"CONFORMANCE_API_KEY_FILE": str(path)}

    assert "secret of a file" == settings(tmp_path, {**without, **named}).secrets.api_key
    assert SECRETS.api_key == settings(tmp_path, {**ENVIRONMENT, **named}).secrets.api_key


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With the name of the variable that names it."""
    without = {name: value for name, value in ENVIRONMENT.items() if name != "CONFORMANCE_API_KEY"}

    assert ["CONFORMANCE_API_KEY_FILE"] == list(mistakes(tmp_path, {**without, "CONFORMANCE_API_KEY_FILE": "absent"}))


def test_only_what_the_platform_needs_is_asked_for(tmp_path: Path) -> None:
    """Wawex signs nothing and gives no partner id; the control token is needed where there is a control endpoint."""
    few = {name: ENVIRONMENT[name] for name in ("CONFORMANCE_API_KEY", "CONFORMANCE_WEBHOOK_TOKEN")}
    control = {"partner_control_url": "http://127.0.0.1:8000/control"}

    assert "" == settings(tmp_path, few, platform="wawex").secrets.signing
    assert ["CONFORMANCE_CONTROL_TOKEN"] == list(mistakes(tmp_path, few, platform="wawex", **control))


def test_the_demo_has_secrets_of_its_own(tmp_path: Path) -> None:
    """Nothing is asked for, every run draws anew, and its port is a free one."""
    found = settings(tmp_path, {}, partner_url="demo")

    assert found.is_demo
    assert ("127.0.0.1", 0) == found.bind
    assert found.secrets != settings(tmp_path, {}, partner_url="demo").secrets
    assert ("127.0.0.1", 4011) == settings(tmp_path, {}, partner_url="demo", platform_bind="127.0.0.1:4011").bind


def test_a_partner_that_a_hook_starts_needs_no_settings(tmp_path: Path) -> None:
    """What the environment does not set is drawn, the platform takes a free port, and the partner is waited for."""
    set_here = {"CONFORMANCE_API_KEY": SECRETS.api_key, "CONFORMANCE_SIGNING_SECRET": SECRETS.signing}
    found = settings(tmp_path, set_here, partner_url="hook", partner_command="true")
    drawn = found.secrets

    assert found.is_hooked
    assert not found.is_demo
    assert (("127.0.0.1", 0), 10.0, "") == (found.bind, found.partner_wait, found.partner_command)
    assert (SECRETS.api_key, SECRETS.signing) == (drawn.api_key, drawn.signing)
    assert 36 == len(drawn.partner_id)
    assert drawn.webhook_token != settings(tmp_path, {}, partner_url="hook").secrets.webhook_token
    assert not [word for word in found.invocation() if "bind" in word]
    assert ["CONFORMANCE_API_KEY"] == list(mistakes(tmp_path, {"CONFORMANCE_API_KEY": "short"}, partner_url="hook"))


def test_the_partner_id_of_the_demo_is_a_uuid() -> None:
    """It stands where the platform wants a uuid."""
    assert "01234567-89ab-4def-8123-456789abcdef" == demo_secrets(token=lambda _: "0123456789abcdef" * 2).partner_id


def test_a_demo_may_have_a_defect_that_exists(tmp_path: Path) -> None:
    """An unknown one is told with where to find those that there are."""
    assert "accepts-unsigned-events" == settings(tmp_path, {}, partner_url="demo:accepts-unsigned-events").defect
    assert ["--partner-url"] == list(mistakes(tmp_path, {}, partner_url="demo:flies"))


def test_no_secret_is_shown(tmp_path: Path) -> None:
    """What reports show of the settings holds none."""
    control = "http://127.0.0.1:8000/control"
    shown = repr(settings(tmp_path, partner_control_url=control).shown(control=control))

    assert not [value for value in ENVIRONMENT.values() if value in shown]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?code=aB3dE5fG7hI9jK1l", "?code=…"),
        ("?tenant=a%20b&sig=aB3dE5fG7hI9jK1l%2B&x=y", "?tenant=a%20b&sig=…&x=y"),
        ("?tenant=production-environment", "?tenant=production-environment"),
        ("?since=1234567890123456", "?since=1234567890123456"),
        ("?a=b3", "?a=b3"),
        ("?code=allOfLetters&tenant=allOfLetters", "?code=…&tenant=allOfLetters"),
        ("?x-functions-key=12345678&Sig=a%2Bb%2Bc%2Bd%2B&token=short", "?x-functions-key=…&Sig=…&token=short"),
        ("", ""),
    ],
)
def test_a_key_in_a_url_is_a_secret(query: str, shown: str) -> None:
    """It is long, and of letters and digits, or is called one; names and numbers are none."""
    url = f"https://partner.example/hook{query}"

    assert f"https://partner.example/hook{shown}" == without_secrets(url)
    assert ("…" in shown) == bool(secrets_in_url(url))


@pytest.mark.parametrize(
    "url",
    [
        "https://user:pass-Word4Us@partner.example/hook",
        "partner.example/hook?code=pass-Word4Us",
        "ftp://partner.example/?code=pass-Word4Us",
        "https://[partner.example/?code=pass-Word4Us",
        "https://partner.example/#access_token=pass-Word4Us",
    ],
)
def test_a_mistake_in_a_url_is_told_without_its_secrets(tmp_path: Path, url: str) -> None:
    """What is wrong with it is told all the same."""
    told = mistakes(tmp_path, partner_url=url)

    assert ["--partner-url"] == list(told)
    assert "pass-Word4Us" not in told["--partner-url"] + without_secrets(url)


def test_a_secret_in_the_place_of_its_file_is_not_told(tmp_path: Path) -> None:
    """The variable with _FILE names a file; who mistakes one for the other has put the secret there."""
    without = {name: value for name, value in ENVIRONMENT.items() if name != "CONFORMANCE_API_KEY"}
    told = mistakes(tmp_path, {**without, "CONFORMANCE_API_KEY_FILE": "api-key-Zr4tYb8nM1"})

    what = "the file that it names cannot be read: No such file or directory"
    assert {"CONFORMANCE_API_KEY_FILE": what} == told


@pytest.mark.parametrize(
    ("url", "recorded", "same"),
    [
        ("http://a/hook", "http://a/hook", True),
        ("http://a/hook", "http://b/hook", False),
        ("http://a/?code=aB3dE5fG7hI9jK1l&b=c", "http://a/?code=[secret url_parameter]&b=c", True),
        ("http://a/?code=aB3dE5fG7hI9jK1l&b=c", "http://a/?code=[secret webhook_token]&b=c", True),
        ("http://a/?code=aB3dE5fG7hI9jK1l&b=c", "http://a/?code=aB3dE5fG7hI9jK1l&b=c", True),
        ("http://a/?code=aB3dE5fG7hI9jK1l&b=c", "http://b/?code=[secret url_parameter]&b=c", False),
        ("http://a/?code=aB3dE5fG7hI9jK1l&b=c", "http://a/?code=[secret url_parameter]&b=d", False),
    ],
)
def test_a_url_is_known_again_without_its_key(url: str, recorded: str, *, same: bool) -> None:
    """A run writes down a mark in the place of the key."""
    assert same == is_recorded_as(url, recorded)


def test_a_traceback_with_its_variables_shows_no_secret() -> None:
    """It shows that there are some, and whose."""
    found = demo_secrets()

    assert f"Secrets(partner_id={found.partner_id!r})" == repr(found)


@pytest.mark.parametrize(("text", "expected"), [("30s", 30), ("5m", 300), ("1h", 3600), ("1.5m", 90), ("20", 20)])
def test_a_soak_is_a_duration(tmp_path: Path, text: str, expected: float) -> None:
    """Seconds where no unit is given; none is asked for by default."""
    found = settings(tmp_path, conformance_soak=text)

    assert (0, expected) == (settings(tmp_path).soak, found.soak)
    assert f"--conformance-soak={expected:g}s" in found.invocation()
    assert ("soak", f"{expected:g} s") in found.shown(control="")


def test_an_exploration_is_a_number_of_stories(tmp_path: Path) -> None:
    """None by default; the command line that plays it again names it."""
    found = settings(tmp_path, conformance_explore="20")

    assert (0, 20) == (settings(tmp_path).explore, found.explore)
    assert "--conformance-explore=20" in found.invocation()
    assert ("stories tried out, at most", "20") in found.shown(control="")


def test_a_story_is_explored_or_played_again(tmp_path: Path) -> None:
    """Both at once is a mistake, and so is a file that holds no story."""
    told = mistakes(tmp_path, {**ENVIRONMENT, "CONFORMANCE_EXPLORE": "few", "CONFORMANCE_REPLAY": "nowhere.json"})

    assert ["--conformance-explore", "--conformance-replay", "nowhere.json"] == list(told)


@pytest.mark.parametrize("text", ["", "0", "0s", "-5s", "5 minutes", "1w", "s", "inf", "nan", "٣s", f"{9 * 10**400}h"])
def test_what_is_no_duration_is_told(tmp_path: Path, text: str) -> None:
    """With an example of one."""
    environment = {**ENVIRONMENT, "CONFORMANCE_SOAK": text}

    assert ["--conformance-soak"] == list(mistakes(tmp_path, environment))


def test_a_private_authority_is_named_by_a_file(tmp_path: Path) -> None:
    """The settings show which, and a run that is repeated trusts it as well."""
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    found = settings(tmp_path, conformance_ca_file=str(path))

    assert (None, path) == (settings(tmp_path).ca_file, found.ca_file)
    assert f"--conformance-ca-file={path}" in found.invocation()
    assert ("authorities that are trusted as well", str(path)) in found.shown(control="")


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_without_certificates_is_told(tmp_path: Path, content: str | None) -> None:
    """Missing, empty, or of another kind."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)

    assert "holds no certificates" in mistakes(tmp_path, conformance_ca_file=str(path))["--conformance-ca-file"]


# Addresses


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "[::1]"])
def test_loopback_is_listened_on(tmp_path: Path, host: str) -> None:
    """Only this machine reaches it."""
    assert (host.strip("[]"), 0) == settings(tmp_path, platform_bind=f"{host}:0").bind


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "[::]", "platform.example"])  # noqa: S104  # is refused
def test_other_machines_are_let_in_only_on_demand(tmp_path: Path, host: str) -> None:
    """Listening beyond loopback takes a switch."""
    assert ["--platform-bind"] == list(mistakes(tmp_path, platform_bind=f"{host}:0"))
    assert (host.strip("[]"), 0) == settings(
        tmp_path, platform_bind=f"{host}:0", conformance_listen_beyond_loopback=True
    ).bind


@pytest.mark.parametrize(
    "text", ["", "4010", ":4010", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:²"]
)
def test_an_address_is_host_and_port(tmp_path: Path, text: str) -> None:
    """Whatever else is told with an example."""
    assert (
        "is not HOST:PORT" in mistakes(tmp_path, {**ENVIRONMENT, "CONFORMANCE_PLATFORM_BIND": text})["--platform-bind"]
    )


@pytest.mark.parametrize(
    ("url", "feewise", "wawex"),
    [
        (URL, URL, URL[:-1]),
        (URL[:-1], URL[:-1], URL[:-1]),
        ("https://partner.example", "https://partner.example", "https://partner.example"),
        ("http://127.0.0.1/a?b=c", "http://127.0.0.1/a?b=c", "http://127.0.0.1/a?b=c"),
    ],
)
def test_the_partners_url_is_used_as_given(tmp_path: Path, url: str, feewise: str, wawex: str) -> None:
    """No slash is added; one at the end is taken off only where the path of an endpoint follows."""
    assert feewise == settings(tmp_path, partner_url=url).partner
    assert wawex == settings(tmp_path, partner_url=url, platform="wawex").partner


@pytest.mark.parametrize(
    "url",
    [
        "partner.example",
        "ftp://partner.example",
        "http://",
        "http://partner.example:99999",
        "http://partner.example:0",
        "http://[::1",
        "http://user:password@partner.example",
        "http://:password@partner.example",
        "http://partner.example/#here",
    ],
)
def test_a_url_that_cannot_be_used_is_told(tmp_path: Path, url: str) -> None:
    """Only http and https, with a host, without credentials, without a fragment."""
    assert ["--partner-url"] == list(mistakes(tmp_path, partner_url=url))


# What is judged


def test_a_level_takes_those_above_it_along(tmp_path: Path) -> None:
    """`must` is the least, `may` is everything."""
    chosen = {level: settings(tmp_path, level=level).requirements for level in ("must", "SHOULD", "may")}
    levels = {name: requirement.level for name, requirement in shipped_catalogue().requirements.items()}

    assert {Level.MUST} == {levels[name] for name in chosen["must"]}
    assert {Level.MUST, Level.SHOULD} == {levels[name] for name in chosen["SHOULD"]}
    assert tuple(levels) == chosen["may"]


def test_a_named_requirement_is_judged_whatever_the_level(tmp_path: Path) -> None:
    """In the order of the catalogue."""
    chosen = settings(tmp_path, requirement=["ACK-05", "ack-01"], level="must").requirements

    assert ("ACK-01", "ACK-05") == chosen


def test_only_stories_of_what_is_judged_are_played(tmp_path: Path) -> None:
    """The programme follows the selection."""
    programme = settings(tmp_path, requirement=["ACK-01"]).programme()

    assert {"ACK-01"} == {item.requirement for item in programme.items}
    assert 25 == len(programme.items) == len(programme.scenes(programme.items))


# Values of the platform


def test_a_value_of_the_platform_can_be_set(tmp_path: Path) -> None:
    """As JSON where it is JSON, else as text; it is in force and confirmed."""
    found = settings(tmp_path, conformance_set=["acknowledgement.limit=3", "deliveries.user_agent=Fee Wise=1"])

    assert {"/acknowledgement/limit": 3, "/deliveries/user_agent": "Fee Wise=1"} == found.overrides
    assert (3.0, "Fee Wise=1") == (found.description.ack_limit, found.description.user_agent)
    assert not found.description.is_assumed("/acknowledgement/limit")


@pytest.mark.parametrize("table", ['set = {"acknowledgement.limit" = 3}', "set.acknowledgement.limit = 3"])
def test_a_value_of_the_platform_can_be_set_in_the_file(tmp_path: Path, table: str) -> None:
    """With the name in quotes, or as TOML's own dotted key: the neighbours of the value stay."""
    found = settings(tmp_path, file=table)

    assert 3.0 == found.description.ack_limit
    assert (401,) == found.description.refused_with


@pytest.mark.parametrize("text", ["limit", "=3", ""])
def test_a_value_without_a_name_is_told(tmp_path: Path, text: str) -> None:
    """NAME.NAME=VALUE, once."""
    assert "is not NAME.NAME=VALUE" in mistakes(tmp_path, conformance_set=[text])["--conformance-set"]


# The cache


def test_the_cache_is_where_it_is_asked_to_be(tmp_path: Path) -> None:
    """An option, else XDG's folder, else the home's."""
    named = settings(tmp_path, conformance_cache_dir=str(tmp_path / "c")).cache_dir
    shared = settings(tmp_path, {**ENVIRONMENT, "XDG_CACHE_HOME": str(tmp_path)}).cache_dir
    home = settings(tmp_path).cache_dir

    assert (tmp_path / "c", tmp_path / "webhook-conformance") == (named, shared)
    assert home is not None
    assert (".cache", "webhook-conformance") == home.parts[-2:]


def test_waivers_come_from_the_file_that_is_named(tmp_path: Path) -> None:
    """They are read at once, and the line that repeats a run names the file again."""
    path = tmp_path / "waivers.toml"
    path.write_text(
        "[[waiver]]\nrequirement = 'COR-01'\nreason = 'Planned.'\nowner = 'us'\nexpires = 2027-01-31\n",
        encoding="utf-8",
    )
    named = settings(tmp_path, file=f'waivers = "{path}"')

    assert (Waiver("COR-01", "Planned.", "us", "2027-01-31"),) == named.waivers
    assert f"--conformance-waivers={path}" in named.invocation()
    assert ("waivers", str(path)) in named.shown(control="")
    (tmp_path / "pyproject.toml").unlink()
    assert () == settings(tmp_path).waivers
    assert ("waivers", "none") in settings(tmp_path).shown(control="")


def test_mistakes_in_waivers_stand_beside_all_others(tmp_path: Path) -> None:
    """A file that is not there ends the run as well."""
    given = mistakes(tmp_path, conformance_waivers="none.toml", conformance_rate="0")

    assert {"none.toml", "--conformance-rate"} == set(given)
