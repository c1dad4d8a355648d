//! The thread that serves a cluster's superuser connection.
//!
//! A [`crate::postgres::Database`] that goes out of scope must disappear, and `Drop` cannot await;
//! so it tells this thread. Promise: statements run one after the other, in the order they came.
//! A failing statement is reported to its sender, or on standard error when nobody waits.

use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::oneshot;

/// The sending side. Cheap to clone; the thread ends when the last one is gone.
#[derive(Debug, Clone)]
pub(crate) struct Janitor {
    orders: Sender<Order>,
}

#[derive(Debug)]
struct Order {
    sql: String,
    done: Option<oneshot::Sender<Result<(), String>>>,
}

impl Janitor {
    /// Starts the thread; it connects to `url` and runs `first` before anything else.
    pub(crate) fn start(url: String, first: String) -> Self {
        let (orders, received) = channel();
        let thread = std::thread::Builder::new().name("janitor".to_owned());
        thread.spawn(move || work(&url, &first, &received)).expect("a thread can be started");
        Self { orders }
    }

    /// Runs `sql` and waits until it is done.
    pub(crate) async fn run(&self, sql: String) {
        let (done, finished) = oneshot::channel();
        self.orders.send(Order { sql: sql.clone(), done: Some(done) }).expect("the janitor works");
        let outcome = finished.await.expect("the janitor works");
        outcome.unwrap_or_else(|error| panic!("`{sql}` failed: {error}"));
    }

    /// Has `sql` run some time soon.
    pub(crate) fn leave(&self, sql: String) {
        // After a test has stopped its own cluster there is nobody left to tell, and nothing to do.
        let _ = self.orders.send(Order { sql, done: None });
    }
}

fn work(url: &str, first: &str, orders: &Receiver<Order>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be built");
    let mut client = None;
    let mut first = Some(first);
    while let Ok(order) = orders.recv() {
        let outcome = runtime.block_on(async {
            let usable = client.take().filter(|client: &tokio_postgres::Client| !client.is_closed());
            let connected = match usable {
                Some(connected) => connected,
                None => connect(url).await?,
            };
            let connected = client.insert(connected);
            if let Some(sql) = first.take() {
                connected.batch_execute(sql).await.map_err(|error| describe(&error))?;
            }
            connected.batch_execute(&order.sql).await.map_err(|error| describe(&error))
        });
        match order.done {
            Some(done) => drop(done.send(outcome)),
            None => report(&order.sql, outcome),
        }
    }
}

async fn connect(url: &str) -> Result<tokio_postgres::Client, String> {
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.map_err(|error| describe(&error))?;
    tokio::spawn(connection);
    Ok(client)
}

fn report(sql: &str, outcome: Result<(), String>) {
    if let Err(error) = outcome {
        eprintln!("harness: `{sql}` failed: {error}");
    }
}

fn describe(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| format!("{error:?}"), ToString::to_string)
}
