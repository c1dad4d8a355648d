//! The control of the fingerprint: whatever is changed outside schema `annex` shows in it; what is inside, and rows, do not.

use annex_migrations::fingerprint;
use annex_tests::postgres::Cluster;

use super::sql;

/// Each of these is the trace of a migration that did not keep its hands to itself.
const TRACES: &[&str] = &[
    "alter table public.users add column annex_epoch bigint",
    "alter table public.users alter column annex_epoch set default 1",
    "alter table public.users alter column annex_epoch set not null",
    "alter table public.users alter column annex_epoch type numeric",
    "alter table public.users add constraint annex_check check (annex_epoch > 0)",
    "create index annex_idx on public.users (annex_epoch)",
    "create unique index annex_unique on public.tenants (lower(name), id)",
    "create function public.annex_heard() returns trigger language plpgsql as 'begin return null; end'",
    "create or replace function public.annex_heard() returns trigger language plpgsql as 'begin return new; end'",
    "create trigger annex_heard after insert on public.users for each row execute function public.annex_heard()",
    "alter table public.users disable trigger annex_heard",
    "grant select on public.users to public",
    "grant update (email) on public.users to annex_app",
    "grant usage on schema public to annex_app with grant option",
    "grant execute on function public.annex_heard() to annex_app",
    "alter table public.users enable row level security",
    "create policy annex_policy on public.users using (true)",
    "create view public.annex_people as select id from public.users",
    "create or replace view public.annex_people as select id from public.users where is_active",
    "create rule annex_rule as on delete to public.users do instead nothing",
    "create sequence public.annex_seq",
    "alter sequence public.annex_seq increment 5",
    "create type public.annex_kind as enum ('a')",
    "alter type public.annex_kind add value 'b'",
    "create domain public.annex_text as text check (value <> '')",
    "create schema other",
    "create table other.annex_table ()",
    "comment on table public.users is 'seen'",
    "alter default privileges for role crm grant select on tables to annex_app",
    "alter table public.users replica identity full",
    "alter table public.users owner to postgres",
    "create publication annex_publication for table public.users",
    "create extension pg_trgm schema other",
    // A foreign key from our schema onto the CRM's table: internal triggers appear on the CRM's side.
    "create schema annex; create table annex.links (tenant_id varchar references public.tenants (id))",
    "drop table public.users cascade",
];

#[tokio::test]
async fn every_change_outside_the_schema_shows() {
    let database = Cluster::shared().crm_database("control").await;
    let mut superuser = database.connect().await;
    let setting = format!("alter role annex_app in database \"{}\" set search_path = annex, public", database.name);
    let granted = format!("grant temporary on database \"{}\" to annex_app", database.name);
    let mut before = fingerprint(&mut superuser).await.expect("a fingerprint");
    for trace in TRACES.iter().copied().chain([setting.as_str(), granted.as_str()]) {
        sql(&superuser, trace).await;
        let after = fingerprint(&mut superuser).await.expect("a fingerprint");
        let diff = before.diff(&after);
        assert!(!diff.is_empty() && before.sha256 != after.sha256, "not seen: {trace}");
        before = after;
    }
}

#[tokio::test]
async fn rows_and_our_own_schema_do_not_show() {
    let database = Cluster::shared().crm_database("quiet").await;
    let mut superuser = database.connect().await;
    sql(&superuser, "create sequence public.numbers").await;
    let before = fingerprint(&mut superuser).await.expect("a fingerprint");
    for quiet in [
        "insert into public.tenants (name) values ('new')",
        "select nextval('public.numbers')",
        "create schema annex",
        "create table annex.own (id int primary key)",
        "create function annex.own() returns void language sql as ''",
        "grant all on all tables in schema annex to annex_app",
        "analyze",
        "vacuum full public.tenants",
    ] {
        sql(&superuser, quiet).await;
        let after = fingerprint(&mut superuser).await.expect("a fingerprint");
        assert!(before.diff(&after).is_empty(), "{quiet} shows:\n{}", before.diff(&after));
    }
}
