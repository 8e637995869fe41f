"""A backend behind nginx that writes down what nginx took a client's octets for."""

import dataclasses
import re
import socketserver
import threading

LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.I)
CLIENT = re.compile(rb"\r\nX-Client: ([0-9.]+)\r\n", re.I)


@dataclasses.dataclass(frozen=True)
class Recorded:
    """One request as nginx passed it on: normalised framing, the target as the client sent it."""

    method: str
    target: str
    body: bytes


class Recorder:
    """Answers 200 to everything. nginx says in X-Client whose request it is, and closes after each."""

    def __init__(self):
        recorder = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                recorder.record(self.rfile, self.wfile)

        class Backend(socketserver.ThreadingTCPServer):
            request_queue_size, daemon_threads = 128, True

        self.server = Backend(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.requests, self.lock = {}, threading.Lock()

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def record(self, source, sink):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = source.readline()
            if not line:
                return
            head += line
        length = LENGTH.search(head)
        body = source.read(int(length[1])) if length else b""
        if length and len(body) < int(length[1]):
            return  # nginx gave it up half-way: nobody's request
        method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        with self.lock:
            self.requests.setdefault(CLIENT.search(head)[1].decode(), []).append(Recorded(method, target, body))
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
        sink.write(answer if method == "HEAD" else answer + b"ok\n")

    def take(self, client):
        """What came from this address since the last time, in order."""
        with self.lock:
            return self.requests.pop(client, [])
