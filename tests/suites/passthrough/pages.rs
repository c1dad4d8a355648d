//! Static files, the page for everything unknown, ranges, conditions, compressed answers.

use super::script::{HOST, Step, step};

pub fn steps() -> Vec<Step> {
    [files(), unknown_paths(), ranges(), conditions(), compressed()].concat()
}

fn files() -> Vec<Step> {
    let browser = [
        HOST,
        "Connection: keep-alive",
        "sec-ch-ua: \"Chromium\";v=\"130\", \"Not?A_Brand\";v=\"99\"",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
        "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        "Sec-Fetch-Mode: navigate",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Accept-Language: de-DE,de;q=0.9",
        "Cookie: theme=dark; sid=\"a b\"; consent=1",
        "DNT: 1",
    ];
    vec![
        step("the page, by a browser").ask("GET / HTTP/1.1", &browser, ""),
        step("a script, by a browser").ask("GET /app/main.js HTTP/1.1", &browser, "").keep_header("file-etag", "etag"),
        step("a style sheet")
            .ask("GET /styles/base.css?v=1 HTTP/1.1", &[HOST], "")
            .keep_header("modified", "last-modified"),
        step("HEAD of a file").ask("HEAD /app/main.js HTTP/1.1", &[HOST], ""),
        step("HEAD of an API route").ask("HEAD /api/packages HTTP/1.1", &[HOST], ""),
        step("OPTIONS of a file").ask("OPTIONS /app/main.js HTTP/1.1", &[HOST], ""),
        step("OPTIONS of an API route, preflight").ask(
            "OPTIONS /api/customers HTTP/1.1",
            &[HOST, "Origin: https://elsewhere.test", "Access-Control-Request-Method: POST"],
            "",
        ),
        step("OPTIONS *").ask("OPTIONS * HTTP/1.1", &[HOST], ""),
    ]
}

fn unknown_paths() -> Vec<Step> {
    vec![
        step("an unknown page").ask("GET /settings/workspace HTTP/1.1", &[HOST], ""),
        step("an unknown API route").ask("GET /api/anything/else HTTP/1.1", &[HOST], ""),
        step("an unknown path, POST").ask("POST /nowhere HTTP/1.1", &[HOST, "Content-Length: 3"], "a=b"),
        step("an unknown path, PUT").ask("PUT /nowhere HTTP/1.1", &[HOST, "Content-Length: 0"], ""),
        step("an unknown path, DELETE").ask("DELETE /nowhere HTTP/1.1", &[HOST], ""),
        step("an unknown path, PROPFIND").ask("PROPFIND /nowhere HTTP/1.1", &[HOST, "Depth: 1"], ""),
        step("an unknown path, M-SEARCH").ask("M-SEARCH /nowhere HTTP/1.1", &[HOST], ""),
        step("GET with a body").ask("GET /nowhere HTTP/1.1", &[HOST, "Content-Length: 4"], "body"),
    ]
}

fn ranges() -> Vec<Step> {
    let range = |range: &'static str| [HOST, range];
    vec![
        step("a range").ask("GET /app/main.js HTTP/1.1", &range("Range: bytes=10-19"), ""),
        step("a range of the end").ask("GET /index.html HTTP/1.1", &range("Range: bytes=-5"), ""),
        step("two ranges").ask("GET /app/main.js HTTP/1.1", &range("Range: bytes=0-1,5-6"), ""),
        step("a range behind the end (416)").ask("GET /app/main.js HTTP/1.1", &range("Range: bytes=99999999-"), ""),
        step("a range of an unknown page").ask("GET /nowhere HTTP/1.1", &range("Range: bytes=0-3"), ""),
    ]
}

fn conditions() -> Vec<Step> {
    vec![
        step("If-None-Match (304)").ask("GET /app/main.js HTTP/1.1", &[HOST, "If-None-Match: $file-etag$"], ""),
        step("If-None-Match that differs").ask(
            "GET /app/main.js HTTP/1.1",
            &[HOST, "If-None-Match: \"x\", W/\"y\""],
            "",
        ),
        step("If-Modified-Since (304)").ask(
            "GET /styles/base.css HTTP/1.1",
            &[HOST, "If-Modified-Since: $modified$"],
            "",
        ),
        step("If-Match (412)").ask("GET /app/main.js HTTP/1.1", &[HOST, "If-Match: \"x\""], ""),
        step("If-Range that differs").ask(
            "GET /app/main.js HTTP/1.1",
            &[HOST, "Range: bytes=0-3", "If-Range: \"x\""],
            "",
        ),
    ]
}

/// The switches belong to the CRM of this run alone.
fn compressed() -> Vec<Step> {
    let file = |accepted: &'static str| [HOST, accepted];
    vec![
        step("compressed: gzip from now on").json("PUT", "/__test/switches", r#"{"compress":"gzip"}"#),
        step("compressed: a script").ask("GET /app/main.js HTTP/1.1", &file("Accept-Encoding: gzip"), ""),
        step("compressed: not accepted").ask("GET /app/main.js HTTP/1.1", &file("Accept-Encoding: identity"), ""),
        step("compressed: brotli from now on").json("PUT", "/__test/switches", r#"{"compress":"br"}"#),
        step("compressed: the page").ask("GET / HTTP/1.1", &file("Accept-Encoding: gzip, br"), ""),
        step("chunked: from now on").json("PUT", "/__test/switches", r#"{"compress":"","chunked":true}"#),
        step("chunked: a list").get("/api/customers"),
        step("chunked: HEAD").ask("HEAD /app/main.js HTTP/1.1", &[HOST], ""),
        step("chunked: not any more").json("PUT", "/__test/switches", r#"{"chunked":false}"#),
    ]
}
