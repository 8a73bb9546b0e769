#!/usr/bin/env python3
"""Checks the exports of a run against the Reporting API document and against each other.

It shares no code and no data with the program that wrote them: exported_tables.py has the columns, copied by hand from the
document.

    check_exports.py RUN_DIRECTORY...
    check_exports.py --rollup FIVE_MINUTES HOURLY DAILY

`tollgate run` writes a run directory: one directory for each appliance, and manifest.json. With --rollup, each run is checked
by itself, then the hourly and the daily exports against the five-minute ones. The output has one line for each identity, with the
number of comparisons. The exit code is 1 if an identity is broken.
"""

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from exported_tables import COLUMNS, FILES, KEYS, KINDS, MESSAGES, TIMELESS, Export, Findings, gmt


# Files of a run that its manifest does not list.
OWN = {"manifest.json", "datapackage.json", "scenario.toml"}


def by_key(interval, number, column, key=0):
    """The sums of a column for each value of a key column."""
    at = COLUMNS[number].index(column)
    sums = defaultdict(int)
    for row in interval[number]:
        sums[row[key]] += row[at]
    return sums


def total(interval, number, *columns):
    """The sum of some columns over the rows of an interval."""
    places = [COLUMNS[number].index(column) for column in columns]
    return sum(row[at] for row in interval[number] for at in places)


def check_incoming(interval, findings, where, multiplier):
    threats = ["Stopped by Reputation Filtering", "Stopped as Invalid Recipients", "Spam Detected", "Virus Detected"]
    overview = dict(zip(COLUMNS[1], interval[1][0]))
    for number, stopped, refused in [(4, "Stopped by Content Filter", "Rejected"),
                                     (5, "Stopped by Content Filter", None),
                                     (6, "Stopped by Content Filter", "Connections Rejected")]:
        names = [*threats, stopped, "Total Threat", "Clean", "Total Attempted"]
        *parts, threat, clean, attempted = (COLUMNS[number].index(name) for name in names)
        for row in interval[number]:
            findings.equal("Total Threat = reputation + invalid + spam + virus + content filter",
                           row[threat], sum(row[part] for part in parts), (where, number, row[0]))
            findings.equal("Total Attempted = Total Threat + Clean",
                           row[attempted], row[threat] + row[clean], (where, number, row[0]))
        if refused:
            throttled, refusals = (COLUMNS[number].index(name) for name in ("Stopped by Recipient Throttling", refused))
            for row in interval[number]:
                findings.equal("Stopped by Reputation Filtering = multiplier x connections refused + recipients throttled",
                               row[parts[0]], multiplier * row[refusals] + row[throttled], (where, number, row[0]))
        for name, whole in zip([*threats, stopped, "Clean"], overview.values()):
            findings.equal("domains, addresses and owners each sum to the Overview",
                           total(interval, number, name), whole, (where, number, name))
    domains = {row[0] for row in interval[4]}
    for address, host, verified, *_ in interval[5]:
        labels = host.split(".")
        findings.holds("a verified host's domain is among the domains, and so is that of all other hosts",
                       "No Domain Information" in domains if verified == "No" else len(labels) > 1 and
                       not domains.isdisjoint(".".join(labels[at:]) for at in range(len(labels))),
                       (where, address, host, verified))
    accept, relay, reject, refuse = interval[8][0]
    findings.equal("Accept + Relay + Reject + TCP Refuse = the sum over all sender groups",
                   accept + relay + reject + refuse, total(interval, 7, "Total Connections"), where)
    findings.equal("Total Incoming Connections = Accept + Reject + TCP Refuse",
                   interval[33][0][0], accept + reject + refuse, where)
    for number, accepted, rejected in [(4, "Accepted", "Rejected"), (6, "Connections Accepted", "Connections Rejected")]:
        findings.equal("Accepted of domains and owners = Accept", total(interval, number, accepted), accept, (where, number))
        findings.equal("Rejected of domains and owners = Reject + TCP Refuse",
                       total(interval, number, rejected), reject + refuse, (where, number))


