//! Bodies on their way up: uploads, chunks, `Expect`, too large, sent in pieces.

use super::script::{AUTH, Act, HOST, Step, request, step};

const MEGABYTE: usize = 1024 * 1024;

pub fn steps() -> Vec<Step> {
    [uploads(), chunks(), expecting(), too_large()].concat()
}

fn uploads() -> Vec<Step> {
    let picture = "\u{1}PNG not really, but the CRM looks at the type alone\r\n--almost-a-boundary\r\n".repeat(40);
    let form = format!(
        "--x9\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n{picture}\r\n--x9--\r\n"
    );
    let lines = [HOST, AUTH, "Content-Type: multipart/form-data; boundary=x9", "Content-Length: $length$"];
    let large = request("POST /__test/upload HTTP/1.1", &[HOST, "Content-Length: 1048576"], "").into_bytes();
    let mut large = large;
    large.extend((0..MEGABYTE).map(|at| u8::try_from(at % 241).expect("below 256")));
    vec![
        step("a picture by multipart")
            .ask("POST /api/users/profile/upload-image HTTP/1.1", &lines, &form)
            .keep("picture", "/profileImageUrl"),
        step("the picture again").ask("GET $picture$ HTTP/1.1", &[HOST], ""),
        step("1 MiB up").send_bytes(large).answer(),
        step("a form").ask(
            "POST /__test/echo HTTP/1.1",
            &[HOST, "Content-Type: application/x-www-form-urlencoded", "Content-Length: $length$"],
            "a=1&b=%C3%A6&c=+",
        ),
        step("a body in three pieces")
            .send(&request("POST /__test/echo HTTP/1.1", &[HOST, "Content-Length: 9"], "abc"))
            .send("def")
            .send("ghi")
            .answer(),
    ]
}

fn chunks() -> Vec<Step> {
    let chunked = [HOST, AUTH, "Content-Type: application/json", "Transfer-Encoding: chunked"];
    vec![
        step("chunks up").ask(
            "POST /__test/echo HTTP/1.1",
            &chunked,
            "5;name=value\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
        ),
        step("chunks up, to the API").ask(
            "POST /api/customers HTTP/1.1",
            &chunked,
            "1c\r\n{\"name\":\"Chunk\",\"email\":\"c@c\r\n7\r\n.test\"}\r\n0\r\n\r\n",
        ),
        step("chunks up, none").ask("POST /__test/echo HTTP/1.1", &chunked, "0\r\n\r\n"),
        step("chunks up, with a trailer").ask(
            "POST /__test/echo HTTP/1.1",
            &[HOST, "Transfer-Encoding: chunked", "Trailer: X-Sum"],
            "2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n",
        ),
    ]
}

fn expecting() -> Vec<Step> {
    let head = request("POST /__test/echo HTTP/1.1", &[HOST, "Expect: 100-continue", "Content-Length: 4"], "");
    vec![
        step("Expect: 100-continue").send(&head).act(Act::Bytes(25)).send("body").answer(),
        step("Expect: 100-continue, and the body at once").send(&format!("{head}body")).answer(),
    ]
}

fn too_large() -> Vec<Step> {
    let body = format!("{{\"name\":\"{}\"}}", "x".repeat(120_000));
    vec![step("413: JSON over 100 kB (answered early)").json("POST", "/api/customers", &body)]
}
