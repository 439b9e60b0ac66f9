"""A client of the studio in process, as a browser that opened the link."""

import asyncio
import re
from typing import Any

import httpx

from resolver.studio.server import create_studio
from tests.studio.scenarios import bench

BASE = "http://127.0.0.1:8124"


class Client:
    """Asks one application; keeps its cookies, and sends the token of the page once it was opened."""

    def __init__(self, app: Any = None, **options: Any) -> None:
        self.app = create_studio(bench(), token="once", **options) if app is None else app
        self.cookies = httpx.Cookies()
        self.headers: dict[str, str] = {}

    def ask(self, method: str, path: str, json: Any = None, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=BASE, cookies=self.cookies) as client:
                headers = {**self.headers, **more.pop("headers", {})}
                response = await client.request(method, path, json=json, headers=headers, **more)
                self.cookies = client.cookies
                return response

        return asyncio.run(asked())

    def open(self) -> "Client":
        """Open the link, and take the token of the page."""
        assert self.ask("GET", "/?token=once").status_code == 303
        page = self.ask("GET", "/").text
        found = re.search(r'name="studio-token" content="([^"]+)"', page)
        assert found is not None
        self.headers = {"X-Studio-Token": found[1]}
        return self
