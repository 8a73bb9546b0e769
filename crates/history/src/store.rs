//! Where counts are kept.
