"""Sender domains, network owners, partners and TLS. Rows 1, 2, 11, 17 and 21 of the acceptance table.

A *domain* is a key of Incoming Domains other than `No Domain Information`. All counts are sums over the span.
"""

import re
from collections import Counter, defaultdict
from statistics import median

from numeric import rank_correlation
from shapes import NUMBERED, shape, share, top_share
from tables import DOMAINS, OWNERS, TLS_INCOMING, TLS_OUTGOING

NO_DOMAIN, NO_OWNER = "No Domain Information", "No Network Owner Information"
RESERVED = re.compile(r"(?:^|\.)(?:example|test|invalid|localhost|example\.(?:com|net|org))$")

# Numbers of partners and of domains that are compared by rank, and the fewest numbered domains and connections.
PARTNERS, RANKED, FEWEST_NUMBERED, FEWEST_CONNECTIONS = 100, 1_000, 30, 5
# An owner's main shape is measured if it has this number of named spam hosts.
FEWEST_HOSTS = 20


class Domains:
    """Sums of Total Attempted, Total Threat and Clean for each domain."""

    def __init__(self, run):
        self.sums = sums_of(run, DOMAINS, ("Total Attempted", "Total Threat", "Clean"))
        self.sums.pop(NO_DOMAIN, None)

    def are_reserved(self, hosts=()):
        """True if at least half of the domains are reserved for examples and tests (RFC 2606). Without domains, names of hosts
        count."""
        names = self.sums or hosts
        return bool(names) and share(names, lambda name: RESERVED.search(name.lower())) >= 0.5

    def of_host(self, name):
        """The domain that a host counts under: the longest end of its name that is a domain. None if there is none."""
        labels = name.lower().split(".")
        ends = (".".join(labels[at:]) for at in range(len(labels)))
        return next((end for end in ends if end in self.sums), None)


def sums_of(run, number, counts):
    """The sums of columns over the span, for each key."""
    sums = {}
    for _, key, row, _ in run.rows(number, counts):
        seen = sums.get(key)
        sums[key] = row if seen is None else [one + other for one, other in zip(seen, row)]
    return sums


def measure_domains(domains):
    """Rows 1 and 2, over distinct domains. A first label is the text before the first dot. A top-level domain is the last label. A
    domain of three or more labels has a public suffix of two or more. The shape of a domain is that of the whole name. The rank in
    a name is Spearman's correlation of a numbered name's number with its place by Total Attempted, among the numbered of the first
    1,000 domains; fewer than 30 give no figure."""
    names = [name.lower() for name in domains.sums]
    if not names:
        return
    count = len(names)
    yield "numbered", share(names, NUMBERED.match), count
    yield "top_levels", len({name.rpartition(".")[2] for name in names}), count
    yield "long_suffix", share(names, lambda name: name.count(".") > 1), count
    ranked = sorted(domains.sums, key=lambda name: (-domains.sums[name][0], name))[:RANKED]
    numbered = [(place, NUMBERED.match(name.lower())) for place, name in enumerate(ranked)]
    pairs = [(place, int(match[1])) for place, match in numbered if match]
    if len(pairs) >= FEWEST_NUMBERED and (found := rank_correlation(pairs)) is not None:
        yield "rank_in_name", abs(found), len(pairs)
    labels = [name.partition(".")[0] for name in names]
    yield "label_length", sum(map(len, labels)) / count, count
    yield "label_hyphen", share(labels, lambda label: "-" in label), count
    yield "label_digit", share(labels, lambda label: re.search("[0-9]", label)), count
    yield "domain_shapes_top", top_share(map(shape, names)), count


def measure_owner_shapes(domains, hosts):
    """The main shape of an owner: among domains with 20 or more named spam hosts, the median share of the commonest shape of
    whole host names. `hosts` are the names of spam hosts."""
    shapes = defaultdict(Counter)
    for name in hosts:
        shapes[domains.of_host(name)][shape(name)] += 1
    shapes.pop(None, None)
    shares = [max(found.values()) / found.total() for found in shapes.values() if found.total() >= FEWEST_HOSTS]
    if shares:
        yield "owner_shape", median(shares), len(shares)


def measure_partners(run, domains):
    """Row 11: the share of the 100 destinations with the most Total Messages (table 29) that are clean senders too. A destination
    is one if it, or a domain above it, is a domain with Clean above 0. Equal numbers of messages are ordered by name."""
    messages = sums_of(run, TLS_OUTGOING, ("Total Messages",))
    largest = sorted(messages, key=lambda name: (-messages[name][0], name))[:PARTNERS]

    def writes_back(name):
        labels = name.lower().split(".")
        ends = (".".join(labels[at:]) for at in range(len(labels)))
        return any(end in domains.sums and domains.sums[end][2] > 0 for end in ends)

    if len(largest) == PARTNERS:
        yield "writes_back", share(largest, writes_back), PARTNERS


def measure_owners(run):
    """Row 17. The share of Total Threat that comes from owners with any Clean, and the share of Clean that comes from owners with
    any Total Threat. Addresses without a known owner are left out. Spam that no filter finds counts as clean, because exports do
    not tell them apart."""
    sums = sums_of(run, OWNERS, ("Total Threat", "Clean"))
    sums.pop(NO_OWNER, None)
    threat, clean = (sum(row[at] for row in sums.values()) for at in range(2))
    if threat:
        yield "mixed_threat", sum(row[0] for row in sums.values() if row[1]) / threat, len(sums)
    if clean:
        yield "mixed_clean", sum(row[1] for row in sums.values() if row[0]) / clean, len(sums)


def measure_tls(run, domains):
    """Row 21, over domains with five or more accepted connections and with more Clean than Total Threat. A connection starts TLS if
    it is in one of the four TLS categories, failures included. A domain never starts TLS, always does, or is mixed. If no
    connection of any domain starts TLS, the listener does not offer it, and there is no figure."""
    categories = [f"{result} - {setting}" for result in ("Failed", "Successful") for setting in ("Required", "Preferred")]
    sums = sums_of(run, TLS_INCOMING, ("Total Connections", *categories))
    if not any(any(row[1:]) for row in sums.values()):
        return
    clean = {name for name, (_, threat, clean) in domains.sums.items() if clean > threat}
    starts = [(sum(row[1:]), row[0]) for name, row in sums.items() if name in clean and row[0] >= FEWEST_CONNECTIONS]
    if starts:
        yield "tls_never", share(starts, lambda start: start[0] == 0), len(starts)
        yield "tls_always", share(starts, lambda start: start[0] == start[1]), len(starts)
        yield "tls_mixed", share(starts, lambda start: 0 < start[0] < start[1]), len(starts)
