"""`python sealed.py RECORD COMMAND…` runs a command where nothing leaves it, and writes down whom it wants to reach.

The command gets a network namespace of its own, without any device but the loopback. A *local* default route there
makes every address of the world this machine's, where nobody listens: what is sent anywhere comes to the loopback and
fails at once. Packet sockets on it see all of it, whoever sends: Python, a library in C++, a child. RECORD gets a line
for each name that is looked up, and for each connection or datagram to any address but the loopback's own.

What it does not see: what a child sends after the command itself has ended, and sockets of the file system, by which a
program may ask a service of this machine to send. The one of these that looks names up, systemd-resolved's, is switched
off for the command.
"""

import ctypes
import os
import re
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount")
EVERYWHERE_IS_HERE = (
    "ip link set lo up",
    "ip route add local default dev lo",
    "ip -6 route add local default dev lo",
)
IPV4, IPV6 = 0x0800, 0x86DD  # linux/if_ether.h
TCP, UDP, DOMAIN = socket.IPPROTO_TCP, socket.IPPROTO_UDP, 53
UNREACHABLE = {(socket.IPPROTO_ICMP, 3), (socket.IPPROTO_ICMPV6, 1)}  # RFC 792, RFC 4443
SO_ATTACH_FILTER = 26  # asm-generic/socket.h

FOREIGN_OR_DOMAIN = (
    (0x30, 0, 0, 16),  # the first byte of the target
    (0x15, 0, 2, 127),  # is it the loopback's?
    (0x28, 0, 0, 22),  # then the port, behind a header without options
    (0x15, 0, 1, DOMAIN),
    (0x06, 0, 0, 2048),  # take it
    (0x06, 0, 0, 0),  # drop it
)
"""A program of linux/filter.h, so that a kernel's talk with its notebook does not fill the packet socket."""


def contact(packet: bytes) -> str | None:
    """Whom an IP packet asks for what; None if it stays on the loopback or belongs to a connection that stands."""
    if packet[0] >> 4 == 4:
        protocol, target, rest = packet[9], IPv4Address(packet[16:20]), packet[4 * (packet[0] & 15) :]
    else:
        protocol, target, rest = packet[6], IPv6Address(packet[24:40]), packet[40:]
    if (protocol, rest[0]) in UNREACHABLE:  # the system's own answer
        return None
    port = int.from_bytes(rest[2:4], "big")
    if protocol == UDP and port == DOMAIN:
        return f"look-up of {_name(rest[20:])} at {target}"  # behind 8 bytes of UDP and 12 of DNS
    if target.is_loopback and port != DOMAIN:
        return None
    if protocol == TCP:
        opens = rest[13] & 0x12 == 0x02  # SYN without ACK
        return f"connection to {target} port {port}" if opens else None
    return f"datagram to {target} port {port}" if protocol == UDP else f"packet of protocol {protocol} to {target}"


def _name(question: bytes) -> str:
    """The name in a question of DNS: labels, each behind its length (RFC 1035, 4.1.2)."""
    labels = []
    while question and question[0]:
        labels.append(question[1 : question[0] + 1].decode("ascii", "replace"))
        question = question[question[0] + 1 :]
    return ".".join(labels)


def _listen(kind: int) -> socket.socket:
    """A socket that gets every packet of a kind which arrives in this namespace."""
    return socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(kind))


def _take_only(listener: socket.socket, program: tuple[tuple[int, int, int, int], ...]) -> None:
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(program), ctypes.addressof(code)))


def _ask_names_of_dns_alone() -> None:
    switch = Path("/etc/nsswitch.conf")
    if switch.exists():
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(re.sub(r"(?m)^hosts:.*", "hosts: files dns", switch.read_text()))
            file.flush()
            subprocess.run(["mount", "--bind", file.name, str(switch)], check=True)


def run(record: Path, command: list[str]) -> int:
    """Run a command in this namespace, and write down whom it wants to reach; its exit status."""
    for step in EVERYWHERE_IS_HERE:
        subprocess.run(step.split(), check="-6" not in step)  # a system may have no IPv6
    _ask_names_of_dns_alone()
    listeners = [_listen(IPV4), _listen(IPV6)]
    _take_only(listeners[0], FOREIGN_OR_DOMAIN)
    began, process, found, seen = time.monotonic(), subprocess.Popen(command), [], set()
    with record.open("w", buffering=1) as lines:
        while found or process.poll() is None:
            found = select.select(listeners, [], [], 0.2)[0]
            for listener in found:
                line = contact(listener.recv(2048))
                if line and line not in seen:
                    seen.add(line)
                    lines.write(f"{time.monotonic() - began:.0f} s: {line}\n")
    return process.returncode


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        sys.exit(run(Path(sys.argv[2]), sys.argv[3:]))
    os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, __file__, "--inside", *sys.argv[1:]])
