//! The heads that are refused, each with the status, and with the row that lists it where the CRM alone answers.

use std::collections::BTreeSet;
use std::io;

use annex_tests::http::parse::Asked;
use annex_tests::http::raw::Connection;

use super::{Site, say};
use crate::passthrough::rows::{Table, ids};

/// One head that is refused in every mode.
struct Case {
    rule: &'static str,
    /// The row of `docs/PASSTHROUGH.md`; none where the CRM alone refuses with the same status.
    row: Option<&'static str>,
    status: u16,
    wire: String,
}

/// Sends each; nothing of it reaches the CRM, and the listed rows are those in which the CRM alone differs.
pub async fn assert_each_is_judged(site: &Site) {
    let mut wrong = Vec::new();
    let mut rows = BTreeSet::new();
    for case in cases() {
        let wire = site.fill(&case.wire);
        site.reached_the_crm();
        let ended = answer_and_end(site.annex.port, &wire).await;
        let reached = site.reached_the_crm();
        if ended != Ended::Closed(case.status) || !reached.is_empty() {
            wrong.push(format!("{}: not {}, but {ended:?}\n  to the CRM: {reached:?}", case.rule, case.status));
        }
        let alone = alone(site, &wire).await;
        match (alone == case.status, case.row) {
            (false, None) => wrong.push(format!("{}: the CRM alone says {alone}, and no row lists it", case.rule)),
            (true, Some(row)) => wrong.push(format!("{}: row `{row}`, but the CRM alone says the same", case.rule)),
            _ => {}
        }
        rows.extend(case.row.map(str::to_owned));
    }
    for (rule, wire) in passing() {
        site.reached_the_crm();
        let said = say(site.annex.port, &site.fill(&wire)).await;
        if said.status() != 200 || site.reached_the_crm().is_empty() {
            wrong.push(format!("{rule} must pass: {}", said.first_line()));
        }
    }
    for (target, written) in [("/a b", "/a%20b"), ("/a\tb", "/a%09b"), ("/a\u{1}b", "/a%01b"), ("/a\u{7f}b", "/a%7Fb")]
    {
        let line =
            |target: &str| format!("GET {target} HTTP/1.1\r\nHost: crm.example.test\r\nConnection: close\r\n\r\n");
        say(site.annex.port, line(target).as_bytes()).await;
        let reached = site.reached_the_crm();
        if reached != line(written) || alone(site, line(target).as_bytes()).await != 400 {
            wrong.push(format!("{target:?} should reach the CRM as {written}: {reached:?}"));
        }
    }
    let looser = ids(Table::Refusals, &["target, looser"]);
    assert_eq!(looser, BTreeSet::from(["escaped-target".to_owned()]), "where Annex is looser than the CRM alone");
    assert!(wrong.is_empty(), "with the flag {:?}:\n{}", site.flag, wrong.join("\n"));
    assert_eq!(rows, ids(Table::Refusals, &["head"]), "refusals of this table (left) and of the doc (right)");
}

/// The first status that came, 0 if none did, and what became of the connection.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Closed(u16),
    /// It said more, or was not asked to end: this was no refusal.
    Open(u16),
}

async fn answer_and_end(port: u16, wire: &[u8]) -> Ended {
    let mut connection = Connection::open(port).await.expect("somebody listens");
    // Whoever refuses may close before all was sent.
    let _ = connection.send(wire).await;
    match connection.response(Asked::Body).await {
        Ok(response) if response.header("connection") != Some("close") => Ended::Open(response.status),
        Ok(response) => match connection.rest().await.unwrap_or_else(|error| late(wire, &error)) {
            rest if rest.is_empty() => Ended::Closed(response.status),
            _ => Ended::Open(response.status),
        },
        Err(error) if error.kind() == io::ErrorKind::TimedOut => late(wire, &error),
        Err(_) => Ended::Closed(0),
    }
}

fn late(wire: &[u8], error: &io::Error) -> ! {
    let shown: String = String::from_utf8_lossy(wire).chars().take(600).collect();
    panic!("{error} after\n{shown}")
}

