//! What a running Annex does beside answering: refused requests into the audit log, webhooks out of the door.

use std::sync::Arc;

use async_trait::async_trait;
use pingora::{server::ShutdownWatch, services::background::BackgroundService};
use tokio::sync::{Mutex, mpsc};

use super::{App, Courier, ServeError};
use crate::{ports::Refused, store::DenialRecorder};

/// The tasks.
pub struct Tasks {
    courier: Arc<Courier>,
    denials: Mutex<Option<(DenialRecorder, mpsc::Receiver<Refused>)>>,
}

impl Tasks {
    pub fn new(app: &mut App) -> Result<Self, ServeError> {
        let metrics = &app.rooms.metrics;
        let courier = Courier::new(
            app.postgres.clone(),
            Arc::clone(&app.rooms.hub),
            Arc::clone(&app.keyring),
            Arc::clone(metrics),
            app.config.webhooks,
        )?;
        let per_minute = app.config.audit.denials_per_minute.unwrap_or(0);
        let recorder = DenialRecorder::new(app.postgres.clone(), Arc::clone(metrics), per_minute);
        let denials = app.refused.take().map(|refused| (recorder, refused));
        Ok(Tasks { courier: Arc::new(courier), denials: Mutex::new(denials) })
    }
}

#[async_trait]
impl BackgroundService for Tasks {
    async fn start(&self, shutdown: ShutdownWatch) {
        let recording = self.denials.lock().await.take().map(|(recorder, refused)| {
            let stop = shutdown.clone();
            tokio::spawn(async move { recorder.run(refused, stop).await })
        });
        Arc::clone(&self.courier).run(shutdown).await;
        if let Some(recording) = recording {
            let _ = recording.await;
        }
    }
}
