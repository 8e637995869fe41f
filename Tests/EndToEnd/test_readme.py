"""What README.md and docs/ say is what the server does: the transcript, the routes, the settings, the links."""

import json
import pathlib
import re
import subprocess

import pytest

from harness.reload import settings_that_need_a_restart
from harness.server import ROOT, environment

BASE = "http://127.0.0.1:5000"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def transcript():
    """The console block of README.md as (command, what it prints)."""
    (block,) = re.findall(r"^```console\n(.*?)^```$", text("README.md"), re.M | re.S)
    steps = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], ""))
        else:
            command, output = steps[-1]
            steps[-1] = (command, output + line + "\n")
    return steps


def test_the_transcript_in_the_readme_is_exact(launch, tmp_path):
    server = launch(cheap=False)  # as `make run` starts it
    steps = transcript()
    assert len([command for command, _ in steps if "curl" in command]) >= 8, "the block was not found whole"
    mark = "\x1e"  # cannot occur in an answer
    script = "".join(f"{command}\nprintf '\\x1e'\n" for command, _ in steps).replace(BASE, server.base)
    done = subprocess.run(
        ["bash", "-u"], input=script, text=True, capture_output=True, cwd=tmp_path, timeout=60, check=False,
        env=environment({"TMPDIR": str(tmp_path)}))
    assert done.stderr == ""
    printed = done.stdout.split(mark)
    assert printed.pop() == "" and len(printed) == len(steps)
    for (command, expected), output in zip(steps, printed):
        assert output == expected.replace(BASE, server.base), command


def routes():
    """The route table of README.md: path to methods."""
    found = {}
    for methods, paths in re.findall(r"^\| ([A-Z, ]+) \| (`/.*?) \|", text("README.md"), re.M):
        for path in re.findall(r"`(/[^`]*)`", paths):
            found.setdefault(path, set()).update(methods.split(", "))
    return found


@pytest.mark.parametrize("path", routes())
def test_the_route_table_names_the_methods_that_the_server_has(server, admin, path):
    me = admin.get("/api/v1/users/me").json()
    answer = admin.options(path.replace("<id>", me["id"]))
    assert answer.status_code == 204, path
    wanted = routes()[path] | {"OPTIONS"} | ({"HEAD"} if "GET" in routes()[path] else set())
    assert set(answer.headers["Allow"].split(", ")) == wanted <= METHODS


def test_the_route_table_is_complete():
    """Every row of the server's own table, so that a new route does not stay unwritten."""
    source = text("Sources/App/Serving/Routes.swift")
    served = {(method.upper(), re.sub(r":(\w+)", r"<\1>", path))
              for method, path in re.findall(r"^ +\.\w+\(\.(\w+), \"(/[^\"]*)\"", source, re.M)}
    assert len(served) > 15
    assert served == {(method, path) for path, methods in routes().items() for method in methods}


def settings():
    """(key, default, allowed, comment) of every setting in config/sessiond.json5."""
    found, sections, comment, value = [], [], None, None
    for line in text("config/sessiond.json5").splitlines()[2:]:
        line = line.strip()
        if value is not None:  # a list over several lines
            value += line
            if line != "],":
                continue
            line, value = value, None
        if line.startswith("//"):
            comment = line[2:].strip()
        elif line.endswith("{"):
            sections.append(line.partition(":")[0])
        elif line.startswith("}"):
            sections.pop()
        else:
            name, _, default = line.removesuffix("  // needs a restart").partition(": ")
            if default == "[":
                value = line
                continue
            what, _, allowed = comment.partition(" Allowed: ")
            found.append((".".join([*sections[1:], name]), default.rstrip(","), allowed.rstrip("."), what))
    return found


def row(key, default, allowed, what):
    """A row of the table in docs/CONFIGURATION.md."""
    if key == "auth.openPaths":
        default = "[below](#open-paths)"
    else:
        default = f"`{default}`"
    allowed = re.sub(r'"[^"]+"|!#[^ ]+', lambda m: (f"`` {m[0]} ``" if "`" in m[0] else f"`{m[0]}`"), allowed)
    return f"| `{key}` | {default} | {allowed} | {what} |".replace("POST|PUT", "POST\\|PUT").replace("`|~", "`\\|~")


def test_the_table_of_settings_is_that_of_the_configuration_file():
    assert len(settings()) > 25
    table = text("docs/CONFIGURATION.md").partition("\n## Settings\n")[2].partition("\n### ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert rows == [row(*setting) for setting in settings()]
    (paths,) = [json.loads(default.replace(",]", "]")) for key, default, _, _ in settings() if key == "auth.openPaths"]
    section = text("docs/CONFIGURATION.md").partition("### Open paths\n")[2].partition("\n## ")[0]
    assert re.findall(r"^- `(.+?)`", section, re.M) == paths


def test_the_settings_that_need_a_restart_are_listed():
    section = text("docs/CONFIGURATION.md").partition("### Changes while it runs\n")[2].partition("\n### ")[0]
    listed = re.findall(r"`(\w+\.[\w.]+)`", section.partition("need a restart:")[2].partition("\n\n")[0])
    assert set(listed) == settings_that_need_a_restart()[1] and len(listed) == len(set(listed))


def test_every_link_leads_somewhere():
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")]
    pages += sorted((ROOT / "docs").rglob("*.md"))
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())]
    assert len(links) > 20
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def test_every_file_that_the_documents_name_exists():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    named = re.compile(r"`((?:Sources|Tests|scripts|config|docs)/[\w./+-]*)`")
    names = [(page, name) for page in pages for name in named.findall(page.read_text())]
    assert len(names) > 30
    assert [(page.name, name) for page, name in names if not pathlib.Path(ROOT / name).exists()] == []
