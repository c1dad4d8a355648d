//! A plan in words, for people and for machines.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    cli::table::table,
    manage::later::{
        apply::Flags,
        plan::{Left, Plan, Why},
    },
};

/// What is told.
pub struct Told<'a> {
    pub plan: &'a Plan,
    pub tables: &'a [&'static str],
    pub flags: Flags,
    pub applied: bool,
}

pub fn as_text(told: &Told<'_>) -> String {
    let plan = told.plan;
    let head = ["WORKSPACE", "MEMBERS", "ROLES", "INVITATIONS", "EVENTS", "LOOK", "STEPS", "OWNER", "DELETED"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (id, workspace) in &plan.workspaces {
        rows.push(vec![
            id.clone(),
            workspace.members.len().to_string(),
            workspace.roles.len().to_string(),
            workspace.invitations.len().to_string(),
            workspace.events.len().to_string(),
            yes_or_no(workspace.showing.is_some()),
            yes_or_no(workspace.begun.is_some()),
            workspace.owner.clone().unwrap_or_else(|| "-".to_owned()),
            workspace.deleted.as_ref().map_or_else(|| "-".to_owned(), |deletion| deletion.at.to_string()),
        ]);
    }
    let mut text = format!("Found: {}\n\n{}\n", told.tables.join(", "), table(&rows));
    let mut counted: BTreeMap<Why, Vec<&Left>> = BTreeMap::new();
    for left in &plan.left {
        counted.entry(left.why).or_default().push(left);
    }
    for (why, left) in counted {
        text.push_str(&format!("\n{} ({}):\n", sentence(why), left.len()));
        for left in left {
            text.push_str(&format!("  {} {} {}\n", left.table, left.workspace, left.about));
        }
    }
    text.push_str(&format!("\n{}\n", flags(told)));
    text.push_str(if told.applied { "Done." } else { "Nothing was changed. Add --apply to do it." });
    text
}

pub fn as_json(told: &Told<'_>) -> String {
    let workspaces = told.plan.workspaces.iter().map(|(id, workspace)| {
        json!({
            "workspaceId": id,
            "sponsorId": workspace.sponsor,
            "ownerUserId": workspace.owner,
            "members": workspace.members.iter().map(|m| json!({ "userId": m.user, "role": m.role })).collect::<Vec<_>>(),
            "roles": workspace.roles.iter().map(|role| &role.key).collect::<Vec<_>>(),
            "invitations": workspace.invitations.len(),
            "events": workspace.events.len(),
            "branding": workspace.showing.as_ref().map(|showing| json!({ "look": showing.look, "logo": showing.logo.is_some() })),
            "firstSteps": workspace.begun.as_ref().map(|begun| {
                let said = begun.said.iter().map(|(step, status)| (step.name(), status.name()));
                json!({ "isDismissed": begun.is_dismissed, "steps": said.collect::<BTreeMap<_, _>>() })
            }),
            "deletedAt": workspace.deleted.as_ref().map(|deletion| deletion.at.to_string()),
        })
    });
    let flags = told.plan.flags.iter().map(|flag| json!({ "tenantId": flag.tenant, "enabled": flag.enabled }));
    json!({
        "applied": told.applied,
        "tables": told.tables,
        "workspaces": workspaces.collect::<Vec<_>>(),
        "flags": flags.collect::<Vec<_>>(),
        "flagsTaken": told.flags == Flags::Take,
        "left": told.plan.left,
    })
    .to_string()
}

fn yes_or_no(is_there: bool) -> String {
    if is_there { "yes" } else { "-" }.to_owned()
}

fn flags(told: &Told<'_>) -> String {
    let on = told.plan.flags.iter().filter(|flag| flag.enabled).count();
    let all = told.plan.flags.len();
    match (all, told.flags) {
        (0, _) => "No flag stands there.".to_owned(),
        (_, Flags::Take) => format!("{all} flags are taken over, {on} of them on."),
        (_, Flags::Leave) => {
            format!("{all} flags stand there, {on} of them on; they are left. --flags takes them over.")
        }
    }
}

fn sentence(why: Why) -> &'static str {
    match why {
        Why::NoTenant => "Left: the CRM has no such tenant",
        Why::NoPerson => "Left: the CRM has no such person",
        Why::Inactive => "Left: the person's users row is not active",
        Why::NeverMember => "Left: customers and administrators of the platform are members of nothing",
        Why::HomeIsDerived => "Left: at home the CRM's users row says the role",
        Why::StandsAlready => "Left: Annex has this row already",
        Why::Duplicate => "Two rows for one: the lesser role counts",
        Why::UnknownRole => "Unknown role: arrives as viewer",
        Why::UnknownPermission => "Left: a permission that means nothing here",
        Why::PendingArrivesExpired => "Pending there: arrives expired, invite again",
        Why::UnknownStatus => "Left: a status that means nothing here",
        Why::NoSponsor => "Nobody's home and no owner: follows its own flag",
        Why::ChosenAlready => "Left: Annex has this of the workspace already",
        Why::NotAColor => "Left: not a colour like #1a2b3c",
        Why::NotWords => "Left: more than 500 characters or 5 lines, or not plain text",
        Why::Cleaned => "A signature arrives less what is not allowed in one",
        Why::PictureElsewhere => "Left: a logo whose picture stands elsewhere, upload it again",
        Why::NotAPicture => "Left: not a PNG, JPEG or WebP of 1 MiB at most",
        Why::NoPlace => "Left: nothing here holds it",
        Why::NotAnAddress => "Left: not an e-mail address",
        Why::AcceptedByNobody => "Left: accepted there, and nobody has that address now",
    }
}
