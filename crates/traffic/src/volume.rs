//! The rate of arrivals over time.

use std::sync::Arc;

use rand_distr::{Distribution, Exp1, StandardNormal};
use tollgate_scenario::{HOUR, KnownDays, Moment, Observed, Rhythm, VariesLike, VolumeChange};

use crate::calendar::{LocalHour, LocalQuarter, STEP, STEPS, lognormal, moving_average};
use crate::campaigns::{Flood, floods, steps_of_class};
use crate::stream::{Generator, StreamKey};

/// The steps of a quarter of an hour.
const STEPS_OF_QUARTER: usize = STEPS / 4;
/// The sigma of a step's own part of the level of an hour, in units of that of the rest (assumed), and the sigma of both together.
const OWN_SIGMA: f64 = 0.6;
const LEVEL_SIGMA: f64 = 1.166_190_378_969_060_1;
/// The place of Saturday in a week.
const SATURDAY: usize = 5;

/// The volume of one population over time.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Mean arrivals in a microsecond, over a week.
    per_micro: f64,
    rhythm: Arc<RhythmFactors>,
    day_key: StreamKey,
    hour_key: StreamKey,
    variation: VolumeVariation,
    /// Changes in order of time.
    changes: Vec<(u64, VolumeChange)>,
    fading: Option<Fading>,
}

/// A rhythm, as factors of mean 1. All volumes of a class or flow share it.
#[derive(Clone, Debug)]
pub struct RhythmFactors {
    week: [f64; 7],
    /// The hours of each day of the week.
    hours: [[f64; 24]; 7],
    /// The hours of a working day on which people do not work.
    free_hours: [f64; 24],
    day_to_day: f64,
    days: Option<KnownDays>,
    observed: Option<Observed>,
}

/// The part that one volume has in the variation of a site.
#[derive(Clone, Copy, Debug)]
pub struct VolumeVariation {
    /// The kind of mail whose levels it shares.
    pub varies_like: VariesLike,
    /// True if the factors of hours are joined by lines.
    pub is_smooth: bool,
    /// Sigma of the logarithm of its level in an hour.
    pub hours: f64,
    /// Share of its mean that belongs to campaigns, and the key of the class that takes part in them.
    pub campaigns: (f64, StreamKey),
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

impl Volume {
    /// A volume of `per_week` arrivals a week, with a rhythm, variation and changes. `key` is the key of the population.
    pub fn new(
        per_week: f64,
        (rhythm, variation): (Arc<RhythmFactors>, VolumeVariation),
        mut changes: Vec<(u64, VolumeChange)>,
        key: StreamKey,
    ) -> Self {
        changes.sort_by_key(|&(at, _)| at);
        Volume {
            per_micro: per_week / tollgate_scenario::WEEK as f64,
            rhythm,
            day_key: key.named("day"),
            hour_key: key.named("hours"),
            variation,
            changes,
            fading: None,
        }
    }

    /// A volume that fades.
    pub fn fading(fading: Fading, key: StreamKey) -> Self {
        let plain = (Arc::new(RhythmFactors::new(&Rhythm::default())), VolumeVariation::none(key));
        Volume { fading: Some(fading), ..Volume::new(0.0, plain, Vec::new(), key) }
    }

    /// The arrivals of one hour on an appliance that has this share of them.
    pub fn arrivals(&self, hour: &LocalHour, share: f64, mut generator: Generator) -> Poisson {
        let mut pieces = self.pieces(hour, self.chances(hour));
        pieces.iter_mut().for_each(|piece| piece.rate *= share);
        Poisson { pieces, piece: 0, next: Exp1.sample(&mut generator), passed: 0.0, generator }
    }

    /// The expected number of arrivals in one hour, without random factors.
    pub fn expected(&self, hour: &LocalHour) -> f64 {
        self.pieces(hour, [1.0; STEPS]).iter().map(Piece::arrivals).sum()
    }

    /// The expected number of arrivals in one hour, with the random factors of its day and its steps.
    pub fn with_chances(&self, hour: &LocalHour) -> f64 {
        self.pieces(hour, self.chances(hour)).iter().map(Piece::arrivals).sum()
    }

    /// The bursts from few hosts in one hour.
    pub(crate) fn floods(&self, hour: &LocalHour) -> Vec<Flood> {
        match self.variation.campaigns {
            (0.0, _) => Vec::new(),
            _ if self.rhythm.observed_at(hour.begin).is_some() => Vec::new(),
            (share, class) => floods(&hour.campaigns, class, share),
        }
    }

