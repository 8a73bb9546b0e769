//! The limit on readers that stop reading.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::connections::ConnectionHandle;

/// A stream that fails if nothing can be written to it for too long. Slow readers are fine, but readers that have stopped
/// reading are not. It tells its connection what was read and sent.
#[derive(Debug)]
pub(crate) struct Patient<S> {
    stream: S,
    limit: Duration,
    connection: Arc<ConnectionHandle>,
    /// The end of the limit, while something waits to be written.
    ends: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    /// A stream that waits for its reader up to a limit.
    pub(crate) fn new(stream: S, limit: Duration, connection: Arc<ConnectionHandle>) -> Self {
        Patient { stream, limit, connection, ends: None }
    }

    /// Passes the outcome of an attempt to write on, or gives an error after waiting too long.
    fn bear<T>(&mut self, attempt: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if attempt.is_ready() {
            if self.ends.take().is_some() {
                self.connection.note_written();
            }
            return attempt;
        }
        let (limit, connection) = (self.limit, &self.connection);
        let ends = self.ends.get_or_insert_with(|| {
            connection.note_blocked();
            Box::pin(sleep(limit))
        });
        ready!(ends.as_mut().poll(context));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.connection.note_read(buffer.filled().len() - before);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bear(attempt, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.bear(attempt, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let attempt = Pin::new(&mut self.stream).poll_flush(context);
        if attempt.is_ready() {
            self.connection.note_flushed();
        }
        self.bear(attempt, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::connections::Connections;
    use crate::limits::ServerLimits;

    const LIMIT: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_is_waited_for_and_one_who_stops_is_not() {
        let connection = Connections::new(&ServerLimits::default()).open(IpAddr::V4(Ipv4Addr::LOCALHOST)).await;
        let (stream, mut reader) = tokio::io::duplex(1);
        let mut patient = Patient::new(stream, LIMIT, connection);
        let writing = tokio::spawn(async move { patient.write_all(&[7; 100]).await });
        // The reading takes almost ten times as long as the limit.
        for _ in 0..10 {
            tokio::time::sleep(LIMIT - Duration::from_millis(1)).await;
            assert_eq!(reader.read_u8().await.expect("a byte"), 7);
        }
        let error = writing.await.expect("no panic").expect_err("a reader who has stopped");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}
