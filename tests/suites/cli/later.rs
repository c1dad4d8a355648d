//! `annex import later` and `annex export later`: what the CRM's later version kept arrives by our rules, and goes back.

mod looks;

use annex_tests::postgres::{Cluster, Database};
use serde_json::Value;
use tokio_postgres::Client;

use super::{Environment, fails, says, succeeds, whole, world};

const TABLES: &str = include_str!("later/tables.sql");

struct Place {
    database: Database,
    environment: Environment,
    client: Client,
    aurora: String,
    ada: String,
    bo: String,
    tom: String,
}

/// The seed's CRM as its later version leaves it, duplicates and clear tokens included.
async fn place(label: &str) -> Place {
    let database = Cluster::shared().seeded_database(label).await;
    let environment = whole(&database);
    succeeds(&["migrate", "up"], &environment).await;
    let client = database.connect().await;
    client.batch_execute(TABLES).await.expect("the later version's tables");
    let owner = database.connect_as_owner().await;
    let role: String = owner.query_one("select current_user::text", &[]).await.expect("a role").get(0);
    let grant = format!("grant select on all tables in schema public to \"{role}\"");
    client.batch_execute(&grant).await.expect("a grant");
    let of = async |column: &str, email: &str| -> String {
        let row = client.query_one(&format!("SELECT {column} FROM users WHERE email = $1"), &[&email]).await;
        row.expect("the seed's person").get(0)
    };
    let aurora = of("tenant_id", "ada@aurora.test").await;
    let (ada, bo, tom) = (of("id", "ada@aurora.test").await, of("id", "bo@borealis.test").await, tom(&client).await);
    Place { aurora, ada, bo, tom, database, environment, client }
}

async fn tom(client: &Client) -> String {
    let row = client.query_one("SELECT id FROM users WHERE email LIKE 'tom%'", &[]).await;
    row.expect("the seed's Tom").get(0)
}

/// Ada made `made`; Bo is in it twice and in Aurora with a role of its own; somebody who is gone is in it too.
async fn fill(place: &Place) {
    let Place { aurora, ada, bo, tom, .. } = place;
    let sql = format!(
        "insert into tenants (id, name) values ('made', 'Made'), ('old', 'Old');
         update tenants set deleted_at = '2030-01-01' where id = 'old';
         insert into workspace_deletion_logs (workspace_id, action, deleted_by, reason, scheduled_purge_at)
         values ('old', 'deleted', '{ada}', 'moved', '2030-01-31');
         insert into workspace_custom_roles (id, workspace_id, name, color) values ('r1', '{aurora}', 'Senior Sales', '#123abc');
         insert into workspace_role_permissions (role_id, module, action, allowed)
         values ('r1', 'deals', 'view', true), ('r1', 'deals', 'edit', true), ('r1', 'deals', 'delete', false),
                ('r1', 'rockets', 'launch', true);
         insert into workspace_users (user_id, workspace_id, role, is_primary, joined_at) values
           ('{ada}', '{aurora}', 'owner', true, '2029-01-01'), ('{ada}', 'made', 'owner', false, '2029-01-02'),
           ('{bo}', 'made', 'admin', false, '2029-01-03'), ('{bo}', 'made', 'viewer', false, '2029-01-04'),
           ('{bo}', '{aurora}', 'Senior Sales', false, '2029-01-05'), ('{tom}', 'made', 'emperor', false, '2029-01-06'),
           ('gone', 'made', 'admin', false, '2029-01-07'), ('{ada}', 'old', 'owner', false, '2029-01-08');
         insert into workspace_invitations (workspace_id, email, role, token, invited_by, status, expires_at, accepted_at, created_at)
         values
           ('made', 'new@x.test', 'member', repeat('ab', 32), '{ada}', 'pending', '2099-01-01', null, '2029-02-01'),
           ('made', 'new@x.test', 'viewer', repeat('ac', 32), '{ada}', 'pending', '2099-01-01', null, '2029-02-02'),
           ('made', 'bo@borealis.test', 'admin', repeat('ad', 32), '{ada}', 'accepted', '2029-01-10', '2029-01-03', '2029-01-02'),
           ('made', 'left@x.test', 'admin', repeat('ae', 32), '{ada}', 'accepted', '2029-01-10', '2029-01-03', '2029-01-02'),
           ('{aurora}', 'no@x.test', 'Senior Sales', repeat('af', 32), '{ada}', 'revoked', '2029-01-10', null, '2029-01-02');
         insert into workspace_activity_logs (workspace_id, user_id, action, details, created_at) values
           ('made', '{ada}', 'workspace_created', '{{\"name\":\"Made\"}}', '2029-01-02'),
           ('made', '{ada}', 'member_role_changed', 'not json', '2029-01-03');
         insert into feature_flags (key, tenant_id, enabled) values ('multi_workspace_enabled', '{aurora}', true);"
    );
    place.client.batch_execute(&sql).await.expect("the later version's rows");
}

