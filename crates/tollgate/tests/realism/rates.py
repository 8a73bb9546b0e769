"""Rates within weeks. Rows 13 to 15 and 22 of the acceptance table.

The *residual* of a time of a working day is its count divided by the expected count. The expected count is the mean of that clock
hour over the working days, multiplied by the level of the day. The level is the day's count divided by that of its mean hours.
Times with an expected count below 100, weekends and holidays are left out.

The *variance* of residuals has two parts: the variance of the means of hours, and that of times within an hour about their mean.
The first is divided by the degrees of freedom that the hours and the levels leave. Without this, a week would show four fifths of
the variance of a long span. The variance of a Poisson count is then subtracted: the mean of 1 / expected. A connection that
reputation filtering rejects counts as three messages, so that its Poisson variance is three times as large. The variance of
several recipients of one message is not subtracted, because the published figures include such batches.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from numeric import hurst
from series import HOUR_SECONDS, WEEK_HOURS, Cell

FIVE_MINUTES = 300
# Rejected messages of one connection: the default of the appliance.
MULTIPLIERS = {"reputation": 3}
NOISY = ("reputation", "detected", "clean", "sent")
FEWEST_EXPECTED, FEWEST_DAYS, FEWEST_FREEDOM = 100, 4, 10
# The mean count at which the ratio of variance and mean is stated.
STATED_MEAN = 2_000

FOUR_WEEKS_HOURS = 4 * WEEK_HOURS
# A longer run is cut into parts of about this length.
TRACE_HOURS = 5 * WEEK_HOURS
# Of the hours of a span, this share must be there.
FEWEST_HOURS = 0.95


@dataclass(frozen=True)
class Residual:
    """A time with its expected count and the residual."""

    cell: Cell
    expected: float
    ratio: float


def measure_rates(traffic, holidays):
    """Rows 13 and 14. The autocorrelation is that of logarithms of residuals of 5 minutes at a lag of an hour, sampling noise
    included. The lasting part of their standard deviation is the root of their autocovariance at a lag of 5 minutes, which has
    neither sampling noise nor batches. The ratio of variance and mean of the counts of 5 minutes is stated for a mean of 2,000: the
    multiplier of Poisson counts, plus 2,000 times the variance of the residuals."""
    for stream in NOISY:
        multiplier = MULTIPLIERS.get(stream, 1)
        found = residuals(traffic.cells(stream), holidays)
        if (variance := log_variance(found, multiplier)) is not None:
            yield f"hour_sd_{stream}", math.sqrt(variance), len(found)
        found = residuals(traffic.cells(stream, FIVE_MINUTES), holidays)
        if (variance := log_variance(found, multiplier)) is None:
            continue
        yield f"minutes_sd_{stream}", math.sqrt(variance), len(found)
        yield f"minutes_lasting_{stream}", lasting_sd(found), len(found)
        if square := autocovariance(found, 0):
            yield f"minutes_lag_{stream}", autocovariance(found, HOUR_SECONDS) / square, len(found)
        if stream == "reputation":
            excess = excess_variance(found, [residual.ratio for residual in found], multiplier)
            yield "dispersion", multiplier + STATED_MEAN * excess, len(found)


def residuals(cells, holidays=()):
    """The residuals of the working days among some cells."""
    cells = [cell for cell in cells if cell.weekday < 5 and cell.day not in holidays]
    hours, days = defaultdict(lambda: [0, 0]), defaultdict(lambda: [0, 0])
    for cell in cells:
        hours[cell.hour][0] += cell.count
        hours[cell.hour][1] += 1
    profile = {hour: count / times for hour, (count, times) in hours.items()}
    for cell in cells:
        days[cell.day][0] += cell.count
        days[cell.day][1] += profile[cell.hour]
    found = []
    for cell in cells:
        count, usual = days[cell.day]
        expected = profile[cell.hour] * count / usual if usual else 0
        if expected >= FEWEST_EXPECTED:
            found.append(Residual(cell, expected, cell.count / expected))
    return found


def log_variance(found, multiplier):
    """The variance of the logarithms of residuals without Poisson noise, or None. A count of 0 is taken as a half."""
    return excess_variance(found, logarithms(found), multiplier)


def logarithms(found):
    return [math.log(max(residual.cell.count, 0.5) / residual.expected) for residual in found]


def excess_variance(found, values, multiplier):
    """The variance of some function of residuals, whose values are in the same order, without Poisson noise. It is None if there
    are fewer than four days or ten degrees of freedom."""
    hours = defaultdict(list)
    mean = sum(values) / len(values) if values else 0
    for residual, value in zip(found, values):
        hours[residual.cell.day, residual.cell.hour].append(value - mean)
    freedom = freedom_of(hours)
    if len({day for day, _ in hours}) < FEWEST_DAYS or freedom < FEWEST_FREEDOM:
        return None
    between = within = 0.0
    for group in hours.values():
        middle = sum(group) / len(group)
        between += middle * middle
        within += sum((value - middle) ** 2 for value in group)
    noise = sum(multiplier / residual.expected for residual in found) / len(found)
    return max(0.0, between / freedom + within / len(found) - noise)


def freedom_of(hours):
    """The degrees of freedom of the means of hours, which are given as pairs of a day and an hour of the clock."""
    return len(hours) - len({day for day, _ in hours}) - len({hour for _, hour in hours}) + 1


def lasting_sd(found):
    """The root of the autocovariance of consecutive cells of 5 minutes. The means of hours and the levels of days take the same
    part of it as of the variance of hours."""
    hours = {(residual.cell.day, residual.cell.hour) for residual in found}
    return math.sqrt(max(0.0, autocovariance(found, FIVE_MINUTES) * len(hours) / freedom_of(hours)))


def autocovariance(found, lag):
    """The mean product of logarithms of residuals that are some seconds apart, less their mean. It is 0 if there are none."""
    values = logarithms(found)
    mean = sum(values) / len(values)
    by_time = {residual.cell.begin: value - mean for residual, value in zip(found, values)}
    products = [value * by_time[begin + lag] for begin, value in by_time.items() if begin + lag in by_time]
    return sum(products) / len(products) if products else 0.0


def measure_bursts(traffic):
    """Row 15: the largest count of spam in an hour, divided by the median hour. The figure is the median over the periods of 28
    days, counted from the first hour. The same of weeks is only shown."""
    cells = traffic.cells("spam")
    for name, hours in (("burst_week", WEEK_HOURS), ("burst", FOUR_WEEKS_HOURS)):
        ratios = [max(part) / median(part) for part in parts_of(cells, hours) if median(part)]
        if ratios:
            yield name, median(ratios), len(ratios)


def parts_of(cells, hours):
    """The counts of consecutive periods that have at least 95 % of their hours."""
    parts = defaultdict(list)
    for cell in cells:
        parts[(cell.begin - cells[0].begin) // (hours * HOUR_SECONDS)].append(cell.count)
    return [part for part in parts.values() if len(part) >= FEWEST_HOURS * hours]


def measure_memory(traffic):
    """Row 22: the Hurst parameter of hourly counts, which are divided by the mean of their hour of the week. It is the median over
    parts of five weeks or more, because long and short series differ. The published trace has 37 days. A shorter span of at least
    28 days is one part. An hour without rows counts as its mean."""
    for stream in ("spam", "clean"):
        ratios = week_ratios(traffic.cells(stream))
        if len(ratios) < FOUR_WEEKS_HOURS:
            continue
        length = len(ratios) // max(1, len(ratios) // TRACE_HOURS)
        parts = [ratios[at:at + length] for at in range(0, len(ratios) - length + 1, length)]
        found = [value for part in parts if (value := hurst(part)) is not None]
        if found:
            yield f"hurst_{stream}", median(found), len(ratios)


def week_ratios(cells):
    """Each hour of the span, divided by the mean of its hour of the week. The list is empty if too many hours are missing."""
    if not cells:
        return []
    week = defaultdict(list)
    for cell in cells:
        week[cell.weekday, cell.hour].append(cell.count)
    ratios = [1.0] * ((cells[-1].begin - cells[0].begin) // HOUR_SECONDS + 1)
    for cell in cells:
        counts = week[cell.weekday, cell.hour]
        if sum(counts):
            ratios[(cell.begin - cells[0].begin) // HOUR_SECONDS] = cell.count * len(counts) / sum(counts)
    return ratios if len(cells) >= FEWEST_HOURS * len(ratios) else []
