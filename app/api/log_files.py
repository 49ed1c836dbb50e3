"""The log as static files (C2SP tlog-tiles): the tree head, tiles and entry bundles, for monitors and caches."""

import gzip
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Header, Path
from starlette.responses import Response

from app.archive.log.rules.tiles import CHECKPOINT, tile_of
from app.kernel.errors import NotFound, Reason
from app.web.dependencies import Parts, admit
from app.web.problems import answers

router = APIRouter(prefix="/log", tags=["封存日志"], dependencies=[Depends(admit)])

_FRESH_S = 5
_FOR_EVER = "public, max-age=31536000, immutable"
_NO_FILE = Reason(
    code="log_file_not_found",
    message="日志中没有这个文件",
    remedy="请先核验检查点，再按其条目数取文件；不完整的瓦片在补全后只以完整形式提供",
)


@router.get(
    "/checkpoint",
    summary="最新检查点",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **answers(404)},
)
async def read_checkpoint_file(parts: Parts) -> Response:
    """C2SP tlog-checkpoint：日志名称、条目数、根散列和签名。"""
    content = await anyio.to_thread.run_sync(parts.log_files.read, CHECKPOINT)
    if content is None:
        raise NotFound([_NO_FILE])
    return Response(
        content,
        media_type="text/plain; charset=utf-8",
        headers={"Cache-Control": f"public, max-age={_FRESH_S}"},
    )


@router.get(
    "/tile/{tile:path}",
    summary="瓦片与条目文件",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, **answers(404)},
)
async def read_tile(
    parts: Parts,
    tile: Annotated[
        str, Path(max_length=200, description="层级/序号，或 entries/序号", examples=["0/000.p/5"])
    ],
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """C2SP tlog-tiles：每个瓦片 256 个散列；entries 为条目原文，各条前有两字节长度。内容永不改变。"""
    known = tile_of(f"tile/{tile}")
    if known is None:
        raise NotFound([_NO_FILE])
    content = await anyio.to_thread.run_sync(parts.log_files.read, known.path)
    if content is None:
        raise NotFound([_NO_FILE])
    headers = {"Cache-Control": _FOR_EVER}
    if known.level is None:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in accept_encoding:
            headers["Content-Encoding"] = "gzip"
            content = await anyio.to_thread.run_sync(gzip.compress, content)
    return Response(content, media_type="application/octet-stream", headers=headers)
