//! The door in front of the gateway: a request head must be complete in time, and what is held open ends with the right
//! to it (`stage/leash.rs`).
//!
//! Pingora limits each read; a client that sends one byte a minute passes every such limit and holds a connection
//! for ever. Here the whole head has one deadline, from the first moment of a connection, or from the end of the
//! idle time of a kept one. Node behind us does the same (`headersTimeout`).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use pingora::{
    apps::{HttpServerApp, HttpServerOptions, ReusedHttpStream},
    protocols::http::{ServerSession, v2::server::H2Options},
    proxy::HttpProxy,
    server::ShutdownWatch,
};

use crate::{
    gateway::{CLIENT_KEEPALIVE, Gateway, HeadSeen},
    stage::{Rooms, leash::Leash},
};

/// Lets complete heads through.
pub struct Door {
    proxy: Arc<HttpProxy<Gateway>>,
    rooms: Arc<Rooms>,
    head_timeout: Duration,
}

impl Door {
    pub fn new(proxy: HttpProxy<Gateway>, rooms: Arc<Rooms>, head_timeout: Duration) -> Self {
        Door { proxy: Arc::new(proxy), rooms, head_timeout }
    }

    /// One exchange, until it is over or its leash slips; then both its connections are dropped.
    async fn leashed(self: &Arc<Self>, session: ServerSession, shutdown: &ShutdownWatch) -> Option<ReusedHttpStream> {
        let leash = Leash::default();
        tokio::select! {
            reused = leash.around(self.proxy.process_new_http(session, shutdown)) => reused,
            () = leash.slipped(&self.rooms) => None,
        }
    }
}

#[async_trait]
impl HttpServerApp for Door {
    async fn process_new_http(
        self: &Arc<Self>,
        mut session: ServerSession,
        shutdown: &ShutdownWatch,
    ) -> Option<ReusedHttpStream> {
        if session.is_http2() {
            // A stream exists only once its head was read; h2 has limits of its own.
            return self.leashed(session, shutdown).await;
        }
        let kept_alive = session.take_connection_user_context().is_some();
        let patience = if kept_alive { self.head_timeout + CLIENT_KEEPALIVE } else { self.head_timeout };
        let seen = Arc::new(AtomicBool::new(false));
        session.set_connection_user_context(Some(Box::new(HeadSeen(Arc::clone(&seen)))));
        let exchange = self.leashed(session, shutdown);
        tokio::pin!(exchange);
        tokio::select! {
            reused = &mut exchange => reused,
            () = tokio::time::sleep(patience) => {
                if seen.load(Ordering::Acquire) { exchange.await } else { None }
            }
        }
    }

    fn h2_options(&self) -> Option<H2Options> {
        self.proxy.h2_options()
    }

    fn server_options(&self) -> Option<&HttpServerOptions> {
        self.proxy.server_options()
    }

    async fn http_cleanup(&self) {
        self.proxy.http_cleanup().await;
    }
}
