"""Requests, and what a hostile client makes of them. Everything comes from one seeded generator."""

HOST = b"Host: a\r\n"
END = b"0\r\n\r\n"


def get(*lines, method=b"GET", target=b"/api/v1/status", version=b"HTTP/1.1"):
    return method + b" " + target + b" " + version + b"\r\n" + HOST + b"".join(x + b"\r\n" for x in lines) + b"\r\n"


def post(body, *lines, target=b"/sessions"):
    return get(b"Content-Length: %d" % len(body), *lines, method=b"POST", target=target) + body


FORM = b"Content-Type: application/x-www-form-urlencoded"
# What servers understand, in the forms that they might not.
VALID = [
    get(), get(target=b"/profile"), get(b"Cookie: session_id=abc; a=\"b\""), get(b"Accept: text/html;q=0.9, */*"),
    get(b"Authorization: Basic YUBiLmM6cGFzcw=="), get(b"Connection: close"), get(b"X-Any: " + b"x" * 200),
    get(method=b"HEAD"), get(method=b"OPTIONS", target=b"*"), get(target=b"http://a/api/v1/status?x=%20"),
    get(target=b"/a/../api/v1/%73tatus"), get(version=b"HTTP/1.0"), get(b"Connection: keep-alive", version=b"HTTP/1.0"),
    post(b"email=a%40b.c&password=x", FORM), post(b"{\"email\":\"a\"}", b"Content-Type: application/json",
                                                  target=b"/api/v1/auth_session/login"),
    post(b"email=a", FORM, b"Expect: 100-continue"), post(b"", FORM), post(b"GET / HTTP/1.1\r\n\r\n", FORM),
    post(b"--X\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na@b.c\r\n--X--\r\n",
         b"Content-Type: multipart/form-data; boundary=X"),
    get(b"Transfer-Encoding: chunked", FORM, method=b"POST", target=b"/sessions") + b"7\r\nemail=a\r\n" + END,
    get(b"Transfer-Encoding: chunked", method=b"PUT", target=b"/reset_password") + b"1;a=b\r\nx\r\n0\r\nT: v\r\n\r\n",
    get(b"Content-Length: 4", method=b"DELETE", target=b"/sessions") + b"abcd",
]
# What is put in, or put in place of something.
PIECES = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b" ", b"\t", b":", b";", b",", b"\0", b"\x7f", b"\xff", b"%00", b"%2f", b"%",
    b"//", b"..", b"*", b"Content-Length: 3\r\n", b"Content-Length: 0\r\n", b"Content-Length: +3\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: identity\r\n", b"Transfer-Encoding : chunked\r\n", HOST,
    b" folded\r\n", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.1", b"-1", b"0x3", b"99999999999999999999", b"ffffffffffffffff",
    END, b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"chunked, chunked", b"\"", b"\\", b"x" * 9000,
]
# Lines of a head that decide where a message ends, for the comparison of two servers.
FRAMING = [
    b"Content-Length: 3", b"Content-Length: 0", b"Content-Length: 3\r\nContent-Length: 3",
    b"Content-Length: 3\r\nContent-Length: 0", b"Content-Length: 3, 3", b"Content-Length: +3", b"Content-Length: -3",
    b"Content-Length: 03", b"Content-Length: 0x3", b"Content-Length: 3 ", b"Content-Length:3", b"Content-Length : 3",
    b"Content-Length:", b"Content-Length: 3;a", b"Content-Length:\t3", b"Content-Length: 3\0", b"content-length: 3",
    b"Content-Length: 99999999999999999999", b" Content-Length: 3", b"X: y\r\n Content-Length: 3",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: Chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 3",
    b"Transfer-Encoding : chunked", b"Transfer-Encoding: xchunked", b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding:\x0bchunked", b"Transfer-Encoding: identity",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: \"chunked\"",
    b"Transfer-Encoding: chunked;a=b", b"Transfer-Encoding:", b"Transfer_Encoding: chunked", b"X\0: y", b"X: \0", b"X: y\rZ",
    b"X", b": y", b"", b"Host: b", b"Host: a, b", b"X(: y", b"X: y\nZ: z",
]
BODIES = [
    b"", b"abc", b"abcGET / HTTP/1.1\r\n" + HOST + b"\r\n", END, b"3\r\nabc\r\n" + END, b"3\nabc\n0\n\n", b"3;a=b\r\nabc\r\n" + END,
    b"3;a\0b\r\nabc\r\n" + END, b"0x3\r\nabc\r\n" + END, b"+3\r\nabc\r\n" + END, b" 3\r\nabc\r\n" + END, b"3 \r\nabc\r\n" + END,
    b"3\r\nabcd\r\n" + END, b"03\r\nabc\r\n" + END, b"3\r\nabc" + END, b"3\r\nabc\r\n0\r\nX: y\r\n\r\n", b"3\r\nabc\r\n0\r\nX y\r\n\r\n",
    b"ffffffffffffffff\r\nabc\r\n" + END, b"00000000000000000003\r\nabc\r\n" + END, b"3\r\nabc\r\n00\r\n\r\n", b"g\r\n",
]
# A body in two chunks, whatever is in it.
PARTED = [
    b"FIRST\r\nSECOND\r\n" + END, b"FIRST\r\nSECOND\r\n0\r\nX: y\r\nContent-Length: 0\r\n\r\n", b"FIRST\r\n" + END,
    b"FIRST\r\n\r\nSECOND\r\n" + END, b"FIRST\nSECOND\n" + END, b"FIRST\r\nSECOND" + END, b"FIRST\r\nSECOND\r\n",
    b"FIRST\r\nSECOND\r\n0;x=\"\r\n\r\n", b"FIRST\r\nSECOND\r\n0\r\n\n", b"FIRST\r\nSECOND\r\n000\r\n\r\n",
    b"FIRST\r\nSECOND\r\n0\r\nX: y\n\r\n", b"FIRST\r\nSECOND\r\n0\r\n y\r\n\r\n",
]


