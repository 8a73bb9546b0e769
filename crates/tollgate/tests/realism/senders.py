"""The addresses that send mail: their names, networks, reputation and days. Rows 3 to 10 of the acceptance table.

Definitions. All counts are those of the table Incoming IP Addresses.

- A *spam host* is an address with recipients stopped by reputation or judged spam, and with at least as much Total Threat as
  Clean. A *clean host* has more Clean than Total Threat. Both are sums over the span. Other addresses are neither.
- An *address-day* is an address on a calendar day. It has the sums of its rows of that day, and the score and sender group of the
  last of them, as a daily export would. It is *spam* by the same rule. The published scores are those of a daily export.
- The *clean sample* has at most 1,300 clean hosts. They are drawn one after another, each with a probability in proportion to its
  Clean recipients. The published hosts of clean mail were found in this way, message by message. The random numbers are hashes of
  the addresses, so that the order of rows does not matter and a second measurement gives the same value.
- The *spam sample* has 1,000 named spam hosts with equal probability, by the same hashes.
"""

import hashlib
import heapq
import math
from collections import Counter
from dataclasses import dataclass

from numeric import entropy_bits, variation
from shapes import FOUR_NUMBERS, MAIL_ROLE, WORDS, shape, share, top_share
from tables import ADDRESSES, BadInput

# Largest number of addresses in memory. Beyond it, half of the addresses are left out at random, again and again.
MOST_ADDRESSES = 500_000

CLEAN_SAMPLE, SPAM_SAMPLE, MANY_CLEAN = 1_300, 1_000, 25_000
# The spread over networks is not comparable if there are fewer clean hosts than these.
FEWEST_CLEAN, FEWEST_MANY_CLEAN = 1_000, 10_000

COUNTS = ("Stopped by Reputation Filtering", "Spam Detected", "Total Threat", "Clean")
TEXTS = ("Hostname", "DNS Verified", "SBRS", "Last Sender Group")
NO_NAME = ("", "unknown")
NO_SCORE = "None"


class Address:
    """What is known of an address: sums over its days, and the attributes of the last one."""

    __slots__ = ("luck", "name", "is_verified", "stopped", "threat", "clean", "days", "day", "score", "group", "has_moved")

    def __init__(self, luck):
        self.luck = luck
        self.stopped = self.threat = self.clean = self.days = 0
        self.day = self.score = self.group = None
        self.has_moved = False

    def is_spam(self):
        return is_spam(self.stopped, self.threat, self.clean)

    def is_clean(self):
        return self.clean > self.threat

    def is_named(self):
        return self.name not in NO_NAME


def is_spam(stopped, threat, clean):
    return stopped > 0 and threat >= clean


def luck_of(address):
    """A number above 0 and at most 1 that depends on the address alone."""
    digest = hashlib.blake2b(address.encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 1) / 2**64


@dataclass
class Moves:
    """Addresses on a calendar day that were also seen on the day before."""

    pairs: int = 0
    score: int = 0
    group: int = 0
    name: int = 0


class Senders:
    """The addresses of a run, which are read day by day."""

    def __init__(self, most=MOST_ADDRESSES):
        self.most = most
        self.limit = 1.0
        self.addresses = {}
        self.spam_scores = Counter()
        self.scores = Counter()
        self.moves = Moves()
        self.first_day = self.last_day = None

    def read(self, run, day_of):
        """Reads the table of addresses. `day_of` gives the number of the day of a moment in seconds."""
        begin, day, rows = None, None, {}
        for interval, address, counts, texts in run.rows(ADDRESSES, COUNTS, TEXTS):
            if interval.begin != begin:
                begin = interval.begin
                if day_of(begin) != day:
                    self._close_day(day, rows)
                    day, rows = day_of(begin), {}
            seen = rows.get(address)
            if seen is None:
                if self.limit == 1 or address in self.addresses or luck_of(address) <= self.limit:
                    rows[address] = [*counts, texts]
            else:
                for at, count in enumerate(counts):
                    seen[at] += count
                seen[-1] = texts
        self._close_day(day, rows)

    def _close_day(self, day, rows):
        """Adds the address-days of a day."""
        if day is None:
            return
        self.first_day, self.last_day = self.first_day or day, day
        for key, (reputation, spam, threat, clean, (name, verified, score, group)) in rows.items():
            address = self.addresses.get(key)
            if address is None:
                address = self.addresses[key] = Address(luck_of(key))
            elif address.day == day - 1:
                self.moves.pairs += 1
                self.moves.score += address.score != score
                self.moves.group += address.group != group
                self.moves.name += address.name != name
            stopped = reputation + spam
            self.scores[score] += 1
            if is_spam(stopped, threat, clean):
                self.spam_scores[score] += 1
            address.has_moved |= address.days > 0 and address.score != score
            address.stopped += stopped
            address.threat += threat
            address.clean += clean
            address.days += 1
            address.name, address.is_verified = name, verified == "Yes"
            address.day, address.score, address.group = day, score, group
        while len(self.addresses) > self.most:
            self.limit /= 2
            self.addresses = {key: address for key, address in self.addresses.items() if address.luck <= self.limit}

    def spam(self):
        """The spam hosts with their addresses."""
        return [(key, address) for key, address in self.addresses.items() if address.is_spam()]

    def clean_sample(self, most=CLEAN_SAMPLE):
        """The clean hosts that are drawn first, if each is drawn in proportion to its Clean recipients."""
        hosts = ((key, address) for key, address in self.addresses.items() if address.is_clean())
        return heapq.nsmallest(most, hosts, key=lambda host: -math.log(host[1].luck) / host[1].clean)

    def spam_sample(self):
        named = ((key, address) for key, address in self.spam() if address.is_named())
        return heapq.nsmallest(SPAM_SAMPLE, named, key=lambda host: host[1].luck)


