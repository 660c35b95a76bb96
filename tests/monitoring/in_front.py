"""A proxy in front of a part of the demo that can be told to answer late, or to answer some paths itself."""

import http.client
import threading
import time
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Front:
    """`breaks` is a part of a path and the status that is answered there with an empty document; `delay` holds every
    answer back for some seconds."""

    def __init__(self, behind):
        self.behind = behind
        self.breaks = None
        self.delay = 0
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                # The delay is the fault itself.
                time.sleep(front.delay)
                if front.breaks and front.breaks[0] in self.path:
                    return self.answer(front.breaks[1], [("content-type", "application/json")], b"{}")
                try:
                    with closing(http.client.HTTPConnection("127.0.0.1", front.behind, timeout=10)) as asked:
                        asked.request(self.command, self.path, body, dict(self.headers))
                        with asked.getresponse() as answer:
                            self.answer(answer.status, answer.getheaders(), answer.read())
                except OSError:
                    # Nobody there: as Envoy would find it.
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_DELETE = pass_on

            def answer(self, status, headers, body):
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]


@contextmanager
def front_of(port):
    front = Front(port)
    threading.Thread(target=front.server.serve_forever, daemon=True).start()
    try:
        yield front
    finally:
        front.server.shutdown()
        front.server.server_close()
