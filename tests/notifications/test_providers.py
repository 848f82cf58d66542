"""What the settings of outgoing mail say about a provider's demands before the first notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from notifications.providers import PROVIDERS, check_smtp, provider_of

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "mail-providers.md"


def chosen(**values: Any) -> Settings:
    usual: dict[str, Any] = {
        "smtp_host": "smtp.163.com", "smtp_port": 465, "smtp_security": "tls", "smtp_username": "duban@163.com",
        "smtp_password": "x", "sender_address": "duban@163.com", "smtp_per_minute": 10,
    }  # fmt: skip
    return Settings.model_construct(**(usual | values))


def wrong(**values: Any) -> list[str]:
    return [each.text for each in check_smtp(chosen(**values)) if not each.ok]


@pytest.mark.parametrize("provider", [each for each in PROVIDERS if each.host], ids=lambda each: each.host)
def test_it_finds_nothing_wrong_with_the_settings_it_documents(provider: Any) -> None:
    login = "duban@example.org"
    found = check_smtp(
        chosen(
            smtp_host=provider.host, smtp_port=provider.port, smtp_security=provider.security, smtp_username=login,
            sender_address=login, smtp_per_minute=provider.pace,
        )
    )  # fmt: skip
    assert [each.ok for each in found] == [True]


@pytest.mark.parametrize("host", ["smtp.163.com", "SMTP.126.com", "smtp.qq.com.", "smtp.exmail.qq.com"])
def test_it_says_that_the_sender_must_be_the_login(host: str) -> None:
    (text,) = wrong(smtp_host=host, sender_address="duban@example.org")
    assert "发件人与登录名一致" in text
    assert "duban@example.org" in text
    assert "duban@163.com" in text


def test_it_compares_addresses_in_any_case_of_letters() -> None:
    assert wrong(sender_address="Duban@163.com") == []


def test_it_says_that_a_return_path_of_our_own_is_of_no_use_there() -> None:
    (text,) = wrong(return_path="bounces@example.org")
    assert "DUBAN_RETURN_PATH" in text


def test_it_leaves_sender_and_return_path_to_a_server_that_it_does_not_know() -> None:
    assert wrong(smtp_host="relay.example.org", sender_address="a@example.org", return_path="b@example.org") == []


def test_it_misses_the_login() -> None:
    (text,) = wrong(smtp_username=None)
    assert "授权码" in text


def test_it_warns_of_a_password_that_travels_in_the_open() -> None:
    (text,) = wrong(smtp_host="relay.example.org", smtp_port=25, smtp_security="none")
    assert "不加密" in text
    assert wrong(smtp_host="127.0.0.1", smtp_port=25, smtp_security="none") == []


@pytest.mark.parametrize(("port", "security"), [(465, "starttls"), (994, "none"), (587, "tls")])
def test_it_says_which_port_goes_with_which_encryption(port: int, security: str) -> None:
    texts = wrong(smtp_port=port, smtp_security=security)
    assert any("465 端口、tls" in text for text in texts)


def test_it_advises_a_pace_and_insists_where_the_limit_is_published() -> None:
    (advice,) = check_smtp(chosen(smtp_per_minute=None))
    assert advice.ok
    assert "DUBAN_SMTP_PER_MINUTE 设为 10" in advice.text
    office = {"smtp_host": "smtp.office365.com", "smtp_port": 587, "smtp_security": "starttls"}
    (text,) = wrong(**office, smtp_per_minute=31)
    assert "每分钟至多 30 封" in text


def test_it_knows_no_provider_by_half_its_name() -> None:
    assert provider_of("163.com") is None
    assert provider_of("smtp.163.com.example.org") is None
    assert provider_of("") is None


def test_the_document_has_every_provider_with_its_host_port_and_encryption() -> None:
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    for each in PROVIDERS:
        row = next(
            row for row in rows if each.name.split("（")[0].split(" / ")[0].removesuffix("等自建中继").strip() in row
        )
        assert f"| {each.port} | `{each.security}` |" in row
        assert not each.host or f"`{each.host}`" in row
        assert not each.pace or str(each.pace) in row
        assert ("must be the login" in row) == each.sender_is_login
        assert each.source
