"""The usual providers of outgoing mail: how to reach them, what they demand, and settings that do not go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from notifications.findings import Finding

if TYPE_CHECKING:
    from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider; docs/mail-providers.md has the same as lines for `.env`."""

    name: str
    #: how its server is called; empty: as its administrator says
    host: str
    port: int
    security: Literal["none", "starttls", "tls"]
    #: whether it refuses an envelope sender that is not the login
    sender_is_login: bool
    #: what is entered as the password
    entry: str
    #: the limit a minute that is known; None where the provider keeps it to itself
    per_minute: int | None = None
    #: what we propose where it is not known
    proposed_per_minute: int | None = None
    #: where this is said
    source: str

    @property
    def pace(self) -> int | None:
        """Messages a minute that are known, or thought, to pass."""
        return self.per_minute or self.proposed_per_minute


_CODE = "授权码（在网页邮箱的设置中开启 SMTP 后得到）"
PROVIDERS = (
    Provider(
        name="163", host="smtp.163.com", port=465, security="tls", sender_is_login=True, entry=_CODE,
        proposed_per_minute=10, source="help.163.com 客户端设置与退信代码：553 Mail from must equal authorized user",
    ),
    Provider(
        name="126", host="smtp.126.com", port=465, security="tls", sender_is_login=True, entry=_CODE,
        proposed_per_minute=10, source="help.163.com 客户端设置与退信代码：553 Mail from must equal authorized user",
    ),
    Provider(
        name="QQ 邮箱", host="smtp.qq.com", port=465, security="tls", sender_is_login=True, entry=_CODE,
        proposed_per_minute=10,
        source="service.mail.qq.com SMTP 设置与退信说明，频率限制不公开；"
        "501 mail from address must be same as authorization user",
    ),
    Provider(
        name="腾讯企业邮箱", host="smtp.exmail.qq.com", port=465, security="tls", sender_is_login=True,
        entry="邮箱密码；开启安全登录的用客户端专用密码", proposed_per_minute=20,
        source="service.exmail.qq.com 客户端设置与退信说明；频率限制不公开",
    ),
    Provider(
        name="阿里企业邮箱", host="smtp.qiye.aliyun.com", port=465, security="tls", sender_is_login=True,
        entry="邮箱密码；开启三方客户端安全密码的用安全密码", proposed_per_minute=20,
        source="help.aliyun.com 阿里邮箱 SMTP 发信（25，加密 465）",
    ),
    Provider(
        name="Coremail（自建）", host="", port=465, security="tls", sender_is_login=True,
        entry="邮箱密码或客户端授权码", proposed_per_minute=30,
        source="常见的设置，以管理员所定为准",
    ),
    Provider(
        name="Outlook / Exchange Online", host="smtp.office365.com", port=587, security="starttls",
        sender_is_login=True, entry="邮箱密码；须由管理员开启 SMTP AUTH", per_minute=30,
        source="Microsoft，Exchange Online limits：每分钟 30 封，每天 10000 个收件人；另有“代表发送”权限的发件人除外",
    ),
    Provider(
        name="Postfix 等自建中继", host="", port=587, security="starttls", sender_is_login=False, entry="登录密码",
        source="Postfix 缺省不比较信封发件人与登录名（smtpd_sender_login_maps）",
    ),
)  # fmt: skip


def provider_of(host: str) -> Provider | None:
    """Return the provider whose server this is; None for one that is not known by its name."""
    wanted = host.strip().rstrip(".").casefold()
    return next((each for each in PROVIDERS if each.host and each.host == wanted), None)


def check_smtp(chosen: Settings) -> list[Finding]:
    """Look at the settings of outgoing mail without speaking to any server: what is bound to be refused."""
    provider = provider_of(chosen.smtp_host)
    findings = [
        *_login(chosen, provider),
        *_sender(chosen, provider),
        *_way(chosen, provider),
        *_pace(chosen, provider),
    ]
    return findings or [Finding(True, "发信设置：没有发现与发信服务器的要求不符之处。")]


def _login(chosen: Settings, provider: Provider | None) -> list[Finding]:
    if provider is not None and not chosen.smtp_username:
        words = f"发信设置：{provider.name}须登录才能发信，请设置 DUBAN_SMTP_USERNAME 和 DUBAN_SMTP_PASSWORD"
        return [Finding(False, f"{words}（{provider.entry}）。")]
    if chosen.smtp_username and chosen.smtp_security == "none" and not _is_near(chosen.smtp_host):
        words = "发信设置：登录名和密码会不加密地传送，请把 DUBAN_SMTP_SECURITY 设为 starttls 或 tls。"
        return [Finding(False, words)]
    return []


def _is_near(host: str) -> bool:
    return host in ("127.0.0.1", "localhost", "::1")


def _sender(chosen: Settings, provider: Provider | None) -> list[Finding]:
    """Say where sender or return path are not the login and the provider wants them to be."""
    login = chosen.smtp_username or ""
    if provider is None or not provider.sender_is_login or not login:
        return []
    found = []
    if chosen.sender_address.casefold() != login.casefold():
        found.append(
            Finding(
                False,
                f"发信设置：{provider.name}要求发件人与登录名一致，否则以 501 或 553 拒收；"
                f"DUBAN_SENDER_ADDRESS 是 {chosen.sender_address}，登录名是 {login}，请改为同一个地址。",
            )
        )
    if chosen.return_path:
        found.append(
            Finding(
                False,
                f"发信设置：{provider.name}不接受登录名以外的信封发件人，DUBAN_RETURN_PATH 用不上，"
                "每次都先被拒收一次再改用登录名；请留空，退信按邮件编号辨认。",
            )
        )
    return found


def _way(chosen: Settings, provider: Provider | None) -> list[Finding]:
    usual = {465: "tls", 994: "tls", 587: "starttls"}.get(chosen.smtp_port)
    if usual is None or chosen.smtp_security == usual or (usual == "starttls" and _is_near(chosen.smtp_host)):
        return []
    advice = f"{provider.name}应为 {provider.port} 端口、{provider.security}。" if provider else "请核对。"
    words = (
        f"发信设置：{chosen.smtp_port} 端口通常用 {usual}，DUBAN_SMTP_SECURITY 却是 {chosen.smtp_security}；{advice}"
    )
    return [Finding(False, words)]


def _pace(chosen: Settings, provider: Provider | None) -> list[Finding]:
    if provider is None or provider.pace is None:
        return []
    limit = f"每分钟至多 {provider.per_minute} 封" if provider.per_minute else "的限额不公开"
    if chosen.smtp_per_minute is None or chosen.smtp_per_minute > provider.pace:
        words = f"发信设置：{provider.name}{limit}，请把 DUBAN_SMTP_PER_MINUTE 设为 {provider.pace} 或更少"
        return [Finding(provider.per_minute is None, f"{words}，以免被限制发信。")]
    return []
