//! How the gateway reaches our own rooms: over a pipe in memory, never over a socket.
//!
//! **Invariant:** there is no address at which the API can be reached past the gateway.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll},
};

use async_trait::async_trait;
use axum::Router;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use pingora::{
    connectors::L4Connect,
    protocols::l4::{
        socket::SocketAddr,
        stream::Stream,
        virt::{VirtualSockOpt, VirtualSocket, VirtualSocketStream},
    },
};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// Bytes on their way between the gateway and a room, in each direction.
const PIPE_BYTES: usize = 64 * 1024;

/// Connects to a router in this process.
pub struct InProcess(Router);

impl InProcess {
    pub fn new(router: Router) -> Self {
        InProcess(router)
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InProcess")
    }
}

#[async_trait]
impl L4Connect for InProcess {
    async fn connect(&self, _: &SocketAddr) -> pingora::Result<Stream> {
        let (near, far) = tokio::io::duplex(PIPE_BYTES);
        let service = TowerToHyperService::new(self.0.clone());
        tokio::spawn(async move {
            let served = hyper::server::conn::http1::Builder::new()
                .keep_alive(true)
                .serve_connection(TokioIo::new(far), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(error = %error, "a connection to our own rooms ended early");
            }
        });
        Ok(Stream::from(VirtualSocketStream::new(Box::new(Pipe(near)))))
    }
}

/// One end of the pipe, dressed as a socket.
#[derive(Debug)]
struct Pipe(DuplexStream);

impl VirtualSocket for Pipe {
    fn set_socket_option(&self, _: VirtualSockOpt) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Pipe {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}
