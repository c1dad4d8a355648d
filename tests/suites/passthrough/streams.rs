//! Answers that stream, upgrade, end with the connection or die.

use super::script::{Act, HOST, Step, request, step};

pub fn steps() -> Vec<Step> {
    [sockets(), events(), downloads()].concat()
}

const UPGRADE: [&str; 6] = [
    HOST,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Origin: https://crm.example.test",
];

/// A frame of a client: its payload is masked with zeros, so that it can be read here.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("a short payload");
    let mut frame = vec![0x80 | opcode, 0x80 | length, 0, 0, 0, 0];
    frame.extend_from_slice(payload);
    frame
}

fn sockets() -> Vec<Step> {
    let open = |name| step(name).send(&request("GET /__test/ws?room=1 HTTP/1.1", &UPGRADE, "")).answer();
    vec![
        open("WebSocket: echo and close")
            .send_bytes(frame(1, "hej 👋".as_bytes()))
            .act(Act::Bytes(10))
            .send_bytes(frame(2, &[0, 255, 13, 10]))
            .act(Act::Bytes(6))
            .send_bytes(frame(9, b"ping"))
            .act(Act::Bytes(6))
            .send_bytes(frame(8, &[3, 232]))
            .act(Act::Rest),
        step("an upgrade to HTTP/2").ask(
            "GET /nowhere HTTP/1.1",
            &[HOST, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
            "",
        ),
        step("WebSocket: nobody there").send(&request("GET /elsewhere HTTP/1.1", &UPGRADE, "")).answer(),
    ]
}

fn events() -> Vec<Step> {
    let accept = [HOST, "Accept: text/event-stream", "Cache-Control: no-cache"];
    vec![
        step("events").ask("GET /__test/sse?n=4&ms=5 HTTP/1.1", &accept, ""),
        step("events, none").ask("GET /__test/sse?n=0 HTTP/1.1", &accept, ""),
    ]
}

fn downloads() -> Vec<Step> {
    vec![
        step("5 MiB down").ask("GET /__test/download?bytes=5242880 HTTP/1.1", &[HOST], ""),
        step("300 kB down in chunks").ask("GET /__test/download?bytes=300000&chunked=1 HTTP/1.1", &[HOST], ""),
        step("an answer that ends with the connection").ask("GET /__test/close?bytes=70000 HTTP/1.1", &[HOST], ""),
        step("an answer that dies in the middle")
            .send(&request("GET /__test/die?after=1000&of=5000 HTTP/1.1", &[HOST], ""))
            .answer(),
        step("an answer that dies before its body")
            .send(&request("GET /__test/die?after=0&of=50 HTTP/1.1", &[HOST], ""))
            .answer(),
        step("a slow answer").ask("GET /__test/slow?ms=60 HTTP/1.1", &[HOST], ""),
    ]
}
