//! The body of an answer, with a watcher.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// The body of an answer, and a watcher that is dropped with it.
#[derive(Debug)]
pub(crate) struct WatchedBody<W: BodyWatcher> {
    pub(crate) body: Body,
    pub(crate) watcher: W,
}

/// Watches the body of an answer until it is dropped.
pub(crate) trait BodyWatcher: Unpin {
    /// Notes the next frame, the end of the body, or an error that cuts it.
    fn note_frame(&mut self, _frame: Option<&Result<Frame<Bytes>, axum::Error>>) {}

    /// Notes that the body is dropped. `is_over` is true if it has no more frames.
    fn note_drop(&mut self, _is_over: bool) {}
}

impl<W: BodyWatcher> HttpBody for WatchedBody<W> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.watcher.note_frame(frame.as_ref());
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<W: BodyWatcher> Drop for WatchedBody<W> {
    fn drop(&mut self) {
        self.watcher.note_drop(self.body.is_end_stream());
    }
}
