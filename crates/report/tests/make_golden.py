"""Makes the golden files: the exports of the counts in fixture/fixture.toml.

This program uses only the Reporting API document and the fixture. It does not use the catalogue or the writer under test.
It writes the files into the directory that you give, or into golden/ by default.

    python3 crates/report/tests/make_golden.py
"""

import csv
import datetime
import io
import ipaddress
import pathlib
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent

TIMES = ["Begin Timestamp", "End Timestamp", "Begin Date", "End Date"]


class OneDecimal(float):
    """A percentage that the file shows with one decimal."""


def percent(part, whole):
    return 100 * part / whole if whole else 0.0


def quotient(dividend, divisor):
    return dividend / divisor if divisor else 0.0


class Counts:
    """The counts of one key. A cell that is not given is zero."""

    def __init__(self, *rows):
        self.cells = {}
        for row in rows:
            for cell, count in row.items():
                if isinstance(count, int):
                    self.cells[cell] = self.cells.get(cell, 0) + count

    def __getattr__(self, cell):
        return self.cells.get(cell, 0)


# Incoming mail. The reputation multiplier estimates the number of recipients of a blocked connection.


def blocked(counts):
    return counts.rejected + counts.refused


def by_reputation(counts):
    return MULTIPLIER * blocked(counts) + counts.throttled


def threat(counts):
    return by_reputation(counts) + counts.invalid + counts.spam + counts.virus + counts.filtered


INCOMING_SUMMARY = {
    "Stopped by Reputation Filtering": by_reputation,
    "Stopped as Invalid Recipients": lambda c: c.invalid,
    "Spam Detected": lambda c: c.spam,
    "Virus Detected": lambda c: c.virus,
    "Stopped by Content Filters": lambda c: c.filtered,
    "Clean messages": lambda c: c.clean,
}


def incoming(rejected=None, accepted=None, throttled=None):
    """The columns of incoming mail by sender. The headings of some differ between tables of the document."""
    columns = {"Total Attempted": lambda c: threat(c) + c.clean}
    if throttled:
        columns[throttled] = lambda c: c.throttled
    columns["Stopped by Reputation Filtering"] = by_reputation
    columns["Stopped as Invalid Recipients"] = lambda c: c.invalid
    columns["Spam Detected"] = lambda c: c.spam
    columns["Virus Detected"] = lambda c: c.virus
    columns["Stopped by Content Filter"] = lambda c: c.filtered
    if rejected:
        columns[rejected] = blocked
        columns[accepted] = lambda c: c.accepted
    columns["Total Threat"] = threat
    columns["Clean"] = lambda c: c.clean
    return columns


THROTTLED = "Stopped by Recipient Throttling"

# Internal users.

USERS = {
    "Incoming Spam Detected": lambda c: c.incoming_spam,
    "Incoming Virus Detected": lambda c: c.incoming_virus,
    "Incoming Content Filter Matches": lambda c: c.incoming_matched,
    "Incoming Stopped by Content Filters": lambda c: c.incoming_filtered,
    "Incoming Clean": lambda c: c.incoming_clean,
    "Outgoing Virus Detected": lambda c: c.outgoing_virus,
    "Outgoing Content Filter Matches": lambda c: c.outgoing_matched,
    "Outgoing Stopped by Content Filters": lambda c: c.outgoing_filtered,
    "Outgoing Clean": lambda c: c.outgoing_clean,
}

USER_INCOMING = {
    "Spam Detected": lambda c: c.incoming_spam,
    "Virus Detected": lambda c: c.incoming_virus,
    "Stopped by Content Filters": lambda c: c.incoming_filtered,
    "Clean": lambda c: c.incoming_clean,
    "Total Incoming Messages": lambda c: c.incoming_spam + c.incoming_virus + c.incoming_filtered + c.incoming_clean,
}

USER_OUTGOING = {
    "Virus Detected": lambda c: c.outgoing_virus,
    "Stopped by Content Filters": lambda c: c.outgoing_filtered,
    "Clean": lambda c: c.outgoing_clean,
    "Total Outgoing Messages": lambda c: c.outgoing_virus + c.outgoing_filtered + c.outgoing_clean,
}

OUTGOING_SUMMARY = {
    "Virus Detected": lambda c: c.outgoing_virus,
    "Stopped by Content Filters": lambda c: c.outgoing_filtered,
    "Clean Messages": lambda c: c.outgoing_clean,
}

# TLS.


def with_tls(counts):
    return counts.successful_required + counts.successful_preferred


def tls_connections(counts):
    return with_tls(counts) + counts.failed_required + counts.failed_preferred + counts.unencrypted


