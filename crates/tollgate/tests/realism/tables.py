"""Finds the exports of a run and reads their rows one by one. It keeps no rows."""

import csv
import heapq
import sys
from copy import copy
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from exported_tables import FILES, KEYS, gmt  # noqa: E402

# Numbers of the tables that the figures use. No figure uses all of them.
INCOMING, OUTGOING, DOMAINS, ADDRESSES, OWNERS, USERS, TLS_INCOMING, TLS_OUTGOING = 1, 2, 4, 5, 6, 9, 26, 29
QUEUE_LEVEL, QUEUE_MOST, MESSAGES_IN, CPU, CPU_PARTS = 31, 32, 34, 41, 42
USED = (INCOMING, OUTGOING, DOMAINS, ADDRESSES, OWNERS, USERS, TLS_INCOMING, TLS_OUTGOING,
        QUEUE_LEVEL, QUEUE_MOST, MESSAGES_IN, CPU, CPU_PARTS)
# Each row begins with the times of its interval, in four cells.
COMMON = 4
DAY_SECONDS = 86_400
END_OF_TIME = 253_402_300_800  # The year 10000 begins.
TIMES = ("Begin Timestamp", "End Timestamp")


class BadInput(Exception):
    """The directory or a file in it cannot be measured. The text names what was found and what is allowed."""


@dataclass(frozen=True)
class Interval:
    """The time that rows cover, in seconds since the Unix epoch. The end is the last second."""

    begin: int
    end: int


class Run:
    """The exports of one run: a directory for each appliance."""

    def __init__(self, directory):
        self.directory = Path(directory)
        if not self.directory.is_dir():
            raise BadInput(f"{directory}: found no directory, allowed is a directory that `tollgate run` has written")
        below = sorted(path for path in self.directory.iterdir() if path.is_dir())
        self.appliances = [path for path in [self.directory, *below] if self._has_exports(path)]
        if not self.appliances:
            raise BadInput(f"{directory}: found no exports, allowed are exports in it or in the directories of appliances")

    def _has_exports(self, path):
        """True if a directory has a table that is used, and is not the truth beside the exports of an appliance."""
        is_truth = path.name.endswith("-truth") and path.with_name(path.name.removesuffix("-truth")).is_dir()
        return not is_truth and any((path / FILES[number]).is_file() for number in USED)

    def has(self, *numbers):
        """True if all appliances have all of some tables."""
        return all((path / FILES[number]).is_file() for path in self.appliances for number in numbers)

    def missing(self):
        """The tables that not all appliances have, of those that the figures use."""
        return {number for number in USED if not self.has(number)}

    def each(self):
        """The run of each appliance by itself."""
        for path in self.appliances:
            alone = copy(self)
            alone.appliances = [path]
            yield alone

    def rows(self, number, counts=(), texts=(), read=int):
        """Yields the rows of a table of all appliances in order of time: the interval, the key, the counts as `read` reads
        them, and the texts. A table that not all appliances have has no rows."""
        if not self.has(number):
            return iter(())
        tables = [self._rows(directory / FILES[number], counts, texts, KEYS[number], read) for directory in self.appliances]
        return heapq.merge(*tables, key=lambda row: row[0].begin)

    @staticmethod
    def _rows(path, counts, texts, keys, read):
        """Yields the rows of one file."""
        with open(path, newline="", encoding="utf-8") as file:
            lines = csv.reader(file)
            heading = next(lines, [])
            absent = [name for name in (*TIMES, *counts, *texts) if name not in heading]
            if absent:
                raise BadInput(f"{path}: found no column {absent[0]}, allowed is the heading of the Reporting API document")
            begin, end, *places = (heading.index(name) for name in (*TIMES, *counts, *texts))
            numbers, words = places[:len(counts)], places[len(counts):]
            time, interval = None, None
            try:
                for row in lines:
                    if row[begin] != time:
                        later = Interval(int(float(row[begin])), int(float(row[end])))
                        if not 0 <= later.begin <= later.end < later.begin + DAY_SECONDS or later.end >= END_OF_TIME:
                            raise ValueError(f"found the interval from {row[begin]} to {row[end]}, allowed is at most a day")
                        if interval and later.begin <= interval.begin:
                            raise ValueError(f"found {gmt(later.begin)} after {gmt(interval.begin)}, allowed is the order of time")
                        time, interval = row[begin], later
                    key = row[COMMON] if keys else None
                    yield interval, key, [read(row[at]) for at in numbers], [row[at] for at in words]
            except (ValueError, IndexError, OverflowError, csv.Error) as error:
                raise BadInput(f"{path}: line {lines.line_num}: {error}") from error
