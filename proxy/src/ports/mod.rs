//! What the stages and the API ask of the outside. The rooms `store` and `crm` answer; nobody here knows them.

mod membership;
mod people;
mod relations;

pub use crate::snapshot::Role;
pub use membership::{Found, Memberships, Standing, Tier, Unavailable};
pub use people::{People, Person};
pub use relations::{RelationError, Relations};
