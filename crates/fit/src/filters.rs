//! Content filters: which of them stop messages, how often they match, and for which share of the users.

use std::collections::BTreeMap;

use crate::evidence::{self as counts, Evidence};

/// A content filter of the exports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FilterUse<'a> {
    pub(crate) name: &'a str,
    pub(crate) is_incoming: bool,
    /// True if it stops messages.
    pub(crate) stops: bool,
    /// True if the exports leave no other choice.
    pub(crate) is_certain: bool,
    /// Probability that a message to one of its users matches.
    pub(crate) probability: f64,
    /// Share of the users to whom it applies.
    pub(crate) users: f64,
}

/// The filter that stops messages if no table names filters.
const UNKNOWN: &str = "Unknown_Filter";

/// The tables of one direction: matches by filter, and by filter and user.
const INCOMING: (&[u32], u32) = (&[14, 16], 18);
const OUTGOING: (&[u32], u32) = (&[15, 17], 19);

/// The filters of both directions: those that stop messages first.
pub(crate) fn find_filters<'a>(evidence: &Evidence<'a>) -> Vec<FilterUse<'a>> {
    let mut filters = of_direction(evidence, true, INCOMING);
    filters.extend(of_direction(evidence, false, OUTGOING));
    filters
}

fn of_direction<'a>(
    evidence: &Evidence<'a>,
    is_incoming: bool,
    (tables, by_user): (&[u32], u32),
) -> Vec<FilterUse<'a>> {
    let matches = tables.iter().find_map(|&table| by_filter(evidence, table)).or_else(|| by_filter(evidence, by_user));
    let (clean, stopped) = if is_incoming {
        (evidence.total(counts::CLEAN), evidence.total(counts::FILTERED))
    } else {
        (evidence.total(counts::SENT_CLEAN), evidence.total(counts::SENT_FILTERED))
    };
    let stopped = stopped.unwrap_or_default();
    let scanned = clean.unwrap_or_default() + stopped;
    let matches = match matches {
        Some(matches) => matches,
        // Messages were stopped, and no table names the filters.
        None if stopped > 0.0 => BTreeMap::from([(UNKNOWN, stopped)]),
        None => return Vec::new(),
    };
    let (stopping, is_certain) = stopping_filters(&matches, stopped);
    let mut ordered: Vec<(&str, f64, bool)> =
        matches.iter().zip(stopping).map(|((&name, &sum), stops)| (name, sum, stops)).collect();
    ordered.sort_by_key(|(name, _, stops)| (!stops, *name));
    let mut left = scanned;
    let mut filters = Vec::new();
    for (name, sum, stops) in ordered {
        let (probability, users) = match counts_by_user(evidence, (by_user, name), is_incoming) {
            Some(users) if sum < left => zero_inflated(&users).unwrap_or((sum / left.max(1.0), 1.0)),
            _ => (sum / left.max(1.0), 1.0),
        };
        // The share of users and the probability together give the matches.
        let probability = if users < 1.0 { probability } else { sum / left.max(1.0) };
        filters.push(FilterUse { name, is_incoming, stops, is_certain, probability: probability.min(1.0), users });
        left -= if stops { sum } else { 0.0 };
    }
    filters
}

/// The matches of each filter. A key may be followed by a user.
fn by_filter<'a>(evidence: &Evidence<'a>, table: u32) -> Option<BTreeMap<&'a str, f64>> {
    let figures = evidence.figures.table(table)?;
    let column = figures.column("Number of Messages")?;
    let mut filters = BTreeMap::new();
    for (key, sums) in &figures.keys.sums {
        let name = key.split('\n').next().unwrap_or(key);
        *filters.entry(name).or_default() += sums[column] * figures.keys.one_in.max(1) as f64;
    }
    Some(filters)
}

