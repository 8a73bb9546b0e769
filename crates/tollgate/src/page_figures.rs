//! The figures of a TLS Connections page as arguments.

use anyhow::{Result, bail};
use clap::Args;
use tollgate_audit::Figure;
use tollgate_wording::list;

/// The names of the arguments for the figures of the page.
pub(crate) const FIGURES: [&str; 7] = [
    "successful_required",
    "successful_preferred",
    "failed_required",
    "failed_preferred",
    "unencrypted_connections",
    "encrypted_messages",
    "unencrypted_messages",
];

/// Those that the diagnosis does not depend on.
const OPTIONAL: [&str; 3] = ["successful_required", "failed_required", "encrypted_messages"];

/// The outgoing figures of the TLS Connections page.
#[derive(Debug, Args)]
#[command(next_help_heading = "Figures of the page, such as 943, 1,019 or 12.6k")]
pub(crate) struct PageFigures {
    /// Successful - Required (connections); may be left out
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    successful_required: Option<Figure>,

    /// Successful - Preferred (connections)
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    successful_preferred: Option<Figure>,

    /// Failed - TLS Required (connections); may be left out
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    failed_required: Option<Figure>,

    /// Failed - Preferred (connections)
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    failed_preferred: Option<Figure>,

    /// Unencrypted Connections
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    unencrypted_connections: Option<Figure>,

    /// TLS Encrypted (messages); may be left out
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    encrypted_messages: Option<Figure>,

    /// Unencrypted (messages)
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    unencrypted_messages: Option<Figure>,
}

impl PageFigures {
    /// The figures in the order of the page. `user` names the command that needs them in an error.
    ///
    /// # Errors
    /// If a figure is missing that is needed.
    pub(crate) fn given(&self, user: &str) -> Result<[Option<Figure>; 7]> {
        let given = self.all();
        let is_needed = |name: &str| !OPTIONAL.contains(&name);
        let missing = FIGURES.iter().zip(given).filter(|(name, figure)| figure.is_none() && is_needed(name));
        let option = |name: &str| format!("--{}", name.replace('_', "-"));
        let missing: Vec<String> = missing.map(|(name, _)| option(name)).collect();
        if !missing.is_empty() {
            let needed = FIGURES.iter().filter(|name| is_needed(name)).map(|name| option(name));
            bail!("these figures are missing: {}. {user} needs {}.", list(&missing), list(needed));
        }
        Ok(given)
    }

    /// True if no figure is given.
    pub(crate) fn are_missing(&self) -> bool {
        self.all().iter().all(Option::is_none)
    }

    fn all(&self) -> [Option<Figure>; 7] {
        [
            self.successful_required,
            self.successful_preferred,
            self.failed_required,
            self.failed_preferred,
            self.unencrypted_connections,
            self.encrypted_messages,
            self.unencrypted_messages,
        ]
    }
}
