//! The endpoints of a workspace, for whoever may manage it.
//!
//! **Invariant:** a secret leaves here when it is made, and again only to the same request sent again, by somebody who may
//! still manage the endpoints, while it is still the one that the request made; it is stored sealed, and what is remembered
//! of the request holds none of it.

use annex_policy::{Module, Permission, Verb};
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio_postgres::GenericClient;
use uuid::Uuid;

use super::{Begun, Change, Desk, Standing, change::failed};
use crate::{
    keyring::{Keyring, Purpose, SECRET_BYTES},
    ports::{
        self, Asked, DeliveryRow, Denial, Denied, HookChange, HookDraft, HookRow, HookSecret, HookWritten as Written,
    },
    store::{audit::Action, webhooks as rows},
};

/// More endpoints a workspace does not have.
const MOST: i64 = 10;

/// Tests are sent to wherever an Admin says, on demand.
const TESTS_A_MINUTE: i64 = 10;

/// Whoever is over the limit removes one; waiting does not help, but a client needs a number.
const LIMIT_RETRY_S: u32 = 3600;

const MANAGE: Permission = Permission::new(Module::Workspace, Verb::Manage);

/// Changes them.
pub struct Webhooks {
    desk: Desk,
    keyring: Arc<Keyring>,
}

impl Webhooks {
    pub fn new(desk: Desk, keyring: Arc<Keyring>) -> Self {
        Webhooks { desk, keyring }
    }

    /// A new secret for an endpoint: as it is shown, and as it is stored.
    fn make_secret(&self, id: Uuid) -> (HookSecret, Vec<u8>) {
        let secret: [u8; SECRET_BYTES] = rand::random();
        (shown(&secret), self.keyring.seal(Purpose::Webhook, id.as_bytes(), &secret))
    }

    /// What a request that was sent again made the first time, with its secret unless there is another by now.
    async fn again(&self, client: &impl GenericClient, asked: &Asked<'_>, done: Value) -> Result<Written, Denied> {
        let Made { id, sealed: made } = serde_json::from_value(done).map_err(|_| Denial::KeyReused)?;
        Standing::read(client, &self.desk.crm, asked).await?.need(MANAGE)?;
        let found = rows::one(client, asked.workspace, id).await.map_err(failed)?;
        let (hook, sealed) = found.ok_or(Denial::NotFound("webhook"))?;
        let opened = self.keyring.open(Purpose::Webhook, id.as_bytes(), &sealed);
        let secret = opened.filter(|_| made == fingerprint(&sealed)).map(|opened| shown(&opened.secret));
        Ok(Written { hook, secret })
    }

    async fn make(&self, mut change: Change<'_>, draft: &HookDraft) -> Result<Written, Denied> {
        change.caller.need(MANAGE)?;
        if rows::count(&change.transaction, &change.workspace).await.map_err(failed)? >= MOST {
            let what = "This workspace has as many webhooks as it may have";
            return Err(Denial::TooMany { retry_after_s: LIMIT_RETRY_S, what }.into());
        }
        let id = Uuid::now_v7();
        let (secret, sealed) = self.make_secret(id);
        let at = (change.workspace.as_str(), id);
        let hook = rows::insert(&change.transaction, at, draft, &sealed, &change.principal).await.map_err(failed)?;
        change.tell(Action::WebhookCreated, ("webhook", &id.to_string()), about(&hook));
        self.desk.finish(change, &Made::result(id, &sealed)).await?;
        Ok(Written { hook, secret: Some(secret) })
    }

    async fn renew(&self, mut change: Change<'_>, asked: &Asked<'_>, id: Uuid) -> Result<Written, Denied> {
        change.caller.need(MANAGE)?;
        asked.seen.check(found(&change, id).await?.version)?;
        let (secret, sealed) = self.make_secret(id);
        let hook = rows::rotate(&change.transaction, id, &sealed).await.map_err(failed)?;
        change.tell(Action::WebhookSecretRotated, ("webhook", &id.to_string()), json!({}));
        self.desk.finish(change, &Made::result(id, &sealed)).await?;
        Ok(Written { hook, secret: Some(secret) })
    }
}

/// What is remembered of a request that made a secret.
#[derive(Serialize, Deserialize)]
struct Made {
    id: Uuid,
    /// [`fingerprint`] of the secret as it was sealed.
    sealed: String,
}

impl Made {
    fn result(id: Uuid, sealed: &[u8]) -> Value {
        json!(Made { id, sealed: fingerprint(sealed) })
    }
}

/// Tells one sealed secret from another, and nothing about what it holds: no two seals are alike, even of one secret.
fn fingerprint(sealed: &[u8]) -> String {
    Sha256::digest(sealed).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As Standard Webhooks writes it.
fn shown(secret: &[u8; SECRET_BYTES]) -> HookSecret {
    HookSecret(format!("whsec_{}", STANDARD.encode(secret)))
}

async fn found(change: &Change<'_>, id: Uuid) -> Result<HookRow, Denied> {
    let found = rows::locked(&change.transaction, &change.workspace, id).await.map_err(failed)?;
    Ok(found.ok_or(Denial::NotFound("webhook"))?)
}

/// What is written down of an endpoint: its host, never its path, which may hold a secret of the other side.
fn about(hook: &HookRow) -> Value {
    let host = hook.url.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next());
    json!({ "host": host, "events": hook.events, "enabled": hook.is_enabled })
}

#[async_trait]
impl ports::Webhooks for Webhooks {
    async fn list(&self, asked: &Asked<'_>) -> Result<Vec<HookRow>, Denied> {
        let desk = &self.desk;
        desk.within(async {
            let client = desk.client().await?;
            Standing::read(&**client, &desk.crm, asked).await?.need(MANAGE)?;
            rows::all(&**client, asked.workspace).await.map_err(failed)
        })
        .await
    }

