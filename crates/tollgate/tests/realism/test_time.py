#!/usr/bin/env python3
"""Compares the statistics of rates, days and the machine with synthetic series of known statistics."""

import math
import random
import unittest
from datetime import date, timedelta, timezone
from statistics import fmean
from types import SimpleNamespace

from days import day_residuals, days_off, measure_day_levels, measure_holidays, measure_mccolo, measure_week
from holidays import easter_of, holidays_of, is_near_christmas
from machine import measure_machine
from numeric import hurst
from rates import (autocovariance, excess_variance, lasting_sd, log_variance, measure_bursts, measure_memory, measure_rates,
                   residuals, week_ratios)
from series import Cell, Traffic
from tables import CPU, CPU_PARTS, INCOMING, MESSAGES_IN, OUTGOING, QUEUE_LEVEL, QUEUE_MOST
from test_measure import DAY, HOUR, MONDAY, Tables, day_of, values_of

LONDON = SimpleNamespace(key="Europe/London")
FIRST = day_of(MONDAY)
FIVE = 300
PROFILE = [1, 1, 1, 1, 1, 2, 4, 9, 12, 12, 11, 10, 11, 11, 9, 5, 3, 2, 1, 1, 1, 1, 1, 1]


class FakeTraffic:
    """Traffic with given days and cells."""

    def __init__(self, days=None, cells=None, zone=LONDON):
        self.given, self.counts, self.zone = days or {}, cells or {}, zone

    def days(self, stream):
        return self.given.get(stream, {})

    def cells(self, stream, seconds=HOUR):
        return self.counts.get((stream, seconds), [])


