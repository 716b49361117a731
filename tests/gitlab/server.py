"""A stand-in for GitLab: the part of its API that jobs ask, and repositories to push to."""

import base64
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "glpat-of-the-project"  # noqa: S105 (no real one)
USER = 7  # whose token that is
NOTES = "/api/v4/projects/1/merge_requests/5/notes"
REQUESTS = "/api/v4/projects/1/merge_requests"


@dataclass
class GitLab:
    """What the stand-in has, and where.

    Attributes:
        folder: with the bare repository acme/flight-delay.git.
        notes: those on the merge request 5 of the project 1.
        requests: the merge requests that were made.
        asked: methods and paths, in order.
    """

    folder: Path
    url: str = ""
    notes: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def variables(self) -> dict[str, str]:
        """Return the variables by which jobs find it."""
        return {
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_SERVER_URL": self.url,
            "CI_PROJECT_PATH": "acme/flight-delay",
            "CI_PROJECT_ID": "1",
            "CI_MERGE_REQUEST_PROJECT_ID": "1",
            "CI_DEFAULT_BRANCH": "main",
        }

    @property
    def repository(self) -> Path:
        return self.folder / "acme" / "flight-delay.git"


@contextmanager
def gitlab(folder: Path) -> Iterator[GitLab]:
    """Start the stand-in, until the end of the block."""
    forge = GitLab(folder)
    subprocess.run(["git", "init", "--quiet", "--bare", str(forge.repository)], check=True)
    for allowed in ("http.receivepack", "receive.advertisePushOptions"):
        allow = ["git", "-C", str(forge.repository), "config", allowed, "true"]
        subprocess.run(allow, check=True)
    handler = type("Bound", (Handler,), {"forge": forge})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        forge.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever).start()
        try:
            yield forge
        finally:
            server.shutdown()


class Handler(BaseHTTPRequestHandler):
    forge: GitLab

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def log_message(self, *arguments: Any) -> None:
        pass

    def _handle(self) -> None:
        place = urlsplit(self.path)
        body = self._body()
        if not place.path.startswith("/api/"):
            self._git(place.path, place.query, body)
            return
        self.forge.asked.append(f"{self.command} {place.path}")
        if self.headers["PRIVATE-TOKEN"] != TOKEN:
            self._answer(401, {"message": "401 Unauthorized"})
            return
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        self._answer(*self._api(place.path, query, json.loads(body or b"{}")))

    def _api(self, path: str, query: dict[str, str], content: Any) -> tuple[int, Any]:
        match self.command, path:
            case "GET", "/api/v4/user":
                return 200, {"id": USER}
            case "GET", p if p == NOTES:
                first = (int(query["page"]) - 1) * int(query["per_page"])
                return 200, self.forge.notes[first : first + int(query["per_page"])]
            case "POST", p if p == NOTES:
                note = content | {"id": len(self.forge.notes), "author": {"id": USER}}
                self.forge.notes.append(note)
                return 201, note
            case "PUT", p if p.startswith(f"{NOTES}/"):
                note = self.forge.notes[int(p.rpartition("/")[2])]
                note.update(content)
                return 200, note
            case "GET", p if p == REQUESTS:
                wanted = query.items()
                return 200, [r for r in self.forge.requests if wanted <= r.items()]
            case "POST", p if p == REQUESTS:
                made = content | {"state": "opened", "web_url": f"{self.forge.url}/made"}
                self.forge.requests.append(made)
                return 201, made
        return 404, {"message": "404 Not Found"}

    def _git(self, path: str, query: str, body: bytes) -> None:
        """Let git's own program answer, for whoever has the token."""
        expected = base64.b64encode(f"oauth2:{TOKEN}".encode()).decode()
        if self.headers["Authorization"] != f"Basic {expected}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="GitLab"')
            self.end_headers()
            return
        environment = {
            "GIT_PROJECT_ROOT": str(self.forge.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_USER": "oauth2",
        }
        result = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=True
        )
        head, _, content = result.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            chunks = b""
            while size := int(self.rfile.readline(), 16):
                chunks += self.rfile.read(size)
                self.rfile.readline()
            return chunks
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, content: Any) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())
