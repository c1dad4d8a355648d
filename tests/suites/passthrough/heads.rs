//! Heads that are odd but legal, paths that are odd but legal, and connections that are used oddly.

use super::script::{AUTH, Act, HOST, Step, request, step};

/// A file: its answer says nothing of the head that asked for it.
const FILE: &str = "GET /favicon.svg HTTP/1.1";

pub fn steps() -> Vec<Step> {
    [lines(), names_of_ours(), targets(), versions(), connections()].concat()
}

fn lines() -> Vec<Step> {
    let long = format!("GET /nowhere?q={} HTTP/1.1", "a%20b".repeat(1200));
    let token = format!("X-Long: {}", "v".repeat(6000));
    vec![
        step("names in odd case").ask(FILE, &["hOST: crm.example.test", "uSER-aGENT: x", "x-ODD-name: Y", "ACCEPT: */*"], ""),
        step("duplicates side by side").ask(FILE, &[HOST, "X-Two: 1", "X-Two: 2", "Accept: a/b", "Accept: c/d"], ""),
        step("duplicates apart").ask(FILE, &[HOST, "X-Two: 1", "Accept: a/b", "x-two: 2", "X-Last: z"], ""),
        step("two cookies apart").ask(FILE, &[HOST, "Cookie: a=1", "Accept: */*", "Cookie: b=2; c"], ""),
        step("two Authorization headers").ask(FILE, &[HOST, AUTH, "Authorization: Bearer second"], ""),
        step("white space around values").ask(FILE, &[HOST, "X-Spaced:   a  b\t ", "X-None:z"], ""),
        step("an empty value").ask(FILE, &[HOST, "X-Empty:", "X-Blank: "], ""),
        step("bytes above 127 in a value").send_bytes(b"GET /favicon.svg HTTP/1.1\r\nHost: crm.example.test\r\nX-Latin: caf\xe9\r\nX-Utf: caf\xc3\xa9\r\n\r\n".to_vec()).answer(),
        step("a long URL").ask(&long, &[HOST], ""),
        step("a long value").ask(FILE, &[HOST, &token], ""),
        step("names with every legal character").ask(FILE, &[HOST, "!#%&'*+-.^_`|~9: x", "X_Under_Score: y"], ""),
        step("forwarded headers of a proxy in front").ask(
            FILE,
            &[HOST, "X-Forwarded-For: 203.0.113.9, 10.0.0.1", "X-Forwarded-Proto: https", "Forwarded: for=203.0.113.9", "Via: 1.1 front"],
            "",
        ),
        step("hop-by-hop headers").ask(
            FILE,
            &[HOST, "Connection: keep-alive, X-Private", "X-Private: 1", "Keep-Alive: timeout=9", "TE: trailers", "Proxy-Authorization: Basic eA=="],
            "",
        ),
        step("odd, but only a name for the CRM").ask(
            FILE,
            &[HOST, "X-Workspace-Id: a", "X_Workspace_Id: b", "x-workspace-id: a,b"],
            "",
        ),
    ]
}

/// What Annex takes away in every mode.
fn names_of_ours() -> Vec<Step> {
    vec![
        step("a marker cookie alone").ask(FILE, &[HOST, "Cookie: annex=v1.abc", "Accept: */*"], ""),
        step("marker cookies among others").ask(
            FILE,
            &[HOST, "Cookie: a=1; annex=v1; b=2; __Host-annex=v1; annexed=3", "Accept: */*", "X-Last: z"],
            "",
        ),
        step("reserved headers").ask(
            FILE,
            &[HOST, "X-Annex-User: root", "Accept: */*", "X_Annex_Role: admin", "X-Last: z"],
            "",
        ),
        step("a reserved path").get("/api/features"),
        step("a reserved path, by a stranger").ask("GET /api/workspaces HTTP/1.1", &[HOST], ""),
    ]
}

fn targets() -> Vec<Step> {
    let mut steps: Vec<Step> = [
        ("percent-encoding", "/caf%C3%A9%2Fnoir%20/%e2%82%AC?x=%26&y=%zz"),
        ("doubled slashes", "//double///slashes//"),
        ("dot segments", "/a/./b/../c/%2e%2e/d"),
        ("parameters and odd marks", "/a;b=c/d,e:f@g!h$i'(j)*+k=l~|^{}[]"),
        ("an empty query", "/nowhere?"),
        ("a query with questions", "/nowhere?a=?&b=/&&=c#none".split('#').next().unwrap_or_default()),
        ("an encoded API path", "/%61pi/%63ustomers"),
        ("an API path in capitals with a slash", "/API/Customers/"),
        ("a backslash", "/a\\b"),
    ]
    .into_iter()
    .map(|(name, target)| {
        let line = format!("GET {} HTTP/1.1", target.replace('$', ""));
        step(name).ask(&line, &[HOST], "")
    })
    .collect();
    steps.push(
        step("400: UTF-8 in a path")
            .send_bytes(b"GET /caf\xc3\xa9/\xe6\x97\xa5?q=\xc3\xa6 HTTP/1.1\r\nHost: crm.example.test\r\n\r\n".to_vec())
            .answer(),
    );
    steps.push(step("an absolute target").ask("GET http://crm.example.test/nowhere?x=1 HTTP/1.1", &[HOST], ""));
    steps
}

fn versions() -> Vec<Step> {
    vec![
        step("HTTP/1.0").ask("GET /app/main.js HTTP/1.0", &[], ""),
        step("HTTP/1.0 with Host").ask("GET /app/main.js HTTP/1.0", &[HOST], ""),
        step("HTTP/1.0, an answer without a length").ask("GET /__test/sse?n=2 HTTP/1.0", &[HOST], ""),
        step("HTTP/1.0, kept, an answer without a length").ask(
            "GET /__test/download?bytes=3000&chunked=1 HTTP/1.0",
            &[HOST, "Connection: keep-alive"],
            "",
        ),
        step("HTTP/1.0, kept").ask("GET /app/main.js HTTP/1.0", &[HOST, "Connection: keep-alive"], ""),
        step("Connection: close").ask("GET /app/main.js HTTP/1.1", &[HOST, "Connection: close"], ""),
    ]
}

fn connections() -> Vec<Step> {
    let get = |target: &str| request(&format!("GET {target} HTTP/1.1"), &[HOST], "");
    let three = [get("/__test/echo?1"), get("/app/main.js"), get("/__test/echo?3")].concat();
    let post = request("POST /__test/echo HTTP/1.1", &[HOST, "Content-Length: 2"], "p1");
    vec![
        step("three requests at once").send(&three).answer().answer().answer(),
        step("two with a body at once").send(&[post.as_str(), post.as_str()].concat()).answer().answer(),
        step("a connection that is used five times")
            .ask(FILE, &[HOST], "")
            .ask("POST /__test/echo HTTP/1.1", &[HOST, "Content-Length: 1"], "x")
            .ask("HEAD /app/main.js HTTP/1.1", &[HOST], "")
            .ask("DELETE /nowhere HTTP/1.1", &[HOST], "")
            .ask(FILE, &[HOST], ""),
        step("a client that closes its half").send(&get("/__test/slow?ms=30")).act(Act::Finish).act(Act::Rest),
        step("a head in pieces")
            .send("GET /__test/ec")
            .send("ho HTTP/1.1\r\nHo")
            .send("st: crm.example.test\r\n\r")
            .send("\n")
            .answer(),
        step("empty lines before a request").send(&format!("\r\n\r\n{}", get("/__test/echo"))).answer(),
    ]
}
