//! Talking HTTP to the parts: exact bytes, comfortable JSON, and waiting for something to happen.

mod wait;

pub use wait::{eventually, eventually_some};
