"""The server: who gets in, and who does not."""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import sys
from pathlib import Path

import pytest

import references
import xps
from peakwright.app.opened import opened
from peakwright.app.page import Desk
from peakwright.app.server import MissingExtraError, PortError, start
from references.words import InputError


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


def test_who_is_refused_is_told_what_to_open(server):
    answer, content = ask(server, "/wrong/")
    assert answer.status == 403
    assert b"Open the address that <code>peakwright serve</code> printed" in content
    assert token(server).encode() not in content
    answer, content = ask(server, f"/{token(server)}/elsewhere")
    assert answer.status == 404
    assert b"with nothing after its last /" in content
    assert token(server).encode() not in content


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


def test_bokehs_script_for_mathematics_is_not_there(server):
    for name in ("bokeh-mathjax.min.js", "bokeh-mathjax.js", "bokeh-mathjax"):
        assert ask(server, f"/{token(server)}/static/js/{name}")[0].status == 404
    assert ask(server, f"/{token(server)}/static/js/bokeh.min.js")[0].status == 200
    assert b"mathjax" not in ask(server, f"/{token(server)}/")[1]


def test_every_answer_keeps_the_address_to_itself(server):
    for path in ("/", f"/{token(server)}/", f"/{token(server)}/static/js/bokeh.min.js"):
        answer, _ = ask(server, path)
        assert answer.getheader("Referrer-Policy") == "no-referrer"
        assert "default-src 'self'" in answer.getheader("Content-Security-Policy")


def test_a_body_is_refused(server):
    # The connection may be gone before all of it has been sent.
    with contextlib.suppress(ConnectionError):
        answer, _ = ask(server, f"/{token(server)}/", method="POST", body=b"x" * 1025)
        assert answer.status in {400, 405, 413}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # tornado's socket
def test_a_port_in_use_is_said_in_a_sentence(server):
    with pytest.raises(PortError, match="leave out --port"):
        start(Desk(files=(), registry=references.load()), port=server.port)


def test_it_listens_on_this_machine_alone(server):
    wanted = f"{server.port:04X}"
    addresses = {
        line.split()[1].partition(":")[0]
        for name in ("tcp", "tcp6")
        for line in Path("/proc/net", name).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{wanted}")
    }
    assert addresses == {"0100007F"}


def test_no_path_leads_out_of_the_page(server):
    dots = ["..", "%2e%2e", "..%2f", "%2e%2e%2f", "..%5c", "..%c0%af", ".%00.", "%252e%252e"]
    ends = [
        "etc/passwd",
        "%2fetc%2fpasswd",
        "C:%5cWindows%5cwin.ini",
        "%5c%5chost%5cshare",
        "pyproject.toml",
    ]
    begins = ["", "static/", "static/js/", "static/..", "ws/"]
    tried = [f"/{begin}{dot}/{dot}/{end}" for begin in begins for dot in dots for end in ends]
    assert len(tried) >= 200
    for path in tried:
        for place in (path, f"/{token(server)}{path}"):
            answer, content = ask(server, place)
            assert answer.status in {301, 302, 400, 403, 404}, place
            assert b"root:" not in content
            assert b"[project]" not in content


def test_a_slow_body_is_given_up_and_nothing_is_kept(server, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("POST", f"/{token(server)}/")
    connection.putheader("Content-Length", "2000000")
    connection.endheaders()
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection.send(b"x")
        assert connection.getresponse().status in {400, 405, 413}
    connection.close()
    assert list(tmp_path.iterdir()) == []


def test_the_token_is_in_no_log(server, caplog):
    with caplog.at_level("DEBUG"):
        for path in (f"/{token(server)}/", f"/{token(server)}/nothing", "/wrong/"):
            ask(server, path)
    assert token(server) not in caplog.text


RUN = "import sys; from peakwright.cli.main import main; sys.exit(main())"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["missing.vms"], "no such file"),
        ([__file__], "no XPS spectrum, XRD pattern or TOF-SIMS measurement"),
        ([xps.example_path(), "--port", "{port}"], "leave out --port"),
        ([xps.example_path(), "--port", "70000"], "70000"),
    ],
)
def test_bad_input_is_one_sentence(server, arguments, word):
    given = [text.format(port=server.port) if "{port}" in text else text for text in arguments]
    done = subprocess.run(
        [sys.executable, "-c", RUN, "serve", "--no-browser", *given],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert word in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_without_bokeh_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"peakwright\[app\]"):
        start(Desk(files=(), registry=references.load()))


def test_a_recipe_that_no_opened_file_could_begin_with_is_refused():
    with pytest.raises(InputError, match=r"a recipe for xrd was given, but what is opened is xps"):
        Desk(files=opened([xps.example_path()]), registry=references.load(), given={"xrd": "a"})
    Desk(files=opened([xps.example_path()]), registry=references.load(), given={"xrd": None})
