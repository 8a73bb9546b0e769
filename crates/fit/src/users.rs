//! The users of the site: the largest one by one, and the inequality of the others.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_traffic::NULL_SENDER;

use crate::draft::{Origin, ScenarioDraft, digits, quoted};
use crate::evidence::Evidence;
use crate::keys::{bisect, chao1};
use crate::names::is_domain;
use crate::options::{FitMode, FitOptions};

/// Users, if no table has them (assumed).
const USERS: u32 = 1000;
/// The domain of the users, if it is not kept.
const DOMAIN: &str = "users.example";

/// The tables and columns of a volume, the best first.
pub(crate) type UserSources = &'static [(u32, &'static [&'static str])];

/// A volume of users: its key in the scenario, its columns, and the upper cut of its distribution that scenarios have by default.
pub(crate) const VOLUMES: [(&str, UserSources, f64); 3] = [
    (
        "received",
        &[
            (9, &["Incoming Clean", "Incoming Stopped by Content Filters", "Incoming Virus Detected"]),
            (10, &["Clean", "Stopped by Content Filters", "Virus Detected"]),
        ],
        1.6,
    ),
    (
        "sent",
        &[
            (9, &["Outgoing Clean", "Outgoing Stopped by Content Filters", "Outgoing Virus Detected"]),
            (11, &["Clean", "Stopped by Content Filters", "Virus Detected"]),
        ],
        1.6,
    ),
    ("exposed", &[(9, &["Incoming Spam Detected"]), (10, &["Spam Detected"])], 3.0),
];

/// The users of the exports.
struct FittedUsers<'a> {
    /// The users of each volume with their counts, in the order of `VOLUMES`. `None` if no table has the volume.
    counts: [Option<BTreeMap<&'a str, f64>>; 3],
    /// The users that are listed, the largest first, with their names in the scenario.
    listed: Vec<(&'a str, String)>,
    domain: String,
    /// The number of users, with those that were never seen.
    count: f64,
}

/// The shares of users in a volume.
struct UserShares {
    /// Those of listed users.
    listed: Vec<f64>,
    /// The inequality of the others. `None` if too few of them are known.
    sigma: Option<f64>,
    cut: f64,
}

impl<'a> FittedUsers<'a> {
    fn find(evidence: &Evidence<'a>, options: &FitOptions) -> Option<Self> {
        let of_users = |(number, headings): &(u32, &[&str])| {
            let mut users = evidence.by_key(*number, headings)?;
            users.remove(NULL_SENDER);
            Some(users)
        };
        let counts = VOLUMES.map(|(_, sources, _)| sources.iter().find_map(of_users));
        let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
        for (user, count) in counts.iter().flatten().flatten() {
            *sums.entry(user).or_default() += count;
        }
        if sums.is_empty() {
            return None;
        }
        let one_in =
            [9, 10, 11].iter().filter_map(|&number| evidence.figures.table(number)).map(|table| table.keys.one_in);
        let one_in = one_in.max().unwrap_or(1).max(1);
        let count = chao1(&sums.values().copied().collect::<Vec<_>>()) * one_in as f64;
        let mut sorted: Vec<(&str, f64)> = sums.into_iter().collect();
        sorted.sort_by(|(one, ours), (other, theirs)| theirs.total_cmp(ours).then(one.cmp(other)));
        let domain = domain_of(&sorted, options);
        let mut names = BTreeSet::new();
        // A sample of the users does not show which are the largest.
        let keys = options.keys.none_if(one_in > 1);
        let most = keys.of(sorted.iter().map(|(_, count)| *count));
        let listed = sorted.iter().map(|(user, _)| (*user, local_part(user, options)));
        let listed = listed.filter(|(_, name)| names.insert(name.clone())).take(most).collect();
        Some(FittedUsers { counts, listed, domain, count })
    }

    /// The shares of a volume.
    fn shares(&self, volume: usize) -> Option<UserShares> {
        let counts = self.counts[volume].as_ref()?;
        let total: f64 = counts.values().sum();
        if total <= 0.0 {
            return None;
        }
        let shares =
            self.listed.iter().map(|(user, _)| counts.get(user).copied().unwrap_or_default() / total).collect();
        let listed: BTreeSet<&str> = self.listed.iter().map(|(user, _)| *user).collect();
        let others: Vec<f64> =
            counts.iter().filter(|(user, _)| !listed.contains(*user)).map(|(_, count)| *count).collect();
        let number = (self.count - listed.len() as f64).max(others.len() as f64);
        // The largest users are listed, so the others end where these begin.
        let cut = quantile(1.0 - listed.len() as f64 / self.count).min(VOLUMES[volume].2);
        let sigma = inequality(&others, number, cut);
        Some(UserShares { listed: shares, sigma, cut })
    }
}

/// Writes the users.
pub(crate) fn write_users(document: &mut ScenarioDraft, evidence: &Evidence<'_>, options: &FitOptions) {
    document.section("[users]", "users");
    let Some(users) = FittedUsers::find(evidence, options) else {
        document.value("count", USERS, Origin::Assumed, "no table has users");
        document.line("domain", quoted(DOMAIN));
        return;
    };
    let count = users.count.clamp(users.listed.len().max(1) as f64, 1e6) as u64;
    document.value("count", count, Origin::Fitted, "users that appear, with those never seen (Chao1)");
    document.line("domain", quoted(&users.domain));
    let mut entries: Vec<String> =
        users.listed.iter().map(|(_, name)| format!("    {{ name = {}", quoted(name))).collect();
    for (volume, (key, ..)) in VOLUMES.iter().enumerate() {
        let Some(UserShares { listed: shares, sigma, cut }) = users.shares(volume) else { continue };
        if let Some(sigma) = sigma {
            let value = format!("{{ sigma = {}, cut = {} }}", digits(sigma), digits(cut));
            document.value(key, value, Origin::Fitted, "users that are not listed; the cut is where the listed begin");
        }
        for (entry, share) in entries.iter_mut().zip(shares) {
            // Rounded shares may add up to more than 1.
            *entry += &format!(", {key} = {share}");
        }
    }
    if entries.is_empty() {
        return;
    }
    if options.mode == FitMode::AsItWas {
        document.value(
            "absent_days",
            0,
            Origin::Assumed,
            "the volumes of users have the days on which they sent nothing",
        );
        document.line("absent_weeks", 0);
    }
    let list: String = entries.into_iter().map(|entry| entry + " },\n").collect();
    document.long_value(
        "listed",
        format!("[\n{list}]"),
        Origin::Exact,
        "the largest users, with their shares of the mail",
    );
}

/// The domain of the users: that of the largest of them if names are kept.
fn domain_of(users: &[(&str, f64)], options: &FitOptions) -> String {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for (user, sum) in users {
        if let Some((_, domain)) = user.rsplit_once('@') {
            *sums.entry(domain.to_ascii_lowercase()).or_default() += sum;
        }
    }
    let largest =
        sums.into_iter().filter(|(domain, _)| is_domain(domain)).max_by(|one, other| one.1.total_cmp(&other.1));
    match largest {
        Some((domain, _)) if options.pseudonyms.keeps_names() => domain,
        _ => DOMAIN.into(),
    }
}

/// The local part of a user's address in the scenario.
fn local_part(user: &str, options: &FitOptions) -> String {
    let local = user.split('@').next().unwrap_or(user).to_ascii_lowercase();
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    let is_name = local.len() <= 64 && local.split('.').all(|part| !part.is_empty() && part.bytes().all(is_allowed));
    if options.pseudonyms.keeps_names() && is_name { local } else { options.pseudonyms.of_user(user) }
}

/// The sigma of a lognormal distribution with a cut whose users have counts like these. Counts vary by chance, too (Poisson).
fn inequality(counts: &[f64], number: f64, cut: f64) -> Option<f64> {
    /// Fewer users do not show it.
    const LEAST: usize = 20;
    if counts.len() < LEAST {
        return None;
    }
    let mean = counts.iter().sum::<f64>() / number;
    let square = counts.iter().map(|count| count * count).sum::<f64>() / number;
    let wanted = 1.0 + ((square - mean * mean - mean) / (mean * mean)).max(0.0);
    // The second moment of the distribution over the square of its mean.
    let ratio = |sigma: f64| {
        let first = below(cut - sigma).max(1e-12);
        (sigma * sigma).exp() * below(cut - 2.0 * sigma) * below(cut) / (first * first)
    };
    Some(bisect(0.0, 3.0, |sigma| ratio(sigma) - wanted))
}

/// The probability of a standard normal number below another, to seven digits (Abramowitz and Stegun 26.2.17).
fn below(number: f64) -> f64 {
    let place = 1.0 / (1.0 + 0.231_641_9 * number.abs());
    let terms = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let sum = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * place);
    let above = (-0.5 * number * number).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum;
    if number < 0.0 { above } else { 1.0 - above }
}

/// The standard normal number below which another is with a probability.
fn quantile(probability: f64) -> f64 {
    bisect(-6.0, 6.0, |number| below(number) - probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inequality_of_users_is_found() {
        // Quantiles of a lognormal distribution with sigma 1.2 and a cut at 1.6, so large that chance does not matter.
        let (sigma, cut, number) = (1.2, 1.6, 20_000);
        let user = |place: i32| (sigma * quantile((f64::from(place) + 0.5) / f64::from(number) * below(cut))).exp();
        let counts: Vec<f64> = (0..number).map(|place| 1e6 * user(place)).collect();
        let found = inequality(&counts, f64::from(number), cut).unwrap_or_default();
        assert!((found - sigma).abs() < 0.01, "{found}");
        assert_eq!(inequality(&counts[..5], 5.0, cut), None);
        // Equal users differ by chance alone.
        assert!(inequality(&[1.0; 30], 60.0, cut).unwrap_or_default() < 0.01);
    }
}