/// The filters whose matches add up to the stopped messages, and whether no other filters do.
fn stopping_filters(matches: &BTreeMap<&str, f64>, stopped: f64) -> (Vec<bool>, bool) {
    let sums: Vec<f64> = matches.values().copied().collect();
    let none = vec![false; sums.len()];
    if stopped < 0.5 {
        return (none, true);
    }
    let mut best: (f64, Vec<bool>) = (f64::INFINITY, none);
    let mut exact = 0;
    // Few appliances have more filters than can be tried.
    for choice in 1u32..1 << sums.len().min(16) {
        let chosen = |place: usize| place < 16 && choice >> place & 1 == 1;
        let sum: f64 = sums.iter().enumerate().filter(|(place, _)| chosen(*place)).map(|(_, sum)| sum).sum();
        let off = (sum - stopped).abs();
        exact += u32::from(off < 0.5);
        if off < best.0 {
            best = (off, (0..sums.len()).map(chosen).collect());
        }
    }
    (best.1, exact == 1)
}

/// The scanned messages and the matches of each user.
fn counts_by_user(evidence: &Evidence<'_>, (table, filter): (u32, &str), is_incoming: bool) -> Option<Vec<(f64, f64)>> {
    let headings: &[&str] = if is_incoming {
        &["Incoming Clean", "Incoming Stopped by Content Filters"]
    } else {
        &["Outgoing Clean", "Outgoing Stopped by Content Filters"]
    };
    let scanned = evidence.by_key(9, headings)?;
    let figures = evidence.figures.table(table)?;
    let column = figures.column("Number of Messages")?;
    let matched = |user: &str| figures.keys.sums.get(&format!("{filter}\n{user}")).map_or(0.0, |sums| sums[column]);
    Some(scanned.into_iter().map(|(user, count)| (count, matched(user).min(count))).collect())
}

/// The probability of a match and the share of users to whom a filter applies, by maximum likelihood: a user's matches are binomial with that
/// share, and zero otherwise. `users` are the messages and the matches of each.
fn zero_inflated(users: &[(f64, f64)]) -> Option<(f64, f64)> {
    let matched: f64 = users.iter().map(|(_, matched)| matched).sum();
    if matched < 1.0 {
        return None;
    }
    let (mut share, mut probability) = (0.5, 0.5_f64);
    // Expectation and maximisation (Dempster, Laird, Rubin 1977).
    for _ in 0..200 {
        let weight = |&(count, matched): &(f64, f64)| {
            let silent = share * (1.0 - probability).powf(count);
            if matched > 0.0 { 1.0 } else { silent / (1.0 - share + silent) }
        };
        let weights: Vec<f64> = users.iter().map(weight).collect();
        let messages: f64 = weights.iter().zip(users).map(|(weight, (count, _))| weight * count).sum();
        share = (weights.iter().sum::<f64>() / users.len() as f64).clamp(1e-4, 1.0 - 1e-9);
        probability = (matched / messages.max(1.0)).clamp(1e-9, 1.0 - 1e-9);
    }
    // A filter for nearly all users is for all.
    Some(if share > 0.97 { (probability * share, 1.0) } else { (probability, share) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_for_some_users_is_found() {
        // Of 400 users with 1 to 60 messages, every fifth has the filter, which matches 3 of 10 messages.
        let users: Vec<(f64, f64)> = (0..400)
            .map(|user| {
                let count = f64::from(1 + user * 7 % 60);
                (count, if user % 5 == 0 { (count * 0.3).round() } else { 0.0 })
            })
            .collect();
        let (probability, share) = zero_inflated(&users).unwrap_or_default();
        assert!((probability - 0.3).abs() < 0.01 && (share - 0.2).abs() < 0.01, "{probability} {share}");
    }

    #[test]
    fn the_filters_that_stop_messages_add_up() {
        let matches = BTreeMap::from([("a", 10.0), ("b", 7.0), ("c", 4.0)]);
        assert_eq!(stopping_filters(&matches, 14.0), (vec![true, false, true], true));
        assert_eq!(stopping_filters(&matches, 0.0), (vec![false; 3], true));
        let (_, is_certain) = stopping_filters(&BTreeMap::from([("a", 4.0), ("b", 4.0)]), 4.0);
        assert!(!is_certain);
    }
}
