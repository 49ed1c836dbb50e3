"""A deployment's settings: what is wrong is said all at once and without repeating a secret."""

import json
import time
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import make_url
from typer.testing import CliRunner

from app.cli import app
from app.db.crypto import KeyRing
from app.db.roles import DatabaseRole
from app.gateways.bank import NOTICE_TAG
from app.gateways.message_signatures import PushMalformed, SignatureInvalid
from app.sandbox.main import SandboxConfig
from app.sandbox.message_signatures import push_headers
from app.settings import Settings
from app.web.house import House


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the developer's own; relative paths land in a folder of the test."""
    import os

    for name in [name for name in os.environ if name.startswith("REGISTRY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def with_passwords(path: Path, **passwords: str) -> Path:
    path.write_text(json.dumps({"role_passwords": passwords}))
    return path


def test_each_role_gets_its_own_url_with_its_password_escaped(tmp_path: Path) -> None:
    secrets_file = with_passwords(tmp_path / "s.json", app_inst="a/b@c:%")
    settings = Settings(
        database_base_url="postgresql://db.example:6432/training?sslmode=verify-full",
        secrets_file=secrets_file,
    )
    url = make_url(settings.database_url("app_inst"))
    assert (url.username, url.password, url.host, url.port) == ("app_inst", "a/b@c:%", "db.example", 6432)
    assert (url.database, dict(url.query)) == ("training", {"ssl": "verify-full"})
    assert settings.dsn("app_inst") == (
        "postgresql://app_inst:a%2Fb%40c%3A%25@db.example:6432/training?sslmode=verify-full"
    )


def test_port_and_database_have_the_usual_values(tmp_path: Path) -> None:
    secrets_file = with_passwords(tmp_path / "s.json", worker="w")
    settings = Settings(database_base_url="postgresql://[::1]", secrets_file=secrets_file)
    assert settings.dsn("worker") == "postgresql://worker:w@[::1]:5432/registry"
    assert settings.at_server("127.0.0.1", 7).dsn("worker") == "postgresql://worker:w@127.0.0.1:7/registry"


def test_a_role_without_password_is_said_by_name(tmp_path: Path) -> None:
    settings = Settings(
        database_base_url="postgresql://h/d", secrets_file=with_passwords(tmp_path / "s.json")
    )
    with pytest.raises(LookupError, match="pay_worker"):
        settings.dsn("pay_worker")


@pytest.mark.parametrize(
    "url",
    ["mysql://h/d", "postgresql://", "postgresql://u:p@h/d", "postgresql://u@h/d", "postgresql://h/d?user=x"],
)
def test_a_base_url_names_server_and_database_only(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(database_base_url=url)


@pytest.mark.parametrize("content", ["{", "[]", '{"role_passwords": 1}', "null"])
def test_a_broken_secrets_file_is_said_without_its_content(tmp_path: Path, content: str) -> None:
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(LookupError, match="口令文件"):
        Settings(secrets_file=tmp_path / "s.json")


def test_secrets_stay_out_of_repr(tmp_path: Path) -> None:
    settings = Settings(
        admin_url="postgresql://postgres:top-secret@h/d",
        secrets_file=with_passwords(tmp_path / "s.json", worker="top-secret"),
    )
    assert "top-secret" not in repr(settings)


def test_files_follow_the_data_folder_unless_they_are_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, keyring_file=Path("/elsewhere/keys.json"))
    assert settings.secrets_file == tmp_path / "secrets.json"
    assert settings.keyring_file == Path("/elsewhere/keys.json")
    assert settings.object_store_url == f"file://{tmp_path}/objects"
    assert Settings().data_dir == tmp_path / ".data"


def test_a_real_deployment_names_all_that_is_missing_and_an_evaluation_nothing(tmp_path: Path) -> None:
    assert len(Settings().defects_against_serving()) == 9
    assert Settings(evaluation=True).defects_against_serving() == ()
    (tmp_path / "keys.json").touch()
    complete = Settings(
        database_base_url="postgresql://h/d",
        cardholder_base_url="https://cards.example",
        cardholder_secret="agreed",
        assessment_network_url="https://certificates.example",
        assessment_network_secret="agreed",
        citizen_idp_url="https://id.example",
        citizen_client_secret="agreed",
        issuer="https://registry.example",
        keyring_file=tmp_path / "keys.json",
    )
    assert complete.defects_against_serving() == ()
    assert complete.assessment_network_push_url == "https://registry.example/v1/network-notices"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://pushes.example/v1/network-notices", []),
        ("https://pushes.example/registry/v1/network-notices", []),
        ("http://pushes.example/v1/network-notices", ["https://"]),
        ("https:///v1/network-notices", ["https://"]),
        ("https://127.0.0.1/v1/network-notices", ["只在本机可达"]),
        ("https://[::1]:8443/v1/network-notices", ["只在本机可达"]),
        ("https://localhost/v1/network-notices", ["只在本机可达"]),
        ("https://pushes.example/v1/notices", ["路径"]),
        ("https://pushes.example//v1/network-notices", ["路径"]),
        ("https://pushes.example/v1/network-notices?from=network", ["不应含参数"]),
        ("https://user:secret@pushes.example/v1/network-notices", ["不应含参数"]),
        ("http://localhost/x#y", ["https://", "只在本机可达", "路径", "不应含参数"]),
        ("https://pushes.example:x/v1/network-notices", ["不是网址"]),
    ],
)
def test_the_address_of_pushes_is_one_that_the_network_can_reach(url: str, told: list[str]) -> None:
    pushes = [
        defect
        for defect in Settings(assessment_network_push_url=url).defects_against_serving()
        if defect.startswith("REGISTRY_ASSESSMENT_NETWORK_PUSH_URL")
    ]
    assert len(pushes) == len(told)
    assert all(part in defect for part, defect in zip(told, pushes, strict=True))
    assert not any("secret" in defect for defect in pushes)


