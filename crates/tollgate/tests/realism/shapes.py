"""The forms of names: of domains, hosts and local parts."""

import re
from collections import Counter

# A first label of letters and then digits, as in `bluefarm12.example`.
NUMBERED = re.compile(r"[a-z]+([0-9]+)\.")

# Four numbers with one separator between each two, as in `pool-24-60-1-7`. A number has one to three digits.
FOUR_NUMBERS = re.compile(r"(?<![0-9])[0-9]{1,3}(?:[-._][0-9]{1,3}){3}(?![0-9])")

# Words anywhere in a host name, its owner's domain included. The corpus was searched in the same way.
WORDS = {
    "dsl": re.compile("dsl"),
    "dynamic": re.compile("dyn|dhcp|dial|ppp|pool"),
    "cable": re.compile("cable|cpe|hsd|catv|cm"),
    "static": re.compile("static|fix|biz"),
}

# The first label of a mail server: a role with or without a number, or an outgoing pool, as in `mail4`, `web52` and `abc-out-7`.
MAIL_ROLE = re.compile(r"(?:web|smtp|mail|mx|relay)[-_]?[0-9]*\.|[^.]*-out-[0-9]+\.")

# Local parts of role accounts, in lower case and without separators and final digits. The first are those of RFC 2142.
ROLES = frozenset(
    "info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp"
    " accounting accounts admin administration administrator billing bookings careers contact customerservice"
    " enquiries events facilities feedback finance frontdesk hello help helpdesk hr inquiries invoices it jobs"
    " legal library listserv mail mailerdaemon majordomo media newsletter noreply office orders payroll press"
    " purchasing reception recruitment reservations root secretary service servicedesk services subscriptions"
    " team training travel treasurer web".split()
)


def shape(name):
    """A name in which each run of letters is `a` and each run of digits is `0`. Other marks stay: `cpe-24-60.dsl.abc.net` is
    `a-0-0.a.a.a`."""
    return re.sub("[0-9]+", "0", re.sub("[^\\W\\d_]+", "a", name))


def role(local_part):
    """True if a local part names a role account."""
    return re.sub("[-._]", "", local_part.lower()).rstrip("0123456789") in ROLES


def share(names, condition):
    """The share of names for which a condition is true. `names` is not empty."""
    return sum(1 for name in names if condition(name)) / len(names)


def top_share(values, most=1):
    """The share of the `most` commonest of some values. `values` is not empty."""
    counts = Counter(values)
    return sum(count for _, count in counts.most_common(most)) / counts.total()
