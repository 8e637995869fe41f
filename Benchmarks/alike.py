"""Do all servers give the same answers? Status, body and names of the fields, before anything is measured."""

import http.client
import ssl

from loads import PROFILE, STATUS, WHOAMI

# What a server adds of its own, or names otherwise.
OWN = {"server", "connection", "keep-alive", "date"}


def _ask(contender, path, token):
    connection = http.client.HTTPConnection("127.0.0.1", contender.port, timeout=10)
    connection.request("GET", path, headers={"Cookie": "session_id=" + token})
    answer = connection.getresponse()
    fields, body = answer.getheaders(), answer.read()
    connection.close()
    octets = len(f"HTTP/1.1 {answer.status} {answer.reason}\r\n\r\n") + len(body)
    return answer.status, {name.lower() for name, _ in fields} - OWN, body, octets + sum(
        len(f"{name}: {value}\r\n") for name, value in fields)


def _cipher(contender):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    port = int(contender.secure_base.rpartition(":")[2])
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)
    connection.connect()
    found = connection.sock.cipher()[:2]
    connection.close()
    return " ".join(found[::-1])


def differences(servers, token):
    """What differs from the first server's answers, in words, and the octets of each answer."""
    found, octets = [], {}
    for path in (STATUS, PROFILE, WHOAMI):
        status, fields, body, octets_of_first = _ask(servers[0], path, token)
        octets[path] = {servers[0].name: octets_of_first}
        for server in servers[1:]:
            if server.name == "nginx" and path == WHOAMI:
                continue
            other_status, other_fields, other_body, octets[path][server.name] = _ask(server, path, token)
            if (status, fields) != (other_status, other_fields):
                found.append(f"{path}: {server.name} answers {other_status}, fields {sorted(fields ^ other_fields)}")
            # last_seen_at differs by a second at times; nginx knows one user only.
            if len(body) != len(other_body) or (path != WHOAMI and body != other_body):
                found.append(f"{path}: {server.name} answers {other_body!r}, not {body!r}")
    ciphers = {server.name: _cipher(server) for server in servers if server.secure_base}
    if len(set(ciphers.values())) > 1:
        found.append(f"TLS: {ciphers}")
    return found, {"octets": octets, "tls": ciphers}
