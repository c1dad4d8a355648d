//! A browser without a window: Chromium, told what to do over its DevTools Protocol.
//!
//! Promise: a page gets what the test hands it and nothing else; whatever it asks for is written down, and what was not
//! handed to it fails. Nothing leaves this machine. It ends with its value.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::folder::Folder;
use crate::guard::{Guarded, Launch};
use crate::http::eventually_some;

/// Far above what any step here takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// Where the page itself stands: nowhere.
const ADDRESS: &str = "https://page.invalid/";

/// Browsers ask for it whatever a page says.
const ICON: &str = "https://page.invalid/favicon.ico";

/// What a page looks like to whoever reads it.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// In CSS pixels.
    pub width: u32,
    /// `light` or `dark`.
    pub scheme: &'static str,
}

/// A browser of its own, and its one page.
pub struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Option<String>,
    last: u64,
    /// By address: media type and content.
    handed: HashMap<String, (&'static str, Vec<u8>)>,
    asked: Vec<String>,
    loads: usize,
    _browser: Guarded,
    _folder: Folder,
}

impl Page {
    /// Starts a browser; its page is empty.
    pub async fn open() -> Self {
        let folder = Folder::new("browser");
        let arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
        arguments.push("--remote-debugging-port=0".to_owned());
        arguments.push(format!("--user-data-dir={}", folder.join("profile").display()));
        let browser = Guarded::start(Launch {
            name: "the browser",
            program: Path::new("chromium"),
            arguments: &arguments,
            environment: &[],
            folder: folder.path(),
            log: folder.join("log"),
        });
        let said = folder.join("profile").join("DevToolsActivePort");
        let (port, path) = eventually_some(DEADLINE, "the browser listens", || async {
            let text = std::fs::read_to_string(&said).map_err(|error| error.to_string())?;
            let (port, path) = text.trim().split_once('\n').ok_or_else(|| text.clone())?;
            Ok::<_, String>((port.to_owned(), path.to_owned()))
        })
        .await;
        let (socket, _) = connect_async(format!("ws://127.0.0.1:{port}{path}")).await.expect("the browser talks");
        let (handed, asked, session) = (HashMap::new(), Vec::new(), None);
        let mut page = Self { socket, session, last: 0, handed, asked, loads: 0, _browser: browser, _folder: folder };
        let target = page.call("Target.createTarget", json!({"url": "about:blank"})).await["targetId"].clone();
        let attached = page.call("Target.attachToTarget", json!({"targetId": target, "flatten": true})).await;
        page.session = attached["sessionId"].as_str().map(str::to_owned);
        page.call("Page.enable", json!({})).await;
        page.call("Network.enable", json!({})).await;
        page.call("Network.setCacheDisabled", json!({"cacheDisabled": true})).await;
        page.call("Fetch.enable", json!({})).await;
        page
    }

    /// Shows a document, with the pictures (PNG) that are handed to it by their addresses; forgets the one before.
    pub async fn show(&mut self, html: &str, pictures: &[(&str, Vec<u8>)]) {
        let picture = |(at, png): &(&str, Vec<u8>)| ((*at).to_owned(), ("image/png", png.clone()));
        self.handed = pictures.iter().map(picture).collect();
        self.handed.insert(ADDRESS.to_owned(), ("text/html; charset=utf-8", html.as_bytes().to_vec()));
        self.asked.clear();
        let loads = self.loads;
        self.call("Page.navigate", json!({"url": ADDRESS})).await;
        while self.loads == loads {
            self.hear().await;
        }
    }

    /// Shows it anew to somebody else.
    pub async fn look(&mut self, look: Look) {
        let size = json!({"width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = json!([{"name": "prefers-color-scheme", "value": look.scheme}]);
        self.call("Emulation.setEmulatedMedia", json!({"features": scheme})).await;
    }

    /// What an expression is there, as JSON; a promise is waited for.
    pub async fn ask(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", asked).await;
        assert!(answer["exceptionDetails"].is_null(), "{}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// What it looks like, as a PNG.
    pub async fn picture(&mut self) -> Vec<u8> {
        let answer = self.call("Page.captureScreenshot", json!({"captureBeyondViewport": true})).await;
        STANDARD.decode(answer["data"].as_str().expect("a picture")).expect("base64")
    }

    /// The addresses that it asked for beside its own, in order.
    pub fn asked(&self) -> Vec<&str> {
        self.asked.iter().map(String::as_str).filter(|at| *at != ADDRESS && *at != ICON).collect()
    }

    async fn call(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.send(method, parameters).await;
        loop {
            let mut said = self.hear().await;
            if said["id"] == json!(id) {
                assert!(said["error"].is_null(), "{method}: {}", said["error"]);
                return said["result"].take();
            }
        }
    }

    async fn send(&mut self, method: &str, parameters: Value) -> u64 {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(message.to_string())).await.expect("the browser hears");
        self.last
    }

    /// The next that it says; what it asks for is answered on the way.
    async fn hear(&mut self) -> Value {
        let next = tokio::time::timeout(DEADLINE, self.socket.next()).await.expect("the browser says something");
        let said = next.expect("the browser lives").expect("a message").into_text().expect("a text");
        let said: Value = serde_json::from_str(&said).expect("JSON");
        match said["method"].as_str() {
            Some("Page.loadEventFired") => self.loads += 1,
            Some("Fetch.requestPaused") => self.answer(&said["params"]).await,
            _ => {}
        }
        said
    }

    async fn answer(&mut self, paused: &Value) {
        let at = paused["request"]["url"].as_str().expect("an address").to_owned();
        let id = &paused["requestId"];
        match self.handed.get(&at) {
            Some((media, content)) => {
                let headers = json!([{"name": "content-type", "value": media}]);
                let content = STANDARD.encode(content);
                let given = json!({"requestId": id, "responseCode": 200, "responseHeaders": headers, "body": content});
                self.send("Fetch.fulfillRequest", given).await;
            }
            None => {
                self.send("Fetch.failRequest", json!({"requestId": id, "errorReason": "BlockedByClient"})).await;
            }
        }
        self.asked.push(at);
    }
}
