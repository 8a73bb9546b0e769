//! Access to the server: passwords, sessions, and delays against guessing.

mod account;
mod admit;
mod brake;
mod credentials;
mod gate;
mod login;
mod origin;
mod password;
mod session;

pub(crate) use admit::admit;
pub(crate) use brake::household;
pub(crate) use gate::{Access, FormToken, Peer};
pub(crate) use login::router;
pub use password::Password;
