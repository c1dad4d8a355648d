//! The attacks, as bytes.

use super::wire::Piece;

const PATCH: &str = "PATCH /api/customers/own";
const TASK: &str = "POST /api/tasks";
const JSON: &str = "Content-Type: application/json";
const MEGABYTE: usize = 1024 * 1024;

/// One request.
#[derive(Debug, Clone)]
pub struct Attack {
    pub name: String,
    /// Method and target.
    pub line: &'static str,
    headers: Vec<String>,
    body: Body,
    pub expected: Expected,
}

/// How it must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// With this status and code.
    Refused(u16, &'static str),
    /// It is no whole request: 400 or no answer.
    Broken,
}

#[derive(Debug, Clone)]
enum Body {
    /// With the right length.
    Whole(Vec<u8>),
    /// The framing is the attack.
    As(Vec<Piece>),
    /// The target is the attack.
    None,
}

const INVALID: Expected = Expected::Refused(400, "VALIDATION_FAILED");
const UNSUPPORTED: Expected = Expected::Refused(415, "UNSUPPORTED_BODY");
const TOO_LARGE: Expected = Expected::Refused(413, "BODY_TOO_LARGE");
const ELSEWHERE: Expected = Expected::Refused(404, "NOT_IN_WORKSPACE");
const AMBIGUOUS: Expected = Expected::Refused(400, "AMBIGUOUS_PATH");

impl Attack {
    /// All that is written, behind `head`.
    pub fn pieces(&self, head: &str) -> Vec<Piece> {
        let headers: String = self.headers.iter().map(|header| format!("{header}\r\n")).collect();
        let head = |more: &str| Piece::Bytes(format!("{head}{headers}{more}\r\n").into_bytes());
        match &self.body {
            Body::Whole(bytes) => {
                vec![head(&format!("Content-Length: {}\r\n", bytes.len())), Piece::Bytes(bytes.clone())]
            }
            Body::As(pieces) => [vec![head("")], pieces.clone()].concat(),
            Body::None => vec![head("Connection: close\r\n")],
        }
    }

    /// Whether the CRM would take it as one request: then only the guard stops it.
    pub fn is_for_a_guard(&self) -> bool {
        let well_framed = matches!(&self.body, Body::Whole(bytes) if bytes.len() < 50_000);
        let encodings: Vec<&str> =
            self.headers.iter().filter_map(|header| header.strip_prefix("Content-Encoding: ")).collect();
        // The CRM knows these two and stops at any other.
        let is_read = matches!(encodings[..], [] | ["gzip" | "deflate"]);
        well_framed && is_read && !matches!(self.expected, AMBIGUOUS | Expected::Broken)
    }
}

/// All of them.
pub fn all() -> Vec<Attack> {
    [texts(), ids(), heads(), lengths(), paths()].concat()
}

fn attack(name: &str, line: &'static str, headers: &[&str], body: Body, expected: Expected) -> Attack {
    let headers = headers.iter().map(ToString::to_string).collect();
    Attack { name: name.to_owned(), line, headers, body, expected }
}

