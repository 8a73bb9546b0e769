//! Makes a scripted scenario from the outgoing figures of one TLS Connections page.

use tollgate_audit::{Diagnosis, Evidence, Figure, Observation, Standing};
use tollgate_catalogue::{Catalogue, Form, Rule};

use crate::page_counts::{PageCounts, PageSettings};
use crate::page_mail::{MOST_PER_CONNECTION, PageMail, ScriptedMail, ShownClear, usual_messages};
use crate::page_text::write_page;

/// A scenario whose page shows figures.
#[derive(Clone, Debug)]
pub struct FittedPage {
    /// The scenario as text.
    pub text: String,
    /// The name of the counting rule.
    pub rule: String,
    /// The verdict of the diagnosis on the rule.
    pub verdict: Standing,
    /// The figures of its page.
    pub counts: PageCounts,
    /// All of its connections.
    pub connections: u64,
    /// Its connections in clear that the page does not show.
    pub hidden_connections: u64,
}

/// The reason why no scenario shows the figures of a page.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PageError {
    /// All figures are 0.
    #[error("found only zeros, allowed are figures with at least one connection or message")]
    NoMail,
    /// A figure is too large for a script.
    #[error("{name}: found {found}, allowed is at most 4,294,967,295")]
    TooLarge {
        /// The name of the figure.
        name: &'static str,
        /// The figure.
        found: Figure,
    },
    /// A figure cannot be together with the others under a rule.
    #[error("under the rule {rule}: found {found}, allowed is {allowed}{}", others(explained_by))]
    Contradiction {
        /// The name of the rule.
        rule: String,
        /// The figures.
        found: String,
        /// The figures that the rule allows.
        allowed: String,
        /// The rules under which a scenario shows the figures.
        explained_by: Vec<String>,
    },
}

/// A conflict between figures: those that were found, and those that are allowed.
type PageConflict = (String, String);

/// Makes a scenario whose TLS Connections page shows some figures. Its connections are scripts, so their numbers are exact.
///
/// # Errors
/// If no scenario shows the figures under the rule, or under any.
pub fn fit_page(settings: PageSettings<'_>) -> Result<FittedPage, PageError> {
    let page = Observation::of_page(settings.figures.map(Option::unwrap_or_default));
    check_size(&settings.figures)?;
    let rules = Catalogue::builtin().rules();
    let diagnosis = Diagnosis::new(rules, &Evidence::of_page(page.clone()));
    let is_assumed = settings.figures[5].is_none();
    let with = |rule: &Rule| choose(&page, is_assumed, rule.form()).map(|(counts, mail)| (rule.clone(), counts, mail));
    let candidates: Vec<&Rule> = match settings.rule {
        Some(rule) => vec![rule],
        None => in_order_of_preference(rules, &diagnosis),
    };
    let mut found = candidates.iter().map(|rule| with(rule));
    let (rule, counts, mail) = match found.next() {
        Some(Err(first)) => found.find_map(Result::ok).ok_or_else(|| {
            let explains = |rule: &&Rule| with(rule).is_ok();
            let explained_by = rules.iter().filter(explains).map(|rule| rule.name.clone()).collect();
            let (found, allowed) = first;
            PageError::Contradiction { rule: candidates[0].name.clone(), found, allowed, explained_by }
        })?,
        Some(Ok(found)) => found,
        None => return Err(PageError::NoMail),
    };
    if mail.connections() == 0 {
        return Err(PageError::NoMail);
    }
    let verdict = diagnosis.of(&rule.name).map_or(Standing::Possible, |ranked| ranked.verdict);
    Ok(FittedPage {
        text: write_page(&settings, (&rule, verdict), &counts, &mail),
        rule: rule.name,
        verdict,
        counts,
        connections: mail.connections() + mail.failing.connections,
        hidden_connections: mail.in_clear().saturating_sub(counts.unencrypted_connections),
    })
}

/// The best or the possible rules, the documented one first. Then the others, the likeliest first.
fn in_order_of_preference<'r>(rules: &'r [Rule], diagnosis: &Diagnosis) -> Vec<&'r Rule> {
    let mut ranked: Vec<_> = diagnosis.rules.iter().collect();
    let documented = rules.first().map(|rule| rule.name.as_str());
    // The order of equals stays.
    ranked.sort_by_key(|ranked| {
        let is_held = ranked.verdict <= Standing::Possible;
        !(is_held && Some(ranked.rule.as_str()) == documented)
    });
    ranked.iter().filter_map(|ranked| rules.iter().find(|rule| rule.name == ranked.rule)).collect()
}

fn check_size(figures: &[Option<Figure>; 7]) -> Result<(), PageError> {
    let mut named = PageCounts::NAMES.into_iter().zip(figures);
    let is_large = |figure: &Option<Figure>| figure.is_some_and(|figure| figure.high > f64::from(u32::MAX));
    match named.find(|(_, figure)| is_large(figure)) {
        Some((name, figure)) => Err(PageError::TooLarge { name, found: figure.unwrap_or_default() }),
        None => Ok(()),
    }
}

/// Chooses whole numbers for the figures, and the mail that a rule of this form counts as them.
fn choose(page: &Observation, is_assumed: bool, form: Form) -> Result<(PageCounts, PageMail), PageConflict> {
    let counted = ShownClear::of(form);
    let mut counts = PageCounts::middle(page);
    let encrypted = page.encrypted_messages.low > 0.0;
    if encrypted && counts.successes() == 0 {
        // An abbreviated 0 may be more.
        counts.successful_preferred = u64::from(page.successful_preferred.high >= 1.0);
        counts.successful_required =
            u64::from(counts.successful_preferred == 0 && page.successful_required.high >= 1.0);
        if counts.successes() == 0 {
            let found = format!("{} TLS encrypted messages and no successful TLS connection", page.encrypted_messages);
            return Err((found, "at least 1 connection for them".into()));
        }
    }
    if is_assumed {
        counts.encrypted_messages = usual_messages(counts.successes());
    } else if counts.successes() == 0 {
        counts.encrypted_messages = 0;
    }
    let least = counted.least(&counts);
    if least > counts.unencrypted_connections {
        if least as f64 > page.unencrypted_connections.high {
            let found = format!(
                "{} unencrypted connections with {} unencrypted messages and {} connections in Failed - Preferred",
                page.unencrypted_connections, page.unencrypted_messages, page.failed_preferred
            );
            return Err((found, format!("at least {}", tollgate_wording::counted(least, "unencrypted connection"))));
        }
        counts.unencrypted_connections = least;
    }
    let mail = PageMail::of(&counts, counted);
    match mail.groups().into_iter().find(|(_, mail)| mail.messages > mail.connections * MOST_PER_CONNECTION) {
        Some((_, ScriptedMail { connections, messages })) => {
            let [messages, most] = [messages, MOST_PER_CONNECTION].map(tollgate_wording::count);
            let connections = tollgate_wording::counted(connections, "connection");
            Err((format!("{messages} messages on {connections}"), format!("at most {most} on each")))
        }
        None => Ok((counts, mail)),
    }
}

fn others(explained_by: &[String]) -> String {
    match explained_by {
        [] => String::new(),
        rules => format!("; these rules explain the figures: {}", tollgate_wording::list(rules)),
    }
}
