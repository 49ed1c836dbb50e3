"""Style sheets and modules, served by this process from installed packages and our own folder.

One digest over all of them is part of their address: a changed file has another address, so browsers may keep what they
have for a year, and modules import each other by plain relative names. Everything is read and compressed once.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

PREFIX = "/static"
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_COMPRESSED = {".js", ".css", ".svg", ".txt"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file ready to leave."""

    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str


class Assets:
    """The files by name, and the address of each."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._assets = {name: _asset(path) for name, path in sorted(files.items())}
        whole = hashlib.sha256()
        for name, asset in self._assets.items():
            whole.update(f"{name} {asset.etag}\n".encode())
        self.digest = whole.hexdigest()[:16]

    def address(self, name: str) -> str:
        """Where a file is served. Raises KeyError for one that is not there: a template is wrong."""
        if name not in self._assets:
            raise KeyError(name)
        return f"{PREFIX}/{self.digest}/{name}"

    def answer(self, request: Request, digest: str, name: str) -> Response:
        """A file; an address of another release gets today's content, and may not be kept."""
        asset = self._assets.get(name)
        if asset is None:
            raise HTTPException(404)
        takes_gzip = "gzip" in request.headers.get("accept-encoding", "")
        packed = asset.compressed if takes_gzip else None
        etag = f'"{asset.etag}-gz"' if packed else f'"{asset.etag}"'
        headers = {
            "Cache-Control": _FOREVER if digest == self.digest else "no-cache",
            "ETag": etag,
            "Vary": "Accept-Encoding",
            "Content-Security-Policy": "default-src 'none'",
        }
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(packed or asset.content, headers=headers, media_type=asset.media_type)


def serve(app: FastAPI, assets: Assets) -> None:
    """Serve them on the application. Files hold nothing of anybody, so no role is asked."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{PREFIX}/{{digest}}/{{name:path}}")
    async def read_asset(request: Request, digest: str, name: str) -> Response:
        return assets.answer(request, digest, name)

    app.include_router(router)


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    packed = gzip.compress(content, 9, mtime=0) if path.suffix in _COMPRESSED else None
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(content, packed, media_type, hashlib.sha256(content).hexdigest()[:32])
