"""Runs one whole import and chat inside a network namespace of its own, and counts what leaves.

test_no_packets.py starts this with unshare(1). The namespace has a loopback, and one wire that leads nowhere but
whose interface counts; IPv6 is off on the wire, so that an attempt over IPv6 shows as "no route". The last line of
the output is a JSON object: counters before and after, and what was done.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from pathlib import Path

from harness import STARTER_NAME, System, descendants_of

# Documentation addresses (RFC 5737, RFC 3849): nobody's.
OURS, STRANGER, STRANGER6 = "192.0.2.10", "192.0.2.1", "2001:db8::1"
WIRE = "wire0"


def run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=30)


def make_network() -> None:
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", WIRE, "type", "veth", "peer", "name", "wire1")
    for name in (WIRE, "wire1"):
        setting = Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6")
        if setting.exists():
            setting.write_text("1")
    run("ip", "address", "add", f"{OURS}/24", "dev", WIRE)
    run("ip", "link", "set", WIRE, "up")
    run("ip", "link", "set", "wire1", "up")
    run("ip", "neighbour", "add", STRANGER, "lladdr", "02:00:00:00:00:01", "dev", WIRE)
    run("ip", "route", "add", "default", "via", STRANGER)


def counters(pid: int | str = "self") -> dict[str, int]:
    """Of the process's network namespace: packets sent off `lo`, and packets that found no way out."""
    net = Path(f"/proc/{pid}/net")
    sent = 0
    for line in (net / "dev").read_text().splitlines()[2:]:
        name, numbers = line.split(":")
        if name.strip() != "lo":
            sent += int(numbers.split()[9])
    names, values = (line.split()[1:] for line in (net / "snmp").read_text().splitlines() if line.startswith("Ip:"))
    found = {"sent_off_lo": sent, "no_route": int(dict(zip(names, values, strict=True))["OutNoRoutes"])}
    if (net / "snmp6").exists():
        numbers6 = dict(line.split() for line in (net / "snmp6").read_text().splitlines())
        found["no_route6"] = int(numbers6["Ip6OutNoRoutes"])
    return found


def send_to_strangers() -> None:
    """What the counters must see: the other side of the test."""
    for family, address in ((socket.AF_INET, STRANGER), (socket.AF_INET6, STRANGER6)):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"x", (address, 9))


def namespaces_of_rooms(system: System) -> dict[str, dict[str, int]]:
    """Counters of each network namespace that a room has for itself."""
    assert system.process is not None
    found: dict[str, dict[str, int]] = {}
    for pid in descendants_of(system.process.pid):
        with contextlib.suppress(OSError):
            name = Path(f"/proc/{pid}/ns/net").readlink()
            if name != Path("/proc/self/ns/net").readlink():
                found[f"{Path(f'/proc/{pid}/exe').readlink().name} {name}"] = counters(pid)
    return found


def main() -> int:
    make_network()
    start = counters()
    send_to_strangers()
    before = counters()
    system = System().start()
    try:
        system.admit_starter()
        body = {
            "model": STARTER_NAME,
            "messages": [{"role": "user", "content": "Name the capital of France."}],
            "temperature": 0,
        }
        answer = system.http("POST", "/v1/chat/completions", body).json()["choices"][0]["message"]["content"]
        rooms = namespaces_of_rooms(system)
    finally:
        system.remove()
    report = {"start": start, "before": before, "after": counters(), "rooms": rooms, "answer": answer}
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
