//! Checks the times of a scenario.

use crate::path::KeyPath;
use crate::problem::{Problem, Problems};
use crate::scenario::Time;
use crate::value::{DAY, HOUR, Moment, SECOND};

/// The largest number of values that do not fit the simulated time and are problems of their own.
const MOST_MISFITS: usize = 3;

/// Checks the intervals, and that the beginning, the span and the warm-up fit them.
pub(super) fn check(problems: &mut Problems, time: &Time) {
    let path = KeyPath::top().key("time");
    let (base, export) = (time.base_interval.micros(), time.export_interval.micros());
    let is_base = divides(base, HOUR) && base.is_multiple_of(SECOND);
    if !is_base {
        let message =
            format!("found {}, allowed is a whole number of seconds that divides an hour", time.base_interval);
        problems.add(path.key("base_interval"), message);
    }
    if !divides(export, DAY) || is_base && !divides(base, export) {
        let allowed = format!("allowed is a multiple of the base interval ({}) that divides a day", time.base_interval);
        problems.add(path.key("export_interval"), format!("found {}, {allowed}", time.export_interval));
    } else {
        check_alignment(problems, &path, time);
    }
    if !time.warm_up.micros().is_multiple_of(HOUR) {
        problems.add(path.key("warm_up"), format!("found {}, allowed is a whole number of hours", time.warm_up));
    }
    if time.warm_up.micros() > time.begin.micros() {
        let allowed = "allowed is a warm-up that starts in 1970 or later";
        problems.add(path.key("warm_up"), format!("found {} before {}, {allowed}", time.warm_up, time.begin));
    }
}

/// Checks that a moment lies in the simulated time.
pub(super) fn check_simulated(problems: &mut Problems, path: KeyPath, time: &Time, moment: Moment) {
    let (start, end) = (start_of(time), time.end());
    if moment < start || moment >= end {
        let allowed = format!("allowed is from {start} (start of the warm-up) to before {end} (end of the span)");
        problems.add_misfit(path, format!("found {moment}, {allowed}"));
    }
}

/// Reports values that do not fit the simulated time. If there are many, the time is probably wrong, so they are one problem.
pub(super) fn report_misfits(problems: &mut Problems, time: &Time, misfits: Vec<Problem>) {
    let number = misfits.len();
    match misfits.first() {
        Some(Problem { path, message, .. }) if number > MOST_MISFITS => {
            let time = format!("{} from {}, with a warm-up of {}", time.span, time.begin, time.warm_up);
            let message =
                format!("found {time}, which does not fit {number} other values. The first is {path}: {message}");
            problems.add(KeyPath::top().key("time"), message);
        }
        _ => misfits.into_iter().for_each(|misfit| problems.push(misfit)),
    }
}

/// The start of the warm-up. `check` reports a warm-up that begins before 1970.
fn start_of(time: &Time) -> Moment {
    Moment::from_micros(time.begin.micros().saturating_sub(time.warm_up.micros()))
}

fn check_alignment(problems: &mut Problems, path: &KeyPath, time: &Time) {
    let export = time.export_interval;
    if !time.begin.micros().is_multiple_of(export.micros()) {
        let allowed = format!("allowed is the beginning of an export interval ({export}) in GMT");
        problems.add(path.key("begin"), format!("found {}, {allowed}", time.begin));
    }
    if !divides(export.micros(), time.span.micros()) || time.span.micros() == 0 {
        let allowed = format!("allowed is a whole number of export intervals ({export}), at least one");
        problems.add(path.key("span"), format!("found {}, {allowed}", time.span));
    }
}

fn divides(part: u64, whole: u64) -> bool {
    part > 0 && whole.is_multiple_of(part)
}
