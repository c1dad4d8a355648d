//! A relay in front of the CRM that writes down every byte of both directions.
//!
//! Promise: a byte is written down before it is passed on, so whoever has an answer finds the request and
//! the answer in the record. For what the CRM never says, [`Tap::answer_next_with`] answers in its place.
//! **Invariant:** nothing is added, dropped, merged across connections or reordered; half closes pass.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A listening relay; its connections end with the runtime of the test.
#[derive(Debug, Clone)]
pub struct Tap {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    shared: Arc<Shared>,
}

/// What went over the wire since the record was taken last, one entry per connection, by first byte.
#[derive(Debug, Clone, Default)]
pub struct Wire {
    /// The connection's number, counted from 1.
    pub connection: usize,
    /// From the client's side to the CRM.
    pub up: Vec<u8>,
    /// From the CRM.
    pub down: Vec<u8>,
    /// Where each piece of `up` and `down` begins, and when it came among all pieces of all connections.
    pub moments: (Moments, Moments),
}

/// Where pieces begin, and when they came.
pub type Moments = Vec<(usize, usize)>;

impl Wire {
    /// When the byte at `offset` came, in the order of all connections.
    pub fn moment(moments: &[(usize, usize)], offset: usize) -> usize {
        let begun = moments.iter().rfind(|(from, _)| *from <= offset);
        begun.map_or(0, |(_, moment)| *moment)
    }
}

#[derive(Debug)]
struct Shared {
    crm: u16,
    wires: Mutex<Vec<Wire>>,
    instead: Mutex<Option<&'static str>>,
    opened: AtomicUsize,
    open: AtomicUsize,
    pieces: AtomicUsize,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Up,
    Down,
}

impl Tap {
    /// Listens in front of the CRM at `crm`.
    pub async fn start(crm: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (wires, instead) = (Mutex::default(), Mutex::default());
        let (opened, open, pieces) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let shared = Arc::new(Shared { crm, wires, instead, opened, open, pieces });
        let accepting = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(relay(stream, Arc::clone(&accepting)));
            }
        });
        Self { port, shared }
    }

    /// Answers the next request with these bytes, in the CRM's place, and closes if they say so.
    pub fn answer_next_with(&self, answer: &'static str) {
        *lock(&self.shared.instead) = Some(answer);
    }

    /// Takes the record since the last call.
    pub fn take(&self) -> Vec<Wire> {
        std::mem::take(&mut *lock(&self.shared.wires))
    }

    /// How many bytes the CRM was sent since the last [`Tap::take`].
    pub fn sent_up(&self) -> usize {
        lock(&self.shared.wires).iter().map(|wire| wire.up.len()).sum()
    }

    /// How many connections were ever opened, and how many are open.
    pub fn connections(&self) -> (usize, usize) {
        (self.shared.opened.load(Ordering::SeqCst), self.shared.open.load(Ordering::SeqCst))
    }
}

impl Shared {
    fn note(&self, connection: usize, way: Way, bytes: &[u8]) {
        let mut wires = lock(&self.wires);
        let at = wires.iter().position(|wire| wire.connection == connection).unwrap_or_else(|| {
            wires.push(Wire { connection, ..Wire::default() });
            wires.len() - 1
        });
        let wire = &mut wires[at];
        let moment = self.pieces.fetch_add(1, Ordering::SeqCst);
        let (wire, moments) = match way {
            Way::Up => (&mut wire.up, &mut wire.moments.0),
            Way::Down => (&mut wire.down, &mut wire.moments.1),
        };
        moments.push((wire.len(), moment));
        wire.extend_from_slice(bytes);
    }
}

async fn relay(client: TcpStream, shared: Arc<Shared>) {
    let connection = shared.opened.fetch_add(1, Ordering::SeqCst) + 1;
    shared.open.fetch_add(1, Ordering::SeqCst);
    // An error is the end of the connection, as it would be without the relay.
    let _ = relay_until_the_end(client, connection, &shared).await;
    shared.open.fetch_sub(1, Ordering::SeqCst);
}

async fn relay_until_the_end(client: TcpStream, connection: usize, shared: &Shared) -> io::Result<()> {
    let crm = TcpStream::connect(("127.0.0.1", shared.crm)).await?;
    client.set_nodelay(true)?;
    crm.set_nodelay(true)?;
    let ((from_client, to_client), (from_crm, to_crm)) = (client.into_split(), crm.into_split());
    let (instead, answers) = mpsc::unbounded_channel();
    let up = go_up(from_client, to_crm, connection, shared, instead);
    let down = go_down(from_crm, to_client, connection, shared, answers);
    let (up, down) = tokio::join!(up, down);
    up.and(down)
}

async fn go_up(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    connection: usize,
    shared: &Shared,
    instead: mpsc::UnboundedSender<&'static str>,
) -> io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        shared.note(connection, Way::Up, &piece[..read]);
        // The corpus sends these requests whole, in one segment, and without a body.
        match lock(&shared.instead).take() {
            Some(answer) if instead.send(answer).is_ok() && !ends_with_the_connection(answer) => continue,
            Some(_) => break,
            None => {}
        }
        to.write_all(&piece[..read]).await?;
    }
    // The answer said that this connection is over: what comes now reached nobody.
    while from.read(&mut piece).await? > 0 {}
    to.shutdown().await
}

async fn go_down(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    connection: usize,
    shared: &Shared,
    mut instead: mpsc::UnboundedReceiver<&'static str>,
) -> io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let (bytes, last) = tokio::select! {
            read = from.read(&mut piece) => {
                let read = read?;
                (&piece[..read], read == 0)
            }
            Some(answer) = instead.recv() => (answer.as_bytes(), ends_with_the_connection(answer)),
        };
        shared.note(connection, Way::Down, bytes);
        to.write_all(bytes).await?;
        if last {
            return to.shutdown().await;
        }
    }
}

fn ends_with_the_connection(answer: &str) -> bool {
    let head = answer.to_ascii_lowercase();
    head.contains("connection: close") || !(head.contains("content-length:") || head.contains("chunked"))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
