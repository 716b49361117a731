"""A stand-in for Azure, on a port of this machine.

Real here are the clients: Azure ML's library with its entities, requests and polling, the calls of
`deployment/azure.py`, and TLS. Every host but this machine itself is the stand-in, so that they use
the addresses that Azure has. What it answers is in `azure_rules.py`. Not there are the time that
things take, other callers' rights, and containers: a server on this machine can answer for one.
"""

import base64
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from azure.core.credentials import AccessToken
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from {{ cookiecutter.package_name }}.deployment import (
    azure,
    endpoints,
    platform,
    state,
    watching,
)

from .azure_rules import Azure, Refusal

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
CALLER = "11111111-1111-1111-1111-111111111111"
HOSTS = (
    "management.azure.com",
    "*.blob.core.windows.net",
    "*.azurecr.io",
    "*.westeurope.inference.ml.azure.com",
)


class Credential:
    """Someone who is signed in, and what the tokens were for."""

    def __init__(self) -> None:
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.scopes += scopes
        payload = (
            base64.urlsafe_b64encode(json.dumps({"oid": CALLER}).encode()).decode().rstrip("=")
        )
        return AccessToken(f"header.{payload}.signature", 4_000_000_000)


class Handler(BaseHTTPRequestHandler):
    azure: Azure
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        host, url = self.headers["Host"].split(":")[0], urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, content = 200, self.content(host, url.path, url.query, body)
        except Refusal as refusal:
            status = refusal.status
            error = {"code": "Refused", "message": str(refusal)}
            content = json.dumps({"error": error}).encode()
        if ".blob." in host and self.command == "PUT" and not url.query:
            status = 201  # of a blob; its metadata are set with 200
        self.send_response(status)
        if content:
            kind = "application/xml" if content.startswith(b"<") else "application/json"
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", '"0"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def content(self, host: str, path: str, query: str, body: bytes) -> bytes:
        if not self.headers.get("Authorization", "").startswith("Bearer "):
            if not host.endswith(".azurecr.io"):
                raise Refusal(401, "Nobody is signed in.")
            return json.dumps({"refresh_token": f"of {host}"}).encode()
        if host == "management.azure.com":
            answer = self.azure.manage(self.command, path, json.loads(body or b"{}"))
            return json.dumps(answer).encode()
        if host.endswith(".blob.core.windows.net"):
            place = f"{host.split('.')[0]}{unquote(path)}"
            return self.azure.store(self.command, place, query, body)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return self.azure.score(host, path, headers, body or None)

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = answer

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def standing_in(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Azure]:
    """Be Azure until the end of the block, for someone who is signed in.

    Args:
        folder: gets the certificate that clients have to trust.
    """
    cloud = Azure()
    certificate = _certificate(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"azure": cloud}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    variables = {
        "REQUESTS_CA_BUNDLE": str(certificate),
        "SSL_CERT_FILE": str(certificate),
        "NO_PROXY": "*",
        "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
        "AZURE_LOCATION": "westeurope",
    }
    for name, value in variables.items():
        patch.setenv(name, value)
    _send_all_to(server.server_address[1], patch)
    credential = Credential()
    patch.setattr(azure, "credential", lambda: credential)
    for module, name in (
        (platform, "RIGHTS_TAKE"),
        (watching, "MINUTE"),
        (endpoints, "PAUSE"),
        (state, "PAUSE"),
    ):
        patch.setattr(module, name, 0.0)
    try:
        yield cloud
    finally:
        server.shutdown()
        server.server_close()


def _send_all_to(port: int, patch: pytest.MonkeyPatch) -> None:
    """Have every host but this machine be a port of this machine."""
    resolve = socket.getaddrinfo

    def here(host: Any, wanted: Any, *rest: Any, **options: Any) -> Any:
        if host in ("127.0.0.1", "localhost"):
            return resolve(host, wanted, *rest, **options)
        return resolve("127.0.0.1", port, *rest, **options)

    patch.setattr(socket, "getaddrinfo", here)


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(pem))
    return path