TLS_SUMMARY = {
    "Successful - Required": lambda c: c.successful_required,
    "Successful - Preferred": lambda c: c.successful_preferred,
    "Failed - TLS Required": lambda c: c.failed_required,
    "Failed - Preferred": lambda c: c.failed_preferred,
    "Unencrypted Connections": lambda c: c.unencrypted,
    "Total Connections": tls_connections,
}

TLS_MESSAGES = {
    "TLS Encrypted": lambda c: c.encrypted_messages,
    "Unencrypted": lambda c: c.unencrypted_messages,
    "Total Connections": tls_connections,
}

TLS_DETAILS = {
    "Failed - Required": lambda c: c.failed_required,
    "Successful - Required": lambda c: c.successful_required,
    "Failed - Preferred": lambda c: c.failed_preferred,
    "Successful - Preferred": lambda c: c.successful_preferred,
    "% Connections": lambda c: OneDecimal(percent(with_tls(c), tls_connections(c))),
    "Total Connections": tls_connections,
    "Total Messages": lambda c: c.encrypted_messages + c.unencrypted_messages,
}


def category(control, outcome):
    """The category of an outgoing connection, as in the document: in clear means unencrypted, whatever the reason."""
    if outcome == "second_connection":
        return "unencrypted"
    if control == "required":
        return "successful_required" if outcome == "negotiated" else "failed_required"
    if outcome == "negotiated":
        return "successful_preferred"
    return "failed_preferred" if outcome in ("failed_after_220", "not_verified") else "unencrypted"


def book(delivery):
    """The counts of a row of deliveries, with its TLS category and its messages by encryption."""
    carried = "encrypted_messages" if delivery["outcome"] == "negotiated" else "unencrypted_messages"
    return {
        "domain": delivery["domain"],
        "connections": delivery["connections"],
        "messages": delivery["messages"],
        "hard_bounced": delivery["hard_bounced"],
        category(delivery["control"], delivery["outcome"]): delivery["connections"],
        carried: delivery["messages"],
    }


# The appliance as a whole.

CPU = {
    "Anti-Spam": lambda c: percent(c.cpu_anti_spam, c.cpu_capacity),
    "Anti-Virus": lambda c: percent(c.cpu_anti_virus, c.cpu_capacity),
    "Mail Processing": lambda c: percent(c.cpu_mail_processing, c.cpu_capacity),
    "Reporting": lambda c: percent(c.cpu_reporting, c.cpu_capacity),
    "Quarantine": lambda c: percent(c.cpu_quarantine, c.cpu_capacity),
}


def cpu_usage(counts):
    used = counts.cpu_anti_spam + counts.cpu_anti_virus + counts.cpu_mail_processing
    return percent(used + counts.cpu_reporting + counts.cpu_quarantine, counts.cpu_capacity)


# Sources of rows. Each gives the key, the texts of the key columns and the counts of every row of an hour.


def keyed(account):
    return lambda hour: [(row["key"].encode(), [row["key"]], row) for row in hour.get(account, [])]


def by_address(hour):
    """Addresses, ordered by number. No host has a name. The latest connection decides the SBRS and the sender group."""
    for row in sorted(hour.get("addresses", []), key=lambda row: row["opened_seconds"]):
        score = f"{row['sbrs_tenths'] / 10:.1f}" if "sbrs_tenths" in row else "None"
        shown = [row["key"], "unknown", "No", score, row["group"]]
        cells = {cell: count for cell, count in row.items() if cell not in ("opened_seconds", "sbrs_tenths")}
        yield int(ipaddress.IPv4Address(row["key"])), shown, cells


def by_destination(hour):
    return [(row["domain"].encode(), [row["domain"]], book(row)) for row in hour.get("deliveries", [])]


def by_filter(direction, *keys):
    def rows(hour):
        for row in hour.get("filters", []):
            if row["direction"] == direction:
                yield [row[key].encode() for key in keys], [row[key] for key in keys], row

    return rows


def in_sum(account):
    """One row, even if there is nothing to add up."""
    if account == "system":
        return lambda hour: Counts(hour["system"])
    if account == "deliveries":
        return lambda hour: Counts(*map(book, hour.get("deliveries", [])))
    return lambda hour: Counts(*hour.get(account, []))


def system_capacity(*tables):
    """Tables with one column and no keys."""
    for name, account, heading, column in tables:
        yield f"system_capacity_{name}", [], in_sum(account), {heading: column}


# The tables in the order of the document: file, headings of the keys, source of the rows, columns.

NUMBER = {"Number of Messages": lambda c: c.messages}
ADDRESS_KEYS = ["IP Address", "Hostname", "DNS Verified", "SBRS", "Last Sender Group"]
FILTER = "Content Filter Name"
SIZE = "Message Size"
USER_KEY = "Key (Internal User)"
FILTER_KEY = "Key (Content Filter Name)"
DETAIL = "content_filter_detail_"
USER = "internal_user_detail_individual_user_detail_"

