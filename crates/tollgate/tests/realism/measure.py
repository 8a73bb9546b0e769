#!/usr/bin/env python3
"""Compares senders, recipients and reputation in the exports of a run with published figures.

It uses the exports alone: it shares no code with the program that wrote them, and reads neither the manifest nor the scenario.

    measure.py [--zone ZONE] [--names auto|reserved|lifelike] [--json] RUN_DIRECTORY

RUN_DIRECTORY has a directory for each appliance, as `tollgate run` writes it, or the exports of one appliance. The tables 2, 4,
5, 6, 9, 26 and 29 are needed, over a week or more, in intervals of at most a day. Each line of the output is a figure. Its row is
a number in the acceptance table (acceptance.py); rows 13 to 16 and 20, about rates over time and the machine, are not measured. A
figure is `not judged` if it is only for comparison, if the run has too little mail for it, or if reserved names and addresses
cannot have it. The modules domains.py, senders.py and users.py define the figures.

The exit code is 0 if all judged figures are inside their ranges, 1 if one is outside, and 2 if the input cannot be measured.
"""

import argparse
import gc
import json
import sys
import textwrap
from datetime import datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from acceptance import FIGURES, HIDDEN, SOURCES
from domains import Domains, measure_domains, measure_owner_shapes, measure_owners, measure_partners, measure_tls
from senders import Senders, measure_days, measure_names, measure_networks, measure_scores
from tables import BadInput, Run
from users import Users, measure_local_parts, measure_silence, measure_volumes, working_days

WIDTH = 132


def measure(run, zone):
    """Yields the name of each figure that the run has, its value and the number of things that it was measured on. The first
    yield is `are_reserved` with true or false."""
    def day_of(seconds):
        return datetime.fromtimestamp(seconds, zone).toordinal()

    domains = Domains(run)
    yield "are_reserved", domains.are_reserved(), len(domains.sums)
    yield from measure_domains(domains)
    senders = Senders()
    senders.read(run, day_of)
    yield from measure_networks(senders)
    yield from measure_names(senders)
    yield from measure_owner_shapes(domains, (host.name for _, host in senders.spam() if host.is_named()))
    yield from measure_scores(senders)
    yield from measure_days(senders)
    yield from measure_partners(run, domains)
    yield from measure_owners(run)
    yield from measure_tls(run, domains)
    users = Users(run, day_of)
    yield from measure_volumes(users)
    yield from measure_local_parts(users)
    yield from measure_silence(users, working_days(run, day_of))


def judge(measured, style):
    """The lines of the table: a dictionary for each figure. `style` is auto, reserved or lifelike."""
    found = {name: (value, size) for name, value, size in measured}
    is_reserved, _ = found.pop("are_reserved")
    unknown = found.keys() - {figure.name for figure in FIGURES}
    assert not unknown, f"the acceptance table has no {unknown}"
    if style != "auto":
        is_reserved = style == "reserved"
    lines = []
    for figure in FIGURES:
        value, size = found.get(figure.name, (None, 0))
        note = ""
        if value is None:
            verdict, note = "not judged", "TLS is off" if figure.row == "21" else "too little data"
        elif not figure.is_judged():
            verdict = "not judged"
        elif is_reserved and figure.needs_real_names:
            verdict, note = "not judged", "reserved names"
        else:
            verdict = "inside" if figure.takes(value) else "outside"
        lines.append({"row": figure.row, "name": figure.name, "what": figure.what, "published": figure.published,
                      "source": figure.source, "accepted": figure.accepted(), "found": value, "size": size,
                      "verdict": verdict, "note": note})
    return lines


def number(value):
    """A value for people."""
    if value is None:
        return "-"
    if isinstance(value, int) or value == 0:
        return f"{value:,.0f}"
    return f"{value:.5f}" if abs(value) < 0.001 else f"{value:.4f}" if abs(value) < 0.1 else f"{value:.3f}"


def show(lines):
    """Prints the table, its sources, and the facts that exports do not have."""
    print(f"{'row':3} {'figure':49} {'published':16} {'source':11} {'accepted':13} {'found':>8} {'of':>8}  verdict")
    for line in lines:
        verdict = line["verdict"] + (f": {line['note']}" if line["note"] else "")
        print(f"{line['row']:3} {line['what']:49} {line['published']:16} {line['source']:11} {line['accepted']:13}"
              f" {number(line['found']):>8} {line['size']:>8,}  {verdict}")
    for title, entries in (("Sources", SOURCES.items()), ("Not in exports, by row", HIDDEN)):
        print(f"\n{title}:")
        for key, text in entries:
            print(textwrap.fill(text, WIDTH, initial_indent=f"  {key:9} ", subsequent_indent=" " * 12))
    verdicts = [line["verdict"] for line in lines]
    print("\n" + ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in ("inside", "outside", "not judged")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zone", default="UTC", help="time zone of the site's days, such as Europe/London [default: UTC]")
    parser.add_argument("--names", choices=("auto", "reserved", "lifelike"), default="auto",
                        help="style of names; auto looks for domains that are reserved for examples [default: auto]")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("run", metavar="RUN_DIRECTORY")
    arguments = parser.parse_args()
    gc.disable()  # There are no cycles, and the collector would take a third of the time.
    try:
        lines = judge(measure(Run(arguments.run), zone_of(arguments.zone)), arguments.names)
        if all(line["verdict"] == "not judged" for line in lines):
            raise BadInput(f"{arguments.run}: found too little mail for any figure, allowed is a run of a week")
    except (BadInput, OSError, UnicodeDecodeError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    if arguments.json:
        print(json.dumps({"run": arguments.run, "figures": lines, "sources": SOURCES, "not_in_exports": HIDDEN}, indent=2))
    else:
        show(lines)
    sys.exit(1 if any(line["verdict"] == "outside" for line in lines) else 0)


def zone_of(name):
    """A time zone. UTC needs no database of time zones."""
    try:
        return timezone.utc if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(f"--zone: found {name}, allowed is a time zone such as Europe/London") from None


if __name__ == "__main__":
    main()