/// The status with which the CRM alone answers.
async fn alone(site: &Site, wire: &[u8]) -> u16 {
    let (Ended::Closed(status) | Ended::Open(status)) = answer_and_end(site.crm.port, wire).await;
    status
}

fn cases() -> Vec<Case> {
    [lengths(), codings(), lines(), targets(), nominations(), pins()].concat_cases()
}

trait Concat {
    fn concat_cases(self) -> Vec<Case>;
}

impl<const N: usize> Concat for [Vec<Case>; N] {
    fn concat_cases(self) -> Vec<Case> {
        self.into_iter().flatten().collect()
    }
}

fn case(rule: &'static str, row: Option<&'static str>, status: u16, wire: impl Into<String>) -> Case {
    Case { rule, row, status, wire: wire.into() }
}

/// A POST with these header lines and this body.
fn post(lines: &str, body: &str) -> String {
    format!("POST /nowhere HTTP/1.1\r\nHost: crm.example.test\r\n{lines}\r\n{body}")
}

/// A GET with these header lines.
fn get(lines: &str) -> String {
    format!("GET /nowhere HTTP/1.1\r\nHost: crm.example.test\r\n{lines}\r\n")
}

fn lengths() -> Vec<Case> {
    vec![
        case("a length with a sign", None, 400, post("Content-Length: +4\r\n", "abcd")),
        case("two lengths that differ", None, 400, post("Content-Length: 4\r\nContent-Length: 5\r\n", "abcde")),
        case("two equal lengths", None, 400, post("Content-Length: 4\r\nContent-Length: 4\r\n", "abcd")),
        case("a list of lengths", None, 400, post("Content-Length: 4, 4\r\n", "abcd")),
        case("a padded length", Some("padded-length"), 400, post("Content-Length: 04\r\n", "abcd")),
        case("an empty length", None, 400, post("Content-Length:\r\n", "")),
        case("a length in hexadecimal", None, 400, post("Content-Length: 0x4\r\n", "abcd")),
        case(
            "a length and chunks",
            None,
            400,
            post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ),
        case(
            "chunks and a length",
            None,
            400,
            post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"),
        ),
    ]
}

