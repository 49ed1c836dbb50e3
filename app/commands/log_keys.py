"""``registry log-keys``: the keys that sign the log's tree heads; run where the sequencer runs."""

from typing import TYPE_CHECKING

import typer

from app.commands.deployment import refuse, settings_of_environment

if TYPE_CHECKING:
    from app.db.log_keys import LogKeys
    from app.settings import Settings

app = typer.Typer(help="封存日志检查点的签名密钥（在运行封存任务的机器上执行）", no_args_is_help=True)


@app.command()
def create() -> None:
    """生成密钥文件；已有时拒绝：换了密钥，监测方就不再认识这个日志。"""
    from app.db.log_keys import LogKeys  # noqa: PLC0415 - slow to import

    settings = settings_of_environment()
    if settings.log_key_file.exists():
        refuse(f"{settings.log_key_file} 已存在：更换密钥请用 registry log-keys rotate。")
    LogKeys.generate().save(settings.log_key_file)
    typer.echo(f"已生成 {settings.log_key_file}。请离线备份，并把下面的公钥交给监测方与核验方：")
    _tell(settings)


@app.command()
def rotate() -> None:
    """加入新密钥：今后的检查点由新旧两个密钥同时签名，直到 registry log-keys finish。"""
    settings = settings_of_environment()
    keys = _keys(settings)
    if len(keys.private_keys) > 1:
        refuse("上一次更换尚未完成：请先运行 registry log-keys finish。")
    keys.with_new_key().save(settings.log_key_file)
    typer.echo(
        "已加入新密钥。请把新的公钥交给监测方与核验方，等他们都换用后再运行 registry log-keys finish："
    )
    _tell(settings)


@app.command()
def finish() -> None:
    """停用旧密钥：今后的检查点只由新密钥签名。旧检查点仍可用旧公钥核验。"""
    settings = settings_of_environment()
    keys = _keys(settings)
    if len(keys.private_keys) == 1:
        refuse("没有正在进行的更换：请先运行 registry log-keys rotate。")
    keys.with_newest_key().save(settings.log_key_file)
    typer.echo("旧密钥已停用。监测方和核验方请只保留：")
    _tell(settings)


@app.command()
def show() -> None:
    """显示公钥（C2SP 签名笔记格式），交给监测方与核验方。"""
    _tell(settings_of_environment())


def _tell(settings: "Settings") -> None:
    from app.archive.log.rules.notes import Verifier  # noqa: PLC0415 - slow to import
    from app.jobs.sealing import origin_of  # noqa: PLC0415 - slow to import

    origin = settings.log_origin or origin_of(settings)
    for key in _keys(settings).public_keys:
        typer.echo(str(Verifier(origin, key)))


def _keys(settings: "Settings") -> "LogKeys":
    from app.db.log_keys import LogKeys  # noqa: PLC0415 - slow to import

    try:
        return LogKeys.load(settings.log_key_file)
    except FileNotFoundError:
        refuse(f"密钥文件 {settings.log_key_file} 不存在：请运行 registry log-keys create。")
    except PermissionError:
        refuse(f"密钥文件 {settings.log_key_file} 须只有所有者可以读写：请运行 chmod 600。")
    except ValueError:
        refuse(f"密钥文件 {settings.log_key_file} 的内容无法识别：请用备份恢复。")
