"""What a deployment decides, read once from ``REGISTRY_*`` environment variables; nothing here can be
changed later.

Values of policy (months, amounts, deadlines) are not settings: they are dated data with a clause, see
``app.policy``.
"""

import json
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_DATABASE = "registry"
CITIZEN_CALLBACK_PATH = "/sign-in/citizen/callback"
"""Where the citizens' identity provider sends browsers back to, below the public address."""
NETWORK_NOTICES_PATH = "/v1/network-notices"
"""Where the assessment network's pushes arrive, below the public address."""
BANK_NOTICES_PATH = "/v1/bank-notices"
"""Where the bank's notices arrive, below the public address."""


def _without_user(url: str) -> str:
    """A database URL that names server and database only; each role brings its own name and password."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.hostname:
        raise ValueError("应形如 postgresql://主机:端口/库名")
    if parts.username or parts.password:
        raise ValueError("不应含用户名和口令：各数据库角色的口令放在 REGISTRY_SECRETS_FILE 中")
    unknown = set(parse_qs(parts.query)) - {"sslmode"}
    if unknown:
        raise ValueError(
            f"不支持参数 {'、'.join(sorted(unknown))}：只接受 sslmode，证书路径请用 PGSSLROOTCERT"
        )
    return url


def _defects_of_push_url(name: str, url: str, *, path: str, sender: str) -> tuple[str, ...]:
    """What keeps a sender's pushes from arriving, or their signatures from being right (RFC 9421 @target-uri)."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        return (f"{name} 不是网址：应为在{sender}登记的推送地址",)
    defects = []
    if parts.scheme != "https" or not host:
        defects.append(f"{name} 应为 https:// 公开地址：{sender}向它推送")
    if host == "localhost" or _is_unreachable(host) or port == 0:
        defects.append(f"{name} 的主机 {host} 只在本机可达：{sender}推送不到")
    if not parts.path.endswith(path) or "//" in parts.path:
        defects.append(f"{name} 的路径应以 {path} 结尾：推送由它接收")
    if parts.query or parts.fragment or parts.username or parts.password:
        defects.append(f"{name} 不应含参数、锚点和用户名：须与登记的地址逐字相同")
    return tuple(defects)