def measure_networks(senders):
    """Rows 3 and 4. The entropy is that of the first octets of spam hosts, in bits. Hosts per /24 are the clean hosts of a sample
    divided by their distinct first three octets."""
    octets = Counter(first_octet(key) for key, _ in senders.spam())
    hosts = octets.total()
    if hosts:
        yield "octet_entropy", entropy_bits(octets.values()), hosts
        yield "octet_top", sum(count for _, count in octets.most_common(8)) / hosts, hosts
        yield "octet_reserved", sum(count for octet, count in octets.items() if octet >= 224) / hosts, hosts
    for name, most, fewest in (("hosts_per_24", CLEAN_SAMPLE, FEWEST_CLEAN), ("many_hosts_per_24", MANY_CLEAN, FEWEST_MANY_CLEAN)):
        sample = senders.clean_sample(most)
        if len(sample) >= fewest:
            yield name, len(sample) / len({key.rpartition(".")[0] for key, _ in sample}), len(sample)


def first_octet(key):
    octets = key.split(".")
    if len(octets) != 4 or not all(octet.isdecimal() for octet in octets):
        raise BadInput(f"found the address {key!r}, allowed is an IPv4 address")
    return int(octets[0])


def measure_names(senders):
    """Rows 5 to 7. A host has no name if its name is `unknown` or empty. Shares of forms and words are shares of all named spam
    hosts. Shapes are those of whole names, in the spam sample and in the named hosts of the clean sample; a smaller sample than
    1,000 gives no figure, because the number of shapes grows with the sample. A mail role is a property of the first label."""
    spam = [address for _, address in senders.spam()]
    if spam:
        yield "no_name", share(spam, lambda host: not host.is_named()), len(spam)
        yield "unverified", share(spam, lambda host: host.is_named() and not host.is_verified), len(spam)
    clean = [address for _, address in senders.clean_sample()]
    if clean:
        yield "clean_no_name", share(clean, lambda host: not (host.is_named() and host.is_verified)), len(clean)
    sample = [shape(address.name) for _, address in senders.spam_sample()]
    if len(sample) == SPAM_SAMPLE:
        yield "shapes", len(set(sample)), len(sample)
        yield "shapes_top", top_share(sample), len(sample)
    roles = [address.name.lower() for address in clean if address.is_named()]
    sample = [shape(name) for name in roles[:SPAM_SAMPLE]]
    if len(sample) == SPAM_SAMPLE:
        yield "clean_shapes", len(set(sample)), len(sample)
    names = [host.name.lower() for host in spam if host.is_named()]
    if names:
        yield "four_numbers", share(names, FOUR_NUMBERS.search), len(names)
        for word, pattern in WORDS.items():
            yield f"word_{word}", share(names, pattern.search), len(names)
    if roles:
        yield "clean_role", share(roles, MAIL_ROLE.match), len(roles)


def measure_scores(senders):
    """Rows 8 and 9. Shares of spam address-days include those without a score in the whole. The seven bins of spam address-days
    are (-10, -9] to (-4, -3]; -10.0 is in the first. The five commonest values are those of all address-days with a score."""
    tenths = Counter()
    for score, count in senders.spam_scores.items():
        tenths[tenths_of(score)] += count
    whole, none = tenths.total(), tenths.pop(None, 0)
    if whole:
        yield "score_floor", sum(count for at, count in tenths.items() if at <= -99) / whole, whole
        yield "score_middle", sum(count for at, count in tenths.items() if -40 < at <= -10) / whole, whole
        yield "score_high", sum(count for at, count in tenths.items() if at > -10) / whole, whole
        yield "score_none", none / whole, whole
    bins = [0] * 7
    for at, count in tenths.items():
        if at <= -30:
            bins[max(0, (at + 99) // 10)] += count
    if sum(bins):
        yield "score_variation", variation(bins), sum(bins)
    scored = [count for score, count in senders.scores.items() if tenths_of(score) is not None]
    if scored:
        yield "score_atoms", sum(sorted(scored)[-5:]) / sum(scored), sum(scored)


def tenths_of(score):
    """A score in tenths, or None."""
    if score == NO_SCORE:
        return None
    try:
        return round(float(score) * 10)
    except ValueError:
        raise BadInput(f"found the SBRS {score!r}, allowed is a number from -10.0 to 10.0 or {NO_SCORE}") from None


def measure_days(senders):
    """Row 10 and sources of one day. A pair is an address on a calendar day that was also seen on the day before, as in the
    published export of two days. It has moved if the last score of the day, the last sender group, or the host name differs. The
    name shows whether two senders share an address, which would move scores too."""
    pairs = senders.moves.pairs
    if pairs:
        yield "score_moved", senders.moves.score / pairs, pairs
        yield "group_moved", senders.moves.group / pairs, pairs
        yield "name_moved", senders.moves.name / pairs, pairs
    several = [address for address in senders.addresses.values() if address.days > 1]
    if several:
        yield "score_ever_moved", share(several, lambda address: address.has_moved), len(several)
    spam = [address for _, address in senders.spam()]
    if spam and senders.last_day > senders.first_day:
        yield "one_day", share(spam, lambda address: address.days == 1), len(spam)
