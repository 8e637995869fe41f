"""Certificates for tests, and the TLS side of a server as something that `Wire` and `Client` can use."""

import dataclasses
import ipaddress
import pathlib
import socket
import ssl
import subprocess

from harness.client import Client
from harness.wire import Wire, eventually


@dataclasses.dataclass(frozen=True)
class Pair:
    """A self-signed certificate and its key."""

    certificate: pathlib.Path
    key: pathlib.Path

    @property
    def environment(self):
        return {"SESSIOND_TLS_CERTIFICATE": str(self.certificate), "SESSIOND_TLS_KEY": str(self.key),
                "SESSIOND_TLS_PORT": "0"}

    @property
    def der(self):
        return ssl.PEM_cert_to_DER_cert(self.certificate.read_text())

    def replace_by(self, other):
        """The same files, another content."""
        self.certificate.write_bytes(other.certificate.read_bytes())
        self.key.write_bytes(other.key.read_bytes())


def make_pair(folder, name="server", kind=("ec", "-pkeyopt", "ec_paramgen_curve:P-256")):
    """A certificate for localhost and its addresses."""
    pair = Pair(folder / f"{name}.crt", folder / f"{name}.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-days", "2", "-subj", f"/CN={name}",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1", "-keyout", pair.key, "-out", pair.certificate],
        check=True, capture_output=True)
    return pair


def let_expire(pair):
    """The same certificate, as of yesterday."""
    subprocess.run(
        ["openssl", "x509", "-in", pair.certificate, "-signkey", pair.key, "-days", "-1", "-out", pair.certificate],
        check=True, capture_output=True)
    return pair


class Secure:
    """The TLS listener of a server that runs."""

    def __init__(self, server, pair):
        self.server, self.pair = server, pair
        assert eventually(lambda: self._listening()), server.tail()
        host, _, port = self._listening()[0]["address"].rpartition(":")
        self.address = (str(ipaddress.ip_address(host.strip("[]"))), int(port))
        self.authority = f"{host}:{port}"
        self.base = "https://" + self.authority

    def _listening(self):
        return [event for event in self.server.events("listening") if event.get("tls")]

    def client(self):
        """`requests` that trusts the certificate."""
        client = Client(self.base)
        client.verify = str(self.pair.certificate)
        return client

    def context(self, version=None):
        """A client's side that trusts the certificate."""
        context = ssl.create_default_context(cafile=self.pair.certificate)
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def wire(self, version=None, receive_buffer=None):
        return SecureWire(self, self.context(version), receive_buffer)

    def served(self):
        """The certificate that a new connection is shown."""
        with socket.create_connection(self.address, 10) as plain:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(plain) as secure:
                return secure.getpeercert(binary_form=True)

    def s_client(self, *options, text="", timeout=20):
        """`openssl s_client`; what it printed, both streams."""
        done = subprocess.run(
            ["openssl", "s_client", "-connect", self.authority, "-CAfile", self.pair.certificate, *options],
            input=text, text=True, capture_output=True, timeout=timeout, check=False)
        return done.returncode, done.stdout + done.stderr


class SecureWire(Wire):
    """A `Wire` through TLS. An end without close_notify is an error (ssl.SSLEOFError), not an end."""

    def __init__(self, secure, context, receive_buffer=None, timeout=10):
        plain = socket.socket()
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.settimeout(timeout)
        plain.connect(secure.address)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False)
        self.host = secure.authority.encode()
        self.buffer = b""


def client_hello(context=None):
    """The first flight of a handshake, by the byte."""
    outgoing = ssl.MemoryBIO()
    context = context or ssl.create_default_context()
    try:
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError("a handshake of one flight")
