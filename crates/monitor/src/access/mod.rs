//! Who may come in: passwords, sessions, and how fast passwords may be tried.

mod account;
mod admit;
mod brake;
mod credentials;
mod gate;
mod login;
mod password;
mod session;

pub(crate) use admit::admit;
pub(crate) use gate::{Access, Peer};
pub(crate) use login::router;
pub use password::Password;
