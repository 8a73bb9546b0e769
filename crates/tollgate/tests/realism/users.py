"""The users of the site. Rows 12, 18 and 19 of the acceptance table.

A *user* is a key of Internal Users with an `@`. Mail without a sender, whose key is `<>`, is left out. A user has *sent* its
outgoing recipients: clean, infected and stopped by content filters.
"""

import math
import re
from collections import Counter, defaultdict
from datetime import date
from statistics import median

from numeric import correlation
from series import SHORTEST_DAY_SECONDS
from shapes import role, shape, share
from tables import OUTGOING, USERS

COUNTS = ("Incoming Spam Detected", "Incoming Clean", "Outgoing Clean",
          "Outgoing Virus Detected", "Outgoing Stopped by Content Filters")

# A week is measured with at least four of its weekdays. A weekday is a holiday if the site sends less than half of the median.
FEWEST_WEEKDAYS, HOLIDAY = 4, 0.5
# Recipients that a user sends on a mean weekday of a week.
BUSY = 2


class Users:
    """Sums for each user: spam, clean received, clean sent. `sent` has the recipients that each user sent on each day."""

    def __init__(self, run, day_of):
        self.sums = defaultdict(lambda: [0, 0, 0])
        self.sent = defaultdict(Counter)
        begin, day = None, None
        for interval, key, (spam, received, clean, *stopped), _ in run.rows(USERS, COUNTS):
            if "@" not in key:
                continue
            if interval.begin != begin:
                begin = interval.begin
                day = day_of(begin)
            sums = self.sums[key]
            sums[0], sums[1], sums[2] = sums[0] + spam, sums[1] + received, sums[2] + clean
            if sent := clean + sum(stopped):
                self.sent[key][day] += sent


def working_days(run, day_of):
    """The weekdays of the span that the exports cover as a whole and that are no holidays, by the Monday of their week."""
    covered, sent = Counter(), Counter()
    for interval, _, counts, _ in run.rows(OUTGOING, ("Virus Detected", "Stopped by Content Filters", "Clean Messages")):
        day = day_of(interval.begin)
        covered[day] += interval.end - interval.begin + 1
        sent[day] += sum(counts)
    shortest = SHORTEST_DAY_SECONDS * len(run.appliances)
    days = [day for day, seconds in covered.items() if seconds >= shortest and date.fromordinal(day).weekday() < 5]
    usual = median(sent[day] for day in days) if days else 0
    weeks = defaultdict(list)
    for day in days:
        if sent[day] >= HOLIDAY * usual:
            weeks[day - date.fromordinal(day).weekday()].append(day)
    return weeks


def measure_volumes(users):
    """Row 12: Pearson's correlations over users of natural logarithms of sums over the span. Users with a 0 on either side are left
    out. The pairs are clean received and clean sent, and clean received and spam received."""
    for name, other in (("clean_in_out", 2), ("ham_spam", 0)):
        pairs = [(math.log(sums[1]), math.log(sums[other])) for sums in users.sums.values() if sums[1] and sums[other]]
        if (found := correlation(pairs)) is not None:
            yield name, found, len(pairs)


def measure_local_parts(users):
    """Row 18, over distinct users. A local part is the text before the last `@`. The convention is the commonest shape of local
    parts that name no role account, and its share is that of all users. Conventions without a separator, such as `flast` and
    `last`, have the same shape."""
    parts = [key.rpartition("@")[0] for key in users.sums]
    if parts:
        yield "local_digit", share(parts, lambda part: re.search("[0-9]", part)), len(parts)
        yield "local_role", share(parts, role), len(parts)
        shapes = Counter(shape(part) for part in parts if not role(part))
        yield "local_convention", max(shapes.values(), default=0) / len(parts), len(parts)


def measure_silence(users, weeks):
    """Row 19, week by week. In each week with at least four working days, a user counts who sends two or more recipients on a mean
    working day of that week. The figure is the share of these users' working days, in all weeks, on which they send nothing. The
    published figure was obtained week by week too. With users chosen by their mean over all 151 days, it is 0.29."""
    silent = whole = 0
    for days in weeks.values():
        if len(days) < FEWEST_WEEKDAYS:
            continue
        for sent in users.sent.values():
            counts = [sent[day] for day in days]
            if sum(counts) >= BUSY * len(days):
                silent += counts.count(0)
                whole += len(counts)
    if whole:
        yield "silent_days", silent / whole, whole