fn codings() -> Vec<Case> {
    vec![
        case("a coding that only looks like chunks", None, 400, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")),
        case("white space before the colon", None, 400, post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")),
        case(
            "gzip, then chunks",
            Some("transfer-coding"),
            501,
            post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
        ),
        case("chunks, then gzip", None, 400, post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")),
        case(
            "two codings",
            None,
            400,
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ),
        case(
            "chunks in HTTP/1.0",
            Some("chunks-in-1.0"),
            400,
            "POST /nowhere HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
    ]
}

fn lines() -> Vec<Case> {
    let many: String = (0..256).map(|at| format!("X-{at}: 1\r\n")).collect();
    let long = format!("X-Long: {}\r\n", "v".repeat(1_100_000));
    vec![
        case("a folded line", None, 400, get("X-A: 1\r\n folded\r\n")),
        case("a bare carriage return", None, 400, get("X-A: 1\rX-B: 2\r\n")),
        case("NUL in a value", None, 400, get("X-A: 1\0\r\n")),
        case("NUL in a name", None, 400, get("X\0A: 1\r\n")),
        case("a line without a colon", None, 400, get("nonsense\r\n")),
        case("two Hosts", Some("two-hosts"), 400, get("Host: other.test\r\n")),
        case("no Host in HTTP/1.1", None, 400, "GET /nowhere HTTP/1.1\r\nAccept: */*\r\n\r\n"),
        case("257 headers", Some("many-headers"), 400, get(&many)),
        case("1 MiB of headers", Some("large-head"), 400, get(&long)),
        case("line feeds alone", None, 400, "GET /nowhere HTTP/1.1\nHost: crm.example.test\n\n"),
        case("one line feed alone", None, 400, get("X-A: 1\nX-B: 2\r\n")),
        case("a method in lower case", None, 400, "get /nowhere HTTP/1.1\r\nHost: crm.example.test\r\n\r\n"),
        case("Upgrade alone", Some("lone-upgrade"), 400, get("Upgrade: websocket\r\n")),
        case("another version", None, 400, "GET /nowhere HTTP/3.0\r\nHost: crm.example.test\r\n\r\n"),
    ]
}

fn targets() -> Vec<Case> {
    let line = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: crm.example.test\r\nConnection: close\r\n\r\n");
    vec![
        case("a fragment", Some("fragment"), 400, line("/a#b")),
        case("a quotation mark", Some("target-marks"), 400, line("/a\"b<c>")),
        case("a backtick", Some("target-marks"), 400, line("/a`b")),
        case("an absolute target for another Host", Some("absolute-target"), 400, line("http://other.test/nowhere")),
        case(
            "CONNECT",
            Some("connect"),
            405,
            "CONNECT crm.example.test:443 HTTP/1.1\r\nHost: crm.example.test:443\r\n\r\n",
        ),
    ]
}

fn nominations() -> Vec<Case> {
    let named = [
        "Authorization",
        "Cookie",
        "X-Workspace-Id",
        "x-annex-user",
        "close, X_Annex_User",
        "keep-alive , COOKIE",
        "X_WORKSPACE_ID",
    ];
    let row = Some("nominated");
    named.map(|names| case("a nomination", row, 400, get(&format!("Connection: {names}\r\nCookie: a=1\r\n")))).into()
}

fn pins() -> Vec<Case> {
    let bad = [
        "/%5Fannex/w/abc/api/customers",
        "/%255Fannex/w/abc/api/customers",
        "//_annex/w/abc/api/customers",
        "/_annex//w/abc/api/customers",
        "/_ANNEX/w/abc/api/customers",
        "/_annex/w/abc/_annex/w/def/api/customers",
        "/_annex/w/abc/%5fannex/w/def",
        "/_annex/w/abc//_annex/w/def",
        "/_annex/w/a.b/api/customers",
        "/_annex/w//api/customers",
        "/_annex/w/abc",
        "/_annex/w/",
        "/\\_annex/w/abc/api/customers",
    ];
    let line = |target: &str| {
        format!(
            "GET {target} HTTP/1.1\r\nHost: crm.example.test\r\nAuthorization: Bearer $access$\r\nConnection: close\r\n\r\n"
        )
    };
    bad.map(|target| case(target, Some("pins"), 400, line(target))).into()
}

/// Beside what must not pass stands what must.
fn passing() -> Vec<(&'static str, String)> {
    let close = "Connection: close\r\n";
    let many: String = (0..253).map(|at| format!("X-{at}: 1\r\n")).collect();
    vec![
        ("a length", post(&format!("Content-Length: 4\r\n{close}"), "abcd")),
        ("a length of nothing", post(&format!("Content-Length: 0\r\n{close}"), "")),
        ("chunks", post(&format!("Transfer-Encoding: chunked\r\n{close}"), "4\r\nabcd\r\n0\r\n\r\n")),
        ("chunks in capitals", post(&format!("Transfer-Encoding: CHUNKED\r\n{close}"), "4\r\nabcd\r\n0\r\n\r\n")),
        ("as many headers as there may be", get(&format!("{close}{many}"))),
        ("a nomination of something else", get("Connection: close, X-Own\r\nX-Own: 1\r\n")),
        (
            "an absolute target",
            "GET http://crm.example.test/nowhere HTTP/1.1\r\nHost: crm.example.test\r\nConnection: close\r\n\r\n"
                .to_owned(),
        ),
        // Express resolves no dot segments: nobody reads this as a pin, and the CRM answers its page.
        (
            "dots before a pin",
            "GET /x/../_annex/w/abc/api/customers HTTP/1.1\r\nHost: crm.example.test\r\nConnection: close\r\n\r\n"
                .to_owned(),
        ),
        (
            "a path that only looks like a pin",
            "GET /x_annex/w/abc HTTP/1.1\r\nHost: crm.example.test\r\nConnection: close\r\n\r\n".to_owned(),
        ),
    ]
}
