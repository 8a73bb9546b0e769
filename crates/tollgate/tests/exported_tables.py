"""The 42 tables as the Reporting API document prints them, and a reader that checks the form of a file."""

import ipaddress
import itertools
import re
from collections import defaultdict
from datetime import datetime, timezone

COMMON = ["Begin Timestamp", "End Timestamp", "Begin Date", "End Date"]
USERS = "internal_user_detail_individual_user_detail"
FILTERS = "content_filter_detail"
TLS_CONNECTIONS = (
    "Successful - Required|Successful - Preferred|Failed - TLS Required|Failed - Preferred"
    "|Unencrypted Connections|Total Connections"
)
TLS_DETAILS = (
    "Domain|Failed - Required|Successful - Required|Failed - Preferred|Successful - Preferred"
    "|% Connections|Total Connections|Total Messages"
)
THREATS = "Stopped as Invalid Recipients|Spam Detected|Virus Detected|Stopped by Content Filter"
MESSAGES = "Number of Messages"

# Number, file without its extension, number of key columns (which come first), columns after the common four.
TABLES = [
    (1, "overview_incoming_mail_summary", 0, "Stopped by Reputation Filtering|Stopped as Invalid Recipients"
        "|Spam Detected|Virus Detected|Stopped by Content Filters|Clean messages"),
    (2, "overview_outgoing_mail_summary", 0, "Virus Detected|Stopped by Content Filters|Clean Messages"),
    (3, "overview_outgoing_mail_delivery_details", 0, "Hard Bounces|Delivered|Total Messages Delivered"),
    (4, "incoming_mail_incoming_domains", 1, "Domain|Total Attempted|Stopped by Recipient Throttling"
        f"|Stopped by Reputation Filtering|{THREATS}|Rejected|Accepted|Total Threat|Clean"),
    (5, "incoming_mail_incoming_ip_addresses", 1, "IP Address|Hostname|DNS Verified|SBRS|Last Sender Group"
        f"|Total Attempted|Stopped by Reputation Filtering|{THREATS}|Total Threat|Clean"),
    (6, "incoming_mail_incoming_network_owners", 1, "Network Owner|Total Attempted|Stopped by Recipient Throttling"
        f"|Stopped by Reputation Filtering|{THREATS}|Connections Rejected|Connections Accepted|Total Threat|Clean"),
    (7, "sender_groups_sender_group_connection_numbers", 1, "Sender Group|Total Connections"),
    (8, "sender_groups_sender_group_mail_flow_policy_overview", 0, "Accept|Relay|Reject|TCP Refuse"),
    (9, "internal_users_internal_user_mail_flow_overview", 1, "Internal User|Incoming Spam Detected"
        "|Incoming Virus Detected|Incoming Content Filter Matches|Incoming Stopped by Content Filters|Incoming Clean"
        "|Outgoing Virus Detected|Outgoing Content Filter Matches|Outgoing Stopped by Content Filters|Outgoing Clean"),
    (10, f"{USERS}_incoming_mail", 1, "Key (Internal User)|Spam Detected|Virus Detected|Stopped by Content Filters"
         "|Clean|Total Incoming Messages"),
    (11, f"{USERS}_outgoing_mail", 1, "Key (Internal User)|Virus Detected|Stopped by Content Filters|Clean"
         "|Total Outgoing Messages"),
    (12, f"{USERS}_incoming_filter_matches", 2, f"Key (Internal User)|Content Filter Name|{MESSAGES}"),
    (13, f"{USERS}_outgoing_filter_matches", 2, f"Key (Internal User)|Content Filter Name|{MESSAGES}"),
    (14, "content_filters_content_filters_summary_incoming_filters", 1, f"Content Filter Name|{MESSAGES}"),
    (15, "content_filters_content_filters_summary_outgoing_filters", 1, f"Content Filter Name|{MESSAGES}"),
    (16, f"{FILTERS}_incoming_{FILTERS}_total_matches", 1, f"Key (Content Filter Name)|{MESSAGES}"),
    (17, f"{FILTERS}_outgoing_{FILTERS}_total_matches", 1, f"Key (Content Filter Name)|{MESSAGES}"),
    (18, f"{FILTERS}_incoming_{FILTERS}_matches_per_user", 2, f"Key (Content Filter Name)|Internal User Name|{MESSAGES}"),
    (19, f"{FILTERS}_outgoing_{FILTERS}_matches_per_user", 2, f"Key (Content Filter Name)|Internal User Name|{MESSAGES}"),
    (20, "virus_outbreaks_virus_outbreak_filter_details", 2, "Outbreak Name|Outbreak ID"
         "|First Seen Globally (UNIX Epoch Timestamp)|Protection Time|Quarantined Messages"),
    (21, "virus_types_top_incoming_virus_types_detected", 1, "Virus Type|Messages"),
    (22, "virus_types_top_outgoing_virus_types_detected", 1, "Virus Type|Messages"),
    (23, "virus_types_virus_types_detail", 1, "Virus Type|Incoming Messages|Outgoing Messages|Total Infected Messages"),
    (24, "tls_connections_incoming_tls_connections_summary", 0, TLS_CONNECTIONS),
    (25, "tls_connections_incoming_tls_messages_summary", 0, "TLS Encrypted|Unencrypted|Total Connections"),
    (26, "tls_connections_incoming_tls_connections_details", 1, TLS_DETAILS),
    (27, "tls_connections_outgoing_tls_connections_summary", 0, TLS_CONNECTIONS),
    (28, "tls_connections_outgoing_tls_messages_summary", 0, "TLS Encrypted|Unencrypted|Total Connections"),
    (29, "tls_connections_outgoing_tls_connections_details", 1, TLS_DETAILS),
    (30, "system_capacity_average_time_spent_in_work_queue", 0, "Time"),
    (31, "system_capacity_average_messages_in_work_queue", 0, "Messages"),
    (32, "system_capacity_maximum_messages_in_work_queue", 0, "Messages"),
    (33, "system_capacity_total_incoming_connections", 0, "Connections"),
    (34, "system_capacity_total_incoming_messages", 0, "Messages"),
    (35, "system_capacity_average_incoming_message_size_bytes", 0, "Message Size"),
    (36, "system_capacity_total_incoming_message_size_bytes", 0, "Message Size"),
    (37, "system_capacity_total_outgoing_connections", 0, "Connections"),
    (38, "system_capacity_total_outgoing_messages", 0, "Messages"),
    (39, "system_capacity_average_outgoing_message_size_bytes", 0, "Message Size"),
    (40, "system_capacity_total_outgoing_message_size_bytes", 0, "Message Size"),
    (41, "system_capacity_overall_cpu_usage", 0, "CPU Usage"),
    (42, "system_capacity_cpu_by_function", 0, "Anti-Spam|Anti-Virus|Mail Processing|Reporting|Quarantine"),
]
COLUMNS = {number: columns.split("|") for number, _, _, columns in TABLES}
KEYS = {number: keys for number, _, keys, _ in TABLES}
FILES = {number: f"{file}.csv" for number, file, _, _ in TABLES}
TIMELESS = 20