impl Place {
    async fn import(&self, more: &[&str]) -> Value {
        let command: Vec<&str> = ["import", "later", "--json"].iter().chain(more).copied().collect();
        serde_json::from_str(&succeeds(&command, &self.environment).await).expect("JSON")
    }

    async fn text(&self, query: &str) -> Vec<String> {
        self.client.query(query, &[]).await.expect(query).iter().map(|row| row.get(0)).collect()
    }
}

#[tokio::test]
async fn without_apply_everything_is_told_and_nothing_changed() {
    let place = place("laterdry").await;
    fill(&place).await;
    let before = world(&place.database).await;
    let told = place.import(&[]).await;
    assert_eq!(told["applied"], false);
    let text = succeeds(&["import", "later"], &place.environment).await;
    says(
        &text,
        &[
            "the lesser role counts (2)",
            "Unknown role: arrives as viewer (1)",
            "no such person (1)",
            "at home the CRM's users row says the role (1)",
            "arrives expired, invite again (2)",
            "nobody has that address now (1)",
            "a permission that means nothing here (1)",
            "1 flags stand there, 1 of them on; they are left",
            "Nothing was changed",
        ],
    );
    assert_eq!(world(&place.database).await, before);
    says(&fails(2, &["import", "later", "--schema", "a b"], &place.environment).await, &["not the name of a schema"]);
    says(&fails(1, &["import", "later", "--schema", "nowhere"], &place.environment).await, &["no table"]);
}

#[tokio::test]
async fn what_is_taken_stands_by_our_rules_and_is_taken_once() {
    let place = place("laterapply").await;
    fill(&place).await;
    assert_eq!(place.import(&["--apply"]).await["applied"], true);
    let members = place
        .text(
            "select concat_ws(' ', case when m.tenant_id in ('made', 'old') then m.tenant_id else 'aurora' end, u.email, r.key)
             from annex.workspace_users m join users u on u.id = m.user_id
             join annex.workspace_roles r on r.id = m.role_id order by m.joined_at",
        )
        .await;
    let tom = place.text("select email from users where email like 'tom%'").await.remove(0);
    let wanted = [
        "made ada@aurora.test admin".to_owned(),
        // Of two rows the lesser role; with the date of that row.
        "made bo@borealis.test viewer".to_owned(),
        "aurora bo@borealis.test senior-sales".to_owned(),
        format!("made {tom} viewer"),
        "old ada@aurora.test admin".to_owned(),
    ];
    assert_eq!(members, wanted);
    let made = place
        .text("select concat_ws(' ', owner_user_id, sponsor_tenant_id) from annex.workspaces where tenant_id = 'made'");
    assert_eq!(made.await, [format!("{} {}", place.ada, place.aurora)]);
    let allowed = place.text("select permission from annex.workspace_role_permissions order by 1").await;
    assert_eq!(allowed, ["deals:read", "deals:write"]);
    assert_eq!(place.text(DELETED).await, [format!("old 2030-01-01 {} moved 2030-01-31", place.ada)]);
    let told = place.text("select action from annex.audit_events where tenant_id = 'made' order by seq").await;
    assert_eq!(told, ["activity.imported", "activity.imported", "workspace.imported"]);
    assert_eq!(place.text(INVITED).await, invited(&place));
    // Nobody is mailed, and no token of there opens anything here: what stands are hashes of nothing.
    assert_eq!(place.text("select key from annex.outbox").await, [""; 0]);
    let opens = "select i.id::text from annex.workspace_invitations i, public.workspace_invitations l
                 where l.token is not null and sha256(l.token::bytea) in (i.mail_hash, i.link_hash)";
    assert_eq!(place.text(opens).await, [""; 0]);
    // Flags turn things on: they are left unless asked for.
    assert_eq!(place.text("select tenant_id from annex.feature_flags where enabled").await, [""; 0]);
    assert!(!place.text("select coalesce(details::text, '') from annex.audit_events").await.concat().contains("abab"));

    let before = world(&place.database).await;
    let again = place.import(&["--apply"]).await;
    assert_eq!(world(&place.database).await, before, "taken twice, something changed");
    let left: Vec<&str> = again["left"].as_array().expect("a list").iter().filter_map(|l| l["why"].as_str()).collect();
    assert!(left.contains(&"stands_already"), "{left:?}");
    assert_eq!(place.text("select user_id from annex.workspace_users").await.len(), wanted.len());
    assert_eq!(place.text(INVITED).await, invited(&place), "taken twice, nothing changes");
    place.import(&["--apply", "--flags"]).await;
    assert_eq!(
        place.text("select tenant_id from annex.feature_flags where enabled").await,
        std::slice::from_ref(&place.aurora)
    );
    let before = world(&place.database).await;
    place.import(&["--apply", "--flags"]).await;
    assert_eq!(world(&place.database).await, before, "a flag that says the same was written");
}

