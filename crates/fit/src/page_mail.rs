//! The mail that a counting rule counts as the figures of a page.

use tollgate_catalogue::{AfterFailure, Form, LossCondition};

use crate::page_counts::PageCounts;

/// Messages of a connection in clear, if the figures do not show them: those of a week in the forum thread about bug 42751, with 255,487
/// messages on 198,232 connections.
const MESSAGES_PER_CONNECTION: f64 = 1.289;

/// The most messages that a scenario allows for a connection of a script.
pub(crate) const MOST_PER_CONNECTION: u64 = 1_000_000;

/// Destinations and their weights (assumed).
pub(crate) type Destinations = &'static [(&'static str, u64)];
pub(crate) const REQUIRED: Destinations = &[("partner", 1)];
pub(crate) const REFUSING: Destinations = &[("exchange", 1)];
const ENCRYPTED: Destinations = &[("bank", 40), ("ministry", 27), ("lawyers", 20), ("clinic", 13)];
const FAILING: Destinations = &[("museum", 65), ("printer", 35)];
const CLEAR: Destinations = &[("webmail", 38), ("telecom", 25), ("supplier", 17), ("agency", 12), ("college", 8)];
pub(crate) const EXCLUDED: Destinations = &[("branch", 60), ("archive", 40)];

/// Connections to some destinations with the messages (recipients) that they carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScriptedMail {
    pub(crate) connections: u64,
    pub(crate) messages: u64,
}

/// The mail of the scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageMail {
    /// TLS is required, and succeeds.
    pub(crate) required: ScriptedMail,
    /// TLS is required, and not offered. All messages bounce.
    pub(crate) refusing: ScriptedMail,
    /// TLS is preferred, and succeeds.
    pub(crate) encrypted: ScriptedMail,
    /// TLS is preferred, and fails after the 220 reply. A second connection in clear carries the messages.
    pub(crate) failing: ScriptedMail,
    /// TLS is preferred, but not offered.
    pub(crate) clear: ScriptedMail,
    /// The TLS setting is No, so every rule counts the connections.
    pub(crate) excluded: ScriptedMail,
    /// The numbers of failing destinations and of those that do not offer TLS.
    domains: (usize, usize),
}

/// The connections in clear that a rule counts where TLS is preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    All,
    /// One for each destination, if it has known them for long enough.
    OneEach,
    None,
}

/// The connections in clear that a rule counts, by their reason.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShownClear {
    /// The second connection after a failure, or the failed one in its place.
    after_failure: Shown,
    /// A connection on which TLS was not offered.
    not_offered: Shown,
}

/// A kind of destination.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DestinationKind {
    pub(crate) heading: &'static str,
    pub(crate) destinations: Destinations,
    pub(crate) starttls: Option<&'static str>,
}

impl ShownClear {
    pub(crate) fn of(form: Form) -> Self {
        let (after_failure, not_offered) = match form {
            Form::Every => (Shown::All, Shown::All),
            Form::Lossy(loss) => match loss.when {
                LossCondition::Busy => (Shown::None, Shown::None),
                LossCondition::Known => (Shown::OneEach, Shown::OneEach),
            },
            Form::AfterFailure(AfterFailure::SecondConnection | AfterFailure::FailedConnection) => {
                (Shown::All, Shown::None)
            }
        };
        ShownClear { after_failure, not_offered }
    }

    /// The fewest unencrypted connections that the page shows with the other figures.
    pub(crate) fn least(self, counts: &PageCounts) -> u64 {
        let failed = match self.after_failure {
            Shown::All => counts.failed_preferred,
            Shown::OneEach => counts.failed_preferred.min(1),
            Shown::None => 0,
        };
        let carrying = u64::from(counts.unencrypted_messages > 0 && counts.failed_preferred == 0);
        failed + if self.not_offered == Shown::None { 0 } else { carrying }
    }
}

impl PageMail {
    /// The mail that gives these counts.
    pub(crate) fn of(counts: &PageCounts, counted: ShownClear) -> Self {
        let successes = counts.successes().max(1);
        let of_required = counts.encrypted_messages * counts.successful_required / successes;
        let failed = counts.failed_preferred;
        let shown = counts.unencrypted_connections;
        let failing_domains = match counted.after_failure {
            Shown::OneEach => failed.min(shown).min(FAILING.len() as u64),
            Shown::All | Shown::None => failed.min(FAILING.len() as u64),
        };
        let others = shown
            - match counted.after_failure {
                Shown::All => failed,
                Shown::OneEach => failing_domains,
                Shown::None => 0,
            };
        // The connections that the page shows are divided between destinations that do not offer TLS and those with the setting No.
        let is_preferred = counts.successful_preferred + failed > 0;
        let (clear, excluded) = match counted.not_offered {
            Shown::All if is_preferred => (others, 0),
            Shown::All | Shown::None => (0, others),
            Shown::OneEach => {
                let domains = others.min(CLEAR.len() as u64);
                (domains, others - domains)
            }
        };
        let mut mail = PageMail {
            required: ScriptedMail { connections: counts.successful_required, messages: of_required },
            refusing: ScriptedMail { connections: counts.failed_required, messages: counts.failed_required },
            encrypted: ScriptedMail {
                connections: counts.successful_preferred,
                messages: counts.encrypted_messages - of_required,
            },
            failing: ScriptedMail { connections: failed, messages: 0 },
            clear: ScriptedMail { connections: clear, messages: 0 },
            excluded: ScriptedMail { connections: excluded, messages: 0 },
            domains: (
                failing_domains as usize,
                if counted.not_offered == Shown::OneEach { clear as usize } else { CLEAR.len() },
            ),
        };
        mail.divide_clear_messages(counts.unencrypted_messages, counted.not_offered);
        mail
    }