# The kind of each column that is not a count that adds up. It decides the form of the cells and the roll-up.
KINDS = {
    **{(5, column): "latest" for column in ("Hostname", "DNS Verified", "SBRS", "Last Sender Group")},
    **{(number, "% Connections"): "share" for number in (26, 29)},
    (20, "First Seen Globally (UNIX Epoch Timestamp)"): "decimal",
    (20, "Protection Time"): "decimal",
    (30, "Time"): "average",
    (31, "Messages"): "level",
    (32, "Messages"): "maximum",
    (35, "Message Size"): "average",
    (39, "Message Size"): "average",
    **{(number, column): "level" for number in (41, 42) for column in COLUMNS[number]},
}
LATEST = {
    "Hostname": re.compile(r".+"),
    "DNS Verified": re.compile(r"Yes|No"),
    "SBRS": re.compile(r"None|(?!-0\.0)-?\d\.\d|-?10\.0"),
    "Last Sender Group": re.compile(r".+"),
}
SHARE = re.compile(r"\d{1,2}\.\d|100\.0")
COUNT = re.compile(r"0|[1-9]\d*")
FIELD = re.compile(r'"((?:[^"]|"")*)"(?:,|$)|([^",]*)(?:,|$)')


class Findings:
    """The number of comparisons for each identity, and the first places where it is broken."""

    def __init__(self):
        self.compared = defaultdict(int)
        self.broken = defaultdict(int)
        self.examples = defaultdict(list)

    def equal(self, identity, found, expected, where):
        self.compared[identity] += 1
        if found != expected:
            self.fail(identity, f"{where}: {found!r} is not {expected!r}")

    def holds(self, identity, condition, where):
        self.compared[identity] += 1
        if not condition:
            self.fail(identity, where)

    def fail(self, identity, text):
        self.broken[identity] += 1
        if len(self.examples[identity]) < 3:
            self.examples[identity].append(str(text))

    def report(self):
        for identity in {**self.compared, **self.broken}:
            verdict = "BROKEN" if self.broken[identity] else "holds"
            print(f"{verdict:6} {self.compared[identity]:>11,}  {identity}")
            for example in self.examples[identity]:
                print(f"{'':20}{example}")
            if self.broken[identity] > len(self.examples[identity]):
                print(f"{'':20}and {self.broken[identity] - len(self.examples[identity]):,} more")
        return not any(self.broken.values())


