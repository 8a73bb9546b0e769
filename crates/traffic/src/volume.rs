//! The rate of arrivals over time.

use chrono::{DateTime, Datelike, TimeZone, Timelike};
use chrono_tz::Tz;
use rand_distr::{Distribution, Exp1, StandardNormal};
use tollgate_scenario::{HOUR, MINUTE, Rhythm, SECOND, VolumeChange};

use crate::stream::{Generator, StreamKey};

/// A rate is constant over at most a quarter of an hour, because time zones shift by whole quarters.
const QUARTER: u64 = 15 * MINUTE;

/// The quarters of one clock hour in local time.
#[derive(Clone, Copy, Debug)]
pub struct LocalHour {
    /// The beginning of the hour in microseconds since the Unix epoch.
    pub begin: u64,
    quarters: [LocalQuarter; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LocalQuarter {
    weekday: usize,
    hour: usize,
    day: u64,
}

/// The volume of one population over time.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Mean arrivals in a microsecond, over a week.
    per_micro: f64,
    week: [f64; 7],
    working_day: [f64; 24],
    weekend_day: [f64; 24],
    day_to_day: f64,
    day_key: StreamKey,
    /// Changes in order of time.
    changes: Vec<(u64, VolumeChange)>,
    fading: Option<Fading>,
}

/// A piece of time with a constant rate.
#[derive(Clone, Copy, Debug)]
struct Piece {
    begin: u64,
    end: u64,
    /// Arrivals in a microsecond.
    rate: f64,
}

/// Arrivals in one hour. The gaps between them belong to a process of rate one and are mapped through the integral of the rate. A
/// change of the rate inside the hour then needs no new draw.
#[derive(Clone, Debug)]
pub struct Poisson {
    pieces: Vec<Piece>,
    /// Place of the piece that has been reached.
    piece: usize,
    /// The next arrival and the beginning of the piece, on the scale of the process of rate one.
    next: f64,
    passed: f64,
    generator: Generator,
}

/// A volume that is highest at its beginning and decays with a half-life.
#[derive(Clone, Copy, Debug)]
pub struct Fading {
    /// Time of the beginning, in microseconds since the Unix epoch.
    pub begin: u64,
    /// Half-life, in microseconds.
    pub half_life: u64,
    /// Total number of arrivals.
    pub total: f64,
}

impl LocalHour {
    /// The clock hour that begins at `begin`.
    pub fn new(begin: u64, zone: Tz) -> Self {
        let quarter = |number: u64| {
            let seconds = (begin + number * QUARTER) / SECOND;
            let local =
                zone.from_utc_datetime(&DateTime::from_timestamp(seconds as i64, 0).unwrap_or_default().naive_utc());
            LocalQuarter {
                weekday: local.weekday().num_days_from_monday() as usize,
                hour: local.hour() as usize,
                day: local.num_days_from_ce() as u64,
            }
        };
        LocalHour { begin, quarters: [quarter(0), quarter(1), quarter(2), quarter(3)] }
    }

    /// The number of the day of its first quarter, counted from a Monday.
    pub fn day(&self) -> u64 {
        // The first day of the common era is a Monday and has the number 1.
        self.quarters[0].day - 1
    }
}

impl Volume {
    /// A volume of `per_week` arrivals a week, with a rhythm and changes. `key` is the key of the population.
    pub fn new(per_week: f64, rhythm: &Rhythm, mut changes: Vec<(u64, VolumeChange)>, key: StreamKey) -> Self {
        changes.sort_by_key(|&(at, _)| at);
        let working_day = relative(rhythm.day.map(f64::from));
        Volume {
            per_micro: per_week / tollgate_scenario::WEEK as f64,
            week: relative(rhythm.week.map(f64::from)),
            working_day,
            weekend_day: rhythm.weekend_day.map_or(working_day, |day| relative(day.map(f64::from))),
            day_to_day: rhythm.day_to_day.get(),
            day_key: key.named("day"),
            changes,
            fading: None,
        }
    }

    /// A volume that fades.
    pub fn fading(fading: Fading, key: StreamKey) -> Self {
        Volume { fading: Some(fading), ..Volume::new(0.0, &Rhythm::default(), Vec::new(), key) }
    }

    /// The arrivals of one hour on an appliance that has this share of them.
    pub fn arrivals(&self, hour: &LocalHour, share: f64, mut generator: Generator) -> Poisson {
        let mut pieces = self.pieces(hour, |day| self.day_factor(day));
        pieces.iter_mut().for_each(|piece| piece.rate *= share);
        Poisson { pieces, piece: 0, next: Exp1.sample(&mut generator), passed: 0.0, generator }
    }

