//! The pages of the monitor.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;

use crate::range::Query;
use crate::refusal::Refusal;
use crate::scope::Scope;
use crate::site::Site;

/// The routes of what pages are made with: `/` and `/static`.
pub(crate) fn router() -> Router<Arc<Site>> {
    Router::new()
}

/// The page of a path, such as `overview`, under a query. It blocks until its figures have been made.
///
/// # Errors
/// If there is no such page, or the query asks for what there is not.
pub(crate) fn render(site: &Site, scope: &Scope, path: &str, query: &Query) -> Result<Response, Refusal> {
    let _ = (site, scope, query);
    Err(Refusal::missing(format!("page: found {path:?}, allowed are none yet")))
}
