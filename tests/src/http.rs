//! Talking HTTP to the parts: exact bytes ([`raw`]), comfortable JSON ([`json`]), and waiting for
//! something to happen.

pub mod json;
pub mod parse;
pub mod raw;
mod wait;

pub use wait::{eventually, eventually_some};
