"""Holidays of the countries of some time zones."""

from datetime import date, timedelta

# Many are away on the weekdays from 24 December to 1 January. Statistics of ordinary days leave them out.
CHRISTMAS_EVE = (12, 24)
WEEKEND = 5


def holidays_of(zone, years):
    """The ordinals of the holidays of a zone on which nobody works, and those of Christmas Day and New Year among them. A zone
    without a known country has none."""
    if getattr(zone, "key", None) != "Europe/London":
        return set(), set()
    every, main = set(), set()
    for year in years:
        fixed = [next_working_day(date(year, 1, 1), ())]
        fixed.append(next_working_day(date(year, 12, 25), ()))
        main.update(fixed)
        easter = easter_of(year)
        every.update(fixed, [next_working_day(date(year, 12, 26), fixed), easter - timedelta(2), easter + timedelta(1),
                             monday_from(date(year, 5, 1)), monday_from(date(year, 5, 25)), monday_from(date(year, 8, 25))])
    return {day.toordinal() for day in every}, {day.toordinal() for day in main}


def is_near_christmas(day):
    """True from 24 December to 1 January."""
    found = date.fromordinal(day)
    return (found.month, found.day) >= CHRISTMAS_EVE or (found.month, found.day) == (1, 1)


def next_working_day(day, taken):
    """The day itself or the first later one that is neither on a weekend nor taken."""
    while day.weekday() >= WEEKEND or day in taken:
        day += timedelta(1)
    return day


def monday_from(day):
    """The day itself or the first later one that is a Monday."""
    return day + timedelta(-day.weekday() % 7)


def easter_of(year):
    """Easter Sunday, by the method of Butcher (1876)."""
    golden, century, rest = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
