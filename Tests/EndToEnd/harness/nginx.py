"""The real nginx with config/nginx/sessiond.conf, on ports of its own."""

import socket
import subprocess
import time

from harness.server import ROOT, free_port

START_DEADLINE = 30  # seconds


class Nginx:
    """nginx in front of `upstream` (as nginx writes it), with a certificate of its own for 127.0.0.1."""

    def __init__(self, directory, upstream):
        self.directory, self.upstream = directory, upstream
        self.port, self.plain_port = free_port(), free_port()
        self.certificate, self.process = directory / "cert.pem", None

    @property
    def base(self):
        return f"https://127.0.0.1:{self.port}"

    def start(self):
        key = self.directory / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "1", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out",
             self.certificate, "-keyout", key], check=True, capture_output=True)
        example = (ROOT / "config" / "nginx" / "sessiond.conf").read_text()
        for text, own in (("server 127.0.0.1:5000;", f"server {self.upstream};"),
                          ("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
                          ("listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
                          ("/etc/ssl/certs/auth.example.com.pem", str(self.certificate)),
                          ("/etc/ssl/private/auth.example.com.key", str(key))):
            assert example.count(text) == 1, text
            example = example.replace(text, own)
        temporary = "".join(f"{kind}_temp_path {self.directory}/{kind};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.directory / "sessiond.conf").write_text(example)
        (self.directory / "nginx.conf").write_text(
            f"user root;\ndaemon off;\nworker_processes 2;\npid {self.directory}/pid;\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{temporary}include {self.directory}/sessiond.conf;\n}}\n")
        with open(self.directory / "stderr", "wb") as errors:
            self.process = subprocess.Popen(
                ["nginx", "-e", "stderr", "-p", self.directory, "-c", self.directory / "nginx.conf"],
                stdin=subprocess.DEVNULL, stderr=errors)
        deadline = time.monotonic() + START_DEADLINE
        while True:
            assert self.process.poll() is None, "nginx did not start:\n" + self.errors()
            assert time.monotonic() < deadline, "nginx does not accept connections"
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except ConnectionRefusedError:
                time.sleep(0.01)

    def errors(self):
        return (self.directory / "stderr").read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
