//! Requests to the CRM that were refused to members, on their way to the audit log.
//!
//! **Invariant:** the request path never waits for it: what does not fit is counted and dropped.
//! **Deliberately absent:** strangers. Whoever is no member fills nobody's log.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Exchange, Rejection};
use crate::{ports::Refused, telemetry::Metrics};

/// How many may wait to be written.
const WAITING: usize = 256;

/// The near end.
#[derive(Debug)]
pub struct Denials(Option<mpsc::Sender<Refused>>);

impl Denials {
    /// Both ends.
    pub fn channel() -> (Self, mpsc::Receiver<Refused>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Denials(Some(sender)), receiver)
    }

    /// Remembers nothing.
    pub fn nowhere() -> Self {
        Denials(None)
    }

    /// Hands a refusal on, if it was a member's and a matter of rights.
    pub fn note(&self, exchange: &Exchange, rejection: Rejection, ip: Option<std::net::IpAddr>, metrics: &Metrics) {
        let Some(sender) = &self.0 else { return };
        let is_of_rights = matches!(rejection, Rejection::Refused(_) | Rejection::NotInWorkspace | Rejection::AdminRow);
        let (Some(workspace), Some(principal), true) = (&exchange.attempted, &exchange.principal, is_of_rights) else {
            return;
        };
        let refused = Refused {
            workspace: Arc::clone(workspace),
            principal: Arc::clone(&principal.id),
            reason: rejection.label(),
            code: rejection.code(),
            route: exchange.evidence.route.clone(),
            request_id: Arc::clone(&exchange.id),
            ip: ip.map(|ip| ip.to_string()),
        };
        if sender.try_send(refused).is_err() {
            metrics.denial("dropped");
        }
    }
}
