//! A connection that can end in ways that HTTP libraries do not offer.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use http::HeaderMap;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(feature = "tls")]
use tokio_rustls::server::TlsStream;

use super::head::Head;
use crate::cloud::{HeaderText, ReplyBody};

/// How a connection is to end once everything written so far has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// In good order, although the body is not complete.
    Eof = 1,
    /// With a TCP reset.
    Reset = 2,
}

/// What answers want otherwise than the library above the socket has it: the heads that take the places of its own, and
/// how the connection is to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides(Arc<Requested>);

#[derive(Debug, Default)]
struct Requested {
    ending: AtomicU8,
    heads: Mutex<VecDeque<Head>>,
}

impl Overrides {
    pub(crate) fn set(&self, ending: Ending) {
        self.0.ending.store(ending as u8, Ordering::Release);
    }

    /// The next head that the library writes is to have these headers. What it must know of them is given back; less,
    /// when the body is known.
    pub(crate) fn head(&self, headers: &[(HeaderText, HeaderText)], body: Option<&ReplyBody>) -> HeaderMap {
        let (head, framing) = Head::new(headers, body);
        self.heads().push_back(head);
        framing
    }

    fn heads(&self) -> MutexGuard<'_, VecDeque<Head>> {
        self.0.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self) -> Option<Ending> {
        match self.0.ending.load(Ordering::Acquire) {
            1 => Some(Ending::Eof),
            2 => Some(Ending::Reset),
            _ => None,
        }
    }
}

/// A TCP stream of which some bytes were already read.
pub(crate) struct Prefixed {
    prefix: Bytes,
    pub(crate) tcp: TcpStream,
}

impl Prefixed {
    pub(crate) fn new(prefix: Bytes, tcp: TcpStream) -> Self {
        Self { prefix, tcp }
    }
}

impl AsyncRead for Prefixed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.prefix.has_remaining() {
            let count = self.prefix.remaining().min(buffer.remaining());
            buffer.put_slice(&self.prefix.split_to(count));
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for Prefixed {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}

/// Plain or inside TLS.
pub(crate) enum Transport {
    Plain(Prefixed),
    #[cfg(feature = "tls")]
    Tls(Box<TlsStream<Prefixed>>),
}

impl Transport {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => &stream.tcp,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => &stream.get_ref().0.tcp,
        }
    }
}

/// What hyper reads from and writes to. An ending that is asked for happens when a flush has succeeded, so that everything before
/// it is on its way to the client.
pub(crate) struct Socket {
    transport: Transport,
    overrides: Overrides,
    replaced: Replaced,
}

/// Heads on their way, in the places of the library's.
#[derive(Debug, Default)]
struct Replaced {
    heads: Vec<u8>,
    /// How much of them has left.
    written: usize,
    /// How many of the library's bytes they stand for; 0 when none is on its way.
    theirs: usize,
}

impl Replaced {
    /// Takes the overriding heads for those with which these bytes begin: several, when the answers before the last one
    /// have no body.
    fn begin(&mut self, bytes: &[u8], overriding: &mut VecDeque<Head>) {
        self.heads.clear();
        self.written = 0;
        while let Some(length) =
            overriding.front().and_then(|head| head.replace(&bytes[self.theirs..], &mut self.heads))
        {
            self.theirs += length;
            overriding.pop_front();
        }
    }

    /// What is to be written instead of the library's slices.
    fn slices<'a>(&'a self, slices: &'a [io::IoSlice<'a>]) -> Vec<io::IoSlice<'a>> {
        let mut all = Vec::with_capacity(slices.len() + 1);
        if let [first, others @ ..] = slices {
            all.extend([&self.heads[self.written..], &first[self.theirs..]].map(io::IoSlice::new));
            all.extend(others.iter().map(|slice| io::IoSlice::new(slice)));
        }
        all
    }

    /// So many bytes of that have left. How many of the library's they are; none as long as the heads have not left whole.
    fn advance(&mut self, count: usize) -> Option<usize> {
        let rest = self.heads.len() - self.written;
        self.written += count.min(rest);
        (count >= rest).then(|| std::mem::take(&mut self.theirs) + count - rest)
    }
}

