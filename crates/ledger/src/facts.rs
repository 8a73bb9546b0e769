//! The facts that are counted: for each account its key and its cells.
//!
//! An account is one way of cutting the counts. Its cells are named by an enum whose variants index a row; the names of
//! the variants in snake case are the names by which the catalogue of reports calls them.

/// Declares the cells of an account: an enum, its length and its names.
macro_rules! cells {
    ($(#[$doc:meta])* $cells:ident, $($(#[$cell_doc:meta])* $cell:ident = $name:literal,)+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum $cells {
            $($(#[$cell_doc])* $cell,)+
        }

        impl $cells {
            /// The names of the cells, in the order of a row.
            pub const NAMES: &[&str] = &[$($name),+];
            /// How many cells a row has.
            pub const COUNT: usize = Self::NAMES.len();
        }

        impl From<$cells> for usize {
            fn from(cell: $cells) -> usize {
                cell as usize
            }
        }
    };
}

cells! {
    /// What an appliance counts as a whole. Times are in microseconds.
    System,
    /// The time that the counts cover.
    Elapsed = "elapsed",
    /// Messages (transactions) accepted from outside.
    IncomingMessages = "incoming_messages",
    /// Their bytes.
    IncomingBytes = "incoming_bytes",
    /// Messages (transactions) of which outside has accepted a first copy.
    OutgoingMessages = "outgoing_messages",
    /// Their bytes.
    OutgoingBytes = "outgoing_bytes",
    /// Messages (transactions) that left the work queue.
    QueueLeft = "queue_left",
    /// The whole time that those spent in it.
    QueueTime = "queue_time",
    /// The integral of the messages in the work queue over time.
    QueueDepthTime = "queue_depth_time",
    /// The most messages in the work queue at once. A maximum, the only one.
    QueueDepthMax = "queue_depth_max",
    /// Processor time that there was: elapsed time by cores.
    CpuCapacity = "cpu_capacity",
    /// Processor time of anti-spam scanning.
    CpuAntiSpam = "cpu_anti_spam",
    /// Processor time of anti-virus scanning.
    CpuAntiVirus = "cpu_anti_virus",
    /// Processor time of all other work on mail.
    CpuMailProcessing = "cpu_mail_processing",
    /// Processor time of reporting.
    CpuReporting = "cpu_reporting",
    /// Processor time of the quarantines.
    CpuQuarantine = "cpu_quarantine",
}

cells! {
    /// What is counted of mail from outside by the sender's domain or network owner. Recipients, unless it says connections.
    Sender,
    /// Connections accepted.
    Accepted = "accepted",
    /// Connections rejected.
    Rejected = "rejected",
    /// Connections refused at the TCP level.
    Refused = "refused",
    /// Stopped by limits of the mail flow policy.
    Throttled = "throttled",
    /// Refused as they do not exist.
    Invalid = "invalid",
    /// Spam.
    Spam = "spam",
    /// Infected.
    Virus = "virus",
    /// Stopped by a content filter.
    Filtered = "filtered",
    /// Clean.
    Clean = "clean",
}

cells! {
    /// What is counted of accepted connections by the sender's domain.
    IncomingTls,
    /// Connections with TLS where the policy requires it.
    SuccessfulRequired = "successful_required",
    /// Connections with TLS where the policy prefers it.
    SuccessfulPreferred = "successful_preferred",
    /// Connections without the TLS that the policy requires.
    FailedRequired = "failed_required",
    /// Connections on which TLS was started and failed where the policy prefers it.
    FailedPreferred = "failed_preferred",
    /// Connections in clear.
    Unencrypted = "unencrypted",
    /// Recipients accepted on connections with TLS.
    EncryptedMessages = "encrypted_messages",
    /// Recipients accepted on connections in clear.
    UnencryptedMessages = "unencrypted_messages",
}

cells! {
    /// Connections by sender group and what its policy did with them.
    Group,
    /// Accepted.
    Accept = "accept",
    /// Relayed.
    Relay = "relay",
    /// Rejected.
    Reject = "reject",
    /// Refused at the TCP level.
    TcpRefuse = "tcp_refuse",
}

cells! {
    /// What is counted by internal user, in recipients.
    User,
    /// Incoming, spam.
    IncomingSpam = "incoming_spam",
    /// Incoming, infected.
    IncomingVirus = "incoming_virus",
    /// Incoming, matched by at least one content filter.
    IncomingMatched = "incoming_matched",
    /// Incoming, stopped by a content filter.
    IncomingFiltered = "incoming_filtered",
    /// Incoming, clean.
    IncomingClean = "incoming_clean",
    /// Outgoing, infected.
    OutgoingVirus = "outgoing_virus",
    /// Outgoing, matched by at least one content filter.
    OutgoingMatched = "outgoing_matched",
    /// Outgoing, stopped by a content filter.
    OutgoingFiltered = "outgoing_filtered",
    /// Outgoing, clean.
    OutgoingClean = "outgoing_clean",
}

cells! {
    /// Recipients whose messages matched a content filter.
    Filter,
    /// How many.
    Messages = "messages",
}

cells! {
    /// Infected recipients by type of virus.
    Virus,
    /// Incoming.
    Incoming = "incoming",
    /// Outgoing.
    Outgoing = "outgoing",
}

cells! {
    /// Recipients of messages that an outbreak filter held.
    Outbreak,
    /// Released from quarantine.
    Released = "released",
}

cells! {
    /// What is counted of outgoing connections by destination, setting and outcome.
    Delivery,
    /// Connections.
    Connections = "connections",
    /// Connections that were the first of their delivery attempt.
    Attempts = "attempts",
    /// Copies of messages (transactions) accepted by the destination.
    Copies = "copies",
    /// Recipients delivered.
    Messages = "messages",
    /// Recipients given up: refused for good, or undeliverable for too long.
    HardBounced = "hard_bounced",
}

/// The TLS setting that was in force for an outgoing connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Control {
    /// Not used.
    No,
    /// Used where it can be had.
    Preferred,
    /// Required.
    Required,
}

/// What came of TLS on an outgoing connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Outcome {
    /// It was not tried, as the setting says No.
    NotTried,
    /// It was not offered.
    NotOffered,
    /// It was negotiated.
    Negotiated,
    /// It failed before the 220 reply; under Preferred the connection went on in clear.
    FailedBefore220,
    /// It failed after the 220 reply; the connection carried nothing.
    FailedAfter220,
    /// It was negotiated, and the certificate that was required could not be verified; the connection carried nothing.
    NotVerified,
    /// It was not tried: this is the second connection, in clear, after a failure on the first.
    SecondConnection,
}

