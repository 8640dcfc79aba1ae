# SPDX-License-Identifier: Apache-2.0
"""What pam_guestpass.so says to the daemon, from a test: many logins at once, or wrong ones."""

import socket
import struct

VERSION = 1
START, ANSWER, ASK, DONE = 1, 8, 17, 18
LOGIN_SOCK = "/run/guestpass/login.sock"


def field(text):
    data = text.encode()
    return struct.pack("<H", len(data)) + data


def start(user, uid, rhost, service="sshd", timeout_s=300):
    return (bytes([VERSION, START]) + field(service) + field(user) + field(rhost) + field("ssh")
            + struct.pack("<IIBHB", uid, 0, 0, timeout_s, 0))


def answer(typed=False, after_ms=5000):
    return bytes([VERSION, ANSWER, typed]) + struct.pack("<I", after_ms)


class Door:
    """One connection of the module."""

    def __init__(self, limit_s=30):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # As the module does: these bound a blocking connect() too, which waits while the queue is full.
        limit = struct.pack("@ll", limit_s, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self.socket.connect(LOGIN_SOCK)

    def send(self, frame):
        self.socket.send(frame)

    def receive(self):
        """(op, text, code) of the next frame; None when the daemon hung up."""
        frame = self.socket.recv(65536)
        if not frame:
            return None
        op, rest = frame[1], frame[2:]
        code = None
        if op == DONE:
            code, rest = rest[0], rest[1:]
        size = struct.unpack_from("<H", rest)[0]
        return op, rest[2:2 + size].decode(), code

    def close(self):
        self.socket.close()
