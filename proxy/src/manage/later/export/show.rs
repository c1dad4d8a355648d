//! Looks and first steps, in statements for the later version's tables.
//!
//! A logo leaves as a `data:` URL, so that it needs nobody to serve it. First steps leave as they stand: what rows show and what
//! people said.

use serde_json::{Map, Value, json};
use tokio_postgres::{Client, Error};

use super::SchemaName;
use crate::{
    crm::{Statements, steps_done},
    manage::onboarding::combined,
    ports::{Onboarded, StepStatus},
    store::onboarding,
};

/// The statements, those of looks first.
pub async fn statements(client: &Client, crm: &Statements, schema: &SchemaName) -> Result<Vec<String>, Error> {
    let mut lines = Vec::new();
    for statement in [LOOKS, DOCUMENTS, HEADS] {
        for row in client.query(statement, &[&schema.as_str()]).await? {
            lines.push(row.try_get(0)?);
        }
    }
    for row in client.query(BEGUN, &[]).await? {
        let workspace: String = row.try_get(0)?;
        let steps = onboarding::read(client, &workspace).await?;
        // Without the right to look, what people said is what is known.
        let seen = steps_done(client, crm, &workspace).await.unwrap_or_default();
        let columns = columns(&workspace, &combined(steps, &seen));
        let row = client.query_one(STEPS, &[&schema.as_str(), &workspace, &columns]).await?;
        lines.push(row.try_get(0)?);
    }
    Ok(lines)
}

/// The columns that have one name, and the steps by their number: `{"step1": "completed", …}`.
fn columns(workspace: &str, onboarded: &Onboarded) -> Value {
    let is_pending = |status: StepStatus| status == StepStatus::Pending;
    let steps = onboarded.steps.iter().zip(1..);
    let mut columns: Map<String, Value> =
        steps.clone().map(|(state, number)| (format!("step{number}"), json!(state.status.name()))).collect();
    let current = steps.clone().find(|(state, _)| is_pending(state.status)).map_or(5, |(_, number)| number);
    columns.insert("workspace_id".to_owned(), json!(workspace));
    columns.insert("is_completed".to_owned(), json!(onboarded.steps.iter().all(|state| !is_pending(state.status))));
    columns.insert("is_dismissed".to_owned(), json!(onboarded.dismissed_at.is_some()));
    columns.insert("current_step".to_owned(), json!(current));
    Value::Object(columns)
}

const LOOKS: &str = "
    select format(
        'insert into %I.workspace_branding (workspace_id, logo_url, primary_color, secondary_color, email_signature) '
        || 'select %L, %L, %L, %L, %L where not exists (select 1 from %I.workspace_branding where workspace_id = %L);',
        $1::text, b.tenant_id, 'data:image/png;base64,' || translate(encode(a.bytes, 'base64'), E'\\n', ''),
        b.live ->> 'primaryColor', b.live ->> 'secondaryColor', b.live ->> 'emailSignature', $1::text, b.tenant_id)
    from annex.branding b
    join annex.workspaces w on w.tenant_id = b.tenant_id and w.purged_at is null
    left join annex.assets a on a.tenant_id = b.tenant_id and a.logo = b.logo and a.px = 256
    where b.logo is not null or b.live ?| array['primaryColor', 'secondaryColor', 'emailSignature']
    order by b.tenant_id";

const DOCUMENTS: &str = "
    select format(
        'insert into %I.workspace_pdf_settings (workspace_id, footer_text) '
        || 'select %L, %L where not exists (select 1 from %I.workspace_pdf_settings where workspace_id = %L);',
        $1::text, b.tenant_id, b.live ->> 'pdfFooter', $1::text, b.tenant_id)
    from annex.branding b
    join annex.workspaces w on w.tenant_id = b.tenant_id and w.purged_at is null
    where b.live ? 'pdfFooter' order by b.tenant_id";

/// A line of its own for each, which no name can leave.
const HEADS: &str = "
    select format('-- Left: %s has no place for the words above documents (workspace %s).', $1::text,
                  regexp_replace(b.tenant_id, '[^A-Za-z0-9_-]', '?', 'g'))
    from annex.branding b
    join annex.workspaces w on w.tenant_id = b.tenant_id and w.purged_at is null
    where b.live ? 'pdfHeader' order by b.tenant_id";

const BEGUN: &str = "
    select o.tenant_id from annex.onboarding o
    join annex.workspaces w on w.tenant_id = o.tenant_id and w.purged_at is null order by o.tenant_id";

/// The server that runs it finds the columns of the steps by their number, and writes a word or a boolean, whichever they hold.
const STEPS: &str = "
    select format(
        'insert into %1$I.workspace_onboarding_progress select r.* from (select %3$L::jsonb as said) as s, '
        || 'lateral (select jsonb_object_agg(a.attname, case when a.atttypid = ''boolean''::regtype '
        || 'then to_jsonb(n.status = ''completed'') else to_jsonb(n.status) end) as steps '
        || 'from pg_attribute a join jsonb_each_text(s.said) as n (step, status) on starts_with(a.attname, n.step || ''_'') '
        || 'where a.attrelid = ''%1$I.workspace_onboarding_progress''::regclass and not a.attisdropped) as c, '
        || 'jsonb_populate_record(null::%1$I.workspace_onboarding_progress, s.said || coalesce(c.steps, ''{}'') '
        || '|| jsonb_build_object(''id'', gen_random_uuid(), ''created_at'', now(), ''updated_at'', now())) as r '
        || 'where not exists (select 1 from %1$I.workspace_onboarding_progress where workspace_id = %2$L);',
        $1::text, $2::text, $3::jsonb)";
