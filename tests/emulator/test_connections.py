"""Connections: offers of another protocol, heads that do not come, and what waits for nothing."""

import asyncio
import json
import logging
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from resolver.emulator.http_messages import Bounds, Response, send_response
from resolver.emulator.server import Answer, running_emulator
from tests.emulator.client import ALICE, PROFILES
from tests.emulator.serving import connected, everything

BODY = b'{"traits": {"Contact": {"chat": "c"}}}'
OFFER = (
    f"POST {PROFILES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\n"
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
)


def needs(program: str, package: str) -> None:
    """Skip a test where a program is missing; where everything must run, fail it."""
    if shutil.which(program) is None:
        reason = f"{program} is needed; apt-get install {package}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


LENGTH = f"Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY
CHUNKED = (
    b"Transfer-Encoding: chunked\r\n\r\n9\r\n" + BODY[:9] + b"\r\n%x\r\n" % len(BODY[9:]) + BODY[9:] + b"\r\n0\r\n\r\n"
)


class Written(list[bytes]):
    """A transport that keeps what is written to it, one entry a system call."""

    write = list.append

    def close(self) -> None:
        self.append(b"closed")


def answer_on(written: Written, *, keep_alive: bool = True) -> Answer:
    flow = FlowControl(cast(asyncio.Transport, written))
    cycle = RequestResponseCycle(
        scope=cast(Any, {"method": "GET"}), transport=cast(asyncio.Transport, written), flow=flow,
        logger=logging.getLogger(), access_logger=logging.getLogger(), access_log=False,
        default_headers=[(b"date", b"today")], message_event=asyncio.Event(), expect_100_continue=False,
        keep_alive=keep_alive, on_response=lambda: written.append(b"answered"),
    )  # fmt: skip
    cycle.__class__ = Answer
    return cast(Answer, cycle)


def test_a_whole_answer_is_written_at_once_and_once() -> None:
    written = Written()
    answer = answer_on(written)
    assert answer.send_whole(200, b"content-length: 2\r\n", b"{}")
    assert not answer.send_whole(200, b"content-length: 2\r\n", b"{}")
    assert written == [b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 2\r\n\r\n{}", b"answered"]


def test_the_last_answer_of_a_connection_and_one_that_has_to_wait_are_not_written_at_once() -> None:
    written = Written()
    last, waiting, gone = answer_on(written, keep_alive=False), answer_on(written), answer_on(written)
    waiting.flow.pause_writing()
    gone.disconnected = True
    assert not any(each.send_whole(200, b"", b"") for each in (last, waiting, gone))
    assert written == []


def test_a_header_that_would_end_early_is_never_written() -> None:
    written = Written()
    response = Response(200, b"{}", (("Location", "http://host/\r\nSet-Cookie: a=b"),))
    answer = answer_on(written)
    with pytest.raises(RuntimeError, match="header value"):
        asyncio.run(send_response(cast(Any, answer.send), response, "RQ1", response.headers, has_body=True))
    assert written == []


def test_what_came_before_something_that_is_no_http_is_answered_first() -> None:
    with running_emulator() as url, connected(url) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nno HTTP\r\n\r\n")
        answers = everything(connection).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200", b"400"]


def test_requests_that_come_together_are_answered_in_their_order() -> None:
    post = f"POST {PROFILES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\n".encode() + LENGTH
    get = f"GET {PROFILES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\n".encode()
    with running_emulator() as url, connected(url) as connection:
        connection.sendall(5 * (post + get + b"\r\n") + get + b"Connection: close\r\n\r\n")
        answers = everything(connection).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == 5 * [b"202", b"200"] + [b"200"]


def test_empty_lines_do_not_keep_an_idle_connection() -> None:
    bounds = Bounds(idle_seconds=0.3)
    with running_emulator(bounds=bounds) as url, connected(url) as connection:
        connection.settimeout(20)
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
        connection.sendall(b"\r\n")
        assert connection.recv(1 << 16) == b""


@pytest.mark.parametrize("headers", [{}, {"Connection": "close"}], ids=["kept", "closed"])
def test_answers_without_a_body_and_those_in_pieces_arrive_whole(headers: dict[str, str]) -> None:
    text = "HTTP/1.1 200 " * 60_000
    with running_emulator() as url, httpx.Client(base_url=url, auth=ALICE, headers=headers, timeout=60) as client:
        for _ in range(2):
            answer = client.post(PROFILES, json={"traits": {"Contact": {"chat": "c", "about": text}}})
            assert answer.status_code == 202
            assert client.head(PROFILES).status_code == 200
            dumped = client.get("/_emulator/dump").json()
            assert dumped["stores"][0]["profiles"][0]["traits"]["Contact"]["about"] == text


@pytest.mark.parametrize("framed", [LENGTH, CHUNKED], ids=["length", "chunked"])
@pytest.mark.parametrize("size", [1, 7, 150, 100_000])
def test_a_request_that_offers_h2c_is_served_as_http_1_1_however_it_is_cut(framed: bytes, size: int) -> None:
    plain = f"GET {PROFILES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\nConnection: close\r\n\r\n"
    sent = 2 * (OFFER.encode() + framed) + plain.encode()
    with running_emulator() as url, connected(url) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces(sent, size):
            connection.sendall(piece)
        answers = everything(connection).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"202", b"202", b"200"]
    assert json.loads(answers[2].partition(b"\r\n\r\n")[2])["profiles"] == [
        json.loads(answers[0].split(b"\r\n\r\n")[1])["id"]
    ]


