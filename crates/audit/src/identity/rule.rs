//! Identities that rules of the program decide, because no comparison of sums can express them.

use crate::window::Window;

use super::blocked_groups::BlockedGroups;
use super::check::{Assumptions, IdentityRule};
use super::connected_groups::ConnectedGroups;
use super::contradiction::RuleResult;
use super::encryption::MessageEncryption;
use super::files::{RepeatedRows, check_dates, check_overlaps, check_timestamps, check_values};
use super::group_actions::GroupActions;
use super::host_domains::HostDomains;
use super::incoming_flow::IncomingFlow;
use super::missing_rows::{MissingRows, check_other_time};
use super::outbreaks::Outbreaks;
use super::queue::QueueFlow;
use super::scores::SenderScores;
use super::source::Sources;
use super::uncovered::{IntervalInProgress, UncoveredEnd};

/// A rule that is being checked.
#[derive(Debug)]
pub(super) enum RuleProgress {
    /// The first pass through the files has decided it.
    Known(RuleResult),
    MissingRows(MissingRows),
    RepeatedRows(RepeatedRows),
    SenderScores(SenderScores),
    ConnectedGroups(ConnectedGroups),
    HostDomains(HostDomains),
    GroupActions(GroupActions),
    BlockedGroups(BlockedGroups),
    IncomingFlow(IncomingFlow),
    Outbreaks(Outbreaks),
    MessageEncryption(MessageEncryption),
    QueueFlow(QueueFlow),
}

impl IdentityRule {
    /// Returns true if the rule needs a column that is no key, given by the number of its table and its place.
    pub(super) fn uses(self, table: u32, column: usize) -> bool {
        match self {
            IdentityRule::Dates
            | IdentityRule::Timestamps
            | IdentityRule::Overlaps
            | IdentityRule::Values
            | IdentityRule::OtherTime
            | IdentityRule::MissingRows
            | IdentityRule::RepeatedRows => false,
            IdentityRule::SenderScores => SenderScores::uses(table, column),
            IdentityRule::ConnectedGroups => ConnectedGroups::uses(table, column),
            IdentityRule::HostDomains => HostDomains::uses(table, column),
            IdentityRule::BlockedGroups => BlockedGroups::uses(table, column),
            IdentityRule::GroupActions
            | IdentityRule::IncomingFlow
            | IdentityRule::Outbreaks
            | IdentityRule::MessageEncryption
            | IdentityRule::QueueFlow => self.tables().contains(&table),
        }
    }
}

impl RuleProgress {
    pub(super) fn new(rule: IdentityRule, sources: &Sources, assumptions: Assumptions) -> Self {
        match rule {
            IdentityRule::Dates => RuleProgress::Known(check_dates(sources.files())),
            IdentityRule::Timestamps => RuleProgress::Known(check_timestamps(sources.files())),
            IdentityRule::Overlaps => RuleProgress::Known(check_overlaps(sources.files())),
            IdentityRule::Values => RuleProgress::Known(check_values(sources.files())),
            IdentityRule::OtherTime => RuleProgress::Known(check_other_time(sources.files())),
            IdentityRule::MissingRows => RuleProgress::MissingRows(MissingRows::new(sources.files())),
            IdentityRule::RepeatedRows => RuleProgress::RepeatedRows(RepeatedRows::default()),
            IdentityRule::SenderScores => RuleProgress::SenderScores(SenderScores::new(sources)),
            IdentityRule::ConnectedGroups => RuleProgress::ConnectedGroups(ConnectedGroups::new(sources)),
            IdentityRule::HostDomains => RuleProgress::HostDomains(HostDomains::new(sources)),
            IdentityRule::GroupActions => RuleProgress::GroupActions(GroupActions::new(sources)),
            IdentityRule::BlockedGroups => {
                RuleProgress::BlockedGroups(BlockedGroups::new(sources, assumptions.multiplier))
            }
            IdentityRule::IncomingFlow => {
                RuleProgress::IncomingFlow(IncomingFlow::new(sources, assumptions.max_per_connection))
            }
            IdentityRule::Outbreaks => RuleProgress::Outbreaks(Outbreaks::new(sources)),
            IdentityRule::MessageEncryption => RuleProgress::MessageEncryption(MessageEncryption::new(sources)),
            IdentityRule::QueueFlow => RuleProgress::QueueFlow(QueueFlow::new(sources)),
        }
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        match self {
            RuleProgress::Known(_) | RuleProgress::MissingRows(_) => {}
            RuleProgress::RepeatedRows(rule) => rule.look_at(window),
            RuleProgress::SenderScores(rule) => rule.look_at(window),
            RuleProgress::ConnectedGroups(rule) => rule.look_at(window),
            RuleProgress::HostDomains(rule) => rule.look_at(window),
            RuleProgress::GroupActions(rule) => rule.look_at(window),
            RuleProgress::BlockedGroups(rule) => rule.look_at(window),
            RuleProgress::IncomingFlow(rule) => rule.look_at(window),
            RuleProgress::Outbreaks(rule) => rule.look_at(window),
            RuleProgress::MessageEncryption(rule) => rule.look_at(window),
            RuleProgress::QueueFlow(rule) => rule.look_at(window),
        }
    }

    /// The result. `ends` are the tables with keys that lack rows, and `unfinished` is the last interval, if it was not over.
    pub(super) fn finish(self, ends: &[UncoveredEnd], unfinished: Option<IntervalInProgress>) -> RuleResult {
        match self {
            RuleProgress::Known(result) => result,
            RuleProgress::MissingRows(rule) => rule.finish(ends, unfinished),
            RuleProgress::RepeatedRows(rule) => rule.finish(),
            RuleProgress::SenderScores(rule) => rule.finish(),
            RuleProgress::ConnectedGroups(rule) => rule.finish(),
            RuleProgress::HostDomains(rule) => rule.finish(unfinished),
            RuleProgress::GroupActions(rule) => rule.finish(),
            RuleProgress::BlockedGroups(rule) => rule.finish(),
            RuleProgress::IncomingFlow(rule) => rule.finish(),
            RuleProgress::Outbreaks(rule) => rule.finish(),
            RuleProgress::MessageEncryption(rule) => rule.finish(),
            RuleProgress::QueueFlow(rule) => rule.finish(),
        }
    }
}
