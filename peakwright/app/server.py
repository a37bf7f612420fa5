"""The server: this machine alone, one secret in the address, and nothing fetched from elsewhere.

A page is reached at ``http://127.0.0.1:PORT/TOKEN/``. The token is part of every address, that of
the WebSocket too, so that no cookie is needed, which a page inside a notebook would not get. Bokeh
checks the Origin of a WebSocket only; here every request has to have the right Host, no foreign
Origin, an allowed method and the token, before any of Bokeh's handlers is reached.
"""

from __future__ import annotations

import hmac
import logging
import re
import secrets
import threading
from typing import TYPE_CHECKING, Any

from references.words import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .page import Desk

__all__ = ["ADDRESS", "AppServer", "MissingExtraError", "PortError", "start"]

ADDRESS = "127.0.0.1"
TOKEN_BYTES = 16
LARGEST_MESSAGE = 4 * 1024**2
"""What a page may send at once through its WebSocket [bytes]; no gesture comes near it."""
LARGEST_BODY = 1024
"""Of a request [bytes]: nothing is uploaded."""
PATIENCE = 20.0
"""For the body of a request, and for the server to start [s]."""
METHODS = ("GET", "HEAD")
STATIC = re.compile(r"static/(?!js/bokeh-mathjax)[A-Za-z0-9._/-]+")
"""What Bokeh's scripts are called; not that for mathematics, which makes links of names."""
PROXY = re.compile(r"(https?://[A-Za-z0-9.-]+(?::\d{1,5})?)/(?:[\w.~%@+-]+/)*\{port\}/?", re.ASCII)
"""Address of a proxy, and its Origin: what browsers say, they say without a default port."""
FORGOTTEN = 60_000
"""After so long a page that was closed is forgotten [ms]."""


class PortError(InputError):
    """The port cannot be had."""


class MissingExtraError(InputError):
    """The packages that the app needs are not installed."""


def start(desk: Desk, *, port: int = 0, through: str = "") -> AppServer:
    """Serve a page of the opened files on 127.0.0.1, from a thread of its own.

    Parameters
    ----------
    desk : Desk
    port : int
        0 takes any free one.
    through : str
        Address of a proxy on this machine by which a browser elsewhere reaches a port of it, with
        ``{port}`` in its path; requests that it hands on are then ours too.

    Returns
    -------
    AppServer
        Its ``url`` holds the token.

    Raises
    ------
    PortError
        If the port is in use or may not be had.
    MissingExtraError
        If Bokeh is not installed.
    InputError
        If ``through`` is no such address.
    """
    _check_installed()
    from .page import prepare

    server = AppServer(desk, port=port, through=through)
    prepare(desk)
    return server


def _check_installed() -> None:
    from importlib.util import find_spec

    if find_spec("bokeh") is None:
        raise MissingExtraError(
            "the app needs Bokeh, which is not installed; install it with "
            "`pip install 'peakwright[app]'`"
        )