def check_users(interval, findings, where):
    ways = [("Incoming", 1, 10, 12, ["Spam Detected", "Virus Detected", "Stopped by Content Filters", "Clean"]),
            ("Outgoing", 2, 11, 13, ["Virus Detected", "Stopped by Content Filters", "Clean"])]
    for way, overview, detail, matches, names in ways:
        summary = interval[overview][0][-len(names):]
        of_user = {}
        for name, whole in zip(names, summary):
            of_user[name] = by_key(interval, 9, f"{way} {name}")
            findings.equal(f"Internal Users sum to the {way} Overview", sum(of_user[name].values()), whole, (where, name))
            findings.equal("each user's detail = the overview of users",
                           {user: count for user, count in by_key(interval, detail, name).items() if count},
                           {user: count for user, count in of_user[name].items() if count}, (where, detail, name))
        whole = COLUMNS[detail].index(f"Total {way} Messages")
        for row in interval[detail]:
            findings.equal("each user's total = the sum of the row", row[whole], sum(row[1:whole]), (where, detail, row[0]))
        most, matched = defaultdict(int), by_key(interval, 9, f"{way} Content Filter Matches")
        for user, _, count in interval[matches]:
            most[user] = max(most[user], count)
        sums = by_key(interval, matches, MESSAGES)
        for user, count in matched.items():
            stopped, clean = of_user["Stopped by Content Filters"][user], of_user["Clean"][user]
            findings.holds("filter stops never exceed matches", stopped <= count, (where, way, user))
            findings.holds("filters match only recipients with clean verdicts", count <= stopped + clean, (where, way, user))
            findings.holds("a user's matches lie between those of the top filter and the sum over all filters",
                           most[user] <= count <= sums[user], (where, way, user))
        findings.holds("users with matches are in the overview of users", sums.keys() <= matched.keys(), (where, matches))


def check_filters(interval, findings, where):
    for summary, totals, per_user, of_users in [(14, 16, 18, 12), (15, 17, 19, 13)]:
        filters = by_key(interval, summary, MESSAGES)
        findings.equal("filter totals = the summary", by_key(interval, totals, MESSAGES), filters, (where, totals))
        findings.equal("filter totals = their per-user detail, filter by filter",
                       by_key(interval, per_user, MESSAGES), filters, (where, per_user))
        findings.equal("matches per user = each user's filter matches",
                       [[user, name, count] for name, user, count in interval[per_user]],
                       sorted(interval[of_users], key=lambda row: (row[1].encode(), row[0].encode())), (where, per_user))


def check_viruses(interval, findings, where):
    for number, overview, way in [(21, 1, "Incoming"), (22, 2, "Outgoing")]:
        detected = interval[overview][0][COLUMNS[overview].index("Virus Detected")]
        findings.equal(f"virus types sum to Virus Detected, {way}", total(interval, number, "Messages"), detected, where)
        findings.equal("virus types in detail = the top lists",
                       {name: count for name, count in by_key(interval, 23, f"{way} Messages").items() if count},
                       {name: count for name, count in by_key(interval, number, "Messages").items() if count}, (where, number))
    for name, incoming, outgoing, whole in interval[23]:
        findings.equal("Total Infected Messages = Incoming + Outgoing", whole, incoming + outgoing, (where, name))


def check_tls(interval, findings, where, documented):
    for summary, messages, details in [(24, 25, 26), (27, 28, 29)]:
        *parts, connections = interval[summary][0]
        encrypted, clear, again = interval[messages][0]
        findings.equal("TLS Total Connections = the sum of the five categories", connections, sum(parts), (where, summary))
        findings.equal("Total Connections of TLS messages = Total Connections of TLS connections",
                       again, connections, (where, messages))
        for column, whole in zip(["Successful - Required", "Successful - Preferred", "Failed - Required",
                                  "Failed - Preferred"], parts):
            findings.equal("TLS details sum to the summary", total(interval, details, column), whole, (where, details, column))
        findings.equal("TLS details sum to the summary", total(interval, details, "Total Connections"), connections, (where, details))
        findings.equal("TLS Encrypted + Unencrypted = Total Messages of the details",
                       encrypted + clear, total(interval, details, "Total Messages"), (where, details))
        for name, failed, required, also_failed, preferred, share, of_domain, _ in interval[details]:
            good = required + preferred
            findings.holds("TLS categories of a domain do not exceed its connections",
                           failed + also_failed + good <= of_domain, (where, details, name))
            exact = 100 * good / of_domain if of_domain else 0
            findings.holds("% Connections is the share of the domain's connections that used TLS",
                           abs(share - exact) < 0.05 + 1e-9, (where, details, name, share, exact))
    findings.equal("incoming TLS connections = Accepted, domain by domain",
                   {name: count for name, count in by_key(interval, 26, "Total Connections").items() if count},
                   {name: count for name, count in by_key(interval, 4, "Accepted").items() if count}, where)
    findings.equal("incoming TLS connections = Accept", interval[24][0][-1], interval[8][0][0], where)
    bounced, delivered, whole = interval[3][0]
    findings.equal("Total Messages Delivered = Hard Bounces + Delivered", whole, bounced + delivered, where)
    findings.equal("outgoing TLS Encrypted + Unencrypted = Delivered", sum(interval[28][0][:2]), delivered, where)
    if documented:  # Other counting rules leave out connections, or count them twice.
        findings.equal("System Capacity's outgoing connections = the outgoing TLS total",
                       interval[37][0][0], interval[27][0][-1], where)