    /// The expected number of arrivals in one hour, without the random factor of its day.
    pub fn expected(&self, hour: &LocalHour) -> f64 {
        self.pieces(hour, |_| 1.0).iter().map(Piece::arrivals).sum()
    }

    /// The expected number of arrivals in one hour, with the random factor of its day.
    pub fn of_day(&self, hour: &LocalHour) -> f64 {
        self.pieces(hour, |day| self.day_factor(day)).iter().map(Piece::arrivals).sum()
    }

    /// The pieces of an hour with a constant rate, each with the factor of its day.
    fn pieces(&self, hour: &LocalHour, day_factor: impl Fn(u64) -> f64) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for first in 0..4 {
            let local = hour.quarters[first];
            let begin = hour.begin + first as u64 * QUARTER;
            // An hour with equal quarters and no changes is one piece.
            let whole = first == 0 && self.is_plain() && hour.quarters.iter().all(|&other| other == local);
            let end = if whole { hour.begin + HOUR } else { begin + QUARTER };
            let rate = self.rhythm_rate(local, day_factor(local.day));
            if self.is_plain() {
                pieces.push(Piece { begin, end, rate });
            } else {
                self.changed_pieces(begin, end, rate, &mut pieces);
            }
            if whole {
                break;
            }
        }
        pieces
    }

    fn is_plain(&self) -> bool {
        self.changes.is_empty() && self.fading.is_none()
    }

    fn rhythm_rate(&self, local: LocalQuarter, day_factor: f64) -> f64 {
        let day = if local.weekday < 5 { &self.working_day } else { &self.weekend_day };
        self.per_micro * self.week[local.weekday] * day[local.hour] * day_factor
    }

    /// The random factor of a day.
    fn day_factor(&self, day: u64) -> f64 {
        if self.day_to_day == 0.0 {
            return 1.0;
        }
        let normal: f64 = StandardNormal.sample(&mut self.day_key.numbered(day).generator());
        libm::exp(self.day_to_day * (normal - 0.5 * self.day_to_day))
    }

    fn changed_pieces(&self, begin: u64, end: u64, rate: f64, pieces: &mut Vec<Piece>) {
        let mut from = begin;
        while from < end {
            let next = self.changes.iter().map(|&(at, _)| at).chain(self.fading.map(|fading| fading.begin));
            let to = next.filter(|&at| at > from && at < end).min().unwrap_or(end);
            let rate = self.fading.map_or(rate * self.change_at(from), |fading| fading.rate(from, to));
            pieces.push(Piece { begin: from, end: to, rate });
            from = to;
        }
    }

    /// The factor for the volume at a moment.
    fn change_at(&self, micros: u64) -> f64 {
        let Some((at, change)) = self.changes.iter().rev().find(|&&(at, _)| at <= micros) else { return 1.0 };
        let Some(recovery) = change.recovery.filter(|recovery| recovery.micros() > 0) else {
            return change.factor.get();
        };
        let passed = ((micros - at) as f64 / recovery.micros() as f64).min(1.0);
        libm::pow(change.factor.get(), 1.0 - passed)
    }
}

impl Poisson {
    /// The expected number of arrivals.
    pub fn expected(&self) -> f64 {
        self.pieces.iter().map(Piece::arrivals).sum()
    }

    /// Draws the next arrivals in order of time, until there are `most`.
    pub fn draw(&mut self, most: usize, times: &mut Vec<u64>) {
        while let Some(piece) = self.pieces.get(self.piece) {
            let until = self.passed + piece.arrivals();
            let micros = 1.0 / piece.rate;
            while self.next < until {
                if times.len() == most {
                    return;
                }
                times.push((piece.begin + ((self.next - self.passed) * micros) as u64).min(piece.end - 1));
                let gap: f64 = Exp1.sample(&mut self.generator);
                self.next += gap;
            }
            self.passed = until;
            self.piece += 1;
        }
    }
}

impl Piece {
    fn arrivals(&self) -> f64 {
        self.rate * (self.end - self.begin) as f64
    }
}

impl Fading {
    /// The mean rate between two moments that lie on the same side of the beginning.
    fn rate(&self, from: u64, to: u64) -> f64 {
        if from < self.begin {
            return 0.0;
        }
        let left = |at: u64| libm::exp2(-((at - self.begin) as f64) / self.half_life as f64);
        self.total * (left(from) - left(to)) / (to - from) as f64
    }
}

/// Factors divided by their mean.
fn relative<const N: usize>(factors: [f64; N]) -> [f64; N] {
    let mean = factors.iter().sum::<f64>() / N as f64;
    factors.map(|factor| factor / mean)
}