class AppServer:
    """A page that is being served.

    Attributes
    ----------
    port : int
    url : str
        With the token: whoever has it can use the page.
    """

    def __init__(self, desk: Desk, *, port: int = 0, through: str = "") -> None:
        from bokeh.server.util import bind_sockets

        if not 0 <= port <= 65535:
            raise PortError(f"port {port} is none; give 1024 to 65535, or leave it out")
        proxy = origin_of(through)
        self._desk = desk
        self._token = secrets.token_urlsafe(TOKEN_BYTES)
        try:
            self._sockets, self.port = bind_sockets(ADDRESS, port)
        except OSError as error:
            raise PortError(
                f"port {port} cannot be had ({error.strerror or error}); leave out --port to take "
                "a free one"
            ) from None
        self._origins = (*origins_of(self.port), *proxy)
        place = through.replace("{port}", str(self.port)) or self._origins[0]
        self.url = f"{place.rstrip('/')}/{self._token}/"
        self._started = threading.Event()
        self._fault: BaseException | None = None
        self._loop: Any = None
        self._server: Any = None
        self._thread = threading.Thread(target=self._run, name="peakwright page", daemon=True)
        self._thread.start()
        if not self._started.wait(PATIENCE) or self._fault is not None:
            raise PortError(f"the page could not be served ({self._fault})")

    def stop(self) -> None:
        """Serve no more."""
        if self._thread.is_alive():
            self._loop.add_callback(self._stop_on_loop)
            self._thread.join(PATIENCE)

    def wait(self) -> None:
        """Wait until it is stopped."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def _stop_on_loop(self) -> None:
        self._server.stop(wait=False)
        self._server.unlisten()
        self._loop.add_callback(self._loop.stop)

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as error:
            self._fault = error
            self._started.set()
            raise

    def _serve(self) -> None:
        from bokeh.server.server import BaseServer
        from tornado.httpserver import HTTPServer
        from tornado.ioloop import IOLoop

        self._loop = IOLoop(make_current=True)
        guarded = _guarded_application(self._modify, self._token, self._origins)
        http = HTTPServer(
            guarded,
            max_body_size=LARGEST_BODY,
            body_timeout=PATIENCE,
            idle_connection_timeout=10 * PATIENCE,
        )
        http.add_sockets(self._sockets)
        self._server = BaseServer(self._loop, guarded, http)
        self._server.start()
        self._loop.add_callback(self._started.set)
        self._loop.start()
        self._loop.close(all_fds=True)

    def _modify(self, doc: Any) -> None:
        from .page import build_page

        build_page(doc, self._desk)


def origins_of(port: int) -> tuple[str, ...]:
    """Give the Origins that are this server's own.

    Examples
    --------
    >>> origins_of(5006)
    ('http://127.0.0.1:5006', 'http://localhost:5006')
    """
    return (f"http://{ADDRESS}:{port}", f"http://localhost:{port}")


def origin_of(through: str) -> tuple[str, ...]:
    """Give the Origin of pages that a proxy hands on; none where there is no proxy.

    Raises
    ------
    InputError
        If it is no address with ``{port}`` in its path.

    Examples
    --------
    >>> origin_of("https://hub.example.org/user/me/proxy/{port}/")
    ('https://hub.example.org',)
    """
    if not through:
        return ()
    told = PROXY.fullmatch(through)
    if told is None:
        raise InputError(
            f"{through!r} is no address of a proxy; give it with {{port}} in its path, for "
            "instance https://hub.example.org/user/me/proxy/{port}/"
        )
    return (told[1].lower(),)


def _guarded_application(modify: Callable[[Any], None], token: str, origins: Sequence[str]) -> Any:
    """Bokeh's application behind the guard, every answer with our headers."""
    from bokeh.resources import Resources
    from bokeh.server.tornado import BokehTornado

    headers = _headers(origins)
    hosts = [host_of(origin) for origin in origins]
    classes: dict[type, type] = {}
    refuser = _refuser()

    class Guarded(BokehTornado):  # pyright: ignore[reportUntypedBaseClass]
        """Asks :func:`refusal` before any handler is chosen."""

        def find_handler(self, request: Any, **kwargs: Any) -> Any:
            status = refusal(request, token, origins)
            if status is not None:
                return self.get_handler_delegate(request, refuser, {"status_code": status})
            return super().find_handler(request, **kwargs)

        def get_handler_delegate(
            self, request: Any, target_class: Any, *args: Any, **kwargs: Any
        ) -> Any:
            if target_class not in classes:
                classes[target_class] = _with_headers(target_class, headers)
            return super().get_handler_delegate(request, classes[target_class], *args, **kwargs)

        def resources(self, *args: Any, **kwargs: Any) -> Any:
            """Give Bokeh's scripts by relative addresses, without that for mathematics."""
            there: Any = super().resources(*args, **kwargs)
            found = Resources(mode=there.mode, root_url="./", path_versioner=there.path_versioner)
            found.components = [name for name in there.components if name != "bokeh-mathjax"]
            return found

        def log_request(self, handler: Any) -> None:
            """Say nothing: an address holds the token."""

    return Guarded(
        modify,
        prefix=token,
        use_index=False,
        extra_websocket_origins=hosts,
        generate_session_ids=True,
        websocket_max_message_size_bytes=LARGEST_MESSAGE,
        unused_session_lifetime_milliseconds=FORGOTTEN,
        check_unused_sessions_milliseconds=FORGOTTEN // 4,
        include_headers=[],
        include_cookies=[],
        session_token_expiration=3600,
        ico_path="none",
    )


