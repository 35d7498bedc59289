#!/usr/bin/env python3
"""Records real handshakes with one Erlang release, in both directions, byte by byte.

    capture.py RELEASE ERL...        e.g.  capture.py 27 chroot /some/root erl

writes otpRELEASE.txt beside itself. Line by line:

    case NAME                        a conversation begins
    > HEX                            written by this script (length prefix included)
    < HEX                            written by Erlang
    closed                           Erlang closed the connection

The script plays c@127.0.0.1, Erlang plays golden@127.0.0.1. In cases that begin with "accepts" Erlang
listens, in those that begin with "connects" Erlang dials. Needs epmd on the PATH; uses one of its own.
"""
import hashlib
import os
import socket
import struct
import subprocess
import sys
import time

COOKIE = "golden_cookie"
CHALLENGE = 0xF1E2D3C4  # beyond 2^31: printed signed it would not verify
CREATION = 0x01020304
FLAGS = 0xD_075F_5FBD  # what beamnode offers without atom cache and fragments, published
NAME = b"c@127.0.0.1"
PEER = "golden@127.0.0.1"
NAME_ME = 1 << 33
PUBLISHED = 1


def digest(challenge, cookie=COOKIE):
    return hashlib.md5((cookie + str(challenge)).encode()).digest()


class Transcript:
    """A socket whose every packet is written down."""

    def __init__(self, sock, lines, case):
        sock.settimeout(10)
        self.sock, self.lines = sock, lines
        lines.append(f"case {case}")

    def send(self, payload):
        packet = struct.pack(">H", len(payload)) + payload
        self.lines.append("> " + packet.hex())
        self.sock.sendall(packet)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.sock.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self):
        try:
            head = self.exactly(2)
            payload = self.exactly(struct.unpack(">H", head)[0])
        except (EOFError, ConnectionResetError):
            self.lines.append("closed")
            return b""
        self.lines.append("< " + (head + payload).hex())
        return payload


def name_message(flags=FLAGS, name=NAME, creation=CREATION):
    return b"N" + struct.pack(">QIH", flags, creation, len(name)) + name


def old_name_message(flags=FLAGS):
    return b"n" + struct.pack(">HI", 5, flags & 0xFFFFFFFF) + NAME


def challenge_message(flags=FLAGS):
    return b"N" + struct.pack(">QIIH", flags, CHALLENGE, CREATION, len(NAME)) + NAME


def reply(challenge, cookie=COOKIE):
    return b"r" + struct.pack(">I", CHALLENGE) + digest(challenge, cookie)


def challenge_in(message):
    return struct.unpack(">I", message[9:13])[0] if message[:1] == b"N" else None


def finish_as_initiator(wire, cookie=COOKIE, before_reply=None):
    theirs = challenge_in(wire.receive())
    if theirs is None:
        return
    if before_reply:
        wire.send(before_reply)
    wire.send(reply(theirs, cookie))
    ack = wire.receive()
    if cookie == COOKIE:
        assert ack == b"a" + digest(CHALLENGE), "Erlang did not prove the cookie"


def record_accepting(port, lines):
    def dial(case):
        return Transcript(socket.create_connection(("127.0.0.1", port)), lines, case)

    wire = dial("accepts ok")
    wire.send(name_message())
    wire.receive()
    finish_as_initiator(wire)

    again = dial("accepts alive")  # while the first connection is up
    again.send(name_message())
    if again.receive() == b"salive":
        again.send(b"strue")
        finish_as_initiator(again)
    again.sock.close()
    wire.sock.close()
    time.sleep(0.5)

    wire = dial("accepts wrong_cookie")
    wire.send(name_message())
    wire.receive()
    finish_as_initiator(wire, "another_cookie")

    wire = dial("accepts flags_missing")
    wire.send(name_message(flags=FLAGS & ~(1 << 18) & ~(1 << 26)))
    wire.receive()
    wire.receive()

    wire = dial("accepts own_name")
    wire.send(name_message(name=PEER.encode()))
    wire.receive()
    wire.receive()

    wire = dial("accepts malformed_name")
    wire.send(name_message(name=b"nohost"))
    wire.receive()

    wire = dial("accepts dynamic_name")
    wire.send(name_message((FLAGS | NAME_ME) & ~PUBLISHED, b"127.0.0.1", 0))
    wire.receive()
    finish_as_initiator(wire)
    wire.sock.close()

    wire = dial("accepts old_name")
    wire.send(old_name_message())
    if wire.receive() == b"sok":
        finish_as_initiator(wire, before_reply=b"c" + struct.pack(">II", FLAGS >> 32, CREATION))
    wire.sock.close()


