//! Who may come in: passwords, sessions, and how fast they may be tried.
