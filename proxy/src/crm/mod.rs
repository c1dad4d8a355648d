//! What the profile lets us ask of the CRM.

mod relations;

pub use relations::Relations;
