# SPDX-License-Identifier: Apache-2.0
"""crowd.py PATH KIND COUNT ROUNDS BEHAVIOUR...: COUNT clients at one socket, each a thread, each behaving badly ROUNDS
times; prints what became of them as JSON. A program of its own, so that it can run as any user.

Who holds a connection lets go of it when standard input ends.
"""

import collections
import json
import os
import random
import socket
import struct
import sys
import threading

LIMIT_S = 5
HELD_STEP_S = 0.25
DRIP_S = 0.2


def wait_closed(s, stop):
    """Until the other side hangs up, or we are told to."""
    s.settimeout(HELD_STEP_S)
    while not stop.is_set():
        try:
            if not s.recv(65536):
                return "closed"
        except TimeoutError:
            continue
        except OSError:
            return "closed"
    return "held"


def answered(s):
    """What comes back for what was said."""
    s.settimeout(LIMIT_S)
    try:
        return "answered" if s.recv(65536) else "closed"
    except TimeoutError:
        return "ignored"
    except OSError:
        return "closed"


def silent(s, _stop):
    return wait_closed(s, _stop)


def storm(_s, _stop):
    return "left"


def malformed(s, _stop):
    s.send(bytes([1, random.choice((1, 2, 3, 4, 8, 17, 99))]) + os.urandom(random.randrange(1, 400)))
    return answered(s)


def oversized(s, _stop):
    s.send(b"\x01\x01" + b"\xff" * 70000)
    return answered(s)


def out_of_phase(s, _stop):
    """An answer to what nobody asked, and after it more."""
    s.send(struct.pack("<BBBI", 1, 8, 1, 5000))
    try:
        s.send(struct.pack("<BBBI", 1, 8, 1, 5000))
    except OSError:
        return "closed"
    return answered(s)


def descriptors(s, _stop):
    """Sixteen of them with one frame."""
    with open(os.devnull, "rb") as f:
        socket.send_fds(s, [b"\x01\x63" + b"x" * 20], [f.fileno()] * 16)
    return answered(s)


def drip(s, stop):
    """Never a whole message: a byte now and then."""
    try:
        while not stop.wait(DRIP_S):
            s.send(b"G")
    except OSError:
        return "closed"
    return "held"


def long_head(s, _stop):
    """A candidate of more bytes than there may be."""
    s.sendall(struct.pack("<4sHHQ", b"GPUB", 1, 1, 1 << 40))
    return answered(s)


def half_candidate(s, stop):
    s.sendall(struct.pack("<4sHHQ", b"GPUB", 1, 1, 4096) + b"GPDIR" * 20)
    return wait_closed(s, stop)


def one(path, kind, behave, stop):
    with socket.socket(socket.AF_UNIX, kind) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", LIMIT_S, 0))
        try:
            s.connect(path)
        except PermissionError:
            return "refused"
        except BlockingIOError:
            return "queue-full"
        try:
            return behave(s, stop)
        except (BrokenPipeError, ConnectionResetError):
            return "closed"


def main():
    path, kind, count, rounds = sys.argv[1], getattr(socket, sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    behaviours = [globals()[name] for name in sys.argv[5:]]
    became, lock, stop = collections.Counter(), threading.Lock(), threading.Event()

    def client(number):
        for n in range(rounds):
            behave = behaviours[(number + n) % len(behaviours)]
            end = one(path, kind, behave, stop)
            with lock:
                became[f"{behave.__name__} {end}"] += 1

    threads = [threading.Thread(target=client, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    for thread in threads:
        thread.join()
    print(json.dumps(became))


if __name__ == "__main__":
    main()
