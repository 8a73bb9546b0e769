//! The graphs over load, as data: which figures, on what scale, beside which limit.

/// A graph over load.
pub(super) struct Sheet {
    pub(super) heading: &'static str,
    pub(super) text: &'static str,
    /// The figures with their names in the graph.
    pub(super) figures: &'static [(&'static str, &'static str)],
    /// Those of them that a comparison shows of each side in one graph, two at the most; without any, each side has a graph
    /// of its own with all of them.
    pub(super) main: &'static [(&'static str, &'static str)],
    pub(super) stacked: bool,
    pub(super) logarithmic: bool,
    pub(super) warned: bool,
    /// Whether it is shown where all is zero.
    pub(super) always: bool,
    /// Whether it is shown of each appliance too.
    pub(super) each: bool,
}

pub(super) const USED: Sheet = Sheet {
    heading: "What is used of what there is",
    text: "Workers and cores in the busiest hour; connections to the listener that has the fewest left and to outside, and \
           disk, at the most.",
    figures: &[
        ("workers_busiest_hour", "Workers"),
        ("cpu_busiest_hour", "Cores"),
        ("public_connections_used", "Public listener"),
        ("private_connections_used", "Private listener"),
        ("outbound_connections_used", "To outside"),
        ("queue_disk_used", "Queue disk"),
    ],
    main: &[],
    stacked: false,
    logarithmic: false,
    warned: false,
    always: true,
    each: true,
};

pub(super) const DELAY: Sheet = Sheet {
    heading: "Time in the work queue",
    text: "How long messages stay, from their arrival to the end of their scanning.",
    figures: &[
        ("delay_p50", "50% within"),
        ("delay_p95", "95% within"),
        ("delay_p99", "99% within"),
        ("delay_p999", "99.9% within"),
        ("delay_longest", "Longest"),
    ],
    main: &[("delay_p50", "50% within"), ("delay_p99", "99% within")],
    stacked: false,
    logarithmic: true,
    warned: false,
    always: true,
    each: true,
};

pub(super) const DEPTH: Sheet = Sheet {
    heading: "Messages in the work queue",
    text: "Waiting for a worker or with one.",
    figures: &[("depth_mean", "Mean"), ("depth_max", "Most")],
    main: &[("depth_max", "most")],
    stacked: false,
    logarithmic: true,
    warned: true,
    always: true,
    each: true,
};

pub(super) const PROCESSOR: Sheet = Sheet {
    heading: "CPU by function",
    text: "Of all cores, on the mean of the span.",
    figures: &[
        ("cpu_anti_spam", "Anti-spam"),
        ("cpu_anti_virus", "Anti-virus"),
        ("cpu_mail_processing", "Mail processing"),
        ("cpu_reporting", "Reporting"),
        ("cpu_quarantine", "Quarantine"),
    ],
    main: &[],
    stacked: true,
    logarithmic: false,
    warned: false,
    always: true,
    each: true,
};

pub(super) const THROUGHPUT: Sheet = Sheet {
    heading: "Throughput, an hour",
    text: "Messages (transactions) on the mean of the span. Where less is processed than accepted, the queue grows.",
    figures: &[
        ("messages_in_per_hour", "Accepted"),
        ("messages_processed_per_hour", "Out of the queue"),
        ("messages_out_per_hour", "Delivered outside"),
    ],
    main: &[("messages_processed_per_hour", "out of the queue")],
    stacked: false,
    logarithmic: false,
    warned: false,
    always: true,
    each: false,
};

pub(super) const TURNED_AWAY: Sheet = Sheet {
    heading: "Turned away and put off",
    text: "Over the whole span, for lack of room.",
    figures: &[
        ("turned_away", "Connections turned away"),
        ("given_up", "Senders who gave up"),
        ("deferred", "Deliveries that waited"),
    ],
    main: &[("turned_away", "connections turned away")],
    stacked: false,
    logarithmic: true,
    warned: false,
    always: false,
    each: true,
};