    /// The random factor of each step of an hour.
    fn chances(&self, hour: &LocalHour) -> [f64; STEPS] {
        let VolumeVariation { varies_like, hours, campaigns: (share, class), .. } = self.variation;
        let mut factors = [1.0; STEPS];
        if share > 0.0 {
            factors = steps_of_class(&hour.campaigns, class).map(|campaigns| 1.0 - share + share * campaigns);
        }
        if hours > 0.0 {
            let levels = hour_levels(self.hour_key, hour.begin / HOUR);
            factors.iter_mut().zip(levels).for_each(|(factor, level)| *factor *= lognormal(hours * LEVEL_SIGMA, level));
        }
        let of_day = |(begin, quarter): (u64, LocalQuarter)| match self.rhythm.known_at(begin) {
            Some(_) => 1.0,
            None => quarter.level(varies_like) * self.day_factor(quarter.day),
        };
        let of_days = hour.quarters_by_time().map(of_day);
        factors.iter_mut().enumerate().for_each(|(step, factor)| *factor *= of_days[step / STEPS_OF_QUARTER]);
        factors
    }

    /// The pieces of an hour with a constant rate, with a factor for each step.
    fn pieces(&self, hour: &LocalHour, factors: [f64; STEPS]) -> Vec<Piece> {
        let mut pieces = Vec::with_capacity(STEPS);
        let (first, factor) = (hour.quarters[0], factors[0]);
        let is_even = !self.variation.is_smooth && hour.quarters == [first; 4] && factors == [factor; STEPS];
        if is_even && self.is_plain() && self.rhythm.is_periodic() {
            pieces.push(Piece {
                begin: hour.begin,
                end: hour.begin + HOUR,
                rate: self.rhythm_rates((hour.begin, first))[0] * factor,
            });
            return pieces;
        }
        let rates = hour.quarters_by_time().map(|quarter| self.rhythm_rates(quarter));
        for (step, factor) in factors.into_iter().enumerate() {
            let begin = hour.begin + step as u64 * STEP;
            let end = begin + STEP;
            let rate = match self.rhythm.observed_at(begin) {
                Some(observed) => self.per_micro * observed,
                None => rates[step / STEPS_OF_QUARTER][step] * factor,
            };
            if self.is_plain() {
                pieces.push(Piece { begin, end, rate });
            } else {
                self.changed_pieces(begin, end, rate, &mut pieces);
            }
        }
        pieces
    }

    fn is_plain(&self) -> bool {
        self.changes.is_empty() && self.fading.is_none()
    }

    /// The rates of the steps of an hour, all of which is like one of its quarters, which has a beginning.
    fn rhythm_rates(&self, (begin, local): (u64, LocalQuarter)) -> [f64; STEPS] {
        let of_day = self.rhythm.known_at(begin).unwrap_or_else(|| local.holiday(self.variation.varies_like));
        let holiday = self.per_micro * of_day;
        let is_free = local.is_free() && self.variation.varies_like != VariesLike::Nothing;
        let now = self.rhythm.factor(local.weekday, local.hour, is_free);
        if !self.variation.is_smooth {
            return [holiday * now; STEPS];
        }
        let (yesterday, tomorrow) = ((local.weekday + 6) % 7, (local.weekday + 1) % 7);
        let before = match local.hour {
            0 => self.rhythm.factor(yesterday, 23, yesterday >= SATURDAY),
            hour => self.rhythm.factor(local.weekday, hour - 1, is_free),
        };
        let after = match local.hour {
            23 => self.rhythm.factor(tomorrow, 0, tomorrow >= SATURDAY),
            hour => self.rhythm.factor(local.weekday, hour + 1, is_free),
        };
        joined(before, now, after).map(|factor| holiday * factor)
    }

