//! Connections of one population in one hour, column by column.

pub use tollgate_scenario::ClientTls;

/// Connections in the order in which they were opened. All columns are equally long.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    /// When each was opened, in microseconds since the Unix epoch.
    pub opened: Vec<u64>,
    /// The sender's IPv4 address.
    pub address: Vec<u32>,
    /// The domain that the sender is rolled up to, by its number in the directory.
    pub domain: Vec<u32>,
    /// The owner of the sender's network, by its number in the directory.
    pub owner: Vec<u32>,
    /// The score in tenths, or `NO_SCORE`.
    pub sbrs: Vec<i16>,
    /// What the sender does with TLS where it is offered.
    pub tls: Vec<ClientTls>,
    /// Whether the sender's name leads back to its address.
    pub verified: Vec<bool>,
    /// The place of the first among all connections of a script; 0 for what is drawn.
    pub first: u64,
}

/// One connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// When it was opened, in microseconds since the Unix epoch.
    pub opened: u64,
    /// The sender's IPv4 address.
    pub address: u32,
    /// The domain that the sender is rolled up to, by its number in the directory.
    pub domain: u32,
    /// The owner of the sender's network, by its number in the directory.
    pub owner: u32,
    /// The score in tenths, or `NO_SCORE`.
    pub sbrs: i16,
    /// What the sender does with TLS where it is offered.
    pub tls: ClientTls,
    /// Whether the sender's name leads back to its address.
    pub verified: bool,
}

impl Connections {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.opened.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.opened.is_empty()
    }

    /// Makes room for so many more.
    pub fn reserve(&mut self, count: usize) {
        self.opened.reserve(count);
        self.address.reserve(count);
        self.domain.reserve(count);
        self.owner.reserve(count);
        self.sbrs.reserve(count);
        self.tls.reserve(count);
        self.verified.reserve(count);
    }

    /// Adds one.
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

    /// One of them.
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