def check_capacity(interval, findings, where):
    for count, average, size in [(34, 35, 36), (38, 39, 40)]:
        count, average, size = interval[count][0][0], interval[average][0][0], interval[size][0][0]
        expected = size / count if count else 0
        findings.holds("average size x messages = total size", (count or not size) and close(average, expected),
                       (where, average, count, size))
    depth, most = interval[31][0][0], interval[32][0][0]
    findings.holds("the mean length of the work queue is at most its maximum", depth <= most, (where, depth, most))
    whole, parts = interval[41][0][0], interval[42][0]
    findings.holds("CPU usage is at least the sum of the functions, and at most 20 points more",
                   sum(parts) - 1e-6 <= whole <= min(sum(parts) + 20, 100) + 1e-6, (where, whole, parts))


def close(found, expected):
    """True if two numbers are equal, apart from the rounding of exports to twelve digits."""
    return abs(found - expected) <= 1e-10 * max(abs(found), abs(expected))


def check_interval(interval, findings, where, multiplier, documented):
    check_incoming(interval, findings, where, multiplier)
    check_users(interval, findings, where)
    check_filters(interval, findings, where)
    check_viruses(interval, findings, where)
    check_tls(interval, findings, where, documented)
    check_capacity(interval, findings, where)


def check_run(run, findings):
    """Checks all appliances of a run, interval by interval."""
    manifest = json.loads((run / "manifest.json").read_text())
    check_manifest(run, manifest, findings)
    for appliance, directory, documented in views_of(run, manifest):
        findings.equal("an appliance has the files of all tables and no other",
                       sorted(path.name for path in directory.iterdir()), sorted(FILES.values()), directory)
        exports = {number: Export(directory, number, findings) for number in FILES}
        sums = defaultdict(int)
        begins = intervals_of(manifest)
        for begin in begins:
            interval = {number: export.take(begin) for number, export in exports.items()}
            where = f"{directory.name} {gmt(begin)}"
            single = [number for number in FILES if KEYS[number] == 0]
            missing = not any(interval.values())  # The appliance was down.
            findings.equal("tables without keys have one row an interval, unless the interval is missing in all tables",
                           [len(interval[number]) for number in single], [0 if missing else 1] * len(single), where)
            if not missing and all(len(interval[number]) == 1 for number in single):
                check_interval(interval, findings, where, appliance["reputation_multiplier"], documented)
                for number in single:
                    for column, value in zip(COLUMNS[number], interval[number][0]):
                        sums[number, column] += value
        exports[TIMELESS].take(0)
        for export in exports.values():
            export.finish()
            if export.length:
                findings.equal("intervals are as long as the manifest says",
                               export.length, manifest["interval_seconds"], export.path)
        check_sums(sums, appliance, manifest["warm_up_seconds"] == 0, findings, directory)


def views_of(run, manifest):
    """Yields each appliance with the directory of its exports, and again with that of the true figures, if there is one. The
    third value is true if the TLS tables in the directory count every connection once."""
    for appliance in manifest["appliances"]:
        yield appliance, run / appliance["name"], appliance["counting_rule"] == "every-plain"
        truth = run / f"{appliance['name']}-truth"
        if truth.is_dir():
            yield appliance, truth, True


def check_sums(sums, appliance, began_empty, findings, where):
    """Checks the totals of an appliance in the manifest against the sums over the span. If the appliance began empty, every
    recipient is also judged, queued, quarantined, delivered, bounced or waiting at the end."""
    incoming, outgoing, balance = (appliance[name] for name in ("incoming", "outgoing", "end_balance"))
    agree = "the manifest's totals = the sums over the exports"
    findings.equal(agree, sums[33, "Connections"] + sums[8, "Relay"],
                   incoming["connections"] + outgoing["connections"], (where, "connections"))
    findings.equal(agree, sums[34, "Messages"], incoming["transactions"], (where, "incoming transactions"))
    received = sums[25, "TLS Encrypted"] + sums[25, "Unencrypted"]
    findings.equal(agree, received, incoming["recipients"], (where, "incoming recipients"))
    findings.holds("balances are not negative", min(balance.values()) >= 0, where)
    if began_empty:
        judged = sum(sums[1, column] for column in COLUMNS[1][2:])
        findings.equal("received = judged + queued + quarantined", received,
                       judged + balance["queued_incoming"] + balance["quarantined"], where)
        judged = sum(sums[2, column] for column in COLUMNS[2])
        findings.equal("sent = judged + queued", outgoing["recipients"], judged + balance["queued_outgoing"], where)
        findings.equal("clean outgoing = delivered + bounced + waiting", sums[2, "Clean Messages"],
                       sums[3, "Total Messages Delivered"] + balance["waiting_for_retry"], where)