def record_connecting(erl, env, listener, lines):
    def accept(case, node):
        erlang = start(erl, env, node, "net_kernel:connect_node('c@127.0.0.1')")
        sock, _ = listener.accept()
        return erlang, Transcript(sock, lines, case)

    def finish(wire, flags=FLAGS, cookie=COOKIE):
        wire.send(challenge_message(flags))
        answer = wire.receive()
        assert answer[5:] == digest(CHALLENGE), "Erlang did not prove the cookie"
        wire.send(b"a" + digest(struct.unpack(">I", answer[1:5])[0], cookie))

    erlang, wire = accept("connects ok", PEER)
    wire.receive()
    wire.send(b"sok")
    finish(wire)
    stop(erlang)

    erlang, wire = accept("connects simultaneous", PEER)
    wire.receive()
    wire.send(b"sok_simultaneous")
    finish(wire)
    stop(erlang)

    erlang, wire = accept("connects alive", PEER)
    wire.receive()
    wire.send(b"salive")
    wire.receive()
    finish(wire)
    stop(erlang)

    erlang, wire = accept("connects wrong_ack", PEER)
    wire.receive()
    wire.send(b"sok")
    finish(wire, cookie="another_cookie")
    wire.receive()
    stop(erlang)

    erlang, wire = accept("connects dynamic_name", "undefined@127.0.0.1")
    wire.receive()
    granted = b"1Z9XK2@127.0.0.1"
    wire.send(b"snamed:" + struct.pack(">H", len(granted)) + granted + struct.pack(">I", 4711))
    finish(wire, (FLAGS | NAME_ME) & ~PUBLISHED)
    stop(erlang)


def start(erl, env, name, expression="ok"):
    return subprocess.Popen(
        erl + ["-name", name, "-setcookie", COOKIE, "-noshell", "-eval", expression],
        env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def stop(process):
    process.terminate()
    process.wait()


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def ask_epmd(port, request):
    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(struct.pack(">H", len(request)) + request)
    return sock


def port_of(epmd_port, alive_name):
    for _ in range(100):
        with ask_epmd(epmd_port, b"z" + alive_name) as sock:
            answer = sock.recv(100)
        if len(answer) > 3 and answer[1] == 0:
            return struct.unpack(">H", answer[2:4])[0]
        time.sleep(0.1)
    sys.exit("Erlang did not register with epmd")


def main():
    release, erl = sys.argv[1], sys.argv[2:]
    epmd_port = free_port()
    env = dict(os.environ, ERL_EPMD_PORT=str(epmd_port))
    epmd = subprocess.Popen(["epmd", "-port", str(epmd_port)])
    lines = []
    try:
        time.sleep(0.5)
        erlang = start(erl, env, PEER)
        record_accepting(port_of(epmd_port, b"golden"), lines)
        stop(erlang)

        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(20)
        port = listener.getsockname()[1]
        with ask_epmd(epmd_port, b"x" + struct.pack(">HBBHHH", port, 77, 0, 6, 5, 1) + b"c\0\0") as held:
            held.recv(6)
            record_connecting(erl, env, listener, lines)
    finally:
        stop(epmd)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"otp{release}.txt")
    with open(path, "w", encoding="ascii") as out:
        out.write("\n".join(lines) + "\n")


main()