def cell(begin, count):
    day = day_of(begin)
    return Cell(begin, day, (day - 1) % 7, begin % DAY // HOUR, count)


def hourly(counts):
    return [cell(MONDAY + at * HOUR, count) for at, count in enumerate(counts)]


def noisy_cells(chance, seconds, sd, memory, multiplier=1, weeks=1, level_sd=0.15):
    """Counts with a profile, levels of days, and noise whose logarithm is a Markov chain. `memory` is its correlation in an
    hour."""
    keep = memory ** (seconds / HOUR)
    noise, cells = chance.gauss(0, sd), []
    for day in range(7 * weeks):
        level = math.exp(chance.gauss(0, level_sd))
        for at in range(DAY // seconds):
            noise = keep * noise + chance.gauss(0, sd * math.sqrt(1 - keep * keep))
            mean = 300 * PROFILE[at * seconds // HOUR] * level * math.exp(noise) / multiplier
            count = multiplier * max(0, round(chance.gauss(mean, math.sqrt(mean))))
            cells.append(cell(MONDAY + day * DAY + at * seconds, count))
    return cells


def fractional_noise(chance, length, exponent):
    """Fractional Gaussian noise with a Hurst parameter, by the method of Hosking (1984)."""
    power = 2 * exponent
    memory = [(abs(lag + 1) ** power - 2 * lag ** power + abs(lag - 1) ** power) / 2 for lag in range(length)]
    weights, variance, values = [], 1.0, [chance.gauss(0, 1)]
    for at in range(1, length):
        partial = (memory[at] - sum(weight * memory[at - 1 - lag] for lag, weight in enumerate(weights))) / variance
        weights = [one - partial * other for one, other in zip(weights, reversed(weights))] + [partial]
        variance *= 1 - partial * partial
        mean = sum(weight * value for weight, value in zip(weights, reversed(values)))
        values.append(mean + math.sqrt(variance) * chance.gauss(0, 1))
    return values


class Rates(unittest.TestCase):
    def test_residuals_of_small_counts(self):
        # Two hours, of which the first has twice the mail. The second day has a level of 2, but its second hour is a half too high.
        counts = {0: (200, 100), 1: (400, 300), 5: (9_000, 9_000), 7: (9_000, 9_000)}
        cells = [cell(MONDAY + day * DAY + hour * HOUR, count) for day, pair in counts.items() for hour, count in enumerate(pair)]
        found = {(entry.cell.day - FIRST, entry.cell.hour): entry for entry in residuals(cells, {FIRST + 7})}
        self.assertEqual(sorted(found), [(0, 0), (0, 1), (1, 0), (1, 1)])
        # Means of hours are 300 and 200, and levels are 0.6 and 1.4.
        self.assertAlmostEqual(found[1, 1].expected, 280)
        self.assertAlmostEqual(found[1, 1].ratio, 300 / 280)
        self.assertAlmostEqual(found[0, 1].ratio, 100 / 120)
        # Fewer than 100 are expected at a third of these counts, except on the second day and in its first hour.
        small = residuals([cell(entry.begin, entry.count / 3) for entry in cells if entry.count < 9_000])
        self.assertEqual([(entry.cell.day - FIRST, entry.cell.hour) for entry in small], [(1, 0)])

    def test_the_noise_of_hours_is_found(self):
        chance = random.Random(1)
        for sd, multiplier in ((0.2, 1), (0.2, 3), (0.1, 3)):
            variances = [log_variance(residuals(noisy_cells(chance, HOUR, sd, 0, multiplier)), multiplier) for _ in range(50)]
            # Counts of quiet hours move the levels of days less than is assumed, so that the noise is found 3 % too high.
            self.assertAlmostEqual(math.sqrt(fmean(variances)), 1.03 * sd, delta=0.05 * sd)
        long = log_variance(residuals(noisy_cells(chance, HOUR, 0.2, 0, weeks=8)), 1)
        self.assertAlmostEqual(math.sqrt(long), 0.2, delta=0.015)

    def test_poisson_counts_have_no_noise(self):
        chance = random.Random(2)
        for multiplier in (1, 3):
            for seconds in (HOUR, FIVE):
                found = residuals(noisy_cells(chance, seconds, 0, 0, multiplier))
                self.assertLess(math.sqrt(log_variance(found, multiplier)), 0.03)
            self.assertGreater(log_variance(found, multiplier / 2), 0.0001)
            self.assertAlmostEqual(autocovariance(found, HOUR) / autocovariance(found, 0), 0, delta=0.1)
            self.assertLess(lasting_sd(found), 0.03)

    def test_the_noise_of_five_minutes_is_found(self):
        chance = random.Random(3)
        variances, lags, excesses, lasting = [], [], [], []
        for _ in range(8):
            found = residuals(noisy_cells(chance, FIVE, 0.25, 0.3, 3))
            variances.append(log_variance(found, 3))
            lags.append(autocovariance(found, HOUR) / autocovariance(found, 0))
            lasting.append(lasting_sd(found))
            excesses.append(excess_variance(found, [entry.ratio for entry in found], 3))
        self.assertAlmostEqual(math.sqrt(fmean(variances)), 0.25, delta=0.02)
        self.assertAlmostEqual(fmean(lags), 0.24, delta=0.08)  # Levels and the profile take some of 0.3.
        self.assertAlmostEqual(fmean(lasting), 0.25 * math.sqrt(0.3 ** (1 / 12)), delta=0.02)
        self.assertAlmostEqual(fmean(excesses), math.exp(0.25**2) - 1, delta=0.015)

    def test_figures_need_cells_of_their_length_and_four_days(self):
        cells = noisy_cells(random.Random(4), HOUR, 0.2, 0)
        values = values_of(measure_rates(FakeTraffic(cells={("clean", HOUR): cells}), ()))
        self.assertEqual(list(values), ["hour_sd_clean"])
        few = [entry for entry in cells if entry.day < FIRST + 3]
        self.assertEqual(list(measure_rates(FakeTraffic(cells={("clean", HOUR): few}), ())), [])
        cells = noisy_cells(random.Random(4), FIVE, 0.2, 0.5, 3)
        values = values_of(measure_rates(FakeTraffic(cells={("reputation", FIVE): cells}), ()))
        self.assertEqual(list(values), ["minutes_sd_reputation", "minutes_lasting_reputation", "minutes_lag_reputation",
                                        "dispersion"])
        self.assertAlmostEqual(values["dispersion"], 3 + 2000 * (math.exp(0.2**2) - 1), delta=25)
        cells = noisy_cells(random.Random(4), FIVE, 0, 0, 3)
        values = values_of(measure_rates(FakeTraffic(cells={("reputation", FIVE): cells}), ()))
        self.assertAlmostEqual(values["dispersion"], 3, delta=1)

    def test_bursts(self):
        counts = [10] * (8 * 168)
        counts[5], counts[700], counts[1300] = 30, 50, 70
        counts[8::168] = [1] * 8
        values = values_of(measure_bursts(FakeTraffic(cells={("spam", HOUR): hourly(counts)})))
        self.assertEqual(values, {"burst": 5, "burst_week": 1})
        found = measure_bursts(FakeTraffic(cells={("spam", HOUR): hourly(counts[:600])}))
        self.assertEqual(values_of(found), {"burst_week": 1})


class Memory(unittest.TestCase):
    def test_hurst_of_known_noise(self):
        chance = random.Random(5)
        for exponent, expected in ((0.5, 0.49), (0.8, 0.74)):
            found = [hurst(fractional_noise(chance, 840, exponent)) for _ in range(3)]
            self.assertAlmostEqual(fmean(found), expected, delta=0.07)
        self.assertIsNone(hurst([1.0] * 840))
        self.assertIsNone(hurst([1.0, 2.0] * 14))

    def test_the_profile_of_the_week_is_no_memory(self):
        chance = random.Random(6)
        counts = [chance.gauss(100 * PROFILE[at % 24] * (1 + (at // 24 % 7 < 5)), 20 * PROFILE[at % 24]) for at in range(10 * 168)]
        cells = hourly(counts)
        found = values_of(measure_memory(FakeTraffic(cells={("spam", HOUR): cells, ("clean", HOUR): cells[:600]})))
        self.assertEqual(list(found), ["hurst_spam"])
        self.assertAlmostEqual(found["hurst_spam"], 0.5, delta=0.12)
        self.assertEqual(week_ratios(hourly(PROFILE * 70)), [1] * 1680)
        holes = cells[:300] + cells[500:]
        self.assertEqual(list(measure_memory(FakeTraffic(cells={("spam", HOUR): holes}))), [])


class Days(unittest.TestCase):
    def test_holidays_of_great_britain(self):
        self.assertEqual([easter_of(year) for year in (1818, 2008, 2009, 2038)],
                         [date(1818, 3, 22), date(2008, 3, 23), date(2009, 4, 12), date(2038, 4, 25)])
        every, main = holidays_of(LONDON, [2009])
        self.assertEqual([date.fromordinal(day).strftime("%d.%m.") for day in sorted(every)],
                         ["01.01.", "10.04.", "13.04.", "04.05.", "25.05.", "31.08.", "25.12.", "28.12."])
        every, main = holidays_of(LONDON, [2010, 2011])
        self.assertTrue({date(2010, 12, 27).toordinal(), date(2011, 1, 3).toordinal()} <= main)
        self.assertIn(date(2010, 12, 28).toordinal(), every)
        self.assertEqual(holidays_of(timezone.utc, [2009]), (set(), set()))
        near = [is_near_christmas(date(*day).toordinal()) for day in ((2008, 12, 23), (2008, 12, 24), (2009, 1, 1), (2009, 1, 2))]
        self.assertEqual(near, [False, True, True, False])

    def test_mail_on_holidays(self):
        days = {day: 100 for day in range(FIRST, FIRST + 182)}
        for day, count in ((date(2008, 12, 25), 5), (date(2009, 1, 1), 15), (date(2008, 12, 18), 900), (date(2009, 4, 10), 60)):
            days[day.toordinal()] = count
        traffic = FakeTraffic({"sent": days})
        found = values_of(measure_holidays(traffic, days_off(traffic)))
        # The six holidays have 0.05, 1, 0.15, 0.6, 1 and 1.
        self.assertEqual(found, {"christmas": 0.1, "holiday": 0.8})
        # Both holidays are compared with 150, not with each other.
        days = {date(2008, 12, 18).toordinal() + 7 * week: count for week, count in enumerate((100, 5, 15, 200))}
        traffic = FakeTraffic({"sent": days})
        found = values_of(measure_holidays(traffic, days_off(traffic)))
        self.assertEqual(found, {"christmas": 10 / 150, "holiday": 10 / 150})
        self.assertEqual(list(measure_holidays(FakeTraffic({"sent": days}, zone=timezone.utc), set())), [])

    def test_residuals_of_days_have_no_weekdays(self):
        days = {FIRST + day: (1 + day % 7) * (10 if day < 7 else 1000) for day in range(14)}
        found = day_residuals(days)
        self.assertTrue(all(math.isclose(abs(value), math.log(10)) for value in found.values()))

    def test_correlations_of_days(self):
        chance = random.Random(7)
        spam, sides, level = {}, ({}, {}), 0.0
        for day in range(FIRST, FIRST + 2100):
            weekday = (day - 1) % 7
            level = 0.8 * level + chance.gauss(0, 0.1)
            spam[day] = round(1e6 * math.exp(level) * (1 - 0.1 * (weekday > 4)))
            shared = chance.gauss(0, 0.1)
            for side in sides:
                side[day] = round(1e6 * math.exp(shared + chance.gauss(0, 0.1)) * (10 - weekday))
        traffic = FakeTraffic({"spam": spam, "clean": sides[0], "sent_clean": sides[1]})
        found = values_of(measure_day_levels(traffic, set()))
        self.assertAlmostEqual(found["day_lag"], 0.8, delta=0.05)
        self.assertAlmostEqual(found["in_out_days"], 0.5, delta=0.08)

    def test_the_mean_week(self):
        sent = [9 if at == 34 else 1 for at in range(168)] + [5 if at == 34 else 1 for at in range(168)]
        days = {FIRST + day: 2 if day % 7 > 4 else 10 for day in range(14)}
        days[FIRST + 3] = 1_000
        traffic = FakeTraffic({"spam": days, "sent": {**days, FIRST + 3: 10}}, {("sent", HOUR): hourly(sent)})
        found = values_of(measure_week(traffic, {FIRST + 3}))
        self.assertEqual(found, {"busiest_hour": 7 / 174, "weekend_spam": 0.2, "sent_week": 54})

    def test_mccolo(self):
        days = {date(2008, 11, 10).toordinal(): 200, date(2008, 11, 11).toordinal(): 150, date(2008, 11, 12).toordinal(): 90}
        self.assertEqual(values_of(measure_mccolo(FakeTraffic({"spam": days}))), {"mccolo": 0.45})
        self.assertEqual(list(measure_mccolo(FakeTraffic({"spam": {day + 9: 1 for day in days}}))), [])


class Exports(Tables):
    def test_hours_and_days_of_two_appliances(self):
        rows = [(MONDAY + at * FIVE, {"Clean messages": 1, "Spam Detected": 2}) for at in range(2 * 288)]
        self.run_of({INCOMING: rows}, "one", hours=1 / 12)
        run = self.run_of({INCOMING: rows[:20] + rows[21:400]}, "two", hours=1 / 12)
        traffic = Traffic(run, timezone.utc)
        self.assertEqual(len(traffic.cells("clean", FIVE)), 399)
        cells = traffic.cells("spam")
        self.assertEqual([at for at in range(34) if MONDAY + at * HOUR not in {entry.begin for entry in cells}], [1, 33])
        self.assertEqual((cells[0].count, cells[1].hour, cells[-1].weekday), (48, 2, 1))
        self.assertEqual(traffic.days("spam"), {FIRST: 4 * 287 + 2})
        self.assertEqual(traffic.cells("sent"), [])
        # The first hour is in the middle at 02:00 in this zone, and the second is missing.
        later = Traffic(run, timezone(timedelta(minutes=90))).cells("clean")
        self.assertEqual([entry.hour for entry in later[:2]], [2, 4])

    def test_daily_rows_have_no_hours(self):
        run = self.run_of({INCOMING: [(MONDAY + day * DAY, {"Clean messages": 5}) for day in range(3)]}, hours=24)
        traffic = Traffic(run, timezone(timedelta(hours=-8)))
        self.assertEqual(traffic.days("clean"), {FIRST: 5, FIRST + 1: 5, FIRST + 2: 5})
        self.assertEqual(traffic.cells("clean"), [])

    def test_machine(self):
        chance = random.Random(8)
        begins = [MONDAY + at * FIVE for at in range(2016) if at not in (50, 51, 900)]
        messages = [chance.randrange(100, 900) for _ in begins]
        # The variance of the messages' part is 9 and that of the rest is 3, so that the determination is 0.75.
        scale = 3 / math.sqrt(fmean(count * count for count in messages) - fmean(messages) ** 2)
        use = [20 + scale * count + chance.gauss(0, math.sqrt(3)) for count in messages]
        depths = [chance.choice((1, 2, 3)) for _ in begins]
        depths[7] = 90
        run = self.run_of({
            MESSAGES_IN: [(begin, {"Messages": count}) for begin, count in zip(begins, messages)],
            CPU: [(begin, {"CPU Usage": f"{value:.10f}"}) for begin, value in zip(begins, use)],
            CPU_PARTS: [(begin, {"Anti-Spam": f"{value - 5:.10f}", "Reporting": 2 + at % 2})
                        for at, (begin, value) in enumerate(zip(begins, use))],
            QUEUE_LEVEL: [(begin, {"Messages": depth}) for begin, depth in zip(begins, depths)],
            QUEUE_MOST: [(begin, {"Messages": 3 * depth}) for begin, depth in zip(begins, depths)]}, hours=1 / 12)
        found = values_of(measure_machine(run))
        self.assertAlmostEqual(found.pop("cpu_determined"), 0.75, delta=0.03)
        self.assertLess(found.pop("reporting_determined"), 0.01)
        self.assertAlmostEqual(found.pop("missing"), 3 / 2016)
        self.assertIn(found.pop("cpu_rest"), (2, 3))
        self.assertEqual(found, {"cpu_rest_least": 2, "cpu_rest_most": 3, "queue_spike": 45, "queue_longest": 270, "gaps": 2})

    def test_hours_have_no_figures_of_the_machine_but_gaps(self):
        rows = [(MONDAY + at * HOUR, {"Clean Messages": 1}) for at in range(200) if at != 9]
        run = self.run_of({OUTGOING: rows, MESSAGES_IN: rows, CPU: rows, CPU_PARTS: rows})
        self.assertEqual(values_of(measure_machine(run)), {"missing": 1 / 200, "gaps": 1})


if __name__ == "__main__":
    unittest.main()
