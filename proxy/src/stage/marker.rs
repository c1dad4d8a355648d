//! The marker cookie: in whose pages the switcher stands (rule R11).
//!
//! A document is asked for without a credential, so a cookie of ours names the person. It is signed, gives no right to
//! anything, and is judged anew at every navigation against the snapshot in force.
//!
//! **Invariant:** people who lack the feature never get it; where they carry one, the next answer to them takes it away.
//! **Invariant:** with nothing on anywhere no answer is changed.
//! **Deliberately absent:** waiting. Where it depends on PostgreSQL, and PostgreSQL is slow, the cookie stays what it is.

use std::{sync::Arc, time::Duration};

use annex_config::{BrowserProfile, Config};
use annex_policy::Feature;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderValue, Method, header};
use pingora::http::{RequestHeader, ResponseHeader};
use serde_json::Value;

use super::{
    Exchange, Passage, Rooms, flag,
    guard::is_json,
    held::{Held, Step},
};
use crate::{
    clock,
    identity::{Principal, PrincipalKind, Who},
    keyring::{Keyring, Purpose},
    ports::Unavailable,
    snapshot::Snapshot,
};

/// Its names: with TLS the second, which no other host and no plain connection can set (RFC 6265bis, 4.1.3.2).
pub const NAMES: [&str; 2] = ["annex", "__Host-annex"];

/// How long a browser keeps it, and how old one may become before an answer renews it.
const LASTS_S: i64 = 30 * 24 * 3600;
const RENEWED_AFTER_S: i64 = 24 * 3600;

/// How long an answer or a page waits for PostgreSQL on behalf of the cookie, of what a statement may take: 250 ms of 2 s.
const SHARE_OF_PATIENCE: u64 = 8;

/// A larger answer to a sign-in carries no token of the CRM's.
const SIGN_IN_MAX: usize = 256 * 1024;

/// Whom a cookie names.
#[derive(Debug, PartialEq, Eq)]
struct Marker {
    issuer: Arc<str>,
    id: Arc<str>,
    home: Arc<str>,
    kind: PrincipalKind,
    /// Seconds since the Unix epoch.
    expires_at: i64,
}

impl Marker {
    fn who(&self) -> Who<'_> {
        Who { issuer: &self.issuer, id: &self.id, home: &self.home, kind: self.kind }
    }
}

/// Who asks for a page, if they have the feature at this moment.
pub async fn visitor(rooms: &Rooms, snapshot: &Snapshot, head: &RequestHeader) -> Option<Arc<str>> {
    let marker = carried(&rooms.config, &head.headers).find_map(|value| read(rooms, value))?;
    let who = marker.who();
    let feature = match flag::feature_at_home(snapshot, who) {
        Some(feature) => Some(feature),
        // Whoever carries it may have joined somewhere a moment ago.
        None => in_time(rooms, flag::feature_by_membership(snapshot, rooms.memberships.as_ref(), who)).await,
    };
    (feature == Some(Feature::Has)).then(|| Arc::clone(&marker.id))
}

/// What an answer does to the cookie: set for whoever has the feature, taken from whoever does not, and at a sign-out.
pub async fn response(
    rooms: &Rooms,
    exchange: &Exchange,
    request: &RequestHeader,
    response: &mut ResponseHeader,
) -> pingora::Result<()> {
    let snapshot = &exchange.snapshot;
    if !snapshot.anything_on || response.status.is_informational() {
        return Ok(());
    }
    let call = Call::of(rooms, exchange, &request.method);
    if call == Call::SignOut {
        return if response.status.is_success() { take_away(rooms, request, response) } else { Ok(()) };
    }
    let Some(principal) = principal(rooms, exchange, request, call) else { return Ok(()) };
    let feature = match call {
        // A navigation judges it again, and by then every node has heard of the membership.
        Call::Joining if response.status.is_success() && principal.may_have_feature() => Some(Feature::Has),
        Call::AboutTheCaller | Call::Own | Call::Joining => {
            in_time(rooms, flag::feature_of(snapshot, rooms.memberships.as_ref(), principal.who())).await
        }
        // On the CRM's routes nobody waits for it.
        Call::SignIn | Call::SignOut | Call::Other => flag::plain_feature_of(snapshot, principal.who()),
    };
    match feature {
        Some(Feature::Has) if !is_carried(rooms, request, &principal, call) => give(rooms, &principal, response),
        Some(Feature::Lacks) => take_away(rooms, request, response),
        Some(Feature::Has) | None => Ok(()),
    }
}

/// What a request is to the cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    /// Its answer tells who signed in.
    SignIn,
    SignOut,
    AboutTheCaller,
    /// Of the management API.
    Own,
    /// Of it, too: an invitation is accepted.
    Joining,
    Other,
}

