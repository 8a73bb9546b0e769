//! The routes of pages and exports.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::{Redirect, Response};
use axum::routing::get;

use crate::access::FormToken;
use crate::address::Address;
use crate::refusal::HttpRefusal;
use crate::site::Site;
use crate::{export, page};

/// The routes of pages and exports: all paths below `/monitor` and `/monitor_email`.
pub(crate) fn router() -> Router<Arc<Site>> {
    let overview = |prefix: &'static str| get(async move || Redirect::temporary(&format!("{prefix}/reports/overview")));
    let mut router = Router::new();
    for prefix in ["/monitor", "/monitor_email"] {
        for front in ["", "/", "/reports", "/reports/"] {
            router = router.route(&format!("{prefix}{front}"), overview(prefix));
        }
        router = router.route(&format!("{prefix}/{{*path}}"), get(answer));
    }
    router
}

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Result<Response, HttpRefusal> {
    let address = Address::read(request.uri(), request.headers(), &site)?;
    let token = request.extensions().get::<FormToken>().cloned();
    match address {
        Address::Page(address) => page::answer(site, address, token).await,
        Address::Table(address) if request.method() == Method::HEAD => export::answer_head(&site, &address).await,
        Address::Table(address) => export::answer(&site, &address, request.version()).await,
    }
}
