//! Connections of one population, column by column.

pub use tollgate_scenario::ClientTls;
use tollgate_scenario::Moment;

use crate::id::{Address, DomainId, OwnerId};

/// Connections in the order in which they were opened. All columns are equally long.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    /// Time of opening, in microseconds since the Unix epoch.
    pub opened: Vec<u64>,
    /// The sender's address.
    pub address: Vec<Address>,
    /// The domain that the sender is rolled up to.
    pub domain: Vec<DomainId>,
    /// The owner of the sender's network.
    pub owner: Vec<OwnerId>,
    /// SBRS in tenths, or `NO_SCORE`.
    pub sbrs: Vec<i16>,
    /// The sender's use of TLS if the appliance offers it.
    pub tls: Vec<ClientTls>,
    /// True if the sender's name resolves to its address.
    pub verified: Vec<bool>,
    /// Number of the first connection among those of its population in the hour. In a script: among all of the script.
    pub first: u64,
}

/// The largest number of connections that are drawn at once.
pub const CHUNK: usize = 1024;

/// One connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Time of opening.
    pub opened: Moment,
    /// The sender's address.
    pub address: Address,
    /// The domain that the sender is rolled up to.
    pub domain: DomainId,
    /// The owner of the sender's network.
    pub owner: OwnerId,
    /// SBRS in tenths, or `NO_SCORE`.
    pub sbrs: i16,
    /// The sender's use of TLS if the appliance offers it.
    pub tls: ClientTls,
    /// True if the sender's name resolves to its address.
    pub verified: bool,
}

/// One row of the columns that a sender decides.
pub(crate) struct Row<'a> {
    pub(crate) domain: &'a mut DomainId,
    pub(crate) owner: &'a mut OwnerId,
    pub(crate) sbrs: &'a mut i16,
    pub(crate) tls: &'a mut ClientTls,
    pub(crate) verified: &'a mut bool,
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

    /// Makes all columns as long as that of the times.
    pub(crate) fn fit(&mut self) {
        let length = self.opened.len();
        self.address.resize(length, Address::default());
        self.domain.resize(length, DomainId::default());
        self.owner.resize(length, OwnerId::default());
        self.sbrs.resize(length, 0);
        self.tls.resize(length, ClientTls::NotStarted);
        self.verified.resize(length, false);
    }

    /// Every column except the times and the addresses, row by row.
    pub(crate) fn rows(&mut self) -> impl Iterator<Item = Row<'_>> {
        let columns = self.domain.iter_mut().zip(&mut self.owner).zip(&mut self.sbrs).zip(&mut self.tls);
        let columns = columns.zip(&mut self.verified);
        columns.map(|((((domain, owner), sbrs), tls), verified)| Row { domain, owner, sbrs, tls, verified })
    }

    /// Adds a connection.
    #[inline]
    pub fn push(&mut self, connection: Connection) {
        self.opened.push(connection.opened.micros());
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
            opened: Moment::from_micros(self.opened[at]),
            address: self.address[at],
            domain: self.domain[at],
            owner: self.owner[at],
            sbrs: self.sbrs[at],
            tls: self.tls[at],
            verified: self.verified[at],
        }
    }
}
