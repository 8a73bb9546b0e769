"""Days, weekends and holidays. Rows 16, 23 and 24 of the acceptance table.

A *day* is one that the exports cover. The *residual* of a day is the logarithm of its count less the mean of the logarithms of the
same weekday. The size of these figures is the number of days.
"""

import math
from collections import defaultdict
from datetime import date
from statistics import fmean as mean
from statistics import median

from holidays import holidays_of, is_near_christmas
from numeric import correlation
from series import WEEK_HOURS

FEWEST_DAYS = 14
# A holiday is compared with the same weekday at most this number of days before or after.
NEAR_DAYS = 28
# McColo was disconnected in the evening of 11 November 2008, Greenwich Mean Time.
BEFORE_MCCOLO, AFTER_MCCOLO = date(2008, 11, 10).toordinal(), date(2008, 11, 12).toordinal()


def days_off(traffic):
    """The days that are no usual working days: holidays, and those from 24 December to 1 January."""
    days = {day for stream in ("clean", "sent") for day in traffic.days(stream)}
    every, _ = holidays_of(traffic.zone, years_of(days))
    return every | {day for day in days if is_near_christmas(day)}


def years_of(days):
    return {date.fromordinal(day).year for day in days}


def weekday_of(day):
    return (day - 1) % 7


def measure_day_levels(traffic, off):
    """Row 16. The first figure is the correlation of residuals of spam on two consecutive days, holidays included. In 28 days, 0.89
    is found as about 0.75. The second is the correlation of residuals of clean mail in and out on the same working day."""
    spam = day_residuals(traffic.days("spam"))
    pairs = [value * spam[day + 1] for day, value in spam.items() if day + 1 in spam]
    square = sum(value * value for value in spam.values())
    if len(spam) >= FEWEST_DAYS and pairs and square:
        yield "day_lag", sum(pairs) / len(pairs) * len(spam) / square, len(spam)
    sides = [day_residuals({day: count for day, count in traffic.days(stream).items() if weekday_of(day) < 5 and day not in off})
             for stream in ("clean", "sent_clean")]
    pairs = [(value, sides[1][day]) for day, value in sides[0].items() if day in sides[1]]
    if len(pairs) >= FEWEST_DAYS and (found := correlation(pairs)) is not None:
        yield "in_out_days", found, len(traffic.days("clean"))


def day_residuals(days):
    """The residual of each day with mail."""
    logs = {day: math.log(count) for day, count in days.items() if count}
    weekdays = defaultdict(list)
    for day, value in logs.items():
        weekdays[weekday_of(day)].append(value)
    means = {weekday: mean(values) for weekday, values in weekdays.items()}
    return {day: value - means[weekday_of(day)] for day, value in logs.items()}


def measure_holidays(traffic, off):
    """Row 16, too: sent mail on a holiday, divided by the median of the same weekday in the four weeks before and after. The size
    is the number of holidays. Zones without a known country have no figure."""
    days = traffic.days("sent")
    every, main = holidays_of(traffic.zone, years_of(days))
    for name, holidays in (("christmas", main), ("holiday", every)):
        found = []
        for day in sorted(holidays & days.keys()):
            near = range(day - NEAR_DAYS, day + NEAR_DAYS + 1, 7)
            usual = [days[other] for other in near if other in days and other not in off]
            if usual and median(usual):
                found.append(days[day] / median(usual))
        if found:
            yield name, median(found), len(found)


def measure_week(traffic, off):
    """Row 23: the busiest hour's share of the mean week, mail on a weekend day over mail on a working day, and the mail that a week
    sends. Holidays are left out of the second only."""
    hours = defaultdict(list)
    for cell in traffic.cells("sent"):
        hours[cell.weekday, cell.hour].append(cell.count)
    means = [mean(counts) for counts in hours.values()]
    if len(means) == WEEK_HOURS and sum(means):
        yield "busiest_hour", max(means) / sum(means), len(traffic.days("sent"))
    for stream in ("spam", "clean", "sent_clean"):
        days = {day: count for day, count in traffic.days(stream).items() if day not in off}
        weekend, week = ([count for day, count in days.items() if (weekday_of(day) > 4) == is_weekend]
                         for is_weekend in (True, False))
        if weekend and week and sum(week):
            yield f"weekend_{stream}", mean(weekend) / mean(week), len(traffic.days(stream))
    days = traffic.days("sent")
    if len(days) >= 7:
        yield "sent_week", 7 * mean(days.values()), len(days)


def measure_mccolo(traffic):
    """Row 24: spam of the day after McColo's shutdown, divided by that of the day before."""
    days = traffic.days("spam")
    if days.get(BEFORE_MCCOLO) and AFTER_MCCOLO in days:
        yield "mccolo", days[AFTER_MCCOLO] / days[BEFORE_MCCOLO], 2