TABLES = [
    ("overview_incoming_mail_summary", [], in_sum("domains"), INCOMING_SUMMARY),
    ("overview_outgoing_mail_summary", [], in_sum("users"), OUTGOING_SUMMARY),
    (
        "overview_outgoing_mail_delivery_details",
        [],
        in_sum("deliveries"),
        {
            "Hard Bounces": lambda c: c.hard_bounced,
            "Delivered": lambda c: c.messages,
            "Total Messages Delivered": lambda c: c.hard_bounced + c.messages,
        },
    ),
    ("incoming_mail_incoming_domains", ["Domain"], keyed("domains"), incoming("Rejected", "Accepted", THROTTLED)),
    ("incoming_mail_incoming_ip_addresses", ADDRESS_KEYS, by_address, incoming()),
    (
        "incoming_mail_incoming_network_owners",
        ["Network Owner"],
        keyed("owners"),
        incoming("Connections Rejected", "Connections Accepted", THROTTLED),
    ),
    (
        "sender_groups_sender_group_connection_numbers",
        ["Sender Group"],
        keyed("groups"),
        {"Total Connections": lambda c: c.accept + c.relay + c.reject + c.tcp_refuse},
    ),
    (
        "sender_groups_sender_group_mail_flow_policy_overview",
        [],
        in_sum("groups"),
        {
            "Accept": lambda c: c.accept,
            "Relay": lambda c: c.relay,
            "Reject": lambda c: c.reject,
            "TCP Refuse": lambda c: c.tcp_refuse,
        },
    ),
    ("internal_users_internal_user_mail_flow_overview", ["Internal User"], keyed("users"), USERS),
    (USER + "incoming_mail", [USER_KEY], keyed("users"), USER_INCOMING),
    (USER + "outgoing_mail", [USER_KEY], keyed("users"), USER_OUTGOING),
    (USER + "incoming_filter_matches", [USER_KEY, FILTER], by_filter("incoming", "user", "name"), NUMBER),
    (USER + "outgoing_filter_matches", [USER_KEY, FILTER], by_filter("outgoing", "user", "name"), NUMBER),
    ("content_filters_content_filters_summary_incoming_filters", [FILTER], by_filter("incoming", "name"), NUMBER),
    ("content_filters_content_filters_summary_outgoing_filters", [FILTER], by_filter("outgoing", "name"), NUMBER),
    (DETAIL + "incoming_content_filter_detail_total_matches", [FILTER_KEY], by_filter("incoming", "name"), NUMBER),
    (DETAIL + "outgoing_content_filter_detail_total_matches", [FILTER_KEY], by_filter("outgoing", "name"), NUMBER),
    (
        DETAIL + "incoming_content_filter_detail_matches_per_user",
        [FILTER_KEY, "Internal User Name"],
        by_filter("incoming", "name", "user"),
        NUMBER,
    ),
    (
        DETAIL + "outgoing_content_filter_detail_matches_per_user",
        [FILTER_KEY, "Internal User Name"],
        by_filter("outgoing", "name", "user"),
        NUMBER,
    ),
    # Table 20 has no timestamps: see `outbreak_rows`.
    ("virus_outbreaks_virus_outbreak_filter_details", None, None, None),
    ("virus_types_top_incoming_virus_types_detected", ["Virus Type"], keyed("viruses"), {"Messages": lambda c: c.incoming}),
    ("virus_types_top_outgoing_virus_types_detected", ["Virus Type"], keyed("viruses"), {"Messages": lambda c: c.outgoing}),
    (
        "virus_types_virus_types_detail",
        ["Virus Type"],
        keyed("viruses"),
        {
            "Incoming Messages": lambda c: c.incoming,
            "Outgoing Messages": lambda c: c.outgoing,
            "Total Infected Messages": lambda c: c.incoming + c.outgoing,
        },
    ),
    ("tls_connections_incoming_tls_connections_summary", [], in_sum("incoming_tls"), TLS_SUMMARY),
    ("tls_connections_incoming_tls_messages_summary", [], in_sum("incoming_tls"), TLS_MESSAGES),
    ("tls_connections_incoming_tls_connections_details", ["Domain"], keyed("incoming_tls"), TLS_DETAILS),
    ("tls_connections_outgoing_tls_connections_summary", [], in_sum("deliveries"), TLS_SUMMARY),
    ("tls_connections_outgoing_tls_messages_summary", [], in_sum("deliveries"), TLS_MESSAGES),
    ("tls_connections_outgoing_tls_connections_details", ["Domain"], by_destination, TLS_DETAILS),
    *system_capacity(
        ("average_time_spent_in_work_queue", "system", "Time", lambda c: quotient(c.queue_time, c.queue_left * 1_000_000)),
        ("average_messages_in_work_queue", "system", "Messages", lambda c: quotient(c.queue_depth_time, c.elapsed)),
        ("maximum_messages_in_work_queue", "system", "Messages", lambda c: c.queue_depth_max),
        ("total_incoming_connections", "groups", "Connections", lambda c: c.accept + c.reject + c.tcp_refuse),
        ("total_incoming_messages", "system", "Messages", lambda c: c.incoming_messages),
        ("average_incoming_message_size_bytes", "system", SIZE, lambda c: quotient(c.incoming_bytes, c.incoming_messages)),
        ("total_incoming_message_size_bytes", "system", SIZE, lambda c: c.incoming_bytes),
        ("total_outgoing_connections", "deliveries", "Connections", lambda c: c.connections),
        ("total_outgoing_messages", "system", "Messages", lambda c: c.outgoing_messages),
        ("average_outgoing_message_size_bytes", "system", SIZE, lambda c: quotient(c.outgoing_bytes, c.outgoing_messages)),
        ("total_outgoing_message_size_bytes", "system", SIZE, lambda c: c.outgoing_bytes),
        ("overall_cpu_usage", "system", "CPU Usage", cpu_usage),
    ),
    ("system_capacity_cpu_by_function", [], in_sum("system"), CPU),
]