def test_an_issuer_ends_without_a_slash() -> None:
    assert any(
        "不应以 / 结尾" in each
        for each in Settings(issuer="https://registry.example/").defects_against_serving()
    )


def test_the_command_names_every_wrong_variable_and_repeats_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", "mysql://u:top-secret@h/d")
    monkeypatch.setenv("REGISTRY_LISTEN_PORT", "70000")
    monkeypatch.setenv("REGISTRY_EVALUATION", "perhaps")
    result = CliRunner().invoke(app, ["migrate"])
    assert result.exit_code == 2
    for name in ("REGISTRY_DATABASE_URL", "REGISTRY_LISTEN_PORT", "REGISTRY_EVALUATION"):
        assert result.stderr.count(name) == 1
    assert "REGISTRY_KEYRING_FILE" not in result.stderr
    assert "top-secret" not in result.output


def test_no_database_at_all_is_refused_in_words() -> None:
    result = CliRunner().invoke(app, ["migrate"])
    assert result.exit_code == 2
    assert "REGISTRY_DATABASE_URL" in result.stderr


def test_an_unreachable_database_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", "postgresql://127.0.0.1:1/registry")
    monkeypatch.setenv("REGISTRY_ADMIN_URL", "postgresql://postgres:x@127.0.0.1:1/postgres")
    result = CliRunner().invoke(app, ["migrate"])
    assert result.exit_code == 2
    assert "无法连接数据库" in result.stderr


def test_a_taken_port_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setenv("REGISTRY_EVALUATION", "true")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["serve", "--port", str(port)])
    assert result.exit_code == 2
    assert f"端口 {port} 已被占用" in result.stderr


OPTIONAL = {
    "unemployment_insurance_url": "https://insurance.example",
    "unemployment_insurance_secret": "agreed",
    "bank_url": "https://bank.example",
    "bank_secret": "agreed",
    "message_gateway_url": "https://messages.example",
    "message_gateway_secret": "agreed",
}


def test_systems_of_payment_may_be_absent_and_each_absence_is_said() -> None:
    said = Settings().absences()
    assert [line.split("：")[0] for line in said] == [
        "未设置 REGISTRY_UNEMPLOYMENT_INSURANCE_URL",
        "未设置 REGISTRY_BANK_URL",
        "未设置 REGISTRY_MESSAGE_GATEWAY_URL",
    ]
    assert Settings(evaluation=True).absences() == ()
    assert Settings(**OPTIONAL).absences() == ()


@pytest.mark.parametrize("secret", ["unemployment_insurance_secret", "bank_secret", "message_gateway_secret"])
def test_system_of_payment_with_an_address_needs_its_secret(secret: str) -> None:
    settings = Settings(**{**OPTIONAL, secret: None}, issuer="https://registry.example")
    missing = [line for line in settings.defects_against_serving() if secret.upper() in line]
    assert missing == [f"缺少 REGISTRY_{secret.upper()}：与外部系统约定的密钥"]


def test_push_address_of_the_bank_is_checked_only_where_there_is_a_bank() -> None:
    wrong = "http://127.0.0.1/v1/notices"
    without = Settings(bank_push_url=wrong).defects_against_serving()
    assert not any("BANK_PUSH_URL" in line for line in without)
    found = Settings(**OPTIONAL, bank_push_url=wrong).defects_against_serving()
    assert sum("REGISTRY_BANK_PUSH_URL" in line for line in found) == 3
    right = Settings(**OPTIONAL, issuer="https://registry.example")
    assert right.bank_push_url == "https://registry.example/v1/bank-notices"
    assert not any("BANK" in line for line in right.defects_against_serving())


def test_key_of_an_absent_bank_is_nobodys_outside_an_evaluation(tmp_path: Path) -> None:
    """The sandbox's key is public: with it anybody could sign a notice that a payment was settled."""
    KeyRing.generate().save(tmp_path / "keys.json")
    real, trial = (
        House.of(
            Settings(
                evaluation=evaluation,
                data_dir=tmp_path,
                keyring_file=tmp_path / "keys.json",
                database_base_url="postgresql://h/d",
                role_passwords={role: SecretStr("x") for role in DatabaseRole},
                issuer="https://registry.example",
            )
        )
        for evaluation in (False, True)
    )
    url, body = "https://registry.example/v1/bank-notices", b"{}"
    headers = push_headers(
        url,
        body,
        key_id="registry",
        secret=SandboxConfig().bank_secret.encode(),
        created=int(time.time()),
        nonce="0" * 32,
        tag=NOTICE_TAG,
    )
    with pytest.raises(SignatureInvalid):
        real.bank.read_notice(headers, body)
    with pytest.raises(PushMalformed):
        trial.bank.read_notice(headers, body)