def damaged(random, data):
    """A request with a few octets changed, put in, taken out, doubled or cut off."""
    data = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(data) + 1)
        kind = random.randrange(6)
        if kind == 0 and data:
            data[at % len(data)] = random.randrange(256)
        elif kind == 1:
            data[at:at] = random.choice(PIECES)
        elif kind == 2:
            del data[at:at + random.randint(1, 12)]
        elif kind == 3:
            piece = random.choice(PIECES)
            data[at:at + len(piece)] = piece
        elif kind == 4:
            data[at:at] = data[at:at + random.randint(1, 40)]
        elif random.random() < 0.3:
            del data[at:]
    return bytes(data)


def hostile(random):
    """What goes over one connection: one to three requests, most of them damaged, or plain noise."""
    if random.random() < 0.03:
        return random.randbytes(random.randint(1, 300))
    parts = [random.choice(VALID) for _ in range(random.choice([1, 1, 1, 2, 3]))]
    return b"".join(p if random.random() < 0.2 else damaged(random, p) for p in parts)


def in_doubt(random, number):
    """A registration whose end is in doubt, and two requests behind it: what one connection carries.

    The address is the form's last field, so the answer shows where the body ended: by its last letters when it was cut
    off, by the requests that it swallowed when it was not. Each number gives an address of its own."""
    content = b"password=12345&email=c%d@example.com" % number + b"x" * random.randint(0, 12)
    follower = get(target=b"/second")
    length = random.choice([len(content)] * 12 + [len(content) - 4, len(content) + len(follower), len(content) - 1, 0])
    lines = [line.replace(b"3", b"%d" % length) for line in random.sample(FRAMING, random.choice([0, 0, 1, 1, 2]))]
    body = random.choice(BODIES + PARTED)
    if random.random() < 0.8:
        # One end that is certain; the lines above contradict it, or cannot be read.
        chunked = random.random() < 0.5
        lines.append(b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % length)
        body = random.choice(PARTED + PARTED[:2] * 5 + BODIES[3:]) if chunked else b"abc"
    random.shuffle(lines)
    at = random.randrange(1, len(content))
    body = body.replace(b"3", b"%x" % len(content)).replace(b"abc", content)
    body = body.replace(b"FIRST", b"%x\r\n%s" % (at, content[:at])).replace(
        b"SECOND", b"%x\r\n%s" % (len(content) - at, content[at:]))
    version = b"HTTP/1.0" if random.random() < 0.1 else b"HTTP/1.1"
    head = b"POST /users " + version + b"\r\n" + (b"" if random.random() < 0.05 else HOST) + FORM + b"\r\n"
    data = head + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body
    if random.random() < 0.2:
        data = damaged(random, data)
    return data + follower + get(b"Connection: close", target=b"/third")
