#!/usr/bin/env python3
"""Compares the exports of a run with published figures: senders, recipients, reputation, rates over time and the machine.

It uses the exports alone: it shares no code with the program that wrote them, and reads neither the manifest nor the scenario.

    measure.py [--zone ZONE] [--names auto|reserved|lifelike] [--json] RUN_DIRECTORY

RUN_DIRECTORY has a directory for each appliance, as `tollgate run` writes it, or the exports of one appliance. Each line of the
output is a figure. Its row is a number in the acceptance table (acceptance.py). A figure is `not judged` if a table that it needs
is missing, if it is only for comparison, if the run has too little mail or too few days for it, or if reserved names and addresses
cannot have it.

The modules define the figures. Those of domains.py, senders.py and users.py need a week in intervals of at most a day (tables 2, 4,
5, 6, 9, 26 and 29). Those of rates.py, days.py and machine.py use sums only (tables 1, 2, 31, 32, 34, 41 and 42): rates need
intervals of an hour or of 5 minutes, the machine needs 5 minutes, and days need weeks or months.

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
from days import days_off, measure_day_levels, measure_holidays, measure_mccolo, measure_week
from domains import Domains, measure_domains, measure_owner_shapes, measure_owners, measure_partners, measure_tls
from machine import measure_machine
from rates import measure_bursts, measure_memory, measure_rates
from senders import Senders, measure_days, measure_names, measure_networks, measure_scores
from series import Traffic
from tables import DOMAINS, TLS_OUTGOING, BadInput, Run
from users import Users, measure_local_parts, measure_silence, measure_volumes, working_days

WIDTH = 132


def measure(run, zone):
    """Yields the name of each figure that the run has, its value and the number of things that it was measured on. The first
    yield is `are_reserved` with true or false."""
    def day_of(seconds):
        return datetime.fromtimestamp(seconds, zone).toordinal()

    domains = Domains(run)
    senders = Senders()
    senders.read(run, day_of)
    hosts = [host.name for host in senders.addresses.values() if host.is_named()]
    yield "are_reserved", domains.are_reserved(hosts), len(domains.sums)
    yield from measure_domains(domains)
    yield from measure_networks(senders)
    yield from measure_names(senders)
    yield from measure_owner_shapes(domains, (host.name for _, host in senders.spam() if host.is_named()))
    yield from measure_scores(senders)
    yield from measure_days(senders)
    if run.has(DOMAINS, TLS_OUTGOING):
        yield from measure_partners(run, domains)
    yield from measure_owners(run)
    yield from measure_tls(run, domains)
    users = Users(run, day_of)
    yield from measure_volumes(users)
    yield from measure_local_parts(users)
    yield from measure_silence(users, working_days(run, day_of))
    yield from measure_time(Traffic(run, zone))
    yield from measure_machine(run)


def measure_time(traffic):
    """The figures of rates and days."""
    off = days_off(traffic)
    yield from measure_rates(traffic, off)
    yield from measure_bursts(traffic)
    yield from measure_day_levels(traffic, off)
    yield from measure_holidays(traffic, off)
    yield from measure_memory(traffic)
    yield from measure_week(traffic, off)
    yield from measure_mccolo(traffic)


def judge(measured, style, missing=frozenset()):
    """The lines of the table: a dictionary for each figure. `style` is auto, reserved or lifelike, and `missing` has the numbers of
    missing tables."""
    found = {name: (value, size) for name, value, size in measured}
    is_reserved, _ = found.pop("are_reserved")
    unknown = found.keys() - {figure.name for figure in FIGURES}
    assert not unknown, f"the acceptance table has no {unknown}"
    if style != "auto":
        is_reserved = style == "reserved"
    lines = []
    for figure in FIGURES:
        value, size = found.get(figure.name, (None, 0))
        verdict, note = verdict_of(figure, value, size, is_reserved, missing)
        lines.append({"row": figure.row, "name": figure.name, "what": figure.what, "published": figure.published,
                      "source": figure.source, "accepted": figure.accepted(), "found": value, "size": size,
                      "verdict": verdict, "note": note})
    return lines


def verdict_of(figure, value, size, is_reserved, missing):
    """The verdict on a figure, and a note."""
    absent = [str(number) for number in figure.needed() if number in missing]
    if value is None:
        without = ("without table " if len(absent) == 1 else "without tables ") + " and ".join(absent)
        return "not judged", without if absent else figure.reason()
    if not figure.is_judged():
        return "not judged", ""
    if is_reserved and figure.needs_real_names:
        return "not judged", "reserved names"
    if size < figure.days:
        return "not judged", f"needs {figure.days} days"
    return "inside" if figure.takes(value) else "outside", ""


def number(value):
    """A value for people."""
    if value is None:
        return "-"
    if isinstance(value, int) or value == 0 or value >= 1000:
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
        run = Run(arguments.run)
        lines = judge(measure(run, zone_of(arguments.zone)), arguments.names, run.missing())
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
