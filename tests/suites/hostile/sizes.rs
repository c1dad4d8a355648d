//! What is fine arrives byte for byte, up to the last byte of the limit; what is not costs Annex no memory.

use std::time::Duration;

use annex_tests::http::eventually;
use annex_tests::http::json::Client;
use sha2::{Digest, Sha256};

use super::wire::{self, Piece};
use super::{OWN, Stage};

/// The limit of the profile.
const LIMIT: usize = 102_400;
/// How much 60 refused bodies of 100 MB may cost together: a few times what 60 guarded bodies may hold.
const COST_KB: u64 = 48 * 1024;

/// JSON of exactly `length` bytes with much to get wrong in it.
fn body(length: usize) -> Vec<u8> {
    let start = "{\"city\":\"\u{e5}\u{1f600}\\u00e5\\ud83d\\ude00\",\"zeros\":[0,-0,1.0,1e2],\"nested\":{\"id\":\"any\"},\"notes\":\"";
    let padding = length - start.len() - 2;
    [start.as_bytes(), &vec![b'x'; padding], b"\"}"].concat()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_fine_body_up_to_the_limit_arrives_byte_for_byte() {
    let stage = Stage::new("sizes").await;
    let port = stage.site.annex.port;
    let mut sent = Vec::new();
    for length in [200, 16_384, 65_535, 65_536, 65_537, 80_000, 100_000, LIMIT - 1, LIMIT] {
        let whole = body(length);
        for (way, step) in [("at once", length), ("in pieces", 1_021), ("in chunks", 4_099)] {
            let probe = format!("fine-{length}-{step}");
            let head = stage.head("PATCH /api/customers/own", &probe)
                + "Content-Type: application/json; charset=\"UTF-8\"\r\nConnection: close\r\n";
            let mut pieces = Vec::new();
            if way == "in chunks" {
                pieces.push(Piece::Bytes(format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes()));
                for chunk in whole.chunks(step) {
                    let framed = [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
                    pieces.push(Piece::Bytes(framed));
                }
                pieces.push(Piece::Bytes(b"0\r\n\r\n".to_vec()));
            } else {
                pieces.push(Piece::Bytes(format!("{head}Content-Length: {length}\r\n\r\n").into_bytes()));
                pieces.extend(whole.chunks(step).map(|piece| Piece::Bytes(piece.to_vec())));
            }
            let got = wire::send(port, pieces).await;
            assert_eq!(got.status, 200, "{length} bytes {way}: {}", got.text);
            sent.push((probe, whole.clone()));
        }
    }
    let arrivals = stage.arrivals().await;
    for (probe, whole) in sent {
        let (complete, bytes, hash) = arrivals.get(&probe).unwrap_or_else(|| panic!("{probe} did not arrive"));
        assert_eq!((*complete, *bytes, hash.as_str()), (true, whole.len() as u64, hex(&whole).as_str()), "{probe}");
    }
}

#[tokio::test]
async fn what_names_nothing_passes_and_changes_nothing_of_whose_it_is() {
    let stage = Stage::new("nothing").await;
    let port = stage.site.annex.port;
    let there = Client::new(&stage.site.annex.url).bearer(&stage.admin.access).workspace(&stage.site.workspace);
    let empty = "Content-Length: 0\r\n\r\n".to_owned();
    let chunked = "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned();
    let json = |text: &str| format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    for (name, rest) in [
        ("no body", empty.clone()),
        ("no body that is JSON", format!("Content-Type: application/json\r\n{empty}")),
        ("no body in chunks", format!("Content-Type: application/json\r\n{chunked}")),
        ("an empty object", json("{}")),
        ("an empty list", json("[]")),
        (
            "a key that looks like the tenant's",
            json("{\"t\u{435}nantId\":\"theirs\",\"tenantid\":\"theirs\",\"tenant_id\":\"theirs\"}"),
        ),
        ("a key with white space", json("{\" tenantId\":\"theirs\",\"tenantId \":\"theirs\"}")),
        ("a key with a NUL", json("{\"tenantId\\u0000\":\"theirs\"}")),
        ("a huge number", json("{\"x\":123456789012345678901234567890e200}")),
    ] {
        let head = stage.head("PATCH /api/customers/own", "nothing") + "Connection: close\r\n";
        let got = wire::send(port, vec![Piece::Bytes((head + &rest).into_bytes())]).await;
        assert_eq!(got.status, 200, "{name}: {}", got.text);
        let row = there.get(&format!("/api/customers/{OWN}")).await.expect(200).json();
        assert_eq!(row["tenantId"], stage.site.workspace.as_str(), "{name}");
    }
    there.get("/api/tasks/%6fwn/comments").await.expect(200);
}

#[tokio::test]
async fn refusing_costs_little_memory_and_little_of_the_body_is_read() {
    let stage = Stage::new("memory").await;
    let (port, pid) = (stage.site.annex.port, stage.site.annex.program().pid());
    let megabyte = vec![b' '; 1024 * 1024];
    let chunk = [b"100000\r\n".to_vec(), megabyte.clone(), b"\r\n".to_vec()].concat();
    let nested = [b"{\"a\":".to_vec(), vec![b'['; 100_000]].concat();
    let head = |probe: &str, framing: &str| {
        let head = stage.head("PATCH /api/customers/own", probe) + "Content-Type: application/json\r\n";
        Piece::Bytes(format!("{head}{framing}\r\n\r\n").into_bytes())
    };
    let kinds = [
        ("announced", vec![head("large", "Content-Length: 104857600"), Piece::Times(megabyte, 100)], 413),
        ("in chunks", vec![head("large", "Transfer-Encoding: chunked"), Piece::Times(chunk, 100)], 413),
        ("nested", vec![head("large", "Content-Length: 100005"), Piece::Bytes(nested)], 400),
    ];
    // Once each, so that what is made only once is not counted.
    for (_, pieces, _) in &kinds {
        wire::send(port, pieces.clone()).await;
    }
    let before = memory_kb(pid, "VmRSS");
    let attacks: Vec<_> = (0..60).map(|number| kinds[number % 3].clone()).collect();
    let sending = attacks.into_iter().map(async |(name, pieces, status)| {
        let got = wire::send(port, pieces).await;
        assert_eq!((got.status, got.closed), (status, true), "{name}");
        assert!(got.taken < 20 * 1024 * 1024, "{name}: {} bytes were taken", got.taken);
    });
    futures_util::future::join_all(sending).await;
    let peak = memory_kb(pid, "VmHWM");
    assert!(peak < before + COST_KB, "{before} kB before, {peak} kB at most");
    eventually(Duration::from_secs(60), "the memory is given back", || async {
        memory_kb(pid, "VmRSS") < before + COST_KB
    })
    .await;
    let arrived = stage.arrivals().await;
    assert!(!arrived.get("large").is_some_and(|(whole, ..)| *whole), "one reached the CRM whole");
}

/// A line of a process's status.
fn memory_kb(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let number = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok());
    number.unwrap_or_else(|| panic!("no {name} in {status}"))
}
