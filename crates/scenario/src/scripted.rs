//! The messages of a script, by scan finding.

use crate::happening::{ScriptedIncoming, ScriptedOutgoing};

/// Messages (recipients) of a script with the same scan finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptedMessages<'s> {
    /// Their number of recipients, above 0.
    pub recipients: u32,
    /// The finding.
    pub finding: ScriptedFinding<'s>,
}

/// The reason why an appliance does not deliver a message of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptedFinding<'s> {
    /// Spam.
    Spam,
    /// A virus of the type with this name.
    Virus(&'s str),
    /// The content filter with this name drops or bounces it.
    ContentFilter(&'s str),
    /// The content filter with this name quarantines it.
    Quarantine(&'s str),
}

impl<'s> ScriptedFinding<'s> {
    /// The name of the content filter that stops the message.
    pub fn filter(self) -> Option<&'s str> {
        match self {
            ScriptedFinding::Spam | ScriptedFinding::Virus(_) => None,
            ScriptedFinding::ContentFilter(name) | ScriptedFinding::Quarantine(name) => Some(name),
        }
    }
}

impl ScriptedIncoming {
    /// The messages that are stopped because of their content. Without a name of its own, a content filter has the name of the script.
    pub fn stopped(&self) -> Vec<ScriptedMessages<'_>> {
        above_zero([
            (self.spam, ScriptedFinding::Spam),
            (self.virus, ScriptedFinding::Virus(self.virus_type.as_deref().unwrap_or_default())),
            (self.content_filter, ScriptedFinding::ContentFilter(or(&self.content_filter_name, &self.name))),
            (self.quarantine, ScriptedFinding::Quarantine(or(&self.quarantine_filter_name, &self.name))),
        ])
    }

    /// The number of all recipients that the sender names.
    pub fn recipients(&self) -> u64 {
        u64::from(self.messages) + u64::from(self.invalid) + sum(&self.stopped())
    }
}

impl ScriptedOutgoing {
    /// The messages that are stopped because of their content. Without a name of its own, a content filter has the name of the script.
    pub fn stopped(&self) -> Vec<ScriptedMessages<'_>> {
        above_zero([
            (self.virus, ScriptedFinding::Virus(self.virus_type.as_deref().unwrap_or_default())),
            (self.content_filter, ScriptedFinding::ContentFilter(or(&self.content_filter_name, &self.name))),
            (self.quarantine, ScriptedFinding::Quarantine(or(&self.quarantine_filter_name, &self.name))),
        ])
    }

    /// The number of all recipients that the servers name.
    pub fn recipients(&self) -> u64 {
        u64::from(self.messages) + u64::from(self.hard_bounces) + sum(&self.stopped())
    }
}

fn or<'s>(name: &'s Option<String>, default: &'s str) -> &'s str {
    name.as_deref().unwrap_or(default)
}

fn above_zero<'s, const N: usize>(counts: [(u32, ScriptedFinding<'s>); N]) -> Vec<ScriptedMessages<'s>> {
    let counts = counts.into_iter().filter(|&(recipients, _)| recipients > 0);
    counts.map(|(recipients, finding)| ScriptedMessages { recipients, finding }).collect()
}

fn sum(messages: &[ScriptedMessages]) -> u64 {
    messages.iter().map(|messages| u64::from(messages.recipients)).sum()
}
