//! Connections of one population in one hour, column by column.

pub use tollgate_scenario::ClientTls;

/// Connections in the order in which they were opened. All columns are equally long.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    /// Time of opening, in microseconds since the Unix epoch.
    pub opened: Vec<u64>,
    /// The sender's IPv4 address.
    pub address: Vec<u32>,
    /// Number in the directory of the domain that the sender is rolled up to.
    pub domain: Vec<u32>,
    /// Number in the directory of the owner of the sender's network.
    pub owner: Vec<u32>,
    /// SBRS in tenths, or `NO_SCORE`.
    pub sbrs: Vec<i16>,
    /// The sender's use of TLS if the appliance offers it.
    pub tls: Vec<ClientTls>,
    /// True if the sender's name resolves to its address.
    pub verified: Vec<bool>,
    /// In a script: the place of the first connection among all of the script. Otherwise 0.
    pub first: u64,
}

/// One connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Time of opening, in microseconds since the Unix epoch.
    pub opened: u64,
    /// The sender's IPv4 address.
    pub address: u32,
    /// Number in the directory of the domain that the sender is rolled up to.
    pub domain: u32,
    /// Number in the directory of the owner of the sender's network.
    pub owner: u32,
    /// SBRS in tenths, or `NO_SCORE`.
    pub sbrs: i16,
    /// The sender's use of TLS if the appliance offers it.
    pub tls: ClientTls,
    /// True if the sender's name resolves to its address.
    pub verified: bool,
}

impl Connections {
    /// Number of connections.
    pub fn len(&self) -> usize {
        self.opened.len()
    }

    /// True if there are no connections.
    pub fn is_empty(&self) -> bool {
        self.opened.is_empty()
    }

    /// Makes room for `count` more connections.
    pub fn reserve(&mut self, count: usize) {
        self.opened.reserve(count);
        self.address.reserve(count);
        self.domain.reserve(count);
        self.owner.reserve(count);
        self.sbrs.reserve(count);
        self.tls.reserve(count);
        self.verified.reserve(count);
    }

    /// Adds a connection.
    #[inline]
    pub fn push(&mut self, connection: Connection) {
        self.opened.push(connection.opened);
        self.address.push(connection.address);
        self.domain.push(connection.domain);
        self.owner.push(connection.owner);
        self.sbrs.push(connection.sbrs);
        self.tls.push(connection.tls);
        self.verified.push(connection.verified);
    }

    /// The connection at a place.
    pub fn get(&self, at: usize) -> Connection {
        Connection {
            opened: self.opened[at],
            address: self.address[at],
            domain: self.domain[at],
            owner: self.owner[at],
            sbrs: self.sbrs[at],
            tls: self.tls[at],
            verified: self.verified[at],
        }
    }
}
