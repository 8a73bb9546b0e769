//! Numbers as a plan shows them on the terminal: with the digits that say something, and seven characters wide at most, or
//! nine for bytes. Files have all digits.

use indicatif::HumanCount;
use tollgate_capacity::Estimate;
use tollgate_scenario::{DAY, Moment, SECOND};

/// An estimate, with its interval if it has one.
pub(crate) fn interval(estimate: Estimate, show: fn(f64) -> String) -> String {
    let Estimate { mean, low, high } = estimate;
    if low == high { show(mean) } else { format!("{} ({} to {})", show(mean), show(low), show(high)) }
}

/// A load to three digits: a limit is known to 1 %.
pub(crate) fn load(load: f64) -> String {
    let digits = 2i32.saturating_sub(load.abs().log10().floor() as i32).clamp(0, 5) as usize;
    if digits == 0 {
        return count(load);
    }
    fixed(load, digits, "").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A number of things: whole from 100 on, in millions from there on, and with enough digits below.
pub(crate) fn count(number: f64) -> String {
    match number.abs() {
        0.0 => "0".into(),
        size if size < 1.0 => fixed(number, 2, ""),
        size if size < 100.0 => fixed(number, 1, ""),
        size if size < 999_999.5 => format!("{}{}", sign(number), HumanCount(size.round() as u64)),
        size if size < 1e9 => three_digits(number / 1e6, " M"),
        _ => three_digits(number / 1e9, " G"),
    }
}

/// A length of time, given in seconds.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds.abs() {
        size if size < 120.0 => three_digits(seconds, " s"),
        size if size < 600.0 => fixed(seconds / 60.0, 1, " min"),
        size if size < 7200.0 => fixed(seconds / 60.0, 0, " min"),
        size if size < 172_800.0 => fixed(seconds / 3600.0, 1, " h"),
        _ => three_digits(seconds / 86_400.0, " d"),
    }
}

/// A share of a whole. What happens at all is not shown as nothing, as long as it is no less than 1 in 20,000.
pub(crate) fn share(share: f64) -> String {
    match share.abs() {
        0.0 => "0 %".into(),
        size if size < 0.001 => fixed(100.0 * share, 2, " %"),
        size if size < 0.9995 => fixed(100.0 * share, 1, " %"),
        _ => percent(share),
    }
}

/// A share in whole percent.
pub(crate) fn percent(share: f64) -> String {
    format!("{}{} %", sign(share), HumanCount((100.0 * share.abs()).round() as u64))
}

/// Room, given in KiB.
pub(crate) fn room(kib: f64) -> String {
    let units = [" KiB", " MiB", " GiB", " TiB"];
    let mut amount = kib;
    let mut place = 0;
    while amount.abs() >= 1000.0 && place + 1 < units.len() {
        amount /= 1024.0;
        place += 1;
    }
    if amount == 0.0 { "0 KiB".into() } else { three_digits(amount, units[place]) }
}

/// A moment with its day of the week.
pub(crate) fn moment(micros: u64) -> String {
    const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    let day = DAYS[(micros / DAY % 7) as usize];
    let whole = Moment::from_micros(micros / SECOND * SECOND).to_string();
    format!("{day} {} {} GMT", &whole[..10], &whole[11..16])
}

/// A number with two digits behind the point below 10, with one below 100, and with none from there on.
fn three_digits(number: f64, unit: &str) -> String {
    let digits = match number.abs() {
        size if size < 9.995 => 2,
        size if size < 99.95 => 1,
        _ => 0,
    };
    fixed(number, digits, unit)
}

/// A number with so many digits behind the point, and what follows it. What is rounded to nothing has no sign.
fn fixed(number: f64, digits: usize, unit: &str) -> String {
    let text = format!("{:.digits$}", number.abs());
    let is_nothing = text.chars().all(|digit| digit == '0' || digit == '.');
    format!("{}{text}{unit}", if is_nothing { "" } else { sign(number) })
}

fn sign(number: f64) -> &'static str {
    if number < 0.0 { "-" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_say_something() {
        for (shown, expected) in [
            (count(0.0), "0"),
            (count(0.034), "0.03"),
            (count(-12.34), "-12.3"),
            (count(-999_999.0), "-999,999"),
            (count(999_999.5), "1.00 M"),
            (count(-1_234_567.8), "-1.23 M"),
            (count(123_456_789_000.0), "123 G"),
            (seconds(0.25), "0.25 s"),
            (seconds(-0.001), "0.00 s"),
            (seconds(53.84), "53.8 s"),
            (seconds(99.99), "100 s"),
            (seconds(-300.0), "-5.0 min"),
            (seconds(6000.0), "100 min"),
            (seconds(-9000.0), "-2.5 h"),
            (seconds(400_000.0), "4.63 d"),
            (share(0.0), "0 %"),
            (share(0.1234), "12.3 %"),
            (share(0.00012), "0.01 %"),
            (share(-0.00001), "0.00 %"),
            (share(0.9999), "100 %"),
            (percent(0.891), "89 %"),
            (percent(16.42), "1,642 %"),
            (room(0.0), "0 KiB"),
            (room(-512.0), "-512 KiB"),
            (room(1023.0), "1.00 MiB"),
            (room(71_303_168.0), "68.0 GiB"),
            (load(2.0), "2"),
            (load(1.8906), "1.89"),
            (load(-17.4219), "-17.4"),
            (load(1000.0), "1,000"),
            (load(0.001), "0.001"),
            (load(0.0), "0"),
            (moment(1_226_998_800_000_000), "Tuesday 2008-11-18 09:00 GMT"),
        ] {
            assert_eq!(shown, expected);
        }
    }
}
