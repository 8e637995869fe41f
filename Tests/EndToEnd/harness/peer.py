"""Debian's nginx as the other server of a comparison: plain HTTP on ports of its own, in the foreground, quiet."""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

START_DEADLINE = 10  # seconds


def program():
    return shutil.which("nginx") or "/usr/sbin/nginx"


def version():
    """As nginx says it, "1.22.1"."""
    done = subprocess.run([program(), "-v"], capture_output=True, text=True, check=True)
    return done.stderr.rpartition("/")[2].strip()


class Peer:
    """nginx with these server blocks. `ports` are the ones that they listen on; files go into `folder`."""

    def __init__(self, ports, blocks, access_log="off"):
        self.ports, self.blocks, self.access_log = ports, blocks, access_log

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="sessiond-nginx-")
        self.folder = pathlib.Path(self.temporary.name)
        (self.folder / "nginx.conf").write_text(
            "daemon off; master_process off; pid nginx.pid; error_log stderr crit;\n"
            "events { worker_connections 4096; }\n"
            f"http {{ {self.blocks}\naccess_log {self.access_log};\n"
            "client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;\n"
            "scgi_temp_path scgi; }\n")
        self.process = subprocess.Popen(
            [program(), "-e", "stderr", "-p", self.folder, "-c", "nginx.conf"], stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_DEADLINE
        for port in self.ports:
            while not self._accepts(port):
                assert self.process.poll() is None, "nginx did not start"
                assert time.monotonic() < deadline, "nginx does not accept connections"
                time.sleep(0.02)
        return self

    @staticmethod
    def _accepts(port):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            return False
        return True

    def stop(self):
        """Ends it in order, so that its log is whole."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(30)

    def __exit__(self, *_):
        self.stop()
        self.temporary.cleanup()
