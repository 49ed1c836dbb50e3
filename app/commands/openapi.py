"""``registry export-openapi``: the description of the REST API, made from the routes, the same on every machine."""

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from app.settings import Settings

APPLICATION = "app.main:create_app"
"""Named as uvicorn names it: commands stand below ``app.main`` and do not import it."""


def openapi_document() -> str:
    """OpenAPI 3.1 as indented JSON with a final newline; needs neither database nor keys of a deployment."""
    from uvicorn.importer import import_from_string  # noqa: PLC0415 - slow to import

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            evaluation=True,
            data_dir=Path(folder),
            keyring_file=Path(folder, "keyring.json"),
            object_store_url=Path(folder, "objects").as_uri(),
            database_base_url="postgresql://127.0.0.1/registry",
        )
        described = import_from_string(APPLICATION)(settings).openapi()
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def export_openapi(
    output: Annotated[Path | None, typer.Option(help="写入的文件，默认写到标准输出")] = None,
) -> None:
    """导出接口说明（OpenAPI 3.1，JSON）。"""
    document = openapi_document()
    if output is None:
        typer.echo(document, nl=False)
    else:
        output.write_text(document, encoding="utf-8")
