"""A small load client: some kept-alive connections, each sends a request when the last is answered.

One thread over raw sockets, so that it takes little of the machine it shares with the server.
"""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

GRACE_SECONDS = 20


@dataclass
class Outcome:
    """What a slice gave: seconds, answers by status, and milliseconds of each."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def http_post(address: str, body: bytes) -> bytes:
    """The bytes of one request as a browser's form would send it."""
    head = (
        f"POST {address} HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        "Accept-Language: en-GB,en;q=0.9\r\nAccept-Encoding: gzip\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def run(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Outcome:
    """Send for `seconds`; every request that was begun is answered and counted."""
    outcome, selector = Outcome(), selectors.DefaultSelector()
    begun = time.perf_counter()
    for _number in range(connections):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        exchange = Exchange(connection)
        exchange.send(next(requests))
        selector.modify(connection, selectors.EVENT_READ, exchange)
    while selector.get_map() and time.perf_counter() < begun + seconds + GRACE_SECONDS:
        for key, _events in selector.select(timeout=1):
            exchange = key.data
            if not exchange.is_answered():
                continue
            outcome.statuses[exchange.status] += 1
            outcome.milliseconds.append(exchange.milliseconds)
            if time.perf_counter() < begun + seconds:
                exchange.send(next(requests))
            else:
                selector.unregister(key.fileobj)
                exchange.connection.close()
    if selector.get_map():
        raise RuntimeError("The server left requests unanswered.")
    outcome.seconds = time.perf_counter() - begun
    return outcome


class Exchange:
    """One request on one connection, and its answer as far as it has come in."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.received = b""
        self.status = 0
        self.milliseconds = 0.0

    def send(self, request: bytes) -> None:
        self.received = b""
        self.begun = time.perf_counter()
        self.connection.sendall(request)

    def is_answered(self) -> bool:
        """Read what is there; whether the answer is whole."""
        piece = self.connection.recv(65536)
        if not piece:
            raise RuntimeError("The server closed a connection.")
        self.received += piece
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator or not self.is_whole(head.lower(), body):
            return False
        self.status = int(head.split(maxsplit=2)[1])
        self.milliseconds = (time.perf_counter() - self.begun) * 1000
        return True

    @staticmethod
    def is_whole(head: bytes, body: bytes) -> bool:
        if b"transfer-encoding: chunked" in head:
            return body.endswith(b"0\r\n\r\n")
        length = head.partition(b"content-length:")[2].split(b"\r\n")[0]
        return len(body) >= int(length or 0)
