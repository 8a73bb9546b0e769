//! Exports that have been made, kept for whoever asks again.