REFUSED = {
    403: (
        "This page opens at one address only. Open the address that <code>peakwright serve</code> "
        "printed, the whole of it, from http:// to the last /. Each start of the server has a new "
        "one: if the server has been ended, start it again."
    ),
    404: (
        "There is nothing at this address. Open the one that <code>peakwright serve</code> "
        "printed, as it is, with nothing after its last /."
    ),
    405: "This page is only read: open its address in a browser.",
}
"""What is said to who is refused: nothing of the request, nothing of the secret."""


def _refuser() -> type:
    """A handler that refuses and says what to do instead."""
    from tornado.web import ErrorHandler

    class Refuser(ErrorHandler):
        def write_error(self, status_code: int, **_kwargs: Any) -> None:
            said = REFUSED.get(status_code, "This cannot be done.")
            self.finish(
                '<!doctype html><html lang="en"><head><meta charset="utf-8">'
                '<link rel="icon" href="data:,"><title>peakwright: not here</title></head>'
                '<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40em; '
                f'margin: 15vh auto; padding: 0 1em"><h1>{status_code}</h1><p>{said}</p>'
                "</body></html>"
            )

    return Refuser


def host_of(origin: str) -> str:
    """Give the Host header of an Origin.

    Examples
    --------
    >>> host_of("http://localhost:5006")
    'localhost:5006'
    """
    return origin.partition("://")[2]


def refusal(request: Any, token: str, origins: Sequence[str]) -> int | None:
    """Give the status with which a request is refused, or ``None``.

    Parameters
    ----------
    request : tornado.httputil.HTTPServerRequest
    token : str
        Has to be the first part of the path; compared in constant time.
    origins : sequence of str
        That are ours; of them are the Host headers that are.
    """
    if request.headers.get_list("Host") not in [[host_of(origin)] for origin in origins]:
        return 403
    told = request.headers.get_list("Origin")
    upgrade = "upgrade" in request.headers.get("Connection", "").lower()
    if (told or upgrade) and told not in [[origin] for origin in origins]:
        return 403
    first, _, rest = request.path.removeprefix("/").partition("/")
    if not hmac.compare_digest(first.encode(), token.encode()):
        return 403
    if request.method not in METHODS:
        return 405
    if rest in {"", "ws"} or (STATIC.fullmatch(rest) and ".." not in rest):
        return None
    return 404


def _headers(origins: Sequence[str]) -> dict[str, str]:
    sockets = " ".join(origin.replace("http", "ws", 1) for origin in origins)
    return {
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
        # Bokeh's scripts stand in the page, and its callbacks are compiled there.
        "Content-Security-Policy": (
            "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
            "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
            f"font-src 'self' data:; connect-src 'self' {sockets}; form-action 'none'; "
            "base-uri 'none'; object-src 'none'"
        ),
    }


def _with_headers(handler: Any, headers: dict[str, str]) -> type:
    """A handler whose every answer has our headers, and no header that lets other sites in."""
    from tornado.web import HTTPError

    class WithHeaders(handler):  # a class of tornado's or Bokeh's, known at run time only
        def set_default_headers(self) -> None:
            for name, value in headers.items():
                self.set_header(name, value)
            self.clear_header("Server")

        def log_exception(self, typ: Any, value: Any, trace: Any) -> None:
            """Say what failed, but not at which address: that holds the token."""
            if not isinstance(value, HTTPError):
                logging.getLogger(__name__).error("a request failed", exc_info=(typ, value, trace))

    return WithHeaders
