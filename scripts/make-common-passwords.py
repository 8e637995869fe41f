#!/usr/bin/env python3
"""Makes Sources/CCommonPasswords/common-passwords.bin: the passwords that are refused as too common.

Run it in the tests' environment, which pins the versions: .venv/bin/python scripts/make-common-passwords.py
With --check it changes nothing and fails when the file is not what it would make.

The words are the union of
- the six frequency lists of zxcvbn 4.5.0 on PyPI (MIT licence, Copyright (c) 2016 Daniel Wolf and
  2012-2016 Dan Wheeler and Dropbox, Inc.): common passwords, words of English Wikipedia and of film scripts, names;
- the 19,640 common passwords of Django 5.2.8 on PyPI (BSD 3-clause licence, Copyright (c) Django Software Foundation
  and individual contributors), made by Royce Williams from breached ones.
The file holds no words: of each, in NFC and lower case, the first 36 bits of its SHA-256. With 100,802 of them one of
680,000 other passwords is refused without reason.

Format, numbers with the low octet first: 4,097 places of four octets, then remainders of three. Words whose first 12
bits are b have the remainders from place b up to place b + 1, as the next 24 bits in order.
"""
import gzip
import hashlib
import importlib.resources
import pathlib
import struct
import sys
import unicodedata

TARGET = pathlib.Path(__file__).resolve().parents[1] / "Sources" / "CCommonPasswords" / "common-passwords.bin"


def words():
    from zxcvbn.frequency_lists import FREQUENCY_LISTS
    django = importlib.resources.files("django.contrib.auth") / "common-passwords.txt.gz"
    found = set(gzip.decompress(django.read_bytes()).decode().split("\n")) - {""}
    found.update(*FREQUENCY_LISTS.values())
    return sorted({unicodedata.normalize("NFC", word).lower() for word in found})


def table(entries):
    prints = sorted({int.from_bytes(hashlib.sha256(word.encode()).digest()[:5]) >> 4 for word in entries})
    places = [0] * 4097
    for one in prints:
        places[(one >> 24) + 1] += 1
    for bucket in range(4096):
        places[bucket + 1] += places[bucket]
    return struct.pack("<4097I", *places) + b"".join((one & 0xFFFFFF).to_bytes(3, "little") for one in prints)


if __name__ == "__main__":
    made = table(words())
    if sys.argv[1:] == ["--check"]:
        sys.exit(None if TARGET.read_bytes() == made else f"{TARGET.name} is not what this script makes")
    TARGET.write_bytes(made)
    print(f"{TARGET.name}: {len(made)} octets, {len(words())} words")
