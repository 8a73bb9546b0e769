"""Processor, work queue and missing rows. Row 20 of the acceptance table.

Each appliance is measured by itself, in intervals of 5 minutes. A figure is the mean over the appliances, except that the least and
most of a difference are those of all appliances, and that missing rows are summed.
"""

from collections import Counter, defaultdict
from statistics import mean, median

from numeric import correlation
from tables import CPU, CPU_PARTS, INCOMING, MESSAGES_IN, OUTGOING, QUEUE_LEVEL, QUEUE_MOST, BadInput

FIVE_MINUTES = 300
FEWEST_INTERVALS = 100
PARTS = ("Anti-Spam", "Anti-Virus", "Mail Processing", "Reporting", "Quarantine")
REPORTING = PARTS.index("Reporting")
# Tables with a row for each interval, of which the first is searched for missing rows.
REGULAR = (MESSAGES_IN, CPU, INCOMING, OUTGOING)
COMBINED = {"cpu_rest_least": min, "cpu_rest_most": max, "queue_longest": max, "missing": mean, "gaps": sum}


def measure_machine(run):
    """All figures of row 20."""
    found, sizes = defaultdict(list), Counter()
    for appliance in run.each():
        for measure in (measure_cpu, measure_queue, measure_missing):
            for name, value, size in measure(appliance):
                found[name].append(value)
                sizes[name] += size
    for name, values in found.items():
        yield name, COMBINED.get(name, mean)(values), sizes[name]


def measure_cpu(run):
    """The determination of the processor's use by the number of incoming messages: the square of their correlation. The rest is the
    whole less the sum of the five functions, in points of per cent, rounded to a millionth."""
    messages = column_of(run, MESSAGES_IN, "Messages")
    whole = column_of(run, CPU, "CPU Usage")
    parts = values_of(run, CPU_PARTS, PARTS)
    reporting = {begin: values[REPORTING] for begin, values in parts.items()}
    for name, use in (("cpu_determined", whole), ("reporting_determined", reporting)):
        pairs = [(count, use[begin]) for begin, count in messages.items() if begin in use]
        if len(pairs) >= FEWEST_INTERVALS and (found := correlation(pairs)) is not None:
            yield name, found * found, len(pairs)
    rest = [round(use - sum(parts[begin]), 6) + 0.0 for begin, use in whole.items() if begin in parts]
    if len(rest) >= FEWEST_INTERVALS:
        for name, statistic in (("cpu_rest", median), ("cpu_rest_least", min), ("cpu_rest_most", max)):
            yield name, statistic(rest), len(rest)


def measure_queue(run):
    """The longest mean depth of the work queue in 5 minutes over the median, and the longest depth at a moment."""
    levels = column_of(run, QUEUE_LEVEL, "Messages")
    if len(levels) >= FEWEST_INTERVALS and (usual := median(levels.values())):
        yield "queue_spike", max(levels.values()) / usual, len(levels)
    most = column_of(run, QUEUE_MOST, "Messages")
    if most:
        yield "queue_longest", round(max(most.values())), len(most)


def measure_missing(run):
    """The share of intervals without rows between the first and the last, and the number of gaps. Intervals may have any length."""
    number = next((number for number in REGULAR if run.has(number)), None)
    intervals = [interval for interval, *_ in run.rows(number)] if number else []
    if not intervals:
        return
    length = Counter(interval.end - interval.begin + 1 for interval in intervals).most_common(1)[0][0]
    steps = [(later.begin - earlier.begin) // length for earlier, later in zip(intervals, intervals[1:])]
    whole = sum(steps) + 1
    yield "missing", (whole - len(intervals)) / whole, len(intervals)
    yield "gaps", sum(1 for step in steps if step > 1), len(intervals)


def column_of(run, number, column):
    """The values of a column by the begin of their interval of 5 minutes."""
    return {begin: values[0] for begin, values in values_of(run, number, (column,)).items()}


def values_of(run, number, columns):
    """The values of some columns by the begin of their interval of 5 minutes. Longer intervals are left out."""
    return {interval.begin: values for interval, _, values, _ in run.rows(number, columns, read=decimal)
            if interval.end - interval.begin + 1 == FIVE_MINUTES}


def decimal(cell):
    """A number of 0 or more."""
    value = float(cell)
    if not 0 <= value < float("inf"):
        raise ValueError(f"found {cell}, allowed is a number of 0 or more")
    return value
