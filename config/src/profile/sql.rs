//! The little SQL that a profile may hold.
//!
//! Promise: a name is a plain lower-case name; a relation only asks whether a row exists; a statement that makes a tenant
//! only inserts, one that renames it only updates, one that purges it only deletes. Whether the tables are there is for
//! the running CRM to say.
//!
//! **Deliberately absent:** an SQL parser. The profile is the operator's own text; these checks stop slips, not enemies.

use std::collections::BTreeMap;

use super::reader::{Reader, Said};
use super::{CrmDatabase, Grants, Relation, TenantColumns, UserColumns, branding};

pub(super) fn database(mut table: Reader<'_>) -> CrmDatabase {
    let schema = name(&mut table, "schema");
    let users = users(table.section("users"));
    let tenants = tenants(table.section("tenants"));
    let create_tenant = table.texts("create_tenant").into_iter().map(|said| statement(&table, said)).collect();
    let reassign = table.texts("reassign").into_iter().map(|said| reassignment(&table, said)).collect();
    let rename_tenant = optional(&mut table, "rename_tenant", &RENAME);
    let said = table.texts("purge_tenant");
    let purge_tenant = said.into_iter().map(|said| shaped(&table, "purge_tenant", &said, &PURGE)).collect();
    let unread = optional(&mut table, "unread", &UNREAD);
    let grants = grants(table.section("grants"));
    let branding = branding::columns(table.section("branding"));
    table.finish();
    CrmDatabase {
        schema,
        users,
        tenants,
        create_tenant,
        reassign,
        rename_tenant,
        purge_tenant,
        unread,
        grants,
        branding,
    }
}

/// How a statement must look.
struct Shape {
    begins: &'static str,
    parameters: &'static [u32],
    remedy: &'static str,
}

const RENAME: Shape =
    Shape {
        begins: "update ", parameters: &[1, 2], remedy: "write `update … set … = $2 where … = $1`, without `;`"
    };

const PURGE: Shape =
    Shape { begins: "delete from ", parameters: &[1], remedy: "write `delete from … where … = $1`, without `;`" };

const UNREAD: Shape = Shape {
    begins: "select ",
    parameters: &[1, 2],
    remedy: "write `select tenant, count(*) … where person = $1 and tenant = any($2) … group by tenant`, without `;`",
};

fn optional(table: &mut Reader<'_>, key: &'static str, shape: &Shape) -> Option<String> {
    table.optional_text(key).map(|said| shaped(table, key, &said, shape))
}

fn shaped(table: &Reader<'_>, key: &str, said: &Said, shape: &Shape) -> String {
    let sql = one_line(&said.text);
    // Of an update or a delete without a condition every tenant would be the object.
    let is_bounded = sql.contains(" where ") && !sql.contains(';');
    if !sql.starts_with(shape.begins) || !is_bounded || parameters(&sql) != shape.parameters {
        table.note(said.line, format!("`database.{key}` is not the statement that it must be"), shape.remedy);
    }
    sql
}

pub(super) fn relation(table: &Reader<'_>, key: &str, said: Said) -> Relation {
    let sql = one_line(&said.text);
    let shape = sql.starts_with("select exists(") && sql.ends_with(')') && !sql.contains([';', '"']);
    if !shape {
        table.note(
            said.line,
            format!("relation `{key}` does not ask whether a row exists"),
            "write `select exists(select 1 from …)`, one statement without `;`",
        );
    }
    if parameters(&sql) != [1, 2] {
        table.note(
            said.line,
            format!("relation `{key}` does not use $1 and $2"),
            "$1 is the row's id, $2 the tenant's",
        );
    }
    Relation { sql }
}

fn users(mut table: Reader<'_>) -> UserColumns {
    let columns = UserColumns {
        table: name(&mut table, "table"),
        id: name(&mut table, "id"),
        tenant: name(&mut table, "tenant"),
        email: name(&mut table, "email"),
        kind: name(&mut table, "kind"),
        admin: name(&mut table, "admin"),
        active: name(&mut table, "active"),
        first_name: name(&mut table, "first_name"),
        last_name: name(&mut table, "last_name"),
        profile_image: name(&mut table, "profile_image"),
    };
    table.finish();
    columns
}

fn tenants(mut table: Reader<'_>) -> TenantColumns {
    let columns =
        TenantColumns { table: name(&mut table, "table"), id: name(&mut table, "id"), name: name(&mut table, "name") };
    table.finish();
    columns
}

