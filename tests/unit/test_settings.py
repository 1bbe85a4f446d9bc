"""Settings: the documented file is the truth, environment goes before file, and mistakes refuse the start."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from worker.errors import ConfigError
from worker.settings import Settings, load

ROOT = Path(__file__).parents[2]


def test_documented_file_names_every_key_with_its_default() -> None:
    documented = tomllib.loads((ROOT / "config" / "copydesk.toml").read_text("utf-8"))
    assert documented == msgspec.json.decode(msgspec.json.encode(Settings()))


def test_nothing_given_is_the_defaults(tmp_path: Path) -> None:
    assert load({}, tmp_path) == Settings()


def test_environment_goes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text('[intake]\nbatch_count = 5\nlanes = ["a"]\n')
    settings = load({"COPYDESK_INTAKE__BATCH_COUNT": "7", "COPYDESK_INTAKE__LANES": "b, c"}, tmp_path)
    assert settings.intake.batch_count == 7
    assert settings.intake.lanes == ("b", "c")


def test_environment_changes_one_key_of_the_default_sink(tmp_path: Path) -> None:
    settings = load({"COPYDESK_SINKS__FILES__OPTIONS__URL": "s3://bucket"}, tmp_path)
    assert settings.sinks["files"].kind == "objects"
    assert settings.sinks["files"].options == {"url": "s3://bucket"}


@pytest.mark.parametrize(
    ("toml", "environ", "told"),
    [
        ("[intake]\nbach_count = 5\n", {}, "did you mean 'batch_count'"),
        ("[inntake]\n", {}, "did you mean 'intake'"),
        ("[intake]\nbatch_count = 'many'\n", {}, "batch_count"),
        ("[intake]\nbatch_count = 0\n", {}, "batch_count"),
        ("not toml", {}, "copydesk.toml"),
        ("", {"COPYDESK_INTAKE__BACH_COUNT": "5"}, "did you mean 'batch_count'"),
        ("", {"COPYDESK_REDIS_URL": "redis://x"}, "redis_url"),
        ("", {"COPYDESK_CONFIG": "/nowhere/x.toml"}, "/nowhere/x.toml"),
        ("", {"COPYDESK_LIMITS__SOFT_SECONDS": "60"}, "hard_seconds"),
        ("", {"COPYDESK_INTAKE__LEASE_SECONDS": "5"}, "lease_seconds"),
        ("[sinks]\n", {}, "sinks is empty"),
        ("[intake]\nhigh_entries = 10\n", {}, "low_entries"),
        ("[intake]\nhigh_bytes = 10\n", {}, "low_bytes"),
        ("[sinks.A]\nkind = 'objects'\n", {}, "sinks"),
        ("[sinks.a]\nkind = 'objects'\nfields = ['headlin']\n", {}, "'headlin'"),
        ("[sinks.a]\nkind = 'objects'\nwhere = { 'verdic.kind' = ['new'] }\n", {}, "'verdic.kind'"),
        ("[log]\nlevel = 'loud'\n", {}, "log.level"),
    ],
)
def test_mistakes_refuse_the_start(tmp_path: Path, toml: str, environ: dict[str, str], told: str) -> None:
    (tmp_path / "copydesk.toml").write_text(toml)
    with pytest.raises(ConfigError) as caught:
        load(environ, tmp_path)
    assert told in str(caught.value)


def test_secrets_are_not_in_the_representation(tmp_path: Path) -> None:
    settings = load(
        {"COPYDESK_REDIS__URL": "redis://u:hidden@h/0", "COPYDESK_SINKS__FILES__OPTIONS__SECRET": "hidden"}, tmp_path
    )
    assert "hidden" not in repr(settings)


def test_unix_socket_in_celerys_spelling(tmp_path: Path) -> None:
    settings = load({"COPYDESK_REDIS__URL": "unix:///run/r.sock"}, tmp_path)
    assert settings.broker_url() == "redis+socket:///run/r.sock"
