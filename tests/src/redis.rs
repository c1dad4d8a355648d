//! A private Redis: a process of its own on a port of its own, without persistence.
//!
//! Promise: it starts empty, and empty again after [`Server::restart`], as a cache that was lost.

use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::folder::Folder;
use crate::guard::{Guarded, Launch};
use crate::http::eventually_some;
use crate::ports::free_port;

/// One Redis server that runs, or was stopped and may be started again.
#[derive(Debug)]
pub struct Server {
    /// Such as `redis://127.0.0.1:20456`.
    pub url: String,
    /// The port on 127.0.0.1.
    pub port: u16,
    program: Option<Guarded>,
    folder: Folder,
}

impl Server {
    /// Starts one and waits until it answers.
    pub async fn start() -> Self {
        let port = free_port();
        let url = format!("redis://127.0.0.1:{port}");
        let mut server = Self { url, port, program: None, folder: Folder::new("redis") };
        server.restart().await;
        server
    }

    /// Ends it at once; its connections are reset, and its port refuses.
    pub async fn stop(&mut self) {
        if let Some(program) = self.program.take() {
            program.kill().await;
        }
    }

    /// Starts it again, empty, at the same port; stops it first if it runs.
    pub async fn restart(&mut self) {
        self.stop().await;
        let program = self.launch();
        eventually_some(Duration::from_secs(60), "Redis answers", || ping(self.port)).await;
        self.program = Some(program);
    }

    /// Freezes it: connections stay open and nothing answers.
    pub fn pause(&self) {
        self.program.as_ref().expect("Redis runs").signal("STOP");
    }

    /// Lets a frozen one go on.
    pub fn resume(&self) {
        self.program.as_ref().expect("Redis runs").signal("CONT");
    }

    /// The folder that holds its log.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.program.as_ref().map(Guarded::pid)
    }

    /// A connection for the test's own commands.
    pub async fn connect(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.url.as_str()).expect("our own URL is well formed");
        let patience = Some(Duration::from_secs(60));
        let config =
            redis::AsyncConnectionConfig::new().set_connection_timeout(patience).set_response_timeout(patience);
        let connection = client.get_multiplexed_async_connection_with_config(&config).await;
        connection.unwrap_or_else(|error| panic!("cannot connect to {}: {error}", self.url))
    }

    fn launch(&self) -> Guarded {
        let port = self.port.to_string();
        let settings = ["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
        let arguments: Vec<String> = settings.iter().map(ToString::to_string).collect();
        let (program, folder, log) = (Path::new("redis-server"), self.folder.path(), self.folder.join("log"));
        Guarded::start(Launch { name: "Redis", program, arguments: &arguments, environment: &[], folder, log })
    }
}

async fn ping(port: u16) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(b"PING\r\n").await?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).await?;
    let refusal = || std::io::Error::other(String::from_utf8_lossy(&answer).into_owned());
    if answer == *b"+PONG\r\n" { Ok(()) } else { Err(refusal()) }
}
