"""Real curl with a cookie jar file."""

import dataclasses
import json
import subprocess


@dataclasses.dataclass
class Answer:
    """What curl printed about one run; the head is that of the last response."""

    status_code: int
    redirects: int
    redirect_url: str
    heads: str
    content: bytes

    @property
    def statuses(self):
        """Every status on the way."""
        lines = [line for line in self.heads.splitlines() if line.startswith("HTTP/")]
        return [int(line.split()[1]) for line in lines]

    @property
    def reason(self):
        line = [line for line in self.heads.splitlines() if line.startswith("HTTP/")][-1]
        return line.split(" ", 2)[2]


class Curl:
    """curl -b JAR -c JAR against one server."""

    def __init__(self, server, directory):
        self.base, self.directory = server.base, directory
        self.jar = directory / "cookies.txt"
        self.jar.touch()

    def __call__(self, path, *options, jar=True):
        heads, content = self.directory / "heads", self.directory / "content"
        for file in (heads, content):
            file.unlink(missing_ok=True)
        command = ["curl", "--silent", "--show-error", "--max-time", "30", "--noproxy", "*"]
        command += ["-D", heads, "-o", content, "-w", "%{json}"]
        if jar:
            command += ["-b", self.jar, "-c", self.jar]
        done = subprocess.run(
            [*command, *options, self.base + path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        facts = json.loads(done.stdout)
        return Answer(
            facts["http_code"], facts["num_redirects"], facts.get("redirect_url") or "", heads.read_text(),
            content.read_bytes() if content.exists() else b"")

    def cookie(self, name="session_id"):
        """The value of a cookie in the jar, if there."""
        for line in self.jar.read_text().splitlines():
            cells = line.removeprefix("#HttpOnly_").split("\t")
            if len(cells) == 7 and cells[5] == name:
                return cells[6]
        return None
