//! What this CRM never answers and another one might: the tap answers in its place, and closes.

use super::script::{HOST, Step, step};

pub fn steps() -> Vec<Step> {
    let get = |name, answer| step(name).ask("GET /foreign HTTP/1.1", &[HOST], "").instead(answer);
    vec![
        get(
            "another CRM: an old Date and a name of its own",
            "HTTP/1.1 200 OK\r\nServer: other\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        ),
        get("another CRM: no Date, no Connection", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
        get(
            "another CRM: a reason of its own",
            "HTTP/1.1 200 Alright then\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        ),
        get(
            "another CRM: two cookies apart",
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-Between: 1\r\nset-cookie: b=2; Path=/\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        ),
        get(
            "another CRM: trailers",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nConnection: close\r\n\r\n2;ext=1\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n",
        ),
        get("another CRM: HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end"),
        get(
            "another CRM: early hints",
            "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        ),
        get(
            "another CRM: a redirect with odd case",
            "HTTP/1.1 302 Found\r\nlOCATION: https://elsewhere.test/?a=b#c\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ),
        get(
            "another CRM: white space around values",
            "HTTP/1.1 200 OK\r\nX-Spaced:   a  b\t \r\nX-None:z\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        ),
    ]
}