def shown(value):
    """The text of a value: counts in full, marked percentages with one decimal, other numbers with twelve digits."""
    if isinstance(value, OneDecimal):
        return f"{float(value):.1f}"
    return "%.12g" % value if isinstance(value, float) else str(value)


def times(begin):
    end = begin + FIXTURE["interval_seconds"] - 1
    dates = [datetime.datetime.fromtimestamp(moment, datetime.UTC) for moment in (begin, end)]
    return [f"{begin}.0", f"{end}.0"] + [f"{date:%Y-%m-%d %H:%M} GMT" for date in dates]


def interval_rows(keys, rows_of, columns, hour):
    """The rows of one hour. In a table with keys, a row is written if one of its counts is not zero."""
    if not keys:
        yield [shown(column(rows_of(hour))) for column in columns.values()]
        return
    merged = {}
    for key, names, row in rows_of(hour):
        sort_key = tuple(key) if isinstance(key, list) else key
        merged.setdefault(sort_key, []).append((names, row))
    for _, same in sorted(merged.items()):
        counts = Counts(*(row for _, row in same))
        values = [column(counts) for column in columns.values()]
        if any(value for value in values if not isinstance(value, float)):
            # The latest connection decides the texts of the key columns.
            yield same[-1][0] + [shown(value) for value in values]


def outbreak_rows():
    """Outbreaks of the whole span: those first seen before its end, and those with released mail."""
    yield [
        "Outbreak Name",
        "Outbreak ID",
        "First Seen Globally (UNIX Epoch Timestamp)",
        "Protection Time",
        "Quarantined Messages",
    ]
    end = FIXTURE["begin_seconds"] + len(FIXTURE["hours"]) * FIXTURE["interval_seconds"]
    for outbreak in sorted(FIXTURE["outbreaks"], key=lambda outbreak: (outbreak["name"].encode(), outbreak["id"])):
        name, number = outbreak["name"], outbreak["id"]
        rows = [row for hour in FIXTURE["hours"] for row in hour.get("outbreaks", [])]
        released = sum(row["released"] for row in rows if (row["name"], row["id"]) == (name, number))
        if outbreak["first_seen_seconds"] < end or released:
            yield [name, number, outbreak["first_seen_seconds"], outbreak["protection_seconds"], released]


def table_rows(keys, rows_of, columns):
    yield TIMES + keys + list(columns)
    for place, hour in enumerate(FIXTURE["hours"]):
        begin = FIXTURE["begin_seconds"] + place * FIXTURE["interval_seconds"]
        for row in interval_rows(keys, rows_of, columns, hour):
            yield times(begin) + row


def main():
    directory = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "golden"
    directory.mkdir(parents=True, exist_ok=True)
    for name, keys, rows_of, columns in TABLES:
        rows = table_rows(keys, rows_of, columns) if columns else outbreak_rows()
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        (directory / f"{name}.csv").write_bytes(text.getvalue().encode())


FIXTURE = tomllib.loads((HERE / "fixture" / "fixture.toml").read_text())
MULTIPLIER = FIXTURE["reputation_multiplier"]

if __name__ == "__main__":
    main()