    /// The random factor of a day, which this volume alone has.
    fn day_factor(&self, day: u64) -> f64 {
        if self.rhythm.day_to_day == 0.0 {
            return 1.0;
        }
        let normal: f64 = StandardNormal.sample(&mut self.day_key.numbered(day).generator());
        lognormal(self.rhythm.day_to_day, normal)
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

impl RhythmFactors {
    /// The factors of a rhythm.
    pub fn new(rhythm: &Rhythm) -> Self {
        let (week, hours, free_hours) = match &rhythm.hours {
            Some(hours) => days_of_week(hours.iter().map(|factor| factor.get()).collect()),
            None => {
                let day = relative(rhythm.day.map(f64::from));
                let weekend_day = rhythm.weekend_day.map_or(day, |day| relative(day.map(f64::from)));
                let hours = std::array::from_fn(|weekday| if weekday < SATURDAY { day } else { weekend_day });
                (relative(rhythm.week.map(f64::from)), hours, weekend_day)
            }
        };
        let (days, observed) = (rhythm.days.clone(), rhythm.observed.clone());
        RhythmFactors { week, hours, free_hours, day_to_day: rhythm.day_to_day.get(), days, observed }
    }

    /// The factor of an hour of a day on which people work, or do not.
    fn factor(&self, weekday: usize, hour: usize, is_free: bool) -> f64 {
        let hours = if is_free && weekday < SATURDAY { &self.free_hours } else { &self.hours[weekday] };
        self.week[weekday] * hours[hour]
    }

    /// True if it is the same in every week.
    fn is_periodic(&self) -> bool {
        self.days.is_none() && self.observed.is_none()
    }

    fn known_at(&self, micros: u64) -> Option<f64> {
        self.days.as_ref()?.at(Moment::from_micros(micros))
    }

    fn observed_at(&self, micros: u64) -> Option<f64> {
        self.observed.as_ref()?.at(Moment::from_micros(micros))
    }
}

impl VolumeVariation {
    /// No variation.
    pub fn none(key: StreamKey) -> Self {
        VolumeVariation { varies_like: VariesLike::Nothing, is_smooth: false, hours: 0.0, campaigns: (0.0, key) }
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

/// Factors of the steps of an hour whose mean is that of the hour. They are lines from one end of the hour to the middle and to the other end.
/// An end has the mean of the hours on both sides.
fn joined(before: f64, now: f64, after: f64) -> [f64; STEPS] {
    // With these limits, the middle is never below zero.
    let [begin, end] = [before, after].map(|other| (0.5 * (other + now)).min(2.0 * now));
    let middle = 2.0 * now - 0.5 * (begin + end);
    std::array::from_fn(|step| {
        let place = (step as f64 + 0.5) / (STEPS as f64 / 2.0);
        if place < 1.0 { begin + (middle - begin) * place } else { middle + (end - middle) * (place - 1.0) }
    })
}

/// The levels of the steps of an hour, as standard normal numbers. Most of a level lies on lines between the levels at the beginnings of
/// hours, which depend on four hours each. The rest is a step's own.
fn hour_levels(key: StreamKey, hour: u64) -> [f64; STEPS] {
    let [from, to] = [hour, hour + 1].map(|hour| moving_average(key, hour, &[0.5; 4]));
    let mut own = key.named("steps").numbered(hour).generator();
    std::array::from_fn(|step| {
        let part = step as f64 / STEPS as f64;
        // Levels at consecutive hours have a correlation of 3/4.
        let variance = 1.0 - 2.0 * part * (1.0 - part) * 0.25;
        let line = (from * (1.0 - part) + to * part) / f64::sqrt(variance);
        let own: f64 = StandardNormal.sample(&mut own);
        (line + OWN_SIGMA * own) / LEVEL_SIGMA
    })
}

/// The factors of the days of the week, of their hours, and of the hours of a working day on which people do not work, from the factors of
/// the 168 hours of the week.
fn days_of_week(factors: Vec<f64>) -> ([f64; 7], [[f64; 24]; 7], [f64; 24]) {
    let days: [[f64; 24]; 7] = std::array::from_fn(|weekday| std::array::from_fn(|hour| factors[weekday * 24 + hour]));
    let sum = |day: [f64; 24]| day.iter().sum::<f64>();
    // A day without mail has no hours to divide it by.
    let even = |day: [f64; 24]| if sum(day) > 0.0 { relative(day) } else { [1.0; 24] };
    let weekend = std::array::from_fn(|hour| days[SATURDAY][hour] + days[SATURDAY + 1][hour]);
    (relative(days.map(sum)), days.map(even), even(weekend))
}

/// Factors divided by their mean.
fn relative<const N: usize>(factors: [f64; N]) -> [f64; N] {
    let mean = factors.iter().sum::<f64>() / N as f64;
    factors.map(|factor| factor / mean)
}
