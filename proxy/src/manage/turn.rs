//! Whose turn it is to change a workspace.
//!
//! **Invariant:** whoever waits for others who change the same workspace waits here and holds no connection meanwhile.
//! Changes of one workspace hold two at a time, however many come, so that they never are all that a node has.
//! **Invariant:** nothing that follows a commit makes a refusal of it. A commit that was sent is waited for beyond the
//! time of the change; it is announced when the change has given its connection back.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use deadpool_postgres::Transaction;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::change::{Desk, failed};
use crate::{
    ports::{Denial, Denied},
    store::{Changed, PoolError, members},
};

/// One works; the other one is at the lock when it ends.
const AT_A_TIME: usize = 2;

/// Who works on which workspace, and who waits. A workspace that nobody changes is not kept.
#[derive(Default)]
pub struct Turns(Mutex<HashMap<String, Weak<Semaphore>>>);

impl Turns {
    fn queue(&self, workspace: &str) -> Arc<Semaphore> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(workspace).and_then(Weak::upgrade) {
            return queue;
        }
        queues.retain(|_, queue| queue.strong_count() > 0);
        let queue = Arc::new(Semaphore::new(AT_A_TIME));
        queues.insert(workspace.to_owned(), Arc::downgrade(&queue));
        queue
    }
}

/// A turn at a workspace, until it is dropped.
pub struct Turn<'d> {
    pub(super) desk: &'d Desk,
    workspace: &'d str,
    /// Whether a commit is on its way, or came to its end.
    is_sent: AtomicBool,
    _place: OwnedSemaphorePermit,
}

impl Desk {
    /// Waits for a turn, as long as PostgreSQL may be silent. Nothing was begun when none comes.
    pub async fn turn<'d>(&'d self, workspace: &'d str) -> Result<Turn<'d>, Denied> {
        let place = timeout(self.postgres.patience, self.turns.queue(workspace).acquire_owned()).await;
        match place {
            Ok(Ok(_place)) => Ok(Turn { desk: self, workspace, is_sent: AtomicBool::new(false), _place }),
            Ok(Err(_)) | Err(_) => Err(Denied::Source(PoolError::Timeout.into())),
        }
    }
}

impl Turn<'_> {
    /// Does `work`, which gets its connection itself, and makes known what it committed: in force on this node when this
    /// returns. Gives up when PostgreSQL is silent.
    pub async fn within<T>(&self, work: impl Future<Output = Result<T, Denied>>) -> Result<T, Denied> {
        let ended = self.ended(work).await;
        if self.is_sent.load(Ordering::Acquire) {
            self.desk.announcer.announce(Changed::Workspace(self.workspace)).await;
        }
        ended
    }

    /// `work` is gone when this returns, and its connection back in the pool.
    async fn ended<T>(&self, work: impl Future<Output = Result<T, Denied>>) -> Result<T, Denied> {
        let (mut work, patience) = (pin!(work), self.desk.postgres.patience);
        match timeout(patience, &mut work).await {
            Ok(ended) => ended,
            Err(_) if !self.is_sent.load(Ordering::Acquire) => Err(Denied::Source(PoolError::Timeout.into())),
            Err(_) => timeout(patience, work).await.unwrap_or_else(|_| Err(Denied::Unsure(PoolError::Timeout.into()))),
        }
    }

    /// The last thing that `work` does.
    pub async fn commit(&self, transaction: Transaction<'_>) -> Result<(), Denied> {
        self.is_sent.store(true, Ordering::Release);
        transaction.commit().await.map_err(refused)
    }
}

/// A workspace that had no Admin who can sign in still keeps the row of the last one.
fn refused(error: tokio_postgres::Error) -> Denied {
    match error.as_db_error() {
        Some(_) if members::leaves_no_admin(&error) => Denial::LastAdmin.into(),
        Some(_) => failed(error),
        // The server did not say what became of it.
        None => Denied::Unsure(PoolError::from(error).into()),
    }
}