#[tokio::test]
async fn what_was_done_here_since_then_stays_and_what_is_new_there_arrives() {
    let place = place("laternew").await;
    fill(&place).await;
    place.import(&["--apply"]).await;
    let newcomer = place.text("select id from users where email = 'bea@borealis.test'").await.remove(0);
    let since = format!(
        "update annex.workspaces set deleted_at = null, deleted_by = null, delete_reason = null, purge_after = null
         where tenant_id = 'old';
         update annex.workspace_roles set name = 'Closers' where key = 'senior-sales';
         delete from annex.workspace_role_permissions where permission like 'deals:%';
         insert into workspace_users (user_id, workspace_id, role) values ('{newcomer}', '{}', 'Senior Sales')",
        place.aurora
    );
    place.client.batch_execute(&since).await.expect("a while");
    let told = place.import(&["--apply"]).await;
    let events = "select concat_ws(' ', action, count(*)) from annex.audit_events where tenant_id = 'made' group by action order by 1";
    assert_eq!(place.text(events).await, ["activity.imported 2", "workspace.imported 1"], "{told}");
    assert_eq!(place.text("select tenant_id from annex.workspaces where deleted_at is not null").await, [""; 0]);
    let role = "select concat_ws(' ', r.name, p.permission) from annex.workspace_roles r
                left join annex.workspace_role_permissions p on p.role_id = r.id where r.key = 'senior-sales'";
    assert_eq!(place.text(role).await, ["Closers"]);
    let joined = format!(
        "select r.key from annex.workspace_users m join annex.workspace_roles r on r.id = m.role_id
         where m.tenant_id = '{}' and m.user_id = '{newcomer}'",
        place.aurora
    );
    assert_eq!(place.text(&joined).await, ["senior-sales"]);
}

#[tokio::test]
async fn a_failure_half_way_leaves_nothing() {
    let place = place("laterhalf").await;
    fill(&place).await;
    // Ada owns `old`, the last workspace in order: the import fails there, after `made` was written.
    let refuse = "create function annex.refuse_old() returns trigger language plpgsql as
                  $$ begin if new.tenant_id = 'old' then raise exception 'no'; end if; return new; end $$;
                  create trigger refuse_old before insert on annex.workspace_users
                  for each row execute function annex.refuse_old()";
    place.client.batch_execute(refuse).await.expect("a trigger");
    says(&fails(1, &["import", "later", "--apply"], &place.environment).await, &["nothing was changed"]);
    assert_eq!(place.text("select user_id from annex.workspace_users").await, [""; 0]);
    assert_eq!(place.text("select action from annex.audit_events").await, [""; 0]);
}