    async fn add(&self, asked: &Asked<'_>, draft: &HookDraft) -> Result<Written, Denied> {
        let desk = &self.desk;
        let turn = desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = desk.client().await?;
            let done = match turn.begin(&mut client, asked).await? {
                Begun::Change(change) => return self.make(change, draft).await,
                Begun::Done(done) => done,
            };
            self.again(&**client, asked, done).await
        })
        .await
    }

    async fn change(&self, asked: &Asked<'_>, id: Uuid, wanted: &HookChange) -> Result<HookRow, Denied> {
        let desk = &self.desk;
        let turn = desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = desk.client().await?;
            let Begun::Change(mut change) = turn.begin(&mut client, asked).await? else {
                return Err(Denial::NotFound("webhook").into());
            };
            change.caller.need(MANAGE)?;
            let before = found(&change, id).await?;
            asked.seen.check(before.version)?;
            let hook = rows::update(&change.transaction, id, wanted).await.map_err(failed)?;
            if !hook.is_enabled {
                rows::due::give_up(&change.transaction, id).await.map_err(failed)?;
            }
            change.tell(Action::WebhookChanged, ("webhook", &id.to_string()), about(&hook));
            desk.finish(change, &json!({ "id": id })).await?;
            Ok(hook)
        })
        .await
    }

    async fn remove(&self, asked: &Asked<'_>, id: Uuid) -> Result<(), Denied> {
        let desk = &self.desk;
        let turn = desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = desk.client().await?;
            let Begun::Change(mut change) = turn.begin(&mut client, asked).await? else { return Ok(()) };
            change.caller.need(MANAGE)?;
            let hook = found(&change, id).await?;
            asked.seen.check(hook.version)?;
            rows::delete(&change.transaction, id).await.map_err(failed)?;
            change.tell(Action::WebhookDeleted, ("webhook", &id.to_string()), about(&hook));
            desk.finish(change, &json!({ "id": id })).await
        })
        .await
    }

    async fn rotate(&self, asked: &Asked<'_>, id: Uuid) -> Result<Written, Denied> {
        let desk = &self.desk;
        let turn = desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = desk.client().await?;
            let done = match turn.begin(&mut client, asked).await? {
                Begun::Change(change) => return self.renew(change, asked, id).await,
                Begun::Done(done) => done,
            };
            self.again(&**client, asked, done).await
        })
        .await
    }

    async fn test(&self, asked: &Asked<'_>, id: Uuid) -> Result<Uuid, Denied> {
        let desk = &self.desk;
        let turn = desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = desk.client().await?;
            let mut change = match turn.begin(&mut client, asked).await? {
                Begun::Change(change) => change,
                Begun::Done(done) => {
                    let delivery = done.get("delivery").and_then(Value::as_str).and_then(|id| id.parse().ok());
                    return delivery.ok_or_else(|| Denial::NotFound("delivery").into());
                }
            };
            change.caller.need(MANAGE)?;
            found(&change, id).await?;
            let pause_s = rows::test_pause_s(&change.transaction, asked.workspace, TESTS_A_MINUTE).await;
            if let Some(retry_after_s) = pause_s.map_err(failed)? {
                let what = "This workspace has tested its webhooks ten times in the last minute";
                return Err(Denial::TooMany { retry_after_s, what }.into());
            }
            let queued = rows::queue_test(&change.transaction, asked.workspace, id, &change.principal).await;
            let delivery = queued.map_err(failed)?;
            let details = json!({ "deliveryId": delivery });
            change.tell(Action::WebhookTested, ("webhook", &id.to_string()), details);
            desk.finish(change, &json!({ "delivery": delivery })).await?;
            Ok(delivery)
        })
        .await
    }

    async fn replay(&self, asked: &Asked<'_>, id: Uuid, delivery: Uuid) -> Result<(), Denied> {
        let desk = &self.desk;
        let turn = desk.turn(asked.workspace).await?;
        turn.within(async {
            let mut client = desk.client().await?;
            let Begun::Change(mut change) = turn.begin(&mut client, asked).await? else { return Ok(()) };
            change.caller.need(MANAGE)?;
            let hook = found(&change, id).await?;
            if !hook.is_enabled || hook.disabled.is_some() {
                return Err(Denial::Conflict("The endpoint is switched off").into());
            }
            match rows::replay(&change.transaction, id, delivery).await.map_err(failed)? {
                Some(true) => {}
                Some(false) => return Err(Denial::Conflict("The delivery waits for its next attempt already").into()),
                None => return Err(Denial::NotFound("delivery").into()),
            }
            let details = json!({ "deliveryId": delivery });
            change.tell(Action::WebhookReplayed, ("webhook", &id.to_string()), details);
            desk.finish(change, &json!({ "delivery": delivery })).await
        })
        .await
    }

    async fn deliveries(
        &self,
        asked: &Asked<'_>,
        id: Uuid,
        before: Option<(Timestamp, Uuid)>,
        limit: i64,
    ) -> Result<Vec<DeliveryRow>, Denied> {
        let desk = &self.desk;
        desk.within(async {
            let client = desk.client().await?;
            Standing::read(&**client, &desk.crm, asked).await?.need(MANAGE)?;
            if !rows::stands(&**client, asked.workspace, id).await.map_err(failed)? {
                return Err(Denial::NotFound("webhook").into());
            }
            rows::deliveries(&**client, (asked.workspace, id), before, limit).await.map_err(failed)
        })
        .await
    }
}
