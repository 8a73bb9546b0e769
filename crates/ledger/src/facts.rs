//! The facts that are counted: for each account its key and its cells.
//!
//! Each account has an enum that names its cells. A variant is an index into a row. The catalogue of reports uses the
//! variants' names in snake case.

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
            /// Number of cells in a row.
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
    /// Counts of the whole appliance. Times are in microseconds.
    System,
    /// The time that the counts cover.
    Elapsed = "elapsed",
    /// Messages (transactions) accepted from outside.
    IncomingMessages = "incoming_messages",
    /// Bytes of those messages.
    IncomingBytes = "incoming_bytes",
    /// Messages (transactions) that an outside destination has accepted a first copy of.
    OutgoingMessages = "outgoing_messages",
    /// Bytes of those messages.
    OutgoingBytes = "outgoing_bytes",
    /// Messages (transactions) that left the work queue.
    QueueLeft = "queue_left",
    /// Total time that those messages spent in the work queue.
    QueueTime = "queue_time",
    /// Integral over time of the number of messages in the work queue.
    QueueDepthTime = "queue_depth_time",
    /// Maximum number of messages in the work queue at once. The only cell that is a maximum.
    QueueDepthMax = "queue_depth_max",
    /// Available processor time: elapsed time times the number of cores.
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
    /// Processor time of everything else, such as the operating system and updates.
    CpuOther = "cpu_other",
    /// Time in which the appliance was up.
    Up = "up",
}

cells! {
    /// Counts of incoming mail by the sender's domain or network owner, in recipients except where a cell says
    /// connections.
    Sender,
    /// Connections accepted.
    Accepted = "accepted",
    /// Connections rejected.
    Rejected = "rejected",
    /// Connections refused at the TCP level.
    Refused = "refused",
    /// Stopped by limits of the mail flow policy.
    Throttled = "throttled",
    /// Refused because they do not exist.
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
    /// Counts of accepted connections by the sender's domain.
    IncomingTls,
    /// Connections with TLS; the policy requires it.
    SuccessfulRequired = "successful_required",
    /// Connections with TLS; the policy prefers it.
    SuccessfulPreferred = "successful_preferred",
    /// Connections without the TLS that the policy requires.
    FailedRequired = "failed_required",
    /// Connections on which TLS was started and failed; the policy prefers it.
    FailedPreferred = "failed_preferred",
    /// Connections in clear.
    Unencrypted = "unencrypted",
    /// Recipients accepted on connections with TLS.
    EncryptedMessages = "encrypted_messages",
    /// Recipients accepted on connections in clear.
    UnencryptedMessages = "unencrypted_messages",
}

cells! {
    /// Connections by sender group and action of the policy.
    SenderGroup,
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
    /// Counts by internal user, in recipients.
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
    /// Number of recipients.
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
    /// Counts of outgoing connections by destination, TLS setting and TLS outcome.
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

/// The TLS setting in force for an outgoing connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TlsSetting {
    /// TLS is not used.
    No,
    /// TLS is used if it is available.
    Preferred,
    /// TLS is required.
    Required,
}

/// The TLS outcome of an outgoing connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TlsOutcome {
    /// Not tried because the setting is No, or because the destination was unreachable and no connection was opened.
    NotTried,
    /// Not offered by the destination.
    NotOffered,
    /// Negotiated.
    Negotiated,
    /// Failed before the 220 reply. Under Preferred, the connection went on in clear.
    FailedBefore220,
    /// Failed after the 220 reply. The connection carried nothing.
    FailedAfter220,
    /// Negotiated, but a required certificate could not be verified. The connection carried nothing.
    NotVerified,
    /// Not tried: this is the second connection of an attempt, in clear, after a failure on the first.
    SecondConnection,
}

/// The key of the deliveries account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryKey {
    /// The destination domain.
    pub domain: u32,
    /// The number of the base interval since the Unix epoch. Counting rules that depend on load use it.
    pub base_interval: u32,
    /// The TLS setting in force.
    pub setting: TlsSetting,
    /// The TLS outcome.
    pub outcome: TlsOutcome,
}

impl DeliveryKey {
    /// The key as a number. Numbers have the same order as keys.
    #[inline]
    pub fn pack(self) -> u64 {
        u64::from(self.domain) << 40
            | u64::from(self.base_interval) << 8
            | (self.setting as u64) << 4
            | self.outcome as u64
    }

    /// The key that a number stands for.
    pub fn unpack(number: u64) -> Self {
        DeliveryKey {
            domain: (number >> 40) as u32,
            base_interval: (number >> 8) as u32,
            setting: TlsSetting::ALL[(number >> 4 & 0xF) as usize],
            outcome: TlsOutcome::ALL[(number & 0xF) as usize],
        }
    }
}

impl TlsSetting {
    /// Every setting, in order of numbers.
    pub const ALL: [TlsSetting; 3] = [TlsSetting::No, TlsSetting::Preferred, TlsSetting::Required];

    /// The words of the settings in traces, in order of numbers.
    pub const WORDS: [&str; 3] = ["no", "preferred", "required"];
}

impl TlsOutcome {
    /// Every outcome, in order of numbers.
    pub const ALL: [TlsOutcome; 7] = [
        TlsOutcome::NotTried,
        TlsOutcome::NotOffered,
        TlsOutcome::Negotiated,
        TlsOutcome::FailedBefore220,
        TlsOutcome::FailedAfter220,
        TlsOutcome::NotVerified,
        TlsOutcome::SecondConnection,
    ];

    /// The words of the outcomes in traces, in order of numbers.
    pub const WORDS: [&str; 7] = [
        "not_tried",
        "not_offered",
        "negotiated",
        "failed_before_220",
        "failed_after_220",
        "not_verified",
        "second_connection",
    ];
}

/// Facts about a sender's address. Its latest connection decides them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Last {
    /// Time of opening the connection in microseconds since the Unix epoch, and its number among those opened at that
    /// time.
    pub opened: (u64, u32),
    /// SBRS in tenths, or `NO_SCORE`.
    pub sbrs: i16,
    /// The sender group.
    pub group: u16,
    /// The sender's population. Together with the address it gives the host's name.
    pub population: u16,
}

/// A note of an account's rows. It may hold the facts that the latest connection decides.
pub trait Note: Copy + Ord + Default {
    /// These facts. All are zero if the account does not have them.
    fn last(self) -> Last;
}

impl Note for () {
    fn last(self) -> Last {
        Last::default()
    }
}

impl Note for Last {
    fn last(self) -> Last {
        self
    }
}

/// The value that means no SBRS.
pub const NO_SCORE: i16 = i16::MIN;

/// The key of the filters account, from filter and user.
#[inline]
pub fn filter_key(filter: u32, user: u32) -> u64 {
    u64::from(filter) << 32 | u64::from(user)
}
