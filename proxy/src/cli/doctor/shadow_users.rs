//! Do the CRM's users rows that stand for members agree with who is a member?

use annex_config::Config;

use super::{finding::Finding, postgres::Servers, roles::cannot_tell};
use crate::store::shadow_users::{self, Disagreement};

/// How many are named in one answer.
const NAMED: usize = 5;

/// With the strategy `member_row`: every member has a row, and nobody else. With `claims`: there is none.
pub async fn agree(config: &Config, servers: &Servers) -> Vec<Finding> {
    const QUESTION: &str = "Do shadow users and members agree?";
    let client = servers.best();
    let (standing, disagreement) =
        match (shadow_users::standing(client).await, shadow_users::disagreement(client, None).await) {
            (Ok(standing), Ok(disagreement)) => (standing, disagreement),
            (Err(error), _) | (_, Err(error)) => return vec![cannot_tell(QUESTION, &error)],
        };
    let Some(shadow) = &config.profile.shadow else {
        if standing.is_empty() {
            return Vec::new();
        }
        let answer = format!("{} are active, and the profile's strategy is `claims`.", standing.len());
        let remedy = "deactivate them with the profile that made them: ANNEX_CRM_PROFILE=… annex uninstall";
        return vec![Finding::warn(QUESTION, answer, remedy)];
    };
    let mut findings = of_members(QUESTION, &disagreement, standing.len());
    findings.extend(domain(config, servers, &shadow.mail_domain).await);
    findings
}

fn of_members(question: &str, disagreement: &Disagreement, standing: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !disagreement.lacking.is_empty() {
        let answer = format!(
            "No: {} have no users row in their workspace and get 503 there: {}.",
            count(&disagreement.lacking, "member", "members"),
            names(&disagreement.lacking)
        );
        findings.push(Finding::bad(question, answer, "annex members sync"));
    }
    if !disagreement.left_over.is_empty() {
        let answer = format!(
            "No: {} stand for nobody who is a member: {}.",
            count(&disagreement.left_over, "shadow user", "shadow users"),
            names(&disagreement.left_over)
        );
        findings.push(Finding::bad(question, answer, "annex members sync"));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(question, format!("Yes: {standing} stand.")));
    }
    findings
}

fn count(pairs: &[(String, String)], one: &str, many: &str) -> String {
    format!("{} {}", pairs.len(), if pairs.len() == 1 { one } else { many })
}

fn names(pairs: &[(String, String)]) -> String {
    let named = pairs.iter().take(NAMED).map(|(workspace, user)| format!("{user} in {workspace}"));
    let named = named.collect::<Vec<_>>().join(", ");
    if pairs.len() > NAMED { format!("{named}, …") } else { named }
}

/// People of the CRM with an address under the domain would be taken for rows that stand for others, by people.
async fn domain(config: &Config, servers: &Servers, domain: &str) -> Vec<Finding> {
    const QUESTION: &str = "Does nobody read mail under the domain of shadow users?";
    let users = &config.profile.database.users;
    let asked = servers
        .runtime
        .query_one(PEOPLE, &[&config.profile.database.schema, &users.table, &users.email, &users.id])
        .await
        .and_then(|row| row.try_get::<_, String>(0));
    let sql = match asked {
        Ok(sql) => sql,
        Err(error) => return vec![cannot_tell(QUESTION, &error)],
    };
    match servers.runtime.query_one(&sql, &[&domain]).await.and_then(|row| row.try_get::<_, i64>(0)) {
        Ok(0) => vec![Finding::ok(QUESTION, format!("Nobody whom the CRM knows has an address at {domain}."))],
        Ok(people) => {
            let answer = format!("{people} people of the CRM have an address at {domain}.");
            vec![Finding::bad(QUESTION, answer, "choose another domain: ANNEX_MEMBER_ROW_MAIL_DOMAIN")]
        }
        Err(error) => vec![cannot_tell(QUESTION, &error)],
    }
}

const PEOPLE: &str = "
    select pg_catalog.format(
        'select count(*) from %I.%I u where lower(u.%I::text) like ''%%@'' || $1::text
           and not exists (select from annex.shadow_users s where s.shadow_user_id = u.%I::text)',
        $1::text, $2::text, $3::text, $4::text)";
