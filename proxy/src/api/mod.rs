//! The management API: axum, in this process, behind the gateway.

pub mod connect;

use std::sync::Arc;

use axum::Router;

use crate::stage::Rooms;

/// What the handlers may ask.
#[derive(Clone)]
pub struct ApiState {
    pub rooms: Arc<Rooms>,
}

/// All routes.
pub fn router(_state: ApiState) -> Router {
    Router::new()
}
