"""The page as a notebook on a hub shows it: through a proxy, under a path of another address."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tornado import httpclient, httpserver, netutil, web, websocket

import peakwright
import xps

pytestmark = pytest.mark.browser

PLACE = r"/user/me/proxy/(\d+)/(.*)"


def kept(handler):
    """What says by which address the browser came."""
    told = handler.request.headers
    return {name: told[name] for name in ("Host", "Origin") if name in told}


class Handed(web.RequestHandler):
    """Hands requests on as jupyter-server-proxy does: without the path before the port's number."""

    async def get(self, port, rest):
        asked = httpclient.HTTPRequest(f"http://127.0.0.1:{port}/{rest}", headers=kept(self))
        answer = await httpclient.AsyncHTTPClient().fetch(asked, raise_error=False)
        self.set_status(answer.code)
        self.clear_header("Content-Type")
        for name, value in answer.headers.get_all():
            if name not in {"Content-Length", "Transfer-Encoding"}:
                self.add_header(name, value)
        self.finish(answer.body)


class Joined(websocket.WebSocketHandler):
    """The same for a WebSocket."""

    def select_subprotocol(self, offered):
        self.offered = offered
        return offered[0]

    def initialize(self):
        self.server = asyncio.get_running_loop().create_future()

    async def open(self, port, rest):
        asked = httpclient.HTTPRequest(f"ws://127.0.0.1:{port}/{rest}", headers=kept(self))
        self.server.set_result(
            await websocket.websocket_connect(
                asked, subprotocols=self.offered, on_message_callback=self.answered
            )
        )

    def answered(self, message):
        if message is not None:
            self.write_message(message, binary=isinstance(message, bytes))

    async def on_message(self, message):
        server = await self.server
        server.write_message(message, binary=isinstance(message, bytes))


@pytest.fixture
def hub():
    """Address of a proxy, with the port it is to hand on to left open."""
    sockets = netutil.bind_sockets(0, "127.0.0.1")
    loop = asyncio.new_event_loop()

    def serve():
        asyncio.set_event_loop(loop)
        handlers = [(PLACE.replace("(.*)", "(.*ws)"), Joined), (PLACE, Handed)]
        httpserver.HTTPServer(web.Application(handlers)).add_sockets(sockets)
        loop.run_forever()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}/user/me/proxy/{{port}}/"
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5.0)


def test_a_page_through_a_proxy_is_drawn_and_fits(browse, hub):
    page = peakwright.interactive(xps.example("P 2p"), through=hub)
    try:
        shown = browse(page.url)
        shown.get_by_text("Fractions of P 2p area").wait_for()
        assert "/user/me/proxy/" in page.url
    finally:
        page.stop()
