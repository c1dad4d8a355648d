//! The CRM's users table, joined with who is a member.
//!
//! The texts of the statements are made once, from names that the profile's reader found to be plain SQL names.

use annex_config::CrmProfile;
use async_trait::async_trait;
use tokio_postgres::Row;

use crate::{
    ports::{self, Person, Unavailable},
    store::{PoolError, Postgres},
};

/// Asks the users table.
pub struct People {
    postgres: Postgres,
    joined: String,
    admin_row: String,
}

impl People {
    pub fn new(profile: &CrmProfile, postgres: Postgres) -> Self {
        let database = &profile.database;
        let u = &database.users;
        let table = format!("{}.{}", quoted(&database.schema), quoted(&u.table));
        let column = |name: &str| format!("u.{}", quoted(name));
        let joined = format!(
            "select {id}::text as id, {email} as email, {first} as first_name, {last} as last_name,
                    {image} as profile_image, r.key as role, s.shadow_user_id as shadow
             from annex.workspace_users m
             join annex.workspace_roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
             join {table} u on {id}::text = m.user_id
             left join annex.shadow_users s
                    on s.tenant_id = m.tenant_id and s.user_id = m.user_id and s.deactivated_at is null
             where m.tenant_id = $1 and m.kind = 'joined' and m.status = 'active' and {active}
             order by m.joined_at, m.user_id",
            id = column(&u.id),
            email = column(&u.email),
            first = column(&u.first_name),
            last = column(&u.last_name),
            image = column(&u.profile_image),
            active = column(&u.active),
        );
        let admin_row = format!(
            "select coalesce({admin}, false) and {active} from {table} u where {id}::text = $1",
            admin = column(&u.admin),
            active = column(&u.active),
            id = column(&u.id),
        );
        People { postgres, joined, admin_row }
    }

    async fn ask<T>(&self, question: impl Future<Output = Result<T, PoolError>>) -> Result<T, Unavailable> {
        self.postgres.within(question).await.map_err(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "the CRM's users cannot be read");
            Unavailable
        })
    }
}

#[async_trait]
impl ports::People for People {
    async fn joined(&self, workspace: &str) -> Result<Vec<Person>, Unavailable> {
        self.ask(async {
            let client = self.postgres.get().await?;
            let statement = client.prepare_cached(&self.joined).await?;
            let rows = client.query(&statement, &[&workspace]).await?;
            Ok(rows.iter().map(person).collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn is_admin_row(&self, principal: &str) -> Result<bool, Unavailable> {
        self.ask(async {
            let client = self.postgres.get().await?;
            let statement = client.prepare_cached(&self.admin_row).await?;
            let row = client.query_opt(&statement, &[&principal]).await?;
            Ok(row.map(|row| row.try_get::<_, bool>(0)).transpose()?.unwrap_or(false))
        })
        .await
    }
}

fn person(row: &Row) -> Result<Person, tokio_postgres::Error> {
    Ok(Person {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        first_name: row.try_get("first_name")?,
        last_name: row.try_get("last_name")?,
        profile_image: row.try_get("profile_image")?,
        role: row.try_get("role")?,
        shadow: row.try_get("shadow")?,
    })
}

/// A plain SQL name, quoted all the same.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