def _is_unreachable(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified or address.is_link_local


def _read_role_passwords(given: dict[str, Any]) -> dict[str, SecretStr]:
    path: Path = given["secrets_file"]
    try:
        stored = json.loads(path.read_text())["role_passwords"]
        return {role: SecretStr(password) for role, password in stored.items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise LookupError(
            f"无法读取口令文件 {path}（{error.strerror}）：请检查 REGISTRY_SECRETS_FILE 与文件权限"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError):
        # Not chained: the parser's own message would show a piece of the secrets.
        raise LookupError(f'口令文件 {path} 的内容不是 {{"role_passwords": {{角色: 口令}}}}') from None


class Settings(BaseSettings):
    """One deployment. Every field is an environment variable with the prefix ``REGISTRY_``."""

    model_config = SettingsConfigDict(
        env_prefix="REGISTRY_",
        frozen=True,
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
    )

    evaluation: bool = False
    """Try-out mode: the embedded server, sandbox platforms, plain HTTP and a shifted clock are allowed."""

    throwaway_database: bool = False
    """A test suite's cluster may run without fsync; anything else with it off is refused at the start."""

    data_dir: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        default=Path(".data"), validate_default=True
    )
    """Folder of what has no place of its own: the embedded server, key ring, documents."""

    database_base_url: Annotated[str, AfterValidator(_without_user)] | None = Field(
        default=None, validation_alias="REGISTRY_DATABASE_URL"
    )
    """Server and database without user; None means the embedded server (evaluation only)."""

    admin_url: SecretStr | None = None
    """A superuser's URL; only ``registry migrate`` uses it, to make roles and the database."""

    secrets_file: Path = Field(default_factory=lambda given: given["data_dir"] / "secrets.json")
    """JSON file (mode 0600) of the role passwords; ``registry migrate`` adds those that are missing."""

    role_passwords: dict[str, SecretStr] = Field(default_factory=_read_role_passwords)
    """Password by database role; read from ``secrets_file`` unless given."""

    keyring_file: Path = Field(default_factory=lambda given: given["data_dir"] / "keyring.json")
    """Keys of encrypted fields, digests and tokens; kept apart from the database and its backups."""

    object_store_url: str = Field(default_factory=lambda given: (given["data_dir"] / "objects").as_uri())
    """Where uploaded documents live: ``file:///…`` or ``s3://bucket/prefix``."""

    log_store_url: str = Field(default_factory=lambda given: (given["data_dir"] / "log").as_uri())
    """Where tiles and tree heads of the log are published: ``file:///…`` or ``s3://bucket/prefix``, always the same."""

    log_key_file: Path = Field(default_factory=lambda given: given["data_dir"] / "log-keys.json")
    """Keys that sign tree heads; only the process that seals needs them."""

    log_origin: str | None = None
    """Name of the log for ever, as a rule its public address without ``https://``; None takes it from ``issuer``."""

    log_monitor_file: Path | None = None
    """File in which ``registry monitor`` keeps the last tree head it has seen; sealing stops when ours is behind it."""

    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=8000, ge=0, le=65535)

    issuer: str = Field(default_factory=lambda given: f"http://{given['listen_host']}:{given['listen_port']}")
    """Public address of this registry and ``iss`` of its tokens (RFC 9068), without a closing slash."""

    cardholder_base_url: AnyHttpUrl | None = None
    """Card-holder base (持卡人员基础信息库), which answers the real-name check."""

    citizen_idp_url: AnyHttpUrl | None = None
    """Identity provider of citizens (电子社保卡 sign-in), an OpenID Connect issuer."""

    assessment_network_url: AnyHttpUrl | None = None
    """Skills-assessment network (技能人才评价工作网), which answers for certificates."""

    cardholder_key_id: str = "registry"
    cardholder_secret: SecretStr | None = None
    """Shared key of signed calls to the card-holder base; None means the sandbox's public key (evaluation only)."""

    assessment_network_push_url: str = Field(
        default_factory=lambda given: f"{given['issuer']}{NETWORK_NOTICES_PATH}"
    )
    """Our public address that the assessment network pushes changes to, exactly as it is registered there: signatures
    cover it. A proxy may give it another host, and put a path of its own before ours."""

    assessment_network_key_id: str = "registry"
    assessment_network_secret: SecretStr | None = None
    """Shared key of calls to and pushes from the assessment network; None means the sandbox's (evaluation only)."""

    unemployment_insurance_url: AnyHttpUrl | None = None
    """Unemployment insurance (失业保险), which answers for contributions; None: such facts are never known here."""

    unemployment_insurance_key_id: str = "registry"
    unemployment_insurance_secret: SecretStr | None = None
    """Shared key of calls to the unemployment insurance; None means the sandbox's (evaluation only)."""

    insurance_answer_hours: int = Field(default=24, ge=0, le=720)
    """How long an answer of the unemployment insurance is used again before the same is asked anew, in hours."""

    bank_url: AnyHttpUrl | None = None
    """The paying bank; None: instructions wait."""

    bank_patience_seconds: Annotated[float, Field(gt=0, le=30)] = 5.0
    """How long one answer of the bank is waited for; then the same instruction is sent, or asked about, again."""

    bank_push_url: str = Field(default_factory=lambda given: f"{given['issuer']}{BANK_NOTICES_PATH}")
    """Our public address that the bank pushes ends of payments to, exactly as it is registered there."""

    bank_key_id: str = "registry"
    bank_secret: SecretStr | None = None
    """Shared key of calls to and pushes from the bank; None means the sandbox's (evaluation only)."""

    message_gateway_url: AnyHttpUrl | None = None
    """Message platform (短信、电子社保卡); None: messages wait."""

    message_gateway_key_id: str = "registry"
    message_gateway_secret: SecretStr | None = None
    """Shared key of calls to the message platform; None means the sandbox's (evaluation only)."""

    attestation_valid_hours: int = Field(default=72, ge=1, le=720)
    """How long "not claimed here" keeps a place for another registry that has not confirmed it, in hours."""

    citizen_client_id: str = "training-record-registry"
    citizen_client_secret: SecretStr | None = None
    """Client secret at the citizens' identity provider; None means the sandbox's (evaluation only)."""

    citizen_redirect_uri: str = Field(
        default_factory=lambda given: f"{given['issuer']}{CITIZEN_CALLBACK_PATH}"
    )
    """Where the identity provider sends the citizen's browser back to."""

    outbox_subscriber_url: AnyHttpUrl | None = None
    """Where announcements (outbox messages) are posted to; None means that they only go into the log."""

    outbox_subscriber_secret: SecretStr | None = None
    """Shared key, at least 32 bytes, that signs what is posted (RFC 9421); None posts unsigned."""

    officer_lookups_per_minute: int = Field(default=30, ge=1)
    officer_lookups_per_day: int = Field(default=1_000, ge=1)
    officer_misses_per_day: int = Field(default=50, ge=1)
    """How often one officer may verify persons for one purpose, and how often nobody may be found."""

    system_lookups_per_minute: int = Field(default=6_000, ge=1)
    system_lookups_per_day: int = Field(default=1_000_000, ge=1)
    system_misses_per_day: int = Field(default=20_000, ge=1)
    """The same for an agency's system, which asks on behalf of many officers."""

    officer_compared_lines_per_day: int = Field(default=5_000_000, ge=1)
    system_compared_lines_per_day: int = Field(default=100_000_000, ge=1)
    """How many lines one officer, or an agency's system, may have compared a day."""

    @property
    def database_name(self) -> str:
        """Name of the database, ``registry`` unless the URL says otherwise."""
        return urlsplit(self._base()).path.lstrip("/") or DEFAULT_DATABASE

    def database_url(self, role: str) -> str:
        """SQLAlchemy URL (asyncpg) for a database role. Raises ``LookupError`` when its password is
        unknown."""
        return self._url("postgresql+asyncpg", role, tls_parameter="ssl")

    def dsn(self, role: str) -> str:
        """libpq URI for a database role, for a raw asyncpg pool. Raises ``LookupError`` as above."""
        return self._url("postgresql", role, tls_parameter="sslmode")

    def at_server(self, host: str, port: int) -> "Settings":
        """The same settings, pointed at a server whose address is known only now (the embedded one)."""
        return self.model_copy(update={"database_base_url": f"postgresql://{host}:{port}/{DEFAULT_DATABASE}"})

    def defects_against_serving(self) -> tuple[str, ...]:
        """All that keeps this deployment from serving (Chinese, one line each); empty when it may serve."""
        if self.evaluation:
            return ()
        required = {
            "REGISTRY_DATABASE_URL": (self.database_base_url, "数据库地址，形如 postgresql://主机:端口/库名"),
            "REGISTRY_CARDHOLDER_BASE_URL": (
                self.cardholder_base_url,
                "持卡人员基础信息库地址，用于实名核验",
            ),
            "REGISTRY_ASSESSMENT_NETWORK_URL": (
                self.assessment_network_url,
                "技能人才评价工作网地址，用于证书联网查验",
            ),
            "REGISTRY_CITIZEN_IDP_URL": (self.citizen_idp_url, "劳动者登录（电子社保卡）服务地址"),
        }
        defects = [f"缺少 {name}：{meaning}" for name, (value, meaning) in required.items() if value is None]
        for name, secret in (
            ("REGISTRY_CARDHOLDER_SECRET", self.cardholder_secret),
            ("REGISTRY_ASSESSMENT_NETWORK_SECRET", self.assessment_network_secret),
            ("REGISTRY_CITIZEN_CLIENT_SECRET", self.citizen_client_secret),
        ):
            if secret is None:
                defects.append(f"缺少 {name}：与外部系统约定的密钥")
        if not self.issuer.startswith("https://"):
            defects.append("REGISTRY_ISSUER 应为本系统的 https:// 公开地址：令牌以它为签发者")
        if self.issuer.endswith("/"):
            defects.append("REGISTRY_ISSUER 不应以 / 结尾：令牌的签发者须逐字相同")
        elif self.issuer.startswith("https://") or "assessment_network_push_url" in self.model_fields_set:
            # Otherwise it follows from the issuer, whose defect is told above.
            defects.extend(
                _defects_of_push_url(
                    "REGISTRY_ASSESSMENT_NETWORK_PUSH_URL",
                    self.assessment_network_push_url,
                    path=NETWORK_NOTICES_PATH,
                    sender="评价工作网",
                )
            )
        defects.extend(self._defects_of_payment())
        if not self.keyring_file.exists():
            defects.append(f"密钥文件 {self.keyring_file} 不存在：请由 REGISTRY_KEYRING_FILE 指定")
        return tuple(defects)

    def absences(self) -> tuple[str, ...]:
        """What this deployment can do without and does without (Chinese, one line each)."""
        if self.evaluation:
            return ()
        optional = {
            "REGISTRY_UNEMPLOYMENT_INSURANCE_URL": (
                self.unemployment_insurance_url,
                "不查询失业保险信息，须凭它审核的申领一律“暂不能决定”",
            ),
            "REGISTRY_BANK_URL": (self.bank_url, "不核对收款账户，付款指令只保存、不发出"),
            "REGISTRY_MESSAGE_GATEWAY_URL": (self.message_gateway_url, "给劳动者的消息只保存、不发出"),
        }
        return tuple(
            f"未设置 {name}：{effect}" for name, (value, effect) in optional.items() if value is None
        )

    def _defects_of_payment(self) -> tuple[str, ...]:
        """What is wrong with the systems that a deployment may do without, of those it has."""
        secrets = {
            "REGISTRY_UNEMPLOYMENT_INSURANCE_SECRET": (
                self.unemployment_insurance_url,
                self.unemployment_insurance_secret,
            ),
            "REGISTRY_BANK_SECRET": (self.bank_url, self.bank_secret),
            "REGISTRY_MESSAGE_GATEWAY_SECRET": (self.message_gateway_url, self.message_gateway_secret),
        }
        defects = [
            f"缺少 {name}：与外部系统约定的密钥"
            for name, (url, secret) in secrets.items()
            if url is not None and secret is None
        ]
        follows_issuer = "bank_push_url" not in self.model_fields_set
        if self.bank_url is not None and not (follows_issuer and not self.issuer.startswith("https://")):
            defects.extend(
                _defects_of_push_url(
                    "REGISTRY_BANK_PUSH_URL", self.bank_push_url, path=BANK_NOTICES_PATH, sender="银行"
                )
            )
        return tuple(defects)

    def _base(self) -> str:
        if self.database_base_url is None:
            raise LookupError("没有指定数据库：请设置 REGISTRY_DATABASE_URL")
        return self.database_base_url

    def _url(self, scheme: str, role: str, *, tls_parameter: str) -> str:
        parts = urlsplit(self._base())
        password = self.role_passwords.get(role)
        if password is None:
            raise LookupError(
                f"{self.secrets_file} 中没有数据库角色 {role} 的口令：请先运行 registry migrate"
            )
        server = parts.netloc if parts.port else f"{parts.netloc}:5432"
        credentials = f"{quote(role, safe='')}:{quote(password.get_secret_value(), safe='')}"
        mode = parse_qs(parts.query).get("sslmode")
        tls = f"?{tls_parameter}={mode[0]}" if mode else ""
        return f"{scheme}://{credentials}@{server}/{self.database_name}{tls}"
