//! What the stages and the API ask of the outside. The rooms `store` and `crm` answer; nobody here knows them.

mod membership;
mod relations;

pub use relations::{RelationError, Relations};
pub use membership::{Found, Memberships, Role, Standing, Tier, Unavailable};