impl Call {
    fn of(rooms: &Rooms, exchange: &Exchange, method: &Method) -> Self {
        let Some(received) = &exchange.received else { return Call::Other };
        if matches!(exchange.passage, Some(Passage::Own(_))) {
            let joins = *method == Method::POST && is_acceptance(&received.path);
            return if joins { Call::Joining } else { Call::Own };
        }
        let BrowserProfile { login_call, register_call, logout_call, me_call, .. } = &rooms.config.profile.browser;
        // As Express matches: without case, a slash at the end ignored.
        let path = received.path.strip_suffix('/').unwrap_or(&received.path);
        let is = |call: &String| path.eq_ignore_ascii_case(call);
        match *method {
            Method::POST if is(login_call) || is(register_call) => Call::SignIn,
            Method::POST if is(logout_call) => Call::SignOut,
            Method::GET if is(me_call) => Call::AboutTheCaller,
            _ => Call::Other,
        }
    }
}

/// `/api/invitations/{token}/accept`, `/api/invitations/by-id/{id}/accept`.
fn is_acceptance(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path).to_ascii_lowercase();
    path.starts_with("/api/invitations/") && path.ends_with("/accept")
}

fn principal(rooms: &Rooms, exchange: &Exchange, request: &RequestHeader, call: Call) -> Option<Arc<Principal>> {
    match (&exchange.principal, call) {
        (Some(principal), _) => Some(Arc::clone(principal)),
        (None, Call::AboutTheCaller | Call::Own | Call::Joining) => {
            identified(rooms, request.headers.get(header::AUTHORIZATION)?)
        }
        (None, _) => None,
    }
}

fn identified(rooms: &Rooms, authorization: &HeaderValue) -> Option<Arc<Principal>> {
    rooms.verifier.identify(Some(authorization.as_bytes()), clock::unix_seconds()).ok()
}

/// `None`: PostgreSQL would have to be asked and does not answer at once.
async fn in_time(rooms: &Rooms, asked: impl Future<Output = Result<Feature, Unavailable>>) -> Option<Feature> {
    let patience = Duration::from_millis(rooms.config.database.statement_timeout_ms / SHARE_OF_PATIENCE);
    tokio::time::timeout(patience, asked).await.ok()?.ok()
}

/// Whether the request carries the very cookie that its person would get. Where pages begin, the signature is looked at
/// too, so that a cookie by a secret that is gone is replaced.
fn is_carried(rooms: &Rooms, request: &RequestHeader, principal: &Principal, call: Call) -> bool {
    let now = clock::unix_seconds();
    carried(&rooms.config, &request.headers).any(|value| {
        let marker = match call {
            Call::Other => parse(&rooms.config, value).map(|(marker, _)| marker),
            Call::SignIn | Call::SignOut | Call::AboutTheCaller | Call::Own | Call::Joining => read(rooms, value),
        };
        marker.is_some_and(|marker| {
            let is_theirs = marker.id == principal.id && marker.home == principal.home && marker.kind == principal.kind;
            is_theirs && marker.expires_at - now > LASTS_S - RENEWED_AFTER_S
        })
    })
}

fn give(rooms: &Rooms, principal: &Principal, response: &mut ResponseHeader) -> pingora::Result<()> {
    let expires_at = clock::unix_seconds() + LASTS_S;
    let value = write(&rooms.keyring, principal.who(), expires_at);
    response.append_header(header::SET_COOKIE, set_cookie(&rooms.config, &value, LASTS_S)).map(|_| ())
}

/// Only from whoever carries one: nobody else's answer changes.
fn take_away(rooms: &Rooms, request: &RequestHeader, response: &mut ResponseHeader) -> pingora::Result<()> {
    if carried(&rooms.config, &request.headers).next().is_none() {
        return Ok(());
    }
    response.append_header(header::SET_COOKIE, set_cookie(&rooms.config, "", 0)).map(|_| ())
}

/// Lax: a link in a mail leads to a page with the switcher. No script reads it.
fn set_cookie(config: &Config, value: &str, lasts_s: i64) -> String {
    let secure = if is_secure(config) { "; Secure" } else { "" };
    format!("{}={value}; Path=/; Max-Age={lasts_s}; HttpOnly; SameSite=Lax{secure}", name(config))
}

fn name(config: &Config) -> &'static str {
    let [plain, host] = NAMES;
    if is_secure(config) { host } else { plain }
}

/// Whether people reach this address by TLS, ended here or before us.
fn is_secure(config: &Config) -> bool {
    config.listen.tls.is_some() || config.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
}

/// The values of our cookie in a request.
fn carried<'h>(config: &Config, headers: &'h HeaderMap) -> impl Iterator<Item = &'h str> {
    let ours = name(config);
    headers.get_all(header::COOKIE).iter().flat_map(pairs).filter_map(move |pair| {
        let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
        (name == ours).then_some(value)
    })
}

/// The pairs of a `Cookie` line, which need not be text.
pub fn pairs(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    line.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii)
}

/// Whether a pair has one of our names.
pub fn is_ours(pair: &[u8]) -> bool {
    let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
    NAMES.iter().any(|ours| ours.as_bytes() == name)
}

fn kind_word(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::Ordinary => "o",
        PrincipalKind::Customer => "c",
        PrincipalKind::SaasAdmin => "s",
    }
}

