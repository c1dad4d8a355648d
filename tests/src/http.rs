//! Talking HTTP to the parts: exact bytes ([`raw`]), comfortable JSON ([`json`]), and waiting for
//! something to happen.

pub mod events;
pub mod json;
pub mod parse;
pub mod raw;
pub mod receiver;
mod wait;

pub use wait::{eventually, eventually_some};
