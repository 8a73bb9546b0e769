//! Streams exports as CSV.