class Export:
    """One CSV file, which is read interval by interval. Reading checks its form."""

    def __init__(self, directory, number, findings):
        self.path, self.number, self.findings = directory / FILES[number], number, findings
        self.length = None
        kinds = [KINDS.get((number, column), "count") for column in COLUMNS[number]]
        keys = KEYS[number]
        self.readers = [str] * keys + [
            self.reader(column, kind) for column, kind in zip(COLUMNS[number][keys:], kinds[keys:])
        ]
        self.groups = itertools.groupby(self.rows(), key=lambda row: row[0])
        self.ahead = next(self.groups, None)

    def take(self, begin):
        """The rows of the interval that begins at `begin`, as lists of values."""
        if self.ahead is None or self.ahead[0] != begin:
            return []
        rows = [values for _, values in self.ahead[1]]
        self.ahead = next(self.groups, None)
        return rows

    def finish(self):
        if self.ahead is not None:
            self.fail("every row lies in an interval of the span, in order", self.ahead[0])

    def fail(self, identity, where):
        self.findings.fail(identity, f"{self.path}: {where}")

    def rows(self):
        """Yields the begin and the values of each row."""
        ordered = "rows are ordered by timestamp, then by key, and no key is repeated"
        formed = "cells have the form of their column"
        header = ([] if self.number == TIMELESS else COMMON) + COLUMNS[self.number]
        first = len(header) - len(COLUMNS[self.number])
        head, begin, before, place = None, None, None, 1
        with open(self.path, "rb") as file:
            line = (",".join(header) + "\r\n").encode()
            self.findings.equal("header rows are verbatim", file.readline(), line, self.path)
            for place, line in enumerate(file, 2):
                cells = self.split(line, place)
                if len(cells) != len(header):
                    self.fail("rows have as many cells as the header", f"line {place}")
                    continue
                if cells[:first] != head:
                    head = cells[:first]
                    begin = self.interval(head, place) if head else 0
                try:
                    values = [read(cell) for read, cell in zip(self.readers, cells[first:])]
                except ValueError as error:
                    self.fail(formed, f"line {place}: {error}")
                    continue
                order = (begin, *map(self.rank, values[: KEYS[self.number]]))
                if before is not None and not before < order:
                    self.fail(ordered, f"line {place}")
                before = order
                yield begin, values
        self.findings.compared[formed] += (place - 1) * len(header)
        self.findings.compared[ordered] += place - 1

    def split(self, line, place):
        """The cells of a line. Checks that the line ends in CRLF, and that a cell is quoted only if necessary."""
        if not line.endswith(b"\r\n") or line.count(b"\r") != 1:
            self.fail("lines end in CRLF", f"line {place}")
        text = line.rstrip(b"\r\n").decode()
        if '"' not in text:
            return text.split(",")
        cells, at = [], 0
        while at <= len(text):
            match = FIELD.match(text, at)
            if match is None:
                self.fail("cells are quoted as in RFC 4180", f"line {place}")
                break
            quoted, bare = match.groups()
            if quoted is not None and not re.search('[,"]', quoted):
                self.fail("cells are quoted only if necessary", f"line {place}")
            cells.append(bare if quoted is None else quoted.replace('""', '"'))
            if match.end() == len(text) and not match.group().endswith(","):
                break
            at = match.end()
        return cells

    def interval(self, head, place):
        """The beginning of an interval in seconds. Checks the four cells that give the interval."""
        begin, end = int(float(head[0])), int(float(head[1]))
        where = f"{self.path}: line {place}"
        self.length = self.length or end - begin + 1
        self.findings.equal("timestamps have one decimal, and End = Begin + interval - 1",
                            head[:2], [f"{begin}.0", f"{begin + self.length - 1}.0"], where)
        self.findings.equal("dates are the timestamps in GMT", head[2:], [gmt(begin), gmt(end)], where)
        self.findings.holds("intervals are aligned in GMT", begin % self.length == 0, where)
        return begin

    def rank(self, key):
        if self.number == 5:
            return int(ipaddress.IPv4Address(key))
        return key.encode()

    @staticmethod
    def reader(column, kind):
        """A function that reads a cell of a column. It raises ValueError if the cell does not have the column's form."""
        def demand(condition, cell):
            if not condition:
                raise ValueError(f"{column} is {cell!r}")

        def count(cell):
            value = int(cell)
            demand(COUNT.fullmatch(cell), cell)
            return value

        def decimal(cell):
            value = float(cell)
            demand(f"{value:.12g}" == cell and value >= 0, cell)
            return value

        def share(cell):
            demand(SHARE.fullmatch(cell), cell)
            return float(cell)

        def latest(cell):
            demand(LATEST[column].fullmatch(cell), cell)
            return cell

        return {"count": count, "maximum": count, "share": share, "latest": latest}.get(kind, decimal)


def gmt(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M GMT")
