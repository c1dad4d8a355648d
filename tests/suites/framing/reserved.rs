//! What only Annex may say never comes from a client: headers and cookies, in every spelling, on every path.

use super::{Flag, Site, ask, say};

const SPELLINGS: [&str; 7] = [
    "X-Annex-Principal: root",
    "x-annex-principal: root",
    "X-ANNEX-PRINCIPAL: root",
    "X_Annex_Principal: root",
    "x_annex-Principal: root",
    "X-Annex-: root",
    "X-Annex-Workspace-Id: root\r\nX-Annex-Workspace-Id: root",
];

/// None of them reaches the CRM; all that stands beside them does.
pub async fn assert_stripped(site: &Site) {
    let token = format!("Authorization: Bearer {}", site.bo.access);
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let close = "Connection: close";
    let home = format!("X-Workspace-Id: {}", site.bo.tenant);
    let pinned = format!("GET /_annex/w/{}/api/customers", site.bo.tenant);
    let paths: Vec<(&str, &str, Vec<&str>)> = vec![
        ("plain", "GET /nowhere", vec![close]),
        ("of the API", "GET /api/customers", vec![close, &token]),
        ("at home by name", "GET /api/customers", vec![close, &token, &home]),
        ("at home by pin", &pinned, vec![close, &token]),
        ("HEAD", "HEAD /nowhere", vec![close]),
        ("not authorized", "GET /api/customers", vec![close]),
        ("not found", "GET /api/invoices/nobody", vec![close, &token]),
        ("an error", "GET /api/customers/%00", vec![close, &token]),
        ("upgraded", "GET /__test/ws", vec![upgrade]),
        ("not upgraded", "GET /elsewhere", vec![upgrade]),
    ];
    for (path, line, lines) in &paths {
        // Without the flag a pin is refused: nothing is on.
        if site.flag == Flag::Off && *path == "at home by pin" {
            continue;
        }
        for spelling in SPELLINGS {
            let head = format!(
                "{line} HTTP/1.1\r\nHost: crm.example.test\r\n{spelling}\r\n{}\r\nX-Last: here\r\n\r\n",
                lines.join("\r\n")
            );
            assert_gone(site, &head, path, spelling).await;
        }
    }
    assert_cookies_stripped(site).await;
}

async fn assert_gone(site: &Site, head: &str, path: &str, spelling: &str) {
    site.reached_the_crm();
    if path.ends_with("upgraded") {
        // An upgraded connection stays open.
        ask(site.annex.port, head.as_bytes()).await;
    } else {
        say(site.annex.port, head.as_bytes()).await;
    }
    let reached = site.reached_the_crm();
    assert!(reached.contains("X-Last: here\r\n"), "{path}, `{spelling}`: the rest passes: {reached}");
    let folded = reached.to_ascii_lowercase().replace('_', "-");
    assert!(
        !folded.contains("x-annex-") && !reached.contains("root"),
        "{path}: `{spelling}` reached the CRM: {reached}"
    );
}

async fn assert_cookies_stripped(site: &Site) {
    let cases = [
        ("Cookie: annex=v1", ""),
        ("Cookie: __Host-annex=v1", ""),
        ("Cookie: a=1; annex=v1; b=2", "a=1; b=2"),
        ("Cookie: annex=v1; a=1", "a=1"),
        ("Cookie: a=1;annex=v1;b=2", "a=1; b=2"),
        ("Cookie: a=1\r\nCookie: annex=v1", "a=1"),
        ("Cookie: annexe=1; xannex=2", "annexe=1; xannex=2"),
        ("Cookie: a=\"annex\"; annex", "a=\"annex\""),
    ];
    for (line, left) in cases {
        site.reached_the_crm();
        let head = format!("GET /nowhere HTTP/1.1\r\nHost: crm.example.test\r\n{line}\r\nConnection: close\r\n\r\n");
        say(site.annex.port, head.as_bytes()).await;
        let reached = site.reached_the_crm();
        let lines = reached.lines().filter(|line| line.to_ascii_lowercase().starts_with("cookie:"));
        let cookies: Vec<&str> = lines.map(|line| line[7..].trim()).collect();
        let expected: Vec<&str> = if left.is_empty() { Vec::new() } else { vec![left] };
        assert_eq!(cookies, expected, "`{line}` with the flag {:?}", site.flag);
    }
}
