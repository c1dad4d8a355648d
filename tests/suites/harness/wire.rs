//! The client that sees exact bytes, against servers that send exact bytes.

use annex_tests::http::parse::{Asked, Framing};
use annex_tests::http::raw::{Connection, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that sends `answer` to the first bytes that come, and closes.
async fn serve(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut asked = [0; 1024];
        let _ = stream.read(&mut asked).await.expect("a request");
        // In two pieces, so that a parser which takes one read for one response fails.
        let (first, second) = answer.split_at(answer.len() / 2);
        stream.write_all(first.as_bytes()).await.expect("the client listens");
        tokio::task::yield_now().await;
        stream.write_all(second.as_bytes()).await.expect("the client listens");
    });
    port
}

async fn responses<const N: usize>(answer: &'static str, asked: [Asked; N]) -> [std::io::Result<Response>; N] {
    let mut connection = Connection::open(serve(answer).await).await.expect("it listens");
    connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("it reads");
    let mut found = Vec::new();
    for asked in asked {
        found.push(connection.response(asked).await);
    }
    found.try_into().expect("one each")
}

struct Case {
    rule: &'static str,
    wire: &'static str,
    asked: Asked,
    status: u16,
    framing: Framing,
    body: &'static str,
}

#[tokio::test]
async fn a_body_ends_where_the_response_says() {
    let case = |rule, wire, asked, status, framing, body| Case { rule, wire, asked, status, framing, body };
    let cases = [
        case(
            "a length counts bytes",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
            Asked::Body,
            200,
            Framing::Length(3),
            "abc",
        ),
        case(
            "chunks are joined",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
            Asked::Body,
            200,
            Framing::Chunked,
            "ab0123456789",
        ),
        case(
            "without either, the end of the connection",
            "HTTP/1.0 200 OK\r\n\r\nall of it",
            Asked::Body,
            200,
            Framing::Close,
            "all of it",
        ),
        case(
            "HEAD has none, whatever its length",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
            Asked::HeadOnly,
            200,
            Framing::None,
            "",
        ),
        case(
            "304 has none",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
            Asked::Body,
            304,
            Framing::None,
            "",
        ),
        case("204 has none", "HTTP/1.1 204 No Content\r\n\r\n", Asked::Body, 204, Framing::None, ""),
        case("an empty reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", Asked::Body, 200, Framing::Length(0), ""),
    ];
    for case in cases {
        let [response] = responses(case.wire, [case.asked]).await;
        let response = response.unwrap_or_else(|error| panic!("{}: {error}", case.rule));
        let found = (response.status, response.framing, response.text());
        assert_eq!(found, (case.status, case.framing, case.body.to_owned()), "{}", case.rule);
        assert_eq!(String::from_utf8_lossy(&response.raw), case.wire, "{}: the bytes", case.rule);
    }
}

#[tokio::test]
async fn what_contradicts_itself_or_ends_early_is_an_error() {
    let cases = [
        ("a length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
        ("a body that is too short", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc"),
        ("no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"),
        (
            "a chunk that is longer than it says",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        ),
        ("not HTTP", "SSH-2.0-x\r\n\r\n"),
        ("a head that ends early", "HTTP/1.1 200 OK\r\nContent-Length"),
    ];
    for (rule, wire) in cases {
        let [response] = responses(wire, [Asked::Body]).await;
        assert!(response.is_err(), "{rule}: {response:?}");
    }
}

#[tokio::test]
async fn pipelined_and_informational_responses_come_one_by_one() {
    let wire = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 404 Not Found\r\ncontent-length: 1\r\n\r\nb";
    let [first, second, third] = responses(wire, [Asked::Body, Asked::Body, Asked::Body]).await;
    let (first, second) = (first.expect("the first"), second.expect("the second"));
    assert_eq!((first.status, first.text(), first.informational.len()), (200, "a".to_owned(), 1));
    assert_eq!(
        (second.status, second.text(), second.head.headers[0].0.as_str()),
        (404, "b".to_owned(), "content-length")
    );
    assert!(third.is_err(), "a third response out of nothing");
}

#[tokio::test]
async fn the_bytes_behind_an_upgrade_are_kept() {
    let port = serve("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nframes").await;
    let mut connection = Connection::open(port).await.expect("it listens");
    connection.send(b"GET / HTTP/1.1\r\n\r\n").await.expect("it reads");
    let response = connection.response(Asked::Body).await.expect("an upgrade");
    assert_eq!((response.status, response.framing), (101, Framing::None));
    assert_eq!(connection.bytes(3).await.expect("bytes"), b"fra");
    assert_eq!(connection.rest().await.expect("the end"), b"mes");
}
