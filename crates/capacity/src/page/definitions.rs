//! The definitions of the graphs over load.

/// The definition of a graph over load.
pub(super) struct GraphDefinition {
    pub(super) heading: &'static str,
    pub(super) text: &'static str,
    /// The figures: their names, and their names in the graph.
    pub(super) figures: &'static [(&'static str, &'static str)],
    /// The figures of both sides in the graph of a comparison, at most two. If there are none, each side has its own graph
    /// with all figures.
    pub(super) compared: &'static [(&'static str, &'static str)],
    pub(super) stacked: bool,
    pub(super) logarithmic: bool,
    /// True if it shows the warning of the work queue.
    pub(super) with_warning: bool,
    /// True if it is shown even if all values are zero.
    pub(super) shown_if_zero: bool,
    /// True if it is also shown for each appliance.
    pub(super) for_each_appliance: bool,
}

pub(super) const USED: GraphDefinition = GraphDefinition {
    heading: "Use of limited resources",
    text: "Workers and cores: mean of the busiest hour. Connections and disk: the most at one time. Each kind of listener is \
           represented by the listener nearest its limit.",
    figures: &[
        ("workers_busiest_hour", "Workers"),
        ("cpu_busiest_hour", "Cores"),
        ("public_connections_used", "Public listener"),
        ("private_connections_used", "Private listener"),
        ("outbound_connections_used", "Outgoing"),
        ("queue_disk_used", "Queue disk"),
    ],
    compared: &[],
    stacked: false,
    logarithmic: false,
    with_warning: false,
    shown_if_zero: true,
    for_each_appliance: true,
};

pub(super) const DELAY: GraphDefinition = GraphDefinition {
    heading: "Time in the work queue",
    text: "From the arrival of a message to the end of its scanning.",
    figures: &[
        ("delay_p50", "50% within"),
        ("delay_p95", "95% within"),
        ("delay_p99", "99% within"),
        ("delay_p999", "99.9% within"),
        ("delay_longest", "Longest"),
    ],
    compared: &[("delay_p50", "50% within"), ("delay_p99", "99% within")],
    stacked: false,
    logarithmic: true,
    with_warning: false,
    shown_if_zero: true,
    for_each_appliance: true,
};

pub(super) const DEPTH: GraphDefinition = GraphDefinition {
    heading: "Messages in the work queue",
    text: "Messages that wait for a worker or are being processed by one.",
    figures: &[("depth_mean", "Mean"), ("depth_max", "Most")],
    compared: &[("depth_max", "most")],
    stacked: false,
    logarithmic: true,
    with_warning: true,
    shown_if_zero: true,
    for_each_appliance: true,
};

pub(super) const PROCESSOR: GraphDefinition = GraphDefinition {
    heading: "CPU by function",
    text: "Share of all cores, averaged over the span.",
    figures: &[
        ("cpu_anti_spam", "Anti-spam"),
        ("cpu_anti_virus", "Anti-virus"),
        ("cpu_mail_processing", "Mail processing"),
        ("cpu_reporting", "Reporting"),
        ("cpu_quarantine", "Quarantine"),
        ("cpu_other", "Other"),
    ],
    compared: &[],
    stacked: true,
    logarithmic: false,
    with_warning: false,
    shown_if_zero: true,
    for_each_appliance: true,
};

pub(super) const THROUGHPUT: GraphDefinition = GraphDefinition {
    heading: "Throughput per hour",
    text: "Messages (transactions), averaged over the span. The queue grows while more messages enter than leave.",
    figures: &[
        ("messages_accepted_per_hour", "Accepted"),
        ("messages_processed_per_hour", "Out of the queue"),
        ("messages_delivered_per_hour", "Delivered outside"),
    ],
    compared: &[("messages_processed_per_hour", "out of the queue")],
    stacked: false,
    logarithmic: false,
    with_warning: false,
    shown_if_zero: true,
    for_each_appliance: false,
};

pub(super) const TURNED_AWAY: GraphDefinition = GraphDefinition {
    heading: "Turned away or delayed",
    text: "Totals over the span of the mail that was turned away or delayed because a limit was reached.",
    figures: &[
        ("turned_away", "Connections turned away"),
        ("given_up", "Senders that gave up"),
        ("deferred", "Deliveries that waited"),
    ],
    compared: &[("turned_away", "connections turned away")],
    stacked: false,
    logarithmic: true,
    with_warning: false,
    shown_if_zero: false,
    for_each_appliance: true,
};
