//! A connection that can end in ways that HTTP libraries do not offer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::spelling::{Spelling, replaced};

/// How a connection is to end once everything written so far has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// In good order, although the body is not complete.
    Eof = 1,
    /// With a TCP reset.
    Reset = 2,
}

/// Set beside an ending: a head comes next.
const HEAD: u8 = 4;

/// What an answer wishes of the socket below it: that the head which comes next is spelled as the service does, and
/// how the connection is to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct EndingWish(Arc<AtomicU8>);

impl EndingWish {
    pub(crate) fn set(&self, ending: Ending) {
        self.0.store(ending as u8, Ordering::Release);
    }

    /// The next thing that is written begins with the head of an answer.
    pub(crate) fn head(&self) {
        self.0.fetch_or(HEAD, Ordering::Release);
    }

    fn has_head(&self) -> bool {
        self.0.load(Ordering::Acquire) & HEAD != 0
    }

    fn head_is_there(&self) {
        self.0.fetch_and(!HEAD, Ordering::AcqRel);
    }

    fn get(&self) -> Option<Ending> {
        match self.0.load(Ordering::Acquire) & !HEAD {
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
    Tls(Box<TlsStream<Prefixed>>),
}

impl Transport {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => &stream.tcp,
            Self::Tls(stream) => &stream.get_ref().0.tcp,
        }
    }
}

/// What hyper reads from and writes to. A wished ending happens when a flush has succeeded, so that everything before
/// it is on its way to the client.
pub(crate) struct Socket {
    transport: Transport,
    wish: EndingWish,
    spelling: Spelling,
}

impl Socket {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport, wish: EndingWish::default(), spelling: Spelling::default() }
    }

    /// Whether a head is on its way, which these bytes begin or go on with.
    fn spells(&mut self, bytes: &[u8]) -> bool {
        if self.spelling.rest().is_empty() && self.wish.has_head() && self.spelling.begin(bytes) {
            self.wish.head_is_there();
        }
        !self.spelling.rest().is_empty()
    }

    pub(crate) fn wish(&self) -> EndingWish {
        self.wish.clone()
    }
}

macro_rules! each {
    ($self:ident, $stream:ident => $call:expr) => {
        match &mut $self.transport {
            Transport::Plain($stream) => {
                let $stream = Pin::new($stream);
                $call
            }
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
        if self.spells(bytes) {
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
        if !socket.spells(slices.first().map_or(&[], |slice| slice)) {
            return each!(socket, stream => stream.poll_write_vectored(context, slices));
        }
        let respelled = replaced(socket.spelling.rest(), slices);
        let count = ready!(each!(socket, stream => stream.poll_write_vectored(context, &respelled)))?;
        socket.spelling.advance(count);
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Plain(stream) => stream.is_write_vectored(),
            Transport::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(each!(self, stream => stream.poll_flush(context)))?;
        match self.wish.get() {
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
        if self.wish.get() == Some(Ending::Reset) {
            return Poll::Ready(Ok(()));
        }
        each!(self, stream => stream.poll_shutdown(context))
    }
}