    /// Divides the messages in clear among the destinations. If they are too many for the connections that the page shows, further
    /// connections carry them, which the rule does not count.
    fn divide_clear_messages(&mut self, messages: u64, not_offered: Shown) {
        let PageMail { failing, clear, excluded, .. } = self;
        let shown = failing.connections + clear.connections + excluded.connections;
        let part = |connections: u64| part(messages, connections, shown);
        let usual = |connections: u64| usual_messages(connections).min(part(connections));
        let is_hidden = match not_offered {
            Shown::All => false,
            Shown::OneEach => clear.connections > 0,
            // With up to one message more on each connection, no hidden connections are needed.
            Shown::None => messages > usual_messages(shown) + shown,
        };
        if is_hidden {
            (failing.messages, excluded.messages) = (usual(failing.connections), usual(excluded.connections));
            clear.messages = messages - failing.messages - excluded.messages;
            let carrying = (clear.messages as f64 / MESSAGES_PER_CONNECTION).round() as u64;
            clear.connections = carrying.max(1).max(clear.connections);
        } else {
            (clear.messages, excluded.messages) = (part(clear.connections), part(excluded.connections));
            // Messages that rounding leaves over go to groups that have connections.
            let rest = messages - clear.messages - excluded.messages;
            if let Some(last) = [failing, excluded, clear].into_iter().find(|mail| mail.connections > 0) {
                last.messages += rest;
            }
        }
    }

    /// The mail by kind of destination, with the destinations.
    pub(crate) fn groups(&self) -> [(DestinationKind, ScriptedMail); 6] {
        let (failing, clear) = self.domains;
        let of = |heading, destinations: Destinations, starttls| DestinationKind { heading, destinations, starttls };
        [
            (of("TLS is required and succeeds", REQUIRED, Some("good")), self.required),
            (of("TLS is required and not offered, so all messages bounce", REFUSING, None), self.refusing),
            (of("TLS is preferred and succeeds", ENCRYPTED, Some("good")), self.encrypted),
            (
                of(
                    "TLS is preferred and fails after the 220 reply, so a second connection in clear carries the messages",
                    &FAILING[..failing],
                    Some("fails-after220"),
                ),
                self.failing,
            ),
            (of("TLS is preferred but not offered", &CLEAR[..clear], None), self.clear),
            (of("The TLS setting is No", EXCLUDED, None), self.excluded),
        ]
    }

    /// The connections, without second ones.
    pub(crate) fn connections(&self) -> u64 {
        self.groups().iter().map(|(_, mail)| mail.connections).sum()
    }

    /// The connections in clear.
    pub(crate) fn in_clear(&self) -> u64 {
        self.failing.connections + self.clear.connections + self.excluded.connections
    }

    /// True if TLS is preferred for destinations without a setting of their own.
    pub(crate) fn is_preferred(&self) -> bool {
        self.encrypted.connections + self.failing.connections + self.clear.connections > 0
    }
}

impl DestinationKind {
    /// Divides mail among the destinations by their weights. While there are connections, each destination has one at least.
    pub(crate) fn divide(&self, mail: ScriptedMail) -> Vec<(&'static str, ScriptedMail)> {
        let used = &self.destinations[..self.destinations.len().min(mail.connections as usize)];
        let weights: u64 = used.iter().map(|(_, weight)| weight).sum();
        let more = mail.connections - used.len() as u64;
        let (mut weight, mut connections, mut messages) = (0, 0, 0);
        let divided = used.iter().zip(1..).map(|(&(name, own), number)| {
            weight += own;
            let until = number + part(more, weight, weights);
            let carried = part(mail.messages, until, mail.connections);
            let own = ScriptedMail { connections: until - connections, messages: carried - messages };
            (connections, messages) = (until, carried);
            (name, own)
        });
        divided.collect()
    }
}

/// The usual number of messages on connections.
pub(crate) fn usual_messages(connections: u64) -> u64 {
    (connections as f64 * MESSAGES_PER_CONNECTION).round() as u64
}

/// A part of a whole, in proportion to a part of all, rounded down.
fn part(whole: u64, of: u64, all: u64) -> u64 {
    (u128::from(whole) * u128::from(of) / u128::from(all.max(1))) as u64
}