/// The key of the deliveries account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryKey {
    /// The destination domain.
    pub domain: u32,
    /// The number of the base interval, counted from the Unix epoch: rates that depend on load are judged by it.
    pub base_interval: u32,
    /// The setting in force.
    pub control: Control,
    /// What came of it.
    pub outcome: Outcome,
}

impl Control {
    /// Every setting, in the order of their numbers.
    pub const ALL: [Control; 3] = [Control::No, Control::Preferred, Control::Required];
}

impl Outcome {
    /// Every outcome, in the order of their numbers.
    pub const ALL: [Outcome; 7] = [
        Outcome::NotTried,
        Outcome::NotOffered,
        Outcome::Negotiated,
        Outcome::FailedBefore220,
        Outcome::FailedAfter220,
        Outcome::NotVerified,
        Outcome::SecondConnection,
    ];
}

/// The facts about a sender's address that the latest of its connections decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Last {
    /// When the connection was opened, in microseconds since the Unix epoch, and which it was of those at that moment.
    pub opened: (u64, u32),
    /// The score in tenths; `NO_SCORE` without one.
    pub sbrs: i16,
    /// The sender group.
    pub group: u16,
    /// Which population the sender is of: with the address it tells the host's name.
    pub population: u16,
}

/// What stands for the score of a sender that has none.
pub const NO_SCORE: i16 = i16::MIN;
