//! What the stages and the API ask of the outside. The rooms `store` and `crm` answer; nobody here knows them.

mod activity;
mod address;
mod asked;
mod bindings;
mod branding;
mod directory;
mod endpoint;
mod flags;
mod invitations;
mod lifecycle;
mod members;
mod membership;
mod onboarding;
mod once;
mod orphans;
mod people;
mod refused;
mod relations;
mod roles;
mod settings;
mod shadow;
mod source;
mod summary;
mod trail;
mod transfers;
mod webhooks;
mod workspaces;

pub use crate::snapshot::Role;
pub use activity::{Activity, Deed, ExportForm, Wanted};
pub use address::Address;
pub use asked::{Asked, Denial, Denied, Expected, Seen};
pub use bindings::Bindings;
pub use branding::{BrandChange, Branded, Branding};
pub use directory::Directory;
pub use endpoint::{endpoint, is_public};
pub use flags::{FlagChange, FlagEntry, FlagOverride, FlagRecord, Flags, Rollout, RolloutChange};
pub use invitations::{
    Delivery, Guest, Invitation, InvitationDraft, InvitationOffer, InvitationPage, InvitationStatus, Invitations,
    Issued, Language, MANAGE_MEMBERS, OfferPage, Offers, RoleNamed, RowOutcome, Run, Ticket, Token, may_issue,
};
pub use lifecycle::{Deleted, DeletedKey, DeletedPart, Farewell, Gone, Lifecycle};
pub use members::{
    Member, MemberCan, MemberChange, MemberFilter, MemberKey, MemberPerson, MemberRole, MemberStatus, MemberWanted,
    Members, Removed, RoleRef,
};
pub use membership::{Found, Memberships, Standing, Tier, Unavailable};
pub use onboarding::{Onboarded, Onboarding, Step, StepChange, StepState, StepStatus};
pub use once::Once;
pub use orphans::{AdminWorkspace, Orphaned, Orphans, Rescue};
pub use people::{People, Person};
pub use refused::Refused;
pub use relations::{RelationError, Relations};
pub use roles::{MOST_CUSTOM, RoleCan, RoleChange, RoleDraft, RoleEntry, Roles};
pub use settings::{About, Edit, Particulars, Settings};
pub use shadow::{
    Basis, Count, MetRoute, SAMPLES, Sample, ShadowBatch, ShadowLedger, TENANT_ROWS_MAX, UNMAPPED_ROWS_MAX, WouldBe,
    WouldOutcome,
};
pub use source::{Cause, SourceError};
pub use summary::{Summaries, Summary, Tally};
pub use trail::{Actor, Trail};
pub use transfers::{Offer, OfferStatus, Reply, Transfers};
pub use webhooks::{
    DeliveryRow, DeliveryState, HookChange, HookDraft, HookRow, HookSecret, Webhooks, Written as HookWritten,
};
pub use workspaces::{
    CreateError, Created, Draft, EnterError, Seat, SeatKey, SeatPage, SeatRole, SeatStatus, Workspaces,
};
