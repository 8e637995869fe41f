"""What systemd does for a service, as far as the service can see: sockets to inherit, a socket to report to."""

import socket
import sys

# Puts descriptors at 3 and up and says so, for the process that this one becomes.
_ACTIVATE = """
import fcntl, os, sys
count = int(sys.argv[1])
given = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 100) for fd in sys.argv[2:2 + count]]
for number, fd in enumerate(given):
    os.dup2(fd, 3 + number)
    os.close(fd)
os.environ["LISTEN_FDS"] = os.environ.get("LISTEN_FDS", str(count))
os.environ["LISTEN_PID"] = os.environ.get("LISTEN_PID", str(os.getpid()))
os.execv(sys.argv[2 + count], sys.argv[2 + count:])
"""


def activation(*sockets):
    """Keywords for `Server`: it inherits these sockets as descriptors 3, 4, …"""
    fds = [s.fileno() for s in sockets]
    return {"prefix": [sys.executable, "-c", _ACTIVATE, str(len(fds)), *map(str, fds)], "pass_fds": fds}


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name[0] == "@" else name)
        self.socket.settimeout(30)
        self.env = {"NOTIFY_SOCKET": name}

    def next(self):
        """The assignments of the next message."""
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def until(self, key):
        """All messages up to the first that has this key."""
        found = [self.next()]
        while key not in found[-1]:
            found.append(self.next())
        return found

    def close(self):
        self.socket.close()