def check_manifest(run, manifest, findings):
    """Checks the files of a run against its manifest, byte by byte."""
    listed = {entry["path"]: entry for entry in manifest["files"]}
    found = {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()}
    findings.equal("the manifest lists every file", sorted(found - OWN), sorted(listed), run)
    for name, entry in listed.items():
        content = (run / name).read_bytes()
        headings = 1 if name.endswith(".csv") else 0
        findings.equal("bytes, rows and SHA-256 are those in the manifest",
                       (len(content), content.count(b"\n") - headings, hashlib.sha256(content).hexdigest()),
                       (entry["bytes"], entry["rows"], entry["sha256"]), name)
    scenario = (run / "scenario.toml").read_bytes()
    findings.equal("scenario.toml has the SHA-256 that is in the manifest",
                   hashlib.sha256(scenario).hexdigest(), manifest["scenario"]["sha256"], run)


def intervals_of(manifest):
    """The beginnings of the intervals of a run, in seconds."""
    begin, end = (int(datetime.fromisoformat(manifest[name]).timestamp()) for name in ("begin", "end"))
    return range(begin, end, manifest["interval_seconds"])


def check_rollup(fine_run, coarse_run, findings):
    """Checks that the exports of the coarse run are those of the fine run, which has shorter intervals, rolled up."""
    fine_manifest, coarse_manifest = (json.loads((run / "manifest.json").read_text()) for run in (fine_run, coarse_run))
    for appliance in coarse_manifest["appliances"]:
        for number in FILES:
            # check_run has checked the form of the files. Only the figures matter here.
            fine, coarse = (Export(run / appliance["name"], number, Findings()) for run in (fine_run, coarse_run))
            if number == TIMELESS:
                findings.equal("tables without intervals are the same", fine.take(0), coarse.take(0), number)
                continue
            step = fine_manifest["interval_seconds"]
            for begin in intervals_of(coarse_manifest):
                parts = range(begin, begin + coarse_manifest["interval_seconds"], step)
                rows = [(part, row) for part in parts for row in fine.take(part)]
                compare_rollup(number, (len(parts), rows), coarse.take(begin), findings, f"{appliance['name']} {gmt(begin)}")


def compare_rollup(number, fine, coarse, findings, where):
    """Compares one interval with the rows of the shorter intervals in it. `fine` has their number too, because some may be missing."""
    parts, fine = fine
    keys = KEYS[number]
    of_key = defaultdict(list)
    for _, row in fine:
        of_key[tuple(row[:keys])].append(row[keys:])
    findings.equal("rolled up, the keys are the same", {tuple(row[:keys]) for row in coarse}, set(of_key), (where, number))
    for row in coarse:
        for at, (column, found) in enumerate(zip(COLUMNS[number][keys:], row[keys:])):
            values = [part[at] for part in of_key[tuple(row[:keys])]] or [0]
            kind = KINDS.get((number, column), "count")
            place = (where, number, *row[:keys], column, found)
            if kind == "count":
                findings.equal("rolled up, counts add", found, sum(values), place)
            elif kind == "maximum":
                findings.equal("rolled up, maxima are maxima", found, max(values), place)
            elif kind == "latest":
                findings.holds("rolled up, a latest value is the latest value of a part", found in values, place)
            elif kind == "level":
                findings.holds("rolled up, levels are means over time", close(found, sum(values) / parts), place)
            else:
                findings.holds("rolled up, averages and shares lie between their parts",
                               min(values) * (1 - 1e-10) <= found <= max(values) * (1 + 1e-10), place)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rollup", action="store_true", help="compare runs of one scenario with increasing intervals")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN_DIRECTORY")
    arguments = parser.parse_args()
    findings = Findings()
    for run in arguments.runs:
        check_run(run, findings)
    if arguments.rollup:
        for coarse in arguments.runs[1:]:
            check_rollup(arguments.runs[0], coarse, findings)
    sys.exit(0 if findings.report() else 1)


if __name__ == "__main__":
    main()