impl Socket {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport, overrides: Overrides::default(), replaced: Replaced::default() }
    }

    pub(crate) fn overrides(&self) -> Overrides {
        self.overrides.clone()
    }

    /// Whether heads are on their way in the places of those with which these bytes begin.
    fn replaces(&mut self, bytes: &[u8]) -> bool {
        if self.replaced.theirs == 0 && bytes.starts_with(b"HTTP/1.") {
            self.replaced.begin(bytes, &mut self.overrides.heads());
        }
        self.replaced.theirs > 0
    }
}

macro_rules! each {
    ($self:ident, $stream:ident => $call:expr) => {
        match &mut $self.transport {
            Transport::Plain($stream) => {
                let $stream = Pin::new($stream);
                $call
            }
            #[cfg(feature = "tls")]
            Transport::Tls($stream) => {
                let $stream = Pin::new($stream.as_mut());
                $call
            }
        }
    };
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self, stream => stream.poll_read(context, buffer))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.replaces(bytes) {
            return self.poll_write_vectored(context, &[io::IoSlice::new(bytes)]);
        }
        each!(self, stream => stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let socket = &mut *self;
        if !slices.first().is_some_and(|first| socket.replaces(first)) {
            return each!(socket, stream => stream.poll_write_vectored(context, slices));
        }
        // The library is told of its head when all of ours has left.
        loop {
            let all = socket.replaced.slices(slices);
            let count = ready!(each!(socket, stream => stream.poll_write_vectored(context, &all)))?;
            if count == 0 {
                return Poll::Ready(Ok(0));
            }
            if let Some(told) = socket.replaced.advance(count) {
                return Poll::Ready(Ok(told));
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Plain(stream) => stream.is_write_vectored(),
            #[cfg(feature = "tls")]
            Transport::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(each!(self, stream => stream.poll_flush(context)))?;
        match self.overrides.get() {
            None => Poll::Ready(Ok(())),
            Some(Ending::Eof) => {
                ready!(each!(self, stream => stream.poll_shutdown(context)))?;
                Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
            }
            Some(Ending::Reset) => {
                self.transport.tcp().set_zero_linger()?;
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A close in good order would take the place of the reset.
        if self.overrides.get() == Some(Ending::Reset) {
            return Poll::Ready(Ok(()));
        }
        each!(self, stream => stream.poll_shutdown(context))
    }
}

#[cfg(test)]
mod tests {
    use std::io::IoSlice;

    use super::*;

    fn head(value: &'static str) -> Head {
        Head::new(&[("Date".into(), value.into())], None).0
    }

    /// What leaves when the socket takes this many bytes at a time, of one answer without a body and one with.
    fn check(at_a_time: usize) {
        let theirs = b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nx-own: 1\r\n\r\n";
        let body = b"HTTP/1.1 is a text";
        let mut replaced = Replaced::default();
        let mut overriding = VecDeque::from([head("first"), head("second"), head("of the next answer")]);
        replaced.begin(theirs, &mut overriding);
        assert_eq!(overriding.len(), 1);
        let slices = [IoSlice::new(theirs), IoSlice::new(body)];
        let mut sent = Vec::new();
        let told = loop {
            let all: Vec<u8> = replaced.slices(&slices).iter().flat_map(|slice| slice.to_vec()).collect();
            let count = at_a_time.min(all.len());
            sent.extend_from_slice(&all[..count]);
            if let Some(told) = replaced.advance(count) {
                break told;
            }
        };
        assert_eq!(replaced.theirs, 0);
        // What the library still has is written as it is.
        sent.extend_from_slice(&[&theirs[..], body].concat()[told..]);
        let expected = "HTTP/1.1 204 No Content\r\nDate: first\r\n\r\nHTTP/1.1 200 OK\r\nDate: second\r\nx-own: 1\r\n\r\nHTTP/1.1 is a text";
        assert_eq!(String::from_utf8_lossy(&sent), expected, "{at_a_time} bytes at a time");
    }

    #[test]
    fn heads_that_leave_in_parts_are_told_of_once() {
        for at_a_time in [1, 7, 30, 60, 90, 100, 1000] {
            check(at_a_time);
        }
    }
}
