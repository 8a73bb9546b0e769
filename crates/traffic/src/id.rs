//! Identities: the numbers of named things in the directory and the schedule, and addresses.

use std::net::Ipv4Addr;
use std::num::NonZeroU16;

/// Identities with a number of the given width.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($bits:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name($bits);

        impl $name {
            /// The identity with a number.
            #[inline]
            pub const fn new(number: $bits) -> Self {
                $name(number)
            }

            /// The number.
            #[inline]
            pub const fn number(self) -> $bits {
                self.0
            }

            /// The number as an index of a list.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

/// Identities below 65535, of which an `Option` needs no more memory.
macro_rules! small_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(NonZeroU16); // The number plus 1.

        impl $name {
            /// The identity with a number, which is below 65535.
            #[inline]
            pub const fn new(number: u16) -> Self {
                $name(NonZeroU16::MIN.saturating_add(number))
            }

            /// The number.
            #[inline]
            pub const fn number(self) -> u16 {
                self.0.get() - 1
            }

            /// The number as an index of a list.
            #[inline]
            pub const fn index(self) -> usize {
                self.number() as usize
            }
        }
    )*};
}

ids! {
    /// A domain of the directory, which senders and destinations are rolled up to.
    DomainId(u32);
    /// A network owner of the directory.
    OwnerId(u32);
    /// An internal user of the directory, or the null sender.
    UserId(u32);
    /// A content filter of the directory.
    FilterId(u16);
    /// A sender group of the directory.
    SenderGroupId(u16);
    /// A population of the schedule.
    PopulationId(u16);
    /// A behaviour of destinations in the schedule.
    BehaviourId(u16);
}

small_ids! {
    /// A type of virus of the directory.
    VirusId;
    /// An outbreak of the directory.
    OutbreakId;
}

/// An IPv4 address of a sender, as exports show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Address(u32);

impl Address {
    /// The address with these bits, the first octet first.
    #[inline]
    pub const fn from_bits(bits: u32) -> Self {
        Address(bits)
    }

    /// Its bits, the first octet first.
    #[inline]
    pub const fn bits(self) -> u32 {
        self.0
    }
}

impl From<Address> for Ipv4Addr {
    fn from(address: Address) -> Self {
        Ipv4Addr::from_bits(address.0)
    }
}