/// JSON that is none, or that two readers read differently.
fn texts() -> Vec<Attack> {
    let nested = |open: &str, close: &str| format!("{{\"a\":{}1{}}}", open.repeat(10_000), close.repeat(10_000));
    let table: Vec<(&str, Vec<u8>)> = vec![
        ("a key twice", br#"{"name":"a","name":"b"}"#.to_vec()),
        ("a key twice, deeper", br#"{"a":[{"b":{"c":1,"c":2}}]}"#.to_vec()),
        ("a key twice, once escaped", br#"{"name":"a","n\u0061me":"b"}"#.to_vec()),
        ("another tenant behind a null", br#"{"tenantId":"x","tenantId":null}"#.to_vec()),
        ("an escaped tenant", br#"{"tenant\u0049d":"theirs"}"#.to_vec()),
        ("10 000 arrays", nested("[", "]").into_bytes()),
        ("10 000 objects", nested("{\"a\":", "}").into_bytes()),
        ("10 000 arrays without an end", [b"{\"a\":".to_vec(), vec![b'['; 10_000]].concat()),
        ("__proto__", br#"{"__proto__":{"tenantId":"theirs"}}"#.to_vec()),
        ("__proto__ escaped", br#"{"__pr\u006fto__":{"x":"y"}}"#.to_vec()),
        ("__proto__ of a list", br#"{"__proto__":[{"x":"y"}]}"#.to_vec()),
        ("a prototype's tenant", br#"{"constructor":{"prototype":{"tenantId":"theirs"}}}"#.to_vec()),
        ("a byte order mark", b"\xef\xbb\xbf{\"name\":\"x\"}".to_vec()),
        ("UTF-16 that says nothing of it", "{\"name\":\"x\"}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("Latin-1 that says nothing of it", b"{\"name\":\"\xe9\"}".to_vec()),
        ("overlong UTF-8", b"{\"name\":\"\xc0\xaf\"}".to_vec()),
        ("half a surrogate", br#"{"name":"\ud800"}"#.to_vec()),
        ("half a surrogate as a key", br#"{"\udfff":"x"}"#.to_vec()),
        ("a control byte in a text", b"{\"name\":\"a\x01\"}".to_vec()),
        ("a NUL between tokens", b"{\"name\":\0\"a\"}".to_vec()),
        ("something behind it", br#"{"name":"a"} {"tenantId":"theirs"}"#.to_vec()),
        ("a NUL behind it", b"{\"name\":\"a\"}\0".to_vec()),
        ("a comma too many", br#"{"name":"a",}"#.to_vec()),
        ("a comment", br#"{"name":"a"/* */}"#.to_vec()),
        ("single quotes", br"{'name':'a'}".to_vec()),
        ("no number", br#"{"name":NaN}"#.to_vec()),
        ("a number beyond all bounds", br#"{"name":1e999}"#.to_vec()),
        ("a number with a leading zero", br#"{"name":01}"#.to_vec()),
        ("a text alone", br#""tenantId""#.to_vec()),
        ("null alone", b"null".to_vec()),
        ("white space alone", b"   \r\n ".to_vec()),
        ("half of it", br#"{"name":"#.to_vec()),
    ];
    table.into_iter().map(|(name, body)| attack(name, PATCH, &[JSON], Body::Whole(body), INVALID)).collect()
}

/// What stands where an id should.
fn ids() -> Vec<Attack> {
    let task = |value: &str| format!("{{\"title\":\"t\",\"customerId\":{value}}}").into_bytes();
    let many: Vec<String> = (0..201).map(|number| format!("\"{number}\"")).collect();
    let table: Vec<(&str, &'static str, Vec<u8>, Expected)> = vec![
        ("a number for an id", TASK, task("7"), INVALID),
        ("a huge number for an id", TASK, task("123456789012345678901234567890"), INVALID),
        ("a boolean for an id", TASK, task("true"), INVALID),
        ("an object for an id", TASK, task("{\"id\":\"theirs\"}"), INVALID),
        ("an object with a method for an id", TASK, task("{\"toString\":\"theirs\"}"), INVALID),
        ("a list with another tenant's id", TASK, task("[\"own\",\"theirs\"]"), ELSEWHERE),
        ("a list in a list", TASK, task("[[[\"theirs\"]]]"), ELSEWHERE),
        ("a NUL behind an id", TASK, task("\"own\\u0000\""), INVALID),
        ("a NUL alone", TASK, task("\"\\u0000\""), INVALID),
        ("an id with a space", TASK, task("\" own\""), ELSEWHERE),
        ("an id that looks alike", TASK, task("\"\u{43e}wn\""), ELSEWHERE),
        ("an id full-width", TASK, task("\"\\uff4fwn\""), ELSEWHERE),
        ("an id in capitals", TASK, task("\"OWN\""), ELSEWHERE),
        ("an id percent-encoded", TASK, task("\"%6fwn\""), ELSEWHERE),
        ("an id that is SQL", TASK, task("\"' or '1'='1\""), ELSEWHERE),
        ("an id of 40 kB", TASK, task(&format!("\"{}\"", "a".repeat(40_000))), ELSEWHERE),
        ("201 ids", TASK, format!("{{\"title\":\"t\",\"assignees\":[{}]}}", many.join(",")).into_bytes(), INVALID),
        ("another tenant, deeper", PATCH, br#"{"a":[{"b":{"tenantId":"theirs"}}]}"#.to_vec(), INVALID),
        ("another tenant in a list of bodies", PATCH, br#"[{"tenantId":"theirs"}]"#.to_vec(), INVALID),
        ("a list for a tenant", PATCH, br#"{"tenantId":["theirs"]}"#.to_vec(), INVALID),
        ("an empty list for a tenant", PATCH, br#"{"tenantId":[]}"#.to_vec(), INVALID),
        ("an object for a tenant", PATCH, br#"{"tenantId":{"toString":"theirs"}}"#.to_vec(), INVALID),
        ("a NUL for a tenant", PATCH, br#"{"tenantId":"\u0000"}"#.to_vec(), INVALID),
        ("an object for the row's id", PATCH, br#"{"id":{"x":"own"}}"#.to_vec(), INVALID),
        ("the row's id in capitals", PATCH, br#"{"id":"OWN"}"#.to_vec(), INVALID),
        (
            "an order with another tenant's section",
            "POST /api/proposals/own/sections/reorder",
            br#"{"sectionIds":["own","theirs"]}"#.to_vec(),
            ELSEWHERE,
        ),
        (
            "an order under another key",
            "POST /api/proposals/own/sections/reorder",
            br#"{"x":{"y":["theirs"]}}"#.to_vec(),
            ELSEWHERE,
        ),
        (
            "an order with a NUL",
            "POST /api/proposals/own/sections/reorder",
            br#"{"sectionIds":["\u0000"]}"#.to_vec(),
            INVALID,
        ),
    ];
    table
        .into_iter()
        .map(|(name, line, body, expected)| attack(name, line, &[JSON], Body::Whole(body), expected))
        .collect()
}

/// Heads that say that the body is something else than it is judged as.
fn heads() -> Vec<Attack> {
    let whole = || Body::Whole(br#"{"name":"x"}"#.to_vec());
    let table: [(&str, &[&str]); 20] = [
        ("no content type", &[]),
        ("a text", &["Content-Type: text/plain"]),
        ("a form", &["Content-Type: application/x-www-form-urlencoded"]),
        ("a form of parts", &["Content-Type: multipart/form-data; boundary=x"]),
        ("some other JSON", &["Content-Type: application/vnd.api+json"]),
        ("a prefix of it", &["Content-Type: application/jso"]),
        ("more than it", &["Content-Type: application/jsonp"]),
        ("two in one line", &["Content-Type: application/json, text/plain"]),
        ("two lines", &[JSON, "Content-Type: text/plain"]),
        ("two lines the other way", &["Content-Type: text/plain", JSON]),
        ("two equal lines", &[JSON, JSON]),
        ("UTF-16", &["Content-Type: application/json; charset=utf-16"]),
        ("UTF-16, quoted, in capitals", &["Content-Type: application/json; CHARSET=\"UTF-16LE\""]),
        ("UTF-7", &["Content-Type: application/json; charset=utf-7"]),
        ("two charsets", &["Content-Type: application/json; charset=utf-8; charset=utf-16"]),
        ("gzip", &[JSON, "Content-Encoding: gzip"]),
        ("deflate", &[JSON, "Content-Encoding: deflate"]),
        ("br, in capitals", &[JSON, "Content-Encoding: BR"]),
        ("an encoding twice", &[JSON, "Content-Encoding: identity", "Content-Encoding: gzip"]),
        ("an encoding in a list", &[JSON, "Content-Encoding: identity, gzip"]),
    ];
    let mut attacks: Vec<Attack> =
        table.into_iter().map(|(name, headers)| attack(name, PATCH, headers, whole(), UNSUPPORTED)).collect();
    // 90 kB that would become 90 MB.
    let bomb =
        [b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xec\xc1\x01\x01\0\0\0\x80\x90\xfe\xaf\xee\x08\x0a".to_vec(), vec![0; 90_000]];
    let headers = [JSON, "Content-Encoding: gzip"];
    attacks.push(attack("a bomb", PATCH, &headers, Body::Whole(bomb.concat()), UNSUPPORTED));
    attacks
}

/// Lengths that are too long, lies, or never reached.
fn lengths() -> Vec<Attack> {
    let framed = |name: &str, header: &str, pieces: Vec<Piece>, expected| {
        attack(name, PATCH, &[JSON, header], Body::As(pieces), expected)
    };
    let bytes = |text: &str| Piece::Bytes(text.as_bytes().to_vec());
    let zeros = |count| Piece::Times(vec![b' '; MEGABYTE], count);
    let chunk = [format!("{MEGABYTE:x}\r\n").into_bytes(), vec![b' '; MEGABYTE], b"\r\n".to_vec()].concat();
    let over = |count: usize| [b"{\"name\":\"".to_vec(), vec![b'x'; count - 11], b"\"}".to_vec()].concat();
    let chunked = "Transfer-Encoding: chunked";
    let second = "GET /api/customers HTTP/1.1\r\nHost: crm.test\r\nX-Probe: second\r\n\r\n";
    vec![
        framed("a byte over the limit", "Content-Length: 102401", vec![Piece::Bytes(over(102_401))], TOO_LARGE),
        framed("100 MB", "Content-Length: 104857600", vec![zeros(100)], TOO_LARGE),
        framed("100 MB in chunks", chunked, vec![Piece::Times(chunk, 100), bytes("0\r\n\r\n")], TOO_LARGE),
        framed(
            "chunks of a byte, over the limit",
            chunked,
            vec![Piece::Times(b"1\r\n \r\n".to_vec(), 102_401), bytes("0\r\n\r\n")],
            TOO_LARGE,
        ),
        framed("a length of 2^64 - 1", "Content-Length: 18446744073709551615", vec![zeros(1)], TOO_LARGE),
        framed("a length beyond 2^64", "Content-Length: 99999999999999999999999", vec![zeros(1)], Expected::Broken),
        attack(
            "100 MB after permission",
            PATCH,
            &[JSON, "Content-Length: 104857600", "Expect: 100-continue"],
            Body::As(vec![]),
            TOO_LARGE,
        ),
        framed(
            "less than it says",
            "Content-Length: 100",
            vec![bytes("{\"name\":\"x\"}"), Piece::HalfClose],
            Expected::Broken,
        ),
        framed("nothing of what it says", "Content-Length: 100", vec![Piece::HalfClose], Expected::Broken),
        framed(
            "chunks without an end",
            chunked,
            vec![bytes("c\r\n{\"name\":\"x\"}\r\n"), Piece::HalfClose],
            Expected::Broken,
        ),
        framed("half a chunk", chunked, vec![bytes("ff\r\n{\"name\":"), Piece::HalfClose], Expected::Broken),
        framed(
            "a chunk of 2^64 - 1",
            chunked,
            vec![bytes("ffffffffffffffff\r\n{}\r\n0\r\n\r\n"), Piece::HalfClose],
            Expected::Broken,
        ),
        framed(
            "a chunk of no number",
            chunked,
            vec![bytes("zz\r\n{}\r\n0\r\n\r\n"), Piece::HalfClose],
            Expected::Broken,
        ),
        framed("more than it says", "Content-Length: 6", vec![bytes("{\"name\":\"x\"}")], INVALID),
        framed(
            "a request behind what is refused",
            "Content-Length: 23",
            vec![bytes(&format!("{{\"name\":\"a\",\"name\":\"b\"}}{second}"))],
            INVALID,
        ),
        framed("a request behind what is too long", "Content-Length: 104857600", vec![bytes(second)], TOO_LARGE),
        framed(
            "hostile in chunks",
            chunked,
            vec![bytes("5\r\n{\"ten\r\n"), bytes("16\r\nantId\":\"theirs\",\"a\":1}\r\n0\r\n\r\n")],
            INVALID,
        ),
    ]
}

/// Ids in the path.
fn paths() -> Vec<Attack> {
    let table: [(&str, &'static str, Expected); 15] = [
        ("another tenant's id, encoded", "GET /api/tasks/%74heirs/comments", ELSEWHERE),
        ("another tenant's id, all encoded", "GET /api/tasks/%74%68%65%69%72%73/comments", ELSEWHERE),
        ("encoded twice", "GET /api/tasks/%2574heirs/comments", AMBIGUOUS),
        ("a NUL", "GET /api/tasks/own%00/comments", AMBIGUOUS),
        ("a line feed", "GET /api/tasks/own%0a/comments", AMBIGUOUS),
        ("a slash in an id", "GET /api/tasks/own%2f..%2ftheirs/comments", AMBIGUOUS),
        ("a backslash in an id", "GET /api/tasks/own%5ctheirs/comments", AMBIGUOUS),
        ("dots", "GET /api/tasks/own/../theirs/comments", AMBIGUOUS),
        ("encoded dots", "GET /api/tasks/own/%2e%2e/theirs/comments", AMBIGUOUS),
        ("overlong dots", "GET /api/tasks/%c0%ae%c0%ae/comments", AMBIGUOUS),
        ("a parameter", "GET /api/tasks/theirs;own/comments", AMBIGUOUS),
        ("half an encoding", "GET /api/tasks/own%7/comments", AMBIGUOUS),
        ("an id that looks alike", "GET /api/tasks/%D0%BEwn/comments", ELSEWHERE),
        ("a full-width id", "GET /api/tasks/%EF%BD%8Fwn/comments", ELSEWHERE),
        ("an id that is SQL", "GET /api/tasks/'%20or%20'1'='1/comments", ELSEWHERE),
    ];
    table
        .into_iter()
        .map(|(name, line, expected)| attack(&format!("path: {name}"), line, &[], Body::None, expected))
        .collect()
}