/// `1.<id>.<home>.<kind>.<expires>.<mac>`; texts and the MAC in base64url.
fn write(keyring: &Keyring, who: Who<'_>, expires_at: i64) -> String {
    let kind = kind_word(who.kind);
    let mac = keyring.mac(Purpose::Marker, &parts(who.issuer, who.id, who.home, kind, &expires_at.to_be_bytes()));
    let base64 = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    format!("1.{}.{}.{kind}.{expires_at}.{}", base64(who.id.as_bytes()), base64(who.home.as_bytes()), base64(&mac))
}

fn parts<'p>(issuer: &'p str, id: &'p str, home: &'p str, kind: &'p str, expires_at: &'p [u8; 8]) -> [&'p [u8]; 5] {
    [issuer.as_bytes(), id.as_bytes(), home.as_bytes(), kind.as_bytes(), expires_at]
}

/// What a value says, unproven, and its MAC.
fn parse(config: &Config, value: &str) -> Option<(Marker, Vec<u8>)> {
    let mut fields = value.split('.');
    let mut next = || fields.next();
    let is_ours = next()? == "1";
    let text = |field: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(field).ok()?;
        Some(Arc::from(String::from_utf8(bytes).ok()?))
    };
    let (id, home) = (text(next()?)?, text(next()?)?);
    let kind = match next()? {
        "o" => PrincipalKind::Ordinary,
        "c" => PrincipalKind::Customer,
        "s" => PrincipalKind::SaasAdmin,
        _ => return None,
    };
    let expires_at = next()?.parse().ok()?;
    let mac = BASE64_URL_SAFE_NO_PAD.decode(next()?).ok()?;
    let issuer = Arc::from(config.profile.credential.issuer.as_str());
    (is_ours && next().is_none()).then_some((Marker { issuer, id, home, kind, expires_at }, mac))
}

/// What a value says, if it is ours and in time.
fn read(rooms: &Rooms, value: &str) -> Option<Marker> {
    let (marker, mac) = parse(&rooms.config, value)?;
    let Marker { issuer, id, home, kind, expires_at } = &marker;
    let time = expires_at.to_be_bytes();
    let is_ours = rooms.keyring.verifies(Purpose::Marker, &parts(issuer, id, home, kind_word(*kind), &time), &mac);
    (is_ours && *expires_at > clock::unix_seconds()).then_some(marker)
}

/// The answer to a sign-in, held until it tells who signed in: its head may then bring the cookie.
pub struct Welcome {
    held: Held,
    carried: bool,
}

impl Welcome {
    /// Takes the head of a sign-in's answer, if it can tell anything.
    pub fn hold(
        rooms: &Rooms,
        exchange: &Exchange,
        request: &RequestHeader,
        response: &mut ResponseHeader,
    ) -> pingora::Result<Option<Self>> {
        if !exchange.snapshot.anything_on
            || !response.status.is_success()
            || Call::of(rooms, exchange, &request.method) != Call::SignIn
        {
            return Ok(None);
        }
        if !is_json(response) || response.headers.contains_key(header::CONTENT_ENCODING) {
            // It cannot be read. Whoever signed in, the cookie may name somebody else.
            take_away(rooms, request, response)?;
            return Ok(None);
        }
        let carried = carried(&rooms.config, &request.headers).next().is_some();
        Ok(Some(Welcome { held: Held::take(response)?, carried }))
    }

    /// A piece of the answer. With the last one the head leaves.
    pub fn piece(&mut self, rooms: &Rooms, snapshot: &Snapshot, piece: &mut Option<Bytes>, end: bool) -> Step {
        let Some(mut head) = self.held.head.take() else { return Step::On };
        self.held.body.extend_from_slice(&piece.take().unwrap_or_default());
        if !end && self.held.body.len() <= SIGN_IN_MAX {
            self.held.head = Some(head);
            return Step::Held;
        }
        let whole = self.held.body.split().freeze();
        let cookie = match end.then(|| self.cookie(rooms, snapshot, &whole)).flatten() {
            Some(cookie) => Some(cookie),
            None => self.carried.then(|| set_cookie(&rooms.config, "", 0)),
        };
        if let Some(cookie) = cookie {
            // What we write is a header's value; if it were none, the answer would go on without it.
            let _ = head.append_header(header::SET_COOKIE, cookie);
        }
        *piece = Some(whole);
        Step::Released(head)
    }

    /// For whoever the answer's token names, if they have the feature as far as this node knows without asking.
    fn cookie(&self, rooms: &Rooms, snapshot: &Snapshot, body: &[u8]) -> Option<String> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let token = body.get(&rooms.config.profile.browser.access_token_field)?.as_str()?;
        let authorization = HeaderValue::try_from(format!("{} {token}", rooms.verifier.scheme())).ok()?;
        let principal = identified(rooms, &authorization)?;
        let asked = flag::feature_of(snapshot, rooms.memberships.as_ref(), principal.who());
        match asked.now_or_never()?.ok()? {
            Feature::Has => {
                let value = write(&rooms.keyring, principal.who(), clock::unix_seconds() + LASTS_S);
                Some(set_cookie(&rooms.config, &value, LASTS_S))
            }
            Feature::Lacks => None,
        }
    }
}
