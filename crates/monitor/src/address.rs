//! What a URL asks for.

use std::sync::Arc;

use axum::Router;

use crate::site::Site;

/// The routes of exports and pages: everything below `/monitor` and `/monitor_email`.
pub(crate) fn router() -> Router<Arc<Site>> {
    Router::new()
}