@pytest.mark.parametrize("offer", ["websocket", "h2c, websocket", "TLS/1.0"])
def test_any_other_protocol_is_declined_too(offer: str) -> None:
    head = f"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close, Upgrade\r\nUpgrade: {offer}\r\n\r\n"
    with running_emulator() as url, connected(url) as connection:
        connection.sendall(head.encode())
        assert everything(connection).startswith(b"HTTP/1.1 200 ")


def test_connect_is_no_request_for_this_server() -> None:
    with running_emulator() as url, connected(url) as connection:
        connection.sendall(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n")
        assert everything(connection).startswith(b"HTTP/1.1 400 ")


def test_curl_that_offers_http_2_is_answered(tmp_path: Path) -> None:
    needs("curl", "curl")
    with running_emulator() as url:
        for method, path, body, status in (
            ("POST", PROFILES, BODY.decode(), "202 1.1"),
            ("PUT", f"{PROFILES}/Bulk", f'{{"profiles": [{BODY.decode()}]}}', "202 1.1"),
            ("GET", "/healthz", None, "200 1.1"),
        ):
            given = [] if body is None else ["-H", "Content-Type: application/json", "-d", body]
            command = ["curl", "-s", "--http2", "-u", "a:b", "-X", method, *given, "-o", str(tmp_path / "answer")]
            command += ["-w", "%{http_code} %{http_version}", url + path]
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
            assert done.stdout == status, (tmp_path / "answer").read_text()


JAVA = """
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

public class Main {
    public static void main(String[] words) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        for (int round = 0; round < 3; round++) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(words[0]))
                .header("Authorization", "Basic YTpi").header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(words[1])).build();
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            System.out.println(response.statusCode() + " " + response.body());
        }
    }
}
"""


def test_a_jdk_client_is_answered(tmp_path: Path) -> None:
    needs("java", "default-jdk-headless")
    needs("javac", "default-jdk-headless")
    (tmp_path / "Main.java").write_text(JAVA)
    with running_emulator() as url:
        command = ["java", "-XX:TieredStopAtLevel=1", str(tmp_path / "Main.java"), url + PROFILES, BODY.decode()]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert [line[:3] for line in done.stdout.splitlines()] == ["202", "202", "202"]
    assert len(set(done.stdout.splitlines())) == 1


SHORT = Bounds(head_seconds=0.3, idle_seconds=0.2)


def test_a_head_that_does_not_come_is_408_and_logged() -> None:
    lines: list[dict[str, Any]] = []
    with running_emulator(bounds=SHORT, log=lines.append) as url:
        with connected(url) as slow:
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
            answer = everything(slow)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["message"] == (
            "the head of the request did not come within 0.3 seconds"
        )
        for nothing in (b"", b"\r\n"):
            with connected(url) as silent:
                silent.sendall(nothing)
                assert everything(silent) == b""
        with connected(url) as idle:
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert everything(idle).startswith(b"HTTP/1.1 200 ")
        with connected(url) as again:
            again.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            metrics = everything(again).decode()
    assert [line.get("status") or line["closed"] for line in lines][:5] == [
        408,
        "nothing came",
        "nothing came",
        200,
        "idle",
    ]
    assert 'resolver_connections_closed_total{why="idle"} 1' in metrics


def test_a_head_that_comes_slowly_but_in_time_is_served() -> None:
    with running_emulator(bounds=Bounds(head_seconds=60)) as url, connected(url) as connection:
        for piece in pieces(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 1):
            connection.sendall(piece)
        assert everything(connection).startswith(b"HTTP/1.1 200 ")


def test_a_head_without_end_is_431() -> None:
    with running_emulator() as url, connected(url) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
        assert not takes_all(connection, [b"X: " + 8_000 * b"x" + b"\r\n"] * 1_000)
        answer = everything_or_reset(connection)
    assert answer.startswith(b"HTTP/1.1 431 ")


IN_CHUNKS = (
    f"POST {PROFILES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic azpz\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n"
).encode()


@pytest.mark.parametrize(
    ("begun", "piece"),
    [
        (b"2\r\n{}\r\n0\r\n", b"X: x\r\n" * 8_000),
        (b"2\r\n{}\r\n0\r\nX: ", b"x" * 50_000),
        (b"2;", b"x" * 50_000),
    ],
)
def test_what_stands_between_and_behind_the_chunks_of_a_body_has_an_end(begun: bytes, piece: bytes) -> None:
    with running_emulator() as url, connected(url) as connection:
        connection.sendall(IN_CHUNKS + begun)
        assert not takes_all(connection, [piece] * 1_000)
        assert everything_or_reset(connection).startswith(b"HTTP/1.1 431 ")


def test_what_follows_an_answered_body_without_end_closes_the_connection() -> None:
    with running_emulator() as url, connected(url) as connection:
        connection.sendall(IN_CHUNKS.replace(b"application/json", b"text/plain") + b"2\r\n{}\r\n0\r\n")
        answer = connection.recv(1 << 16)
        assert answer.startswith(b"HTTP/1.1 415 ")
        assert not takes_all(connection, [b"X: x\r\n" * 8_000] * 1_000)


def test_a_body_in_tiny_chunks_and_with_trailers_is_taken() -> None:
    body = b'{"traits": {"Contact": {"email": "ada@example.com", "about": "%s"}}}' % (b"x" * 60_000)
    chunks = b"".join(b"1;of=one\r\n%c\r\n" % byte for byte in body)
    with running_emulator() as url, connected(url) as connection:
        connection.sendall(IN_CHUNKS + chunks + b"0\r\nX: trailer\r\n\r\n")
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answers = everything(connection)
    assert answers.startswith(b"HTTP/1.1 202 ")
    assert b"HTTP/1.1 200 " in answers


def test_a_trailer_is_no_header() -> None:
    anonymous = IN_CHUNKS.replace(b"Authorization: Basic azpz\r\n", b"Connection: close\r\n")
    with running_emulator() as url, connected(url) as connection:
        connection.sendall(anonymous + b"2\r\n{}\r\n0\r\nAuthorization: Basic azpz\r\n\r\n")
        assert everything(connection).startswith(b"HTTP/1.1 401 ")


def test_many_requests_on_one_connection_are_no_long_one() -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 30_000 + b"\r\n"
    with running_emulator() as url, connected(url) as connection:
        for number in range(12):
            connection.sendall(head + (b"Connection: close\r\n\r\n" if number == 11 else b"\r\n"))
        assert everything(connection).count(b"HTTP/1.1 200 ") == 12


def takes_all(connection: socket.socket, pieces: list[bytes]) -> bool:
    """Return whether the server takes all pieces, and does not hang up before."""
    try:
        for piece in pieces:
            connection.sendall(piece)
    except OSError:
        return False
    return True


def everything_or_reset(connection: socket.socket) -> bytes:
    """Return what comes, also if the connection is closed in the midst of what is sent."""
    connection.settimeout(60)
    try:
        return connection.recv(1 << 16)
    except ConnectionResetError:
        return b"HTTP/1.1 431 "


def test_a_path_without_end_is_414() -> None:
    with running_emulator() as url, connected(url) as connection:
        connection.sendall(b"GET /" + 60_000 * b"x" + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert everything(connection).startswith(b"HTTP/1.1 414 ")


@pytest.mark.parametrize("said", ["https", "HTTPS", "http", "ftp", "https, http", ""])
def test_the_scheme_that_a_request_says_of_itself_counts_only_behind_a_proxy(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # what uvicorn asks
    headers = {"X-Forwarded-Proto": said, "X-Forwarded-For": "192.0.2.1"}
    schemes = []
    for options in ({}, {"behind_proxy": True}):
        with running_emulator(**options) as url, httpx.Client(base_url=url, auth=ALICE) as client:
            for _ in range(2):  # headers are remembered
                answer = client.put(f"{PROFILES}/Bulk", json={"profiles": [json.loads(BODY)]}, headers=headers)
                schemes.append(urlsplit(answer.json()["statusUrl"]).scheme)
    behind = "https" if said.lower() == "https" else "http"
    assert schemes == ["http", "http", behind, behind]


def test_a_page_behind_a_proxy_is_of_the_origin_that_the_proxy_has() -> None:
    page = {"Host": "localhost", "Origin": "https://localhost", "Sec-Fetch-Site": "same-origin"}
    statuses = []
    for options in ({}, {"behind_proxy": True}):
        with running_emulator(**options) as url, httpx.Client(base_url=url, auth=ALICE, headers=page) as client:
            said: tuple[dict[str, str], ...] = ({}, {"X-Forwarded-Proto": "https"})
            statuses += [client.get(PROFILES, headers=headers).status_code for headers in said]
    assert statuses == [403, 403, 403, 200]
