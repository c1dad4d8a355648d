//! A wire between Annex and PostgreSQL that can hold one answer back: the read is over, its answer is on its way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Relay {
    pub port: u16,
    trap: Arc<Mutex<Option<Trap>>>,
}

#[derive(Clone)]
struct Trap {
    needles: Vec<String>,
    caught: watch::Sender<bool>,
    released: watch::Sender<bool>,
}

/// Answers to questions that hold all of the needles stay on the wire until they are released.
pub struct Held(Trap);

impl Held {
    /// Waits until an answer is held back.
    pub async fn caught(&self) {
        let mut caught = self.0.caught.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(30), caught.wait_for(|caught| *caught)).await;
        waited.expect("an answer is held back in time").expect("the trap lives");
    }

    pub fn release(&self) {
        self.0.released.send_replace(true);
    }
}

impl Relay {
    /// In front of `target`, on a port of its own.
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let trap = Arc::new(Mutex::new(None));
        let shared = Arc::clone(&trap);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if let Ok(far) = TcpStream::connect(("127.0.0.1", target)).await {
                    tokio::spawn(carry(near, far, Arc::clone(&shared)));
                }
            }
        });
        Self { port, trap }
    }

    pub fn hold(&self, needles: &[String]) -> Held {
        let trap =
            Trap { needles: needles.to_vec(), caught: watch::channel(false).0, released: watch::channel(false).0 };
        *self.trap.lock().expect("no holder panics") = Some(trap.clone());
        Held(trap)
    }
}

async fn carry(near: TcpStream, far: TcpStream, trap: Arc<Mutex<Option<Trap>>>) {
    let (mut from_client, mut to_client) = near.into_split();
    let (mut from_server, mut to_server) = far.into_split();
    let asked = Arc::new(AtomicBool::new(false));
    let set = (Arc::clone(&asked), Arc::clone(&trap));
    let up = async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
            let armed = set.1.lock().expect("no holder panics").clone();
            let text = String::from_utf8_lossy(&buffer[..read]);
            if armed.is_some_and(|trap| trap.needles.iter().all(|needle| text.contains(needle.as_str()))) {
                set.0.store(true, Ordering::SeqCst);
            }
            if to_server.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
    };
    let down = async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from_server.read(&mut buffer).await {
            let armed = trap.lock().expect("no holder panics").clone();
            if let Some(trap) = armed.filter(|_| asked.swap(false, Ordering::SeqCst)) {
                trap.caught.send_replace(true);
                let _ = trap.released.subscribe().wait_for(|released| *released).await;
            }
            if to_client.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
        let _ = to_client.shutdown().await;
    };
    tokio::join!(up, down);
}
