"""``HEAD`` answers as ``GET`` does, without the content (RFC 9110 §9.3.2). No GET of the registry changes anything."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Lets everything inside see a GET and drops the content on its way out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_content(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # A copy: the server outside still has to know that this was a HEAD.
        await self.app({**scope, "method": "GET"}, receive, send_without_content)


def install(app: FastAPI) -> None:
    """Answer HEAD on every GET route of the application."""
    app.add_middleware(HeadAsGet)
