//! Tells what happens to whoever listens.

use tollgate_gateway::{Judged, Mail, ScanFinding, Stay};
use tollgate_scenario::{FilterAction, Moment};

use crate::count::Counter;
use crate::event::{Event, Filtered, Happening, QuarantineReason};
use crate::shard::{Recipients, recipients};

impl Counter<'_> {
    /// Tells an event if somebody listens.
    #[inline]
    pub(crate) fn tell(&mut self, at: Moment, what: impl FnOnce() -> Happening) {
        if let Some(events) = &mut self.events {
            events.push(Event::new(at, what()));
        }
    }

    /// Tells of the messages that were received, from a place on.
    #[inline]
    pub(crate) fn tell_received(&mut self, judged: &Judged, first: usize) {
        if self.events.is_some() {
            for mail in &judged.mail[first..] {
                let recipients = recipients(judged, mail).into();
                self.tell(mail.entered(), || Happening::Received { mail: *mail, recipients });
            }
        }
    }

    /// Tells of a message that left the work queue, and what follows until its delivery. `is_handed` is true if it goes on to delivery.
    pub(crate) fn tell_left(&mut self, mail: &Mail, recipients: Recipients<'_>, stay: Stay, is_handed: bool) {
        let found = self.scan(mail, stay.left);
        // Outgoing spam is not stopped.
        let is_clean = found.finding == ScanFinding::Clean || mail.outgoing && found.finding == ScanFinding::Spam;
        let filtered = if is_clean { self.filtered(mail, recipients) } else { Vec::new() };
        let identity = mail.message.identity;
        if let Some(outbreak) = found.held_for {
            let (reason, recipients) = (QuarantineReason::Outbreak(outbreak), recipients.count());
            self.tell(stay.left, || Happening::Quarantined { identity, reason, recipients });
            self.tell(found.at, || Happening::Released { identity, outbreak });
        }
        for &Filtered { filter, action, recipients } in &filtered {
            if action == FilterAction::Quarantine {
                let reason = QuarantineReason::Filter(filter);
                self.tell(found.at, || Happening::Quarantined { identity, reason, recipients });
            }
        }
        let recipients = recipients.into();
        self.tell(stay.left, || Happening::Left { mail: *mail, recipients, stay, found, filtered });
        if !is_handed {
            self.tell(found.at, || Happening::Done { identity });
        }
    }

    /// The content filters that apply to recipients of a clean message.
    fn filtered(&self, mail: &Mail, recipients: Recipients<'_>) -> Vec<Filtered> {
        let mut matches = Vec::new();
        self.gateway.matches(&mail.message, mail.outgoing, &mut matches);
        let mut filtered: Vec<Filtered> = Vec::new();
        let mut add = |user, recipients| {
            for found in self.gateway.applied(&matches, user) {
                match filtered.iter_mut().find(|each| each.filter == found.filter) {
                    Some(known) => known.recipients += recipients,
                    None => filtered.push(Filtered { filter: found.filter, action: found.action, recipients }),
                }
            }
        };
        match recipients {
            Recipients::Users(users) => users.iter().for_each(|&user| add(user, 1)),
            Recipients::Groups(_) => add(mail.message.sender, recipients.count()),
        }
        filtered.retain(|each| each.recipients > 0);
        filtered.sort_by_key(|each| matches.iter().position(|found| found.filter == each.filter));
        filtered
    }
}
