//! The pages of the monitor.
//!
//! A page is made in steps. `request` resolves the names in the address. `figures` reads the figures, `layout` puts them into
//! parts and tables, and `frame` adds the head and the menus. The templates render the resulting `view`.

mod asset;
mod definition;
mod figures;
mod frame;
mod graphs;
mod layout;
mod moment;
mod pages;
mod request;
mod rows;
mod rules;
mod summary;
#[cfg(test)]
mod tests;
mod url;
mod view;

use std::sync::{Arc, PoisonError};
use std::thread;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::task;
use tollgate_catalogue::AccountName;

use self::request::PageRequest;
use self::view::PageView;
use crate::access::FormToken;
use crate::address::PageAddress;
use crate::refusal::HttpRefusal;
use crate::site::Site;

pub(crate) use self::asset::router;

/// Answers with the page at an address. Waits until the history has the figures of the page. With the token of a session, the
/// page has a button to log out.
///
/// # Errors
/// If neither the page nor a page with the refusal can be rendered.
pub(crate) async fn answer(
    site: Arc<Site>,
    address: PageAddress,
    token: Option<FormToken>,
) -> Result<Response, HttpRefusal> {
    let permit = Arc::clone(&site.pages).acquire_owned().await;
    let respond = task::spawn_blocking(move || {
        // Held until this thread ends, even if the client goes away.
        let _permit = permit;
        respond(&site, &address, token)
    });
    respond.await.map_err(|_| HttpRefusal::failed("the server failed; see its log"))?
}

/// The page at an address, or a page with the refusal.
fn respond(site: &Site, address: &PageAddress, token: Option<FormToken>) -> Result<Response, HttpRefusal> {
    let leave_token = token.map(|FormToken(token)| token);
    let (status, html) = match view(site, address) {
        Ok(mut view) => {
            view.head.leave_token = leave_token;
            (StatusCode::OK, view.render())
        }
        Err(refusal) => {
            let status = refusal.status;
            let mut view = frame::refusal(site, address, refusal);
            view.head.leave_token = leave_token;
            (status, view.render())
        }
    };
    let html = html.map_err(|error| HttpRefusal::failed(error.to_string()))?;
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    Ok((status, headers, html).into_response())
}

fn view(site: &Site, address: &PageAddress) -> Result<PageView, HttpRefusal> {
    let request = PageRequest::read(site, address)?;
    let tables = request.parts.iter().flat_map(|part| &part.tables);
    let has_addresses = tables.map(|table| table.table.account).any(|account| account == AccountName::Addresses);
    let make = || figures::read(&request).and_then(|figures| layout::content(&request, figures));
    let content = if has_addresses {
        // The lock guards no data, so a panic leaves nothing inconsistent.
        let _turn = site.addresses_turn.lock().unwrap_or_else(PoisonError::into_inner);
        // The allocator keeps the memory of a thread. The next new thread uses the memory of one that has ended, but the threads of the
        // runtime do not end, and each would keep its own.
        let made = thread::scope(|scope| scope.spawn(make).join());
        made.map_err(|_| HttpRefusal::failed("the server failed; see its log"))?
    } else {
        make()
    };
    Ok(frame::page(&request, content?))
}
