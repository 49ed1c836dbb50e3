"""What every command shares: the deployment's settings, and refusals in Chinese words with exit code 2."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from app.settings import Settings


def refuse(message: str) -> NoReturn:
    """Say on standard error why the command does not run, and end with exit code 2."""
    typer.echo(message, err=True)
    raise typer.Exit(2)


def settings_of_environment() -> Settings:
    """Settings from the environment; all wrong variables are named at once, their values are not repeated."""
    try:
        return Settings()
    except LookupError as error:
        refuse(str(error.args[0]))
    except SettingsError:
        refuse("环境变量 REGISTRY_ROLE_PASSWORDS 应为 JSON 对象：{角色: 口令}")
    except ValidationError as error:
        defects = error.errors(include_input=False, include_url=False)
        # Fields derived from a wrong one are not wrong themselves.
        lines = [_in_words(defect) for defect in defects if defect["type"] != "default_factory_not_called"]
        refuse("环境变量有误：\n" + "\n".join(lines))


def _in_words(defect: ErrorDetails) -> str:
    field = str(defect["loc"][0])
    name = field if field.startswith("REGISTRY_") else f"REGISTRY_{field.upper()}"
    kind = defect["type"]
    if kind == "value_error":
        return f"  {name}：{defect['ctx']['error']}"
    expected = {
        "int": "应为整数",
        "bool": "应为 true 或 false",
        "url": "应为完整网址，形如 https://主机/路径",
        "less": f"不应大于 {defect.get('ctx', {}).get('le')}",
        "greater": f"不应小于 {defect.get('ctx', {}).get('ge')}",
        "path": "应为文件路径",
    }
    return f"  {name}：{expected.get(kind.split('_')[0], f'格式不正确（{kind}）')}"


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """Turn what can be expected to go wrong with a deployment into a refusal."""
    from app.db.embedded_home import EmbeddedServerError  # noqa: PLC0415 - slow to import

    try:
        yield
    except (LookupError, EmbeddedServerError) as error:
        refuse(str(error.args[0]))
    except ConnectionError as error:
        refuse(
            f"无法连接数据库（{error.strerror or error}）：请检查 REGISTRY_DATABASE_URL 及数据库是否已启动。"
        )