#[tokio::test]
async fn what_leaves_can_come_back() {
    let place = place("laterexport").await;
    fill(&place).await;
    place.import(&["--apply", "--flags"]).await;
    let script = succeeds(&["export", "later", "--schema", "copy"], &place.environment).await;
    let tables = TABLES.lines().filter(|line| !line.starts_with("alter")).collect::<Vec<_>>().join("\n");
    let copy = format!(
        "create schema copy; set search_path = copy;
         create table tenants as select * from public.tenants; update tenants set deleted_at = null;
         alter table tenants add primary key (id); {tables}; reset search_path;"
    );
    place.client.batch_execute(&copy).await.expect("an empty later version");
    // Twice: it adds only what is not there.
    for _ in 0..2 {
        place.client.batch_execute(&script).await.expect("the script");
    }
    let members = "select concat_ws(' ', workspace_id, user_id, role) from copy.workspace_users order by 1";
    let mut wanted = vec![
        format!("made {} owner", place.ada),
        format!("made {} viewer", place.bo),
        format!("made {} viewer", place.tom),
        format!("old {} owner", place.ada),
        format!("{} {} owner", place.aurora, place.ada),
        format!("{} {} Senior Sales", place.aurora, place.bo),
    ];
    wanted.sort();
    assert_eq!(place.text(members).await, wanted);
    let invitations =
        "select concat_ws(' ', workspace_id, email, role, status, accepted_at::date) from copy.workspace_invitations
                       order by 1";
    let mut wanted = vec![
        "made bo@borealis.test admin accepted 2029-01-03".to_owned(),
        "made new@x.test viewer expired".to_owned(),
        format!("{} no@x.test Senior Sales revoked", place.aurora),
    ];
    wanted.sort();
    assert_eq!(place.text(invitations).await, wanted);
    // Its tokens were made there: the script holds none.
    let tokens = place.text("select token from copy.workspace_invitations").await;
    assert!(tokens.iter().all(|token| token.len() == 64 && !script.contains(token)), "{tokens:?}");
    let allowed = "select module || ':' || action from copy.workspace_role_permissions order by 1";
    assert_eq!(place.text(allowed).await, ["deals:edit", "deals:view"]);
    assert_eq!(place.text("select id from copy.tenants where deleted_at is not null").await, ["old"]);
    assert_eq!(
        place.text("select tenant_id from copy.feature_flags where enabled").await,
        std::slice::from_ref(&place.aurora)
    );

    // And taken over from there, into an Annex that knows nothing, it is the same again.
    let (before, invited_before) = (place.text(STANDING).await, place.text(INVITED).await);
    let deleted_before = place.text(DELETED).await;
    assert!(deleted_before[0].ends_with("moved 2030-01-31"), "{deleted_before:?}");
    succeeds(&["migrate", "down", "--to", "0", "--yes"], &place.environment).await;
    succeeds(&["migrate", "up"], &place.environment).await;
    let role: String = place
        .database
        .connect_as_owner()
        .await
        .query_one("select current_user::text", &[])
        .await
        .expect("a role")
        .get(0);
    let grant =
        format!("grant usage on schema copy to \"{role}\"; grant select on all tables in schema copy to \"{role}\"");
    place.client.batch_execute(&grant).await.expect("a grant");
    place.import(&["--apply", "--schema", "copy"]).await;
    assert_eq!((place.text(STANDING).await, place.text(INVITED).await), (before, invited_before));
    assert_eq!(place.text(DELETED).await, deleted_before);
}

/// What arrives of the later version's invitations: of two pending ones the lesser, of an accepted one who has the address.
fn invited(place: &Place) -> Vec<String> {
    let mut wanted = vec![
        "made new@x.test viewer expired 2029-02-02".to_owned(),
        format!("made bo@borealis.test admin accepted 2029-01-02 {} 2029-01-03", place.bo),
        format!("{} no@x.test senior-sales revoked 2029-01-02", place.aurora),
    ];
    wanted.sort();
    wanted
}

const INVITED: &str = "
    select concat_ws(' ', i.tenant_id, i.address, r.key, i.status, i.created_at::date, i.accepted_by,
                     case i.status when 'accepted' then i.ended_at::date end)
    from annex.workspace_invitations i join annex.workspace_roles r on r.tenant_id = i.tenant_id and r.id = i.role_id
    where i.expires_at <= now() order by 1";

const DELETED: &str = "
    select concat_ws(' ', tenant_id, deleted_at::date, deleted_by, delete_reason, purge_after::date)
    from annex.workspaces where deleted_at is not null order by 1";

const STANDING: &str = "
    select concat_ws(' ', m.tenant_id, m.user_id, r.key, m.joined_at, w.owner_user_id, w.sponsor_tenant_id)
    from annex.workspace_users m join annex.workspace_roles r on r.id = m.role_id
    join annex.workspaces w on w.tenant_id = m.tenant_id order by 1";