fn grants(mut table: Reader<'_>) -> Grants {
    let mut names = |key| {
        let said = table.texts(key);
        said.into_iter().map(|said| plain_name(&table, key, said)).collect()
    };
    let (select, insert, delete) = (names("select"), names("insert"), names("delete"));
    let select_columns = columns(&table.section("select_columns"));
    let update_columns = columns(&table.section("update_columns"));
    table.finish();
    Grants { select, insert, delete, select_columns, update_columns }
}

/// Tables with a list of their columns each.
fn columns(table: &Reader<'_>) -> BTreeMap<String, Vec<String>> {
    let named = |(key, columns): (String, Vec<Said>)| {
        let key = plain_name(table, &key, Said { text: key.clone(), line: table.line });
        let columns = columns.into_iter().map(|said| plain_name(table, &key, said)).collect();
        (key, columns)
    };
    table.all_lists().into_iter().map(named).collect()
}

/// One statement that begins as it must and binds `$1` to at most `$most` without a gap.
pub(super) fn one_statement(table: &Reader<'_>, key: &str, said: &Said, begins: &str, most: u32) -> String {
    let sql = one_line(&said.text);
    if !sql.is_empty() && (!sql.starts_with(begins) || sql.contains(';')) {
        table.note(
            said.line,
            format!("`{key}` is not one statement of its kind"),
            format!("write `{begins}…` without `;`"),
        );
    }
    let used = parameters(&sql);
    let gapless = used.iter().zip(1..).all(|(one, wanted)| *one == wanted);
    if !sql.is_empty() && (used.first() != Some(&1) || !gapless || used.last() > Some(&most)) {
        let remedy = format!("use $1 to at most ${most} without a gap; config/crm/example.toml says what they are");
        table.note(said.line, format!("`{key}` has the wrong parameters"), remedy);
    }
    sql
}

fn statement(table: &Reader<'_>, said: Said) -> String {
    let sql = one_line(&said.text);
    if !sql.starts_with("insert into ") || sql.contains(';') {
        table.note(
            said.line,
            "a statement of `database.create_tenant` is not one insert",
            "write `insert into …`, one statement without `;`",
        );
    }
    let used = parameters(&sql);
    let gapless = used.iter().zip(1..).all(|(one, wanted)| *one == wanted);
    if used.first() != Some(&1) || !gapless || used.len() > 3 {
        let remedy = "$1 is the tenant's id, $2 its name, $3 its currency; use them from $1 on without a gap";
        table.note(said.line, "a statement of `database.create_tenant` has the wrong parameters", remedy);
    }
    sql
}

/// One update from person to person that cannot leave its tenant.
fn reassignment(table: &Reader<'_>, said: Said) -> String {
    let sql = one_line(&said.text);
    if !sql.starts_with("update ") || !sql.contains(" where ") || sql.contains(';') {
        table.note(
            said.line,
            "a statement of `database.reassign` is not one update with a condition",
            "write `update … set … where …`, one statement without `;`",
        );
    }
    if parameters(&sql) != [1, 2, 3] {
        let remedy = "$1 is the tenant's id, $2 the person who leaves, $3 the person who takes over; use all of them";
        table.note(said.line, "a statement of `database.reassign` has the wrong parameters", remedy);
    }
    sql
}

pub(super) fn name(table: &mut Reader<'_>, key: &'static str) -> String {
    let said = table.text(key);
    plain_name(table, key, said)
}

pub(super) fn plain_name(table: &Reader<'_>, key: &str, said: Said) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let starts_well = !said.text.starts_with(|first: char| first.is_ascii_digit());
    if !said.text.bytes().all(plain) || !starts_well || said.text.len() > 63 {
        table.note(
            said.line,
            format!("`{}` of `{key}` is not a plain SQL name", said.text),
            "use lower-case letters, digits and `_`",
        );
    }
    said.text
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The numbers of the parameters used, each once, sorted.
pub(super) fn parameters(sql: &str) -> Vec<u32> {
    let after_signs = sql.split('$').skip(1);
    let numbers = after_signs.filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..end)?.parse().ok()
    });
    let mut numbers: Vec<u32> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_once_and_in_order() {
        for (sql, wanted) in [("", vec![]), ("$2 $1 $2", vec![1, 2]), ("a=$10)", vec![10]), ("$x $", vec![])] {
            assert_eq!(parameters(sql), wanted, "{sql}");
        }
    }
}
