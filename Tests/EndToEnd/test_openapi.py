"""/openapi.json is a valid document, and says what the server does: schemathesis asks, with every check."""

import copy
import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from harness.expect import answered
from harness.schema_run import SERVER, SchemaRun
from harness.server import run

SEED = 20261120
EXAMPLES = 12
# What has no success to answer, by its nature.
NEVER = {"GET /api/v1/unauthorized": 401, "GET /api/v1/forbidden": 403}


@pytest.fixture(scope="module")
def document(server):
    with server.client() as client:
        return client.get("/openapi.json").json()


def operations(document):
    return {f"{method.upper()} {path}": operation
            for path, methods in document["paths"].items() for method, operation in methods.items()}


def test_the_document_is_valid(document):
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_a_broken_document_is_noticed(document):
    broken = copy.deepcopy(document)
    del broken["paths"]["/sessions/{id}"]["delete"]["parameters"]
    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


def test_anybody_may_read_it_and_nobody_keeps_it(anonymous, document, tmp_path):
    answered(anonymous.get("/openapi.json"), 200, document)
    assert anonymous.get("/openapi.json").headers["Cache-Control"] == "no-store"
    assert int(anonymous.head("/openapi.json").headers["Content-Length"]) > 10_000
    assert document["openapi"].startswith("3.1.") and document["servers"] == [{"url": "/"}]
    assert run("--version", cwd=tmp_path).stdout.split()[-1] == document["info"]["version"]


def test_it_names_the_schemes_that_are_on(document):
    assert set(document["components"]["securitySchemes"]) == {"session", "bearer", "basic", "digest"}
    assert operations(document)["GET /profile"]["security"] == [
        {"session": []}, {"bearer": []}, {"basic": []}, {"digest": []}]
    assert operations(document)["POST /users"]["security"] == []


@pytest.mark.parametrize("identity", ["administrator-session", "user-session", "user-basic", "user-bearer",
                                      "user-key"])
def test_the_server_does_what_the_document_says(launch, document, identity):
    server = launch(**SERVER)
    server.register("admin@example.com")
    done = SchemaRun(server, identity, EXAMPLES, SEED)
    assert done.passed, done.output
    assert set(done.statuses) == set(operations(document)), done.output
    assert not [status for counter in done.statuses.values() for status in counter if status >= 500]
    if identity == "administrator-session":
        # Nothing is right because nothing got through.
        reached = {label for label, counter in done.statuses.items()
                   if any(status < 400 and status != 204 for status in counter) or NEVER.get(label) in counter}
        assert reached == set(operations(document)), done.output


def test_a_document_that_is_wrong_is_found_out(server, document, tmp_path):
    wrong = copy.deepcopy(document)
    wrong["components"]["schemas"]["Status"]["properties"]["status"] = {"const": "Well"}
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(wrong))
    done = SchemaRun(
        server, "user-session", 1, SEED, "--include-operation-id", "getStatus", document=file)
    assert not done.passed and "GET /api/v1/status" in done.failures(), done.output
