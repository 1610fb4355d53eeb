"""The S3 server of the tests: moto's, in memory, on a port of its own; it ends when its standard input does.

Each request is carried out by itself: S3's conditional writes are one step, and moto's are two.
"""
import io
import sys
import threading

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

turn = threading.Lock()
moto = DomainDispatcherApplication(create_backend_app)


def one_at_a_time(environ, start_response):
    # The body comes as slowly as its sender likes; only what is done with it takes a turn.
    is_chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "")
    length = None if is_chunked else int(environ.get("CONTENT_LENGTH") or 0)
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
    with turn:
        answer = moto(environ, start_response)
        return [b"".join(answer)]


class Quiet(WSGIRequestHandler):
    disable_nagle_algorithm = True

    def log_request(self, *_):
        pass


server = make_server("127.0.0.1", int(sys.argv[1]), one_at_a_time, threaded=True, request_handler=Quiet)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
