//! Who is asking: a credential (what was presented) becomes a principal (who it turned out to be).
//!
//! **Invariant:** a [`Principal`] exists only after its token's signature and times were checked here.
//! **Deliberately absent:** whether the person still exists in the CRM; the CRM does not ask either, and the
//! management API reads the users row where it matters.

mod jwt;
mod keys;
mod principal;
mod resign;
mod shadow;
pub mod strict;
mod verifier;

pub use jwt::{IdentifyError, bearer};
pub use keys::{Keys, KeysError};
pub use principal::{Principal, PrincipalKind, Vouched, Who};
pub use resign::{ResignError, Signer, Standpoint};
pub use shadow::Shadow;
pub use verifier::Verifier;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]
mod tests;
