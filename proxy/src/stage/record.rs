//! One wide event per exchange, and its metrics.
//!
//! **Invariant:** no token, cookie, body or e-mail is ever a field here; paths are logged without their query and without
//! the secrets of invitations.

use std::net::IpAddr;

use annex_policy::Mode;
use percent_encoding::percent_decode_str;

use super::{
    Exchange, Passage, Rejection, Rooms,
    canary::{self, Canary},
    evidence::Receipt,
    failure::Failure,
};
use crate::telemetry::{ExchangeFacts, Outcome};

/// How an exchange ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// What the client got; 0: nothing.
    pub status: u16,
    /// The other end of the connection.
    pub client: Option<IpAddr>,
    /// The kind of a transport error.
    pub error: Option<&'a str>,
}

/// Records an exchange that is over.
pub fn record(rooms: &Rooms, exchange: &mut Exchange, method: &str, ended: Ended<'_>) {
    canary(rooms, exchange);
    let exchange = &*exchange;
    let Ended { status, client, error } = ended;
    let passage = exchange.passage.as_ref().map_or("none", Passage::label);
    let outcome = match exchange.rejection {
        Some(rejection) => Outcome { effect: "deny", reason: rejection.label() },
        None => Outcome { effect: "allow", reason: exchange.failure.map_or(passage, Failure::label) },
    };
    // Nobody is known by name yet who sends what means two things: whoever looks for them needs to know from where.
    let client = client.filter(|_| exchange.rejection.is_some_and(Rejection::closes));
    rooms.metrics.exchange(&ExchangeFacts {
        outcome,
        mode: mode_label(exchange.mode),
        passage,
        status,
        decided_after: exchange.decided_after,
        upstream_after: exchange.upstream_after,
        total: exchange.started.elapsed(),
    });
    if let Some(receipt) = Receipt::of(exchange, method, status) {
        rooms.receipts.keep(&exchange.id, receipt);
    }
    tracing::info!(
        exchange.id = %exchange.id,
        http.method = method,
        http.path = exchange.received.as_ref().map(|received| without_secrets(&received.path)),
        http.status = status,
        client.address = client.map(tracing::field::display),
        principal.id = exchange.principal.as_ref().map(|principal| principal.id.as_ref()),
        workspace.id = exchange.workspace.as_deref(),
        flag.mode = mode_label(exchange.mode),
        decision.effect = outcome.effect,
        decision.reason = outcome.reason,
        membership.tier = exchange.tier.map(crate::ports::Tier::label),
        snapshot.revision = exchange.snapshot.revision,
        passage,
        duration.total_us = micros(exchange.started.elapsed()),
        duration.decision_us = exchange.decided_after.map(micros),
        duration.upstream_us = exchange.upstream_after.map(micros),
        error,
        "exchange"
    );
}

/// What came of reading the answer: counted, kept for the receipt, and a finding told.
fn canary(rooms: &Rooms, exchange: &mut Exchange) {
    let Some((module, outcome)) = exchange.canary.as_mut().and_then(Canary::conclude) else { return };
    let (label, reason) = outcome.labels();
    rooms.metrics.canary(label, reason, module);
    let tenant = match outcome {
        canary::Outcome::Found(finding) => Some(finding.tenant.to_string()),
        canary::Outcome::Clean | canary::Outcome::Unscanned(_) => None,
    };
    if let Some(tenant) = &tenant {
        tracing::warn!(
            exchange.id = %exchange.id,
            workspace.id = exchange.workspace.as_deref(),
            http.route = exchange.evidence.route.as_deref(),
            canary.reason = reason,
            canary.tenant = tenant,
            "an answer in a workspace holds what is another tenant's"
        );
    }
    if let Some(fact) = &mut exchange.evidence.canary {
        fact.outcome = Some(label);
        fact.reason = Some(reason);
        fact.tenant = tenant;
    }
}

fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A path for the log: what stands in the place of an invitation's secret, or has the form of one, is not repeated.
pub fn without_secrets(path: &str) -> String {
    let mut before = ["", ""];
    let segments = path.split('/').map(|segment| {
        let shown = if is_secret(before, segment) { ":token" } else { segment };
        before = [before[1], segment];
        shown
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Routes of ours that stand where an invitation's secret could.
const PLAIN: [&str; 3] = ["by-id", "pending", "preview"];

/// A secret has 43 characters of base64url (32 bytes), however a client encodes them.
fn is_secret(before: [&str; 2], segment: &str) -> bool {
    let said = percent_decode_str(segment).decode_utf8_lossy();
    let has_form = said.len() == 43 && said.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let has_place = match before {
        [api, room] if api.eq_ignore_ascii_case("api") && room.eq_ignore_ascii_case("invitations") => {
            !PLAIN.iter().any(|plain| plain.eq_ignore_ascii_case(segment))
        }
        ["", room] => room.eq_ignore_ascii_case("invite"),
        _ => false,
    };
    !segment.is_empty() && (has_form || has_place)
}

pub fn mode_label(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "off",
        Mode::Shadow => "shadow",
        Mode::Enforce => "enforce",
    }
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn the_secret_of_an_invitation_is_not_repeated() {
        let token = "Abcdefghijklmnopqrstuvwxyz0123456789-_ABCDE";
        for (path, wanted) in [
            (format!("/api/invitations/{token}/accept"), "/api/invitations/:token/accept"),
            (format!("/API/Invitations/{token}/decline/"), "/API/Invitations/:token/decline/"),
            (format!("/api/invitations/%41{}/accept", token.split_at(1).1), "/api/invitations/:token/accept"),
            ("/api/invitations/half-a-token/accept".to_owned(), "/api/invitations/:token/accept"),
            (format!("/invite/{token}"), "/invite/:token"),
            (format!("/elsewhere/{token}"), "/elsewhere/:token"),
            ("/api/invitations/by-id/7/accept".to_owned(), "/api/invitations/by-id/7/accept"),
            ("/api/invitations/pending".to_owned(), "/api/invitations/pending"),
            ("/api/customers/7".to_owned(), "/api/customers/7"),
            ("/".to_owned(), "/"),
        ] {
            assert_eq!(without_secrets(&path), wanted, "{path}");
        }
    }
}
