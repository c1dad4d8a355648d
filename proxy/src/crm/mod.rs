//! What the profile lets us ask of the CRM.

mod people;
mod relations;

pub use people::People;
pub use relations::Relations;
