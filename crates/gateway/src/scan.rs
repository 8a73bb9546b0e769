//! Scans a message when it leaves the work queue.

use tollgate_scenario::{ContentFilter, FilterAction, Moment, Scenario, Span};
use tollgate_traffic::{Chance, Directory, FilterId, Matching, Message, OutbreakId, StreamKey, UserId, VirusId, below};

use crate::Gateway;

/// The result of scanning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanFinding {
    /// Spam, or suspected spam.
    Spam,
    /// A virus.
    Virus(VirusId),
    /// Neither spam nor a virus.
    Clean,
}

impl ScanFinding {
    /// Its word in traces. That of a virus is its name.
    pub fn word(self, directory: &Directory) -> &str {
        match self {
            ScanFinding::Spam => "spam",
            ScanFinding::Virus(virus) => directory.virus(virus),
            ScanFinding::Clean => "clean",
        }
    }
}

/// The result of scanning, and the time at which it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanResult {
    /// The finding.
    pub finding: ScanFinding,
    /// Time at which it is counted: on leaving the work queue, or the outbreak quarantine.
    pub at: Moment,
    /// The outbreak that the message was held for.
    pub held_for: Option<OutbreakId>,
}

/// A content filter, prepared for matching.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    id: FilterId,
    outgoing: bool,
    action: FilterAction,
    matches: Chance,
    applies: Chance,
    key: StreamKey,
    users_key: StreamKey,
}

/// A content filter that matches, with its action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The filter.
    pub filter: FilterId,
    /// Its action.
    pub action: FilterAction,
    /// Its place among the filters of the gateway. `None` if a script says that it matches and applies to all users.
    place: Option<usize>,
}

/// An outbreak, prepared for scanning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutbreakRule {
    held_from: Moment,
    signature_at: Moment,
    release_span: Span,
    false_positive: Chance,
    virus: VirusId,
}

impl Filter {
    pub(crate) fn all(scenario: &Scenario, directory: &Directory) -> Vec<Filter> {
        let make = |filter: &ContentFilter| {
            let same =
                |name: &tollgate_traffic::FilterName| name.name == filter.name && name.direction == filter.direction;
            let number = directory.filters.iter().position(same).expect("every filter is in the directory");
            let outgoing = filter.direction == tollgate_scenario::Direction::Outgoing;
            let direction = if outgoing { "outgoing filter" } else { "incoming filter" };
            let key = StreamKey::new(scenario.seed).named(direction).named(&filter.name);
            Filter {
                id: FilterId::new(number as u16),
                outgoing,
                action: filter.action,
                matches: Chance::new(filter.probability.get()),
                applies: Chance::new(filter.users.get()),
                key,
                users_key: key.named("users"),
            }
        };
        scenario.content_filters.iter().map(make).collect()
    }
}

impl OutbreakRule {
    /// The rules in the order of the directory.
    pub(crate) fn all(scenario: &Scenario, directory: &Directory) -> Vec<OutbreakRule> {
        let make = |name: &tollgate_traffic::OutbreakName| {
            let same = |outbreak: &&tollgate_scenario::Outbreak| outbreak.name == name.name && outbreak.id == name.id;
            let outbreak = scenario.outbreaks.iter().find(same).expect("the directory's outbreaks are the scenario's");
            let held_from = outbreak.first_seen.plus(outbreak.filter_delay);
            let virus = directory.viruses.binary_search(&outbreak.virus).expect("an outbreak refers to a virus type");
            OutbreakRule {
                held_from,
                signature_at: held_from.plus(outbreak.protection_time),
                release_span: outbreak.release_span,
                false_positive: Chance::new(outbreak.false_positives.get()),
                virus: VirusId::new(virus as u16),
            }
        };
        directory.outbreaks.iter().map(make).collect()
    }
}

impl Gateway {
    /// Scans a message that leaves the work queue at `left`.
    pub fn scan(&self, message: &Message, left: Moment) -> ScanResult {
        let at_once = |finding| ScanResult { finding, at: left, held_for: None };
        if let Some(outbreak) = message.outbreak {
            return self.scan_outbreak(message, outbreak, left);
        }
        if message.spam {
            at_once(ScanFinding::Spam)
        } else {
            at_once(message.virus.map_or(ScanFinding::Clean, ScanFinding::Virus))
        }
    }

    fn scan_outbreak(&self, message: &Message, outbreak: OutbreakId, left: Moment) -> ScanResult {
        let rule = &self.outbreaks[outbreak.index()];
        let key = StreamKey::new(message.identity).named("outbreak");
        if left < rule.held_from {
            return ScanResult { finding: ScanFinding::Clean, at: left, held_for: None };
        }
        if left >= rule.signature_at {
            return ScanResult { finding: ScanFinding::Virus(rule.virus), at: left, held_for: None };
        }
        let clean = rule.false_positive.hit(key.number(0));
        let finding = if clean { ScanFinding::Clean } else { ScanFinding::Virus(rule.virus) };
        let wait_micros = below(key.number(1), rule.release_span.micros() + 1);
        let at = rule.signature_at.plus(Span::from_micros(wait_micros));
        ScanResult { finding, at, held_for: Some(outbreak) }
    }

    /// The content filters that match a clean message, in their order. The recipients are not
    /// considered.
    pub fn matches(&self, message: &Message, outgoing: bool, out: &mut Vec<Match>) {
        out.clear();
        match message.matching {
            Matching::Drawn => {}
            Matching::Never => return,
            Matching::Scripted { filter, action } => return out.push(Match { filter, action, place: None }),
        }
        for (place, filter) in self.filters.iter().enumerate() {
            // One number from the filter's own stream, so that adding another filter changes nothing.
            if filter.outgoing == outgoing && filter.matches.hit(filter.key.number(message.identity)) {
                out.push(Match { filter: filter.id, action: filter.action, place: Some(place) });
            }
        }
    }

    /// The filters that apply to a user among those that match a message, up to the first that stops it.
    pub fn applied<'a>(&'a self, matches: &'a [Match], user: UserId) -> impl Iterator<Item = Match> + 'a {
        let mut is_stopped = false;
        matches.iter().copied().filter(move |&found| self.applies(found, user)).take_while(move |found| {
            let goes_on = !is_stopped;
            is_stopped |= found.action.stops();
            goes_on
        })
    }

    /// True if a filter that matches applies to a user.
    pub fn applies(&self, found: Match, user: UserId) -> bool {
        found.place.is_none_or(|place| {
            let filter = &self.filters[place];
            filter.applies.hit(filter.users_key.number(u64::from(user.number())))
        })
    }
}
