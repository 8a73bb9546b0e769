"""Counts of the site over time, from tables with one row for each interval."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from tables import INCOMING, OUTGOING

HOUR_SECONDS, WEEK_HOURS = 3_600, 168
# The shortest day has 23 hours, because of summer time.
SHORTEST_DAY_SECONDS = 23 * HOUR_SECONDS

REPUTATION, SPAM = "Stopped by Reputation Filtering", "Spam Detected"
STREAMS = {
    "reputation": (INCOMING, (REPUTATION,)),
    "detected": (INCOMING, (SPAM,)),
    "spam": (INCOMING, (REPUTATION, SPAM)),
    "clean": (INCOMING, ("Clean messages",)),
    "sent": (OUTGOING, ("Virus Detected", "Stopped by Content Filters", "Clean Messages")),
    "sent_clean": (OUTGOING, ("Clean Messages",)),
}


@dataclass(frozen=True)
class Cell:
    """The count of a time. The day is its ordinal, and the weekday of Monday is 0. Day and hour are those of the site's clock."""

    begin: int
    day: int
    weekday: int
    hour: int
    count: int


class Traffic:
    """The counts of the streams of a run, of all appliances together."""

    def __init__(self, run, zone):
        self.zone = zone
        self.slots = {name: slots_of(run, number, columns) for name, (number, columns) in STREAMS.items()}
        self.appliances = len(run.appliances)

    def cells(self, stream, seconds=HOUR_SECONDS):
        """The counts of times of equal length, in order. A time is left out if rows of any appliance are missing in it, or if the
        intervals of the exports are longer."""
        groups = defaultdict(lambda: [0, 0])
        for begin, (covered, count) in self.slots[stream].items():
            group = groups[begin - begin % seconds]
            group[0] += covered
            group[1] += count
        return [cell_of(begin, seconds, count, self.zone) for begin, (covered, count) in sorted(groups.items())
                if covered == seconds * self.appliances]

    def days(self, stream):
        """The count of each day of the site's clock, if rows cover 23 hours or more of it. An interval belongs to the day of its
        middle. The keys are the days in order."""
        days = defaultdict(lambda: [0, 0])
        for begin, (covered, count) in self.slots[stream].items():
            day = days[cell_of(begin, covered // self.appliances, count, self.zone).day]
            day[0] += covered
            day[1] += count
        return {day: count for day, (covered, count) in sorted(days.items()) if covered >= SHORTEST_DAY_SECONDS * self.appliances}


def slots_of(run, number, columns):
    """The seconds that the rows of each interval cover, and the sum of their counts, by the begin of the interval."""
    slots = defaultdict(lambda: [0, 0])
    for interval, _, counts, _ in run.rows(number, columns):
        slot = slots[interval.begin]
        slot[0] += interval.end - interval.begin + 1
        slot[1] += sum(counts)
    return slots


def cell_of(begin, seconds, count, zone):
    """A cell with the day and hour of its middle."""
    middle = datetime.fromtimestamp(begin + seconds // 2, zone)
    return Cell(begin, middle.toordinal(), middle.weekday(), middle.hour, count)
