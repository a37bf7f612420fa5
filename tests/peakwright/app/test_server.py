"""The server: who gets in, and who does not."""

from __future__ import annotations

import http.client

import pytest

import references
import xps
from peakwright.app.opened import opened
from peakwright.app.page import Desk
from peakwright.app.server import PortError, start


@pytest.fixture(scope="module")
def server():
    desk = Desk(files=opened([xps.example_path()]), registry=references.load())
    served = start(desk)
    yield served
    served.stop()


def ask(server, path, *, method="GET", headers=None, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    given = {"Host": f"127.0.0.1:{server.port}"} | (headers or {})
    if body is not None:
        given["Content-Length"] = str(len(body))
    for name, value in given.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def token(server):
    return server.url.rstrip("/").rpartition("/")[2]


def test_the_page_is_there_for_who_has_the_token(server):
    answer, content = ask(server, f"/{token(server)}/")
    assert answer.status == 200
    assert b"bokeh" in content


@pytest.mark.parametrize(
    "path", ["/", "/wrong/", "/{short}/", "/static/js/bokeh.min.js", "/?token={}"]
)
def test_without_the_token_nothing_is_there(server, path):
    named = path.format(token(server), short=token(server)[:-1])
    assert ask(server, named)[0].status == 403


def test_the_token_has_at_least_128_bits(server):
    assert len(token(server)) * 6 >= 128


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "localhost.evil.com:{}", "127.0.0.1:{}@evil.example", ""]
)
def test_a_foreign_host_is_refused(server, host):
    headers = {"Host": host.format(server.port)}
    assert ask(server, f"/{token(server)}/", headers=headers)[0].status in {400, 403}


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://localhost.evil.com:{}", "http://127.0.0.1:1", None],
)
def test_a_websocket_of_a_foreign_origin_is_refused(server, origin):
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Origin": None if origin is None else origin.format(server.port),
    }
    assert ask(server, f"/{token(server)}/ws", headers=headers)[0].status == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused_and_let_nobody_in(server, method):
    headers = {"Origin": f"http://127.0.0.1:{server.port}"}
    answer, _ = ask(server, f"/{token(server)}/", method=method, headers=headers)
    assert answer.status == 405
    assert not [name for name, _ in answer.getheaders() if name.startswith("Access-Control")]


def test_bokehs_script_for_other_sites_is_not_there(server):
    assert ask(server, f"/{token(server)}/autoload.js")[0].status == 404


def test_every_answer_keeps_the_address_to_itself(server):
    for path in ("/", f"/{token(server)}/", f"/{token(server)}/static/js/bokeh.min.js"):
        answer, _ = ask(server, path)
        assert answer.getheader("Referrer-Policy") == "no-referrer"
        assert "default-src 'self'" in answer.getheader("Content-Security-Policy")


def test_a_body_is_refused(server):
    answer, _ = ask(server, f"/{token(server)}/", method="POST", body=b"x" * 1025)
    assert answer.status in {400, 405, 413}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # tornado's socket
def test_a_port_in_use_is_said_in_a_sentence(server):
    with pytest.raises(PortError, match="leave out --port"):
        start(Desk(files=(), registry=references.load()), port=server.port)
