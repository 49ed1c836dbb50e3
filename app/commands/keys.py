"""``registry keys``: change the keys of look-up digests and of encrypted fields while the registry serves."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer

from app.commands.deployment import refusals_in_words, refuse, settings_of_environment

if TYPE_CHECKING:
    from rich.progress import Progress
    from sqlalchemy.ext.asyncio import AsyncSession

    from app.archive.certificates.actions.rotate_number_digests import HeldTwice
    from app.db.crypto import KeyRing
    from app.identity.persons.actions.rotate_digests import Rivals
    from app.settings import Settings

ResultT = TypeVar("ResultT")
Work = Callable[["AsyncSession"], Awaitable[ResultT]]

app = typer.Typer(help="更换密钥（服务运行中即可进行）", no_args_is_help=True)
digests = typer.Typer(
    help="更换检索摘要密钥，依次运行 begin、fill、finish；每一步都可以中断后重新运行", no_args_is_help=True
)
app.add_typer(digests, name="rotate-digests")

Batch = Annotated[int, typer.Option(help="每批号码数", min=1, max=20_000)]


@digests.command()
def begin() -> None:
    """密钥文件中加入新的摘要密钥：今后登记的号码（身份号码与证书编号）同时按新旧两个密钥保存。

    运行中的进程在下一个请求时改用新的密钥文件。有几台服务器的，请先把文件复制到每一台，再运行 fill。
    """
    settings = settings_of_environment()
    keys = _ring(settings)
    if len(keys.digest_key_ids) > 1:
        refuse("上一次更换尚未完成：请继续运行 registry keys rotate-digests fill。")
    keys.with_new_digest_key().save(settings.keyring_file)
    typer.echo("已加入新的摘要密钥。请备份密钥文件，然后运行 registry keys rotate-digests fill。")


@digests.command()
def fill(batch: Batch = 1000) -> None:
    """为已登记的身份号码与证书编号补上新密钥的摘要。"""
    from app.archive.certificates.actions.rotate_number_digests import (  # noqa: PLC0415 - slow to import
        count_lacking_numbers,
        fill_number_digests,
    )
    from app.identity.persons.actions.rotate_digests import (  # noqa: PLC0415 - slow to import
        Position,
        count_lacking,
        fill_digests,
    )

    rivals: list[Rivals] = []
    held_twice: list[HeldTwice] = []
    stored = certificates = 0
    with _deployment() as settings, _progress() as progress:
        keys = _ring_in_rotation(settings)
        task = progress.add_task("身份号码", total=_as_owner(settings, partial(count_lacking, keys=keys)))
        position: Position | None = Position()
        while position is not None:
            batch_done = _as_owner(settings, partial(fill_digests, keys=keys, after=position, batch=batch))
            rivals += batch_done.rivals
            stored += batch_done.stored
            position = batch_done.position
            progress.update(task, completed=stored)
        task = progress.add_task(
            "证书编号", total=_as_owner(settings, partial(count_lacking_numbers, keys=keys))
        )
        after: UUID | None = UUID(int=0)
        while after is not None:
            filled = _as_owner(settings, partial(fill_number_digests, keys=keys, after=after, batch=batch))
            held_twice += filled.held_twice
            certificates += filled.stored
            after = filled.after
            progress.update(task, completed=certificates)
    _refuse_twice(rivals, held_twice)
    done = f"已补 {stored} 个身份号码、{certificates} 个证书编号的摘要"
    typer.echo(f"{done}。请运行 registry keys rotate-digests finish。")


@digests.command()
def finish(batch: Batch = 5000) -> None:
    """确认每个号码都有新摘要后停用旧密钥：密钥文件中删去旧密钥，再分批删除旧摘要。"""
    from app.archive.certificates.actions.rotate_number_digests import (  # noqa: PLC0415 - slow to import
        drop_old_number_digests,
        retire_old_number_digests,
    )
    from app.identity.persons.actions.rotate_digests import (  # noqa: PLC0415 - slow to import
        drop_old_digests,
        retire_old_digests,
    )

    with _deployment() as settings, _progress() as progress:
        keys = _ring(settings)

        async def retire(session: "AsyncSession") -> None:
            await retire_old_digests(session, keys)
            await retire_old_number_digests(session, keys)
            # Before the commit, while registrations wait: whoever goes on finds the new file at the next request.
            keys.with_one_digest_key().save(settings.keyring_file)

        _as_owner(settings, retire)
        task = progress.add_task("删除旧摘要", total=None)
        dropped = 0
        for drop in (drop_old_digests, drop_old_number_digests):
            while count := _as_owner(settings, partial(drop, keys=keys, batch=batch)):
                dropped += count
                progress.update(task, completed=dropped)
    typer.echo(f"更换完成：旧密钥已停用，删除旧摘要 {dropped} 条。")


@app.command()
def rotate_fields() -> None:
    """今后的加密字段改用新密钥；已有内容仍由文件中保留的旧密钥解密，不重新加密。

    旧密钥因此不能从密钥文件中删去：档案与身份号码的各行只追加、不改写。
    """
    settings = settings_of_environment()
    keys = _ring(settings).with_new_field_key()
    keys.save(settings.keyring_file)
    typer.echo(f"已改用新的字段密钥；文件中共 {len(keys.field_keys)} 个字段密钥。请备份密钥文件。")


def _ring(settings: "Settings") -> "KeyRing":
    from app.db.crypto import KeyRing  # noqa: PLC0415 - slow to import

    try:
        return KeyRing.load(settings.keyring_file)
    except FileNotFoundError:
        refuse(f"密钥文件 {settings.keyring_file} 不存在：请由 REGISTRY_KEYRING_FILE 指定。")
    except PermissionError:
        refuse(f"密钥文件 {settings.keyring_file} 须只有所有者可以读写：请运行 chmod 600。")
    except (ValueError, KeyError):
        refuse(f"密钥文件 {settings.keyring_file} 的内容无法识别：请用备份恢复。")


def _ring_in_rotation(settings: "Settings") -> "KeyRing":
    keys = _ring(settings)
    if len(keys.digest_key_ids) == 1:
        refuse("没有正在进行的更换：请先运行 registry keys rotate-digests begin。")
    return keys


@contextmanager
def _deployment() -> "Iterator[Settings]":
    """The deployment with its database at hand; refusals become words and exit code 2."""
    from app.db.at_hand import server_at_hand  # noqa: PLC0415 - slow to import
    from app.db.crypto import SealBroken  # noqa: PLC0415 - slow to import
    from app.kernel.errors import RegistryError  # noqa: PLC0415 - slow to import

    with refusals_in_words(), server_at_hand(settings_of_environment()) as (settings, _):
        try:
            yield settings
        except SealBroken:
            refuse("密钥文件与数据库不符：其中的字段密钥打不开已登记的号码，请检查 REGISTRY_KEYRING_FILE。")
        except RegistryError as error:
            refuse("\n".join(f"{reason.message}。{reason.remedy}。" for reason in error.reasons))


def _as_owner(settings: "Settings", work: "Work[ResultT]") -> ResultT:
    from sqlalchemy import text  # noqa: PLC0415 - slow to import

    from app.commands.code_lists import as_owner  # noqa: PLC0415 - slow to import

    async def patiently(session: "AsyncSession") -> ResultT:
        # Looking through all numbers may take longer than a request may.
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        await session.execute(text("SET LOCAL lock_timeout = '30s'"))
        return await work(session)

    return as_owner(settings, patiently)


def _refuse_twice(rivals: "list[Rivals]", held_twice: "list[HeldTwice]") -> None:
    if not rivals and not held_twice:
        return
    from app.archive.certificates.actions.rotate_number_digests import (  # noqa: PLC0415 - slow to import
        reasons_against_held_twice,
    )
    from app.identity.persons.actions.rotate_digests import (  # noqa: PLC0415 - slow to import
        reasons_against_rivals,
    )

    reasons = (*reasons_against_rivals(rivals), *reasons_against_held_twice(held_twice))
    refuse("\n".join(f"{each.message}。{each.remedy}。" for each in reasons))


@contextmanager
def _progress() -> "Iterator[Progress]":
    """A bar on standard error, so that standard output holds the outcome alone."""
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.progress import (  # noqa: PLC0415 - slow to import
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    look = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*look, console=Console(stderr=True)) as progress:
        yield progress
