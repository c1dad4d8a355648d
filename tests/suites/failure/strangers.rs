//! An upstream that closes a kept connection at the very moment at which it is used again.

use std::sync::{Arc, Mutex};

use annex_tests::http::json::Client;
use annex_tests::scene::Nodes;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers the first request of each connection, and closes on the second without a word. Tells what arrived, as
/// `METHOD n`, n being the number of the request on its connection.
async fn closing() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&arrived);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let arrived = Arc::clone(&shared);
            tokio::spawn(async move {
                for number in 1..=2 {
                    let mut text = String::new();
                    let mut buffer = vec![0; 16 * 1024];
                    // Every body of this test is `{}`.
                    while !text.contains("\r\n\r\n") || (text.contains("application/json") && !text.contains("{}")) {
                        match stream.read(&mut buffer).await {
                            Ok(read @ 1..) => text += &String::from_utf8_lossy(&buffer[..read]),
                            _ => return,
                        }
                    }
                    let method = text.split(' ').next().unwrap_or_default();
                    arrived.lock().expect("no holder panics").push(format!("{method} {number}"));
                    if number == 2 {
                        return;
                    }
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
                    if stream.write_all(answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, arrived)
}

#[tokio::test]
async fn on_a_kept_connection_that_closes_a_post_is_lost_once_and_a_get_is_asked_again() {
    let (port, arrived) = closing().await;
    let all =
        Nodes::start("closing", 1, |options| options.with("ANNEX_UPSTREAM", format!("http://127.0.0.1:{port}"))).await;
    let client = Client::new(&all.nodes[0].url);
    let take = || std::mem::take(&mut *arrived.lock().expect("no holder panics"));
    for method in [Method::POST, Method::PATCH] {
        client.get("/a/page").await.expect(200);
        assert_eq!(take(), ["GET 1"]);
        let answer = client.send(method.clone(), "/api/anything", Some(json!({}))).await;
        assert_eq!(answer.status, 502, "{method}: {}", answer.text);
        assert_eq!(take(), [format!("{method} 2")], "{method} was sent again");
    }
    client.get("/a/page").await.expect(200);
    assert_eq!(take(), ["GET 1"]);
    client.get("/a/page").await.expect(200);
    assert_eq!(take(), ["GET 2", "GET 1"], "the control: the connection was kept, and reading twice harms nobody");
}
