#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use super::*;

fn user(id: &str, tenant: &str) -> User {
    User {
        id: id.to_owned(),
        tenant: tenant.to_owned(),
        email: format!("{id}@x.test"),
        kind: "agency_admin".to_owned(),
        admin: true,
        active: true,
        first_name: None,
        last_name: None,
        profile_image: None,
    }
}

fn known() -> Known {
    let people = [user("ada", "home-a"), user("bo", "home-b"), user("cy", "home-c")];
    Known {
        people: people.into_iter().map(|person| (person.id.clone(), person)).collect(),
        tenants: ["home-a", "home-b", "made"].map(|id| (id.to_owned(), id.to_owned())).into(),
        homes: ["home-a", "home-b", "home-c"].map(str::to_owned).into(),
        customer_kinds: vec!["customer".to_owned()],
        saas_admin_kinds: vec!["saas_admin".to_owned()],
        now: "2030-01-02T00:00:00Z".parse().unwrap(),
        ..Known::default()
    }
}

fn row(workspace: &str, user: &str, role: &str) -> Member {
    Member {
        workspace: workspace.to_owned(),
        user: user.to_owned(),
        role: role.to_owned(),
        is_primary: false,
        invited_by: None,
        joined_at: None,
        last_accessed_at: None,
    }
}

fn planned(members: Vec<Member>, known: &Known) -> Plan {
    plan(&Later { members, ..Later::default() }, known)
}

fn whys(plan: &Plan) -> Vec<Why> {
    plan.left.iter().map(|left| left.why).collect()
}

#[test]
fn a_made_workspace_follows_the_home_of_its_owner() {
    let plan = planned(vec![row("made", "ada", "owner"), row("made", "bo", "manager")], &known());
    let made = &plan.workspaces["made"];
    assert_eq!((made.owner.as_deref(), made.sponsor.as_deref()), (Some("ada"), Some("home-a")));
    let roles: Vec<_> = made.members.iter().map(|member| (member.user.as_str(), member.role.as_str())).collect();
    assert_eq!(roles, [("ada", "admin"), ("bo", "manager")]);
    assert!(plan.left.is_empty(), "{:?}", plan.left);
}

#[test]
fn of_two_rows_the_lesser_role_counts_whichever_comes_first() {
    for order in [["admin", "viewer"], ["viewer", "admin"], ["owner", "viewer"]] {
        let rows = order.map(|role| row("home-a", "bo", role)).to_vec();
        let plan = planned(rows, &known());
        assert_eq!(plan.workspaces["home-a"].members[0].role, "viewer", "{order:?}");
        assert_eq!(plan.workspaces["home-a"].owner, None, "{order:?}: a viewer owns nothing");
        assert_eq!(whys(&plan), [Why::Duplicate], "{order:?}");
    }
}

#[test]
fn every_row_that_is_left_says_why() {
    let mut known = known();
    known.people.get_mut("bo").unwrap().active = false;
    known.people.get_mut("cy").unwrap().kind = "customer".to_owned();
    known.standing.insert(("made".to_owned(), "ada".to_owned()));
    for (rule, member, why) in [
        ("a home row", row("home-a", "ada", "viewer"), Why::HomeIsDerived),
        ("a dismissed person", row("made", "bo", "admin"), Why::Inactive),
        ("a customer", row("made", "cy", "admin"), Why::NeverMember),
        ("a person who is gone", row("made", "dee", "admin"), Why::NoPerson),
        ("a tenant that is gone", row("gone", "ada", "admin"), Why::NoTenant),
        ("one whom Annex knows", row("made", "ada", "admin"), Why::StandsAlready),
    ] {
        let plan = planned(vec![member], &known);
        assert!(whys(&plan).contains(&why), "{rule}: {:?}", plan.left);
        assert!(plan.workspaces.values().all(|workspace| workspace.members.is_empty()), "{rule}");
    }
}

#[test]
fn a_custom_role_is_found_by_id_and_by_name_and_an_unknown_one_is_a_viewer() {
    let role = CustomRole {
        id: "r1".to_owned(),
        workspace: "home-a".to_owned(),
        name: "Senior Sales".to_owned(),
        description: None,
        color: Some("red".to_owned()),
        created_by: None,
        permissions: PermissionSet::EMPTY,
        unknown: vec!["rockets:view".to_owned()],
    };
    let members = vec![row("home-a", "bo", "senior sales"), row("home-a", "cy", "emperor")];
    let plan = plan(&Later { members, roles: vec![role], ..Later::default() }, &known());
    let home = &plan.workspaces["home-a"];
    assert_eq!((home.roles[0].key.as_str(), home.roles[0].color.as_deref()), ("senior-sales", None));
    let roles: Vec<_> = home.members.iter().map(|member| member.role.as_str()).collect();
    assert_eq!(roles, ["senior-sales", "viewer"]);
    assert_eq!(whys(&plan), [Why::UnknownPermission, Why::UnknownRole]);
}

fn invitation(email: &str, role: &str, status: &str) -> super::super::read::Invitation {
    super::super::read::Invitation {
        workspace: "made".to_owned(),
        email: email.to_owned(),
        role: role.to_owned(),
        invited_by: "ada".to_owned(),
        status: status.to_owned(),
        expires_at: "2031-01-01T00:00:00Z".parse().unwrap(),
        accepted_at: (status == "accepted").then(|| "2029-01-02T00:00:00Z".parse().unwrap()),
        created_at: "2029-01-01T00:00:00Z".parse().unwrap(),
    }
}

fn invited(invitations: Vec<super::super::read::Invitation>, known: &Known) -> (Vec<Invited>, Vec<Why>) {
    let mut plan = plan(&Later { invitations, ..Later::default() }, known);
    let arrived = plan.workspaces.remove("made").map(|made| made.invitations);
    (arrived.unwrap_or_default(), whys(&plan))
}

#[test]
fn a_pending_invitation_arrives_expired() {
    let known = known();
    let (arrived, whys) = invited(vec![invitation("New@x.test", "member", "pending")], &known);
    assert_eq!((arrived[0].status, arrived[0].expires_at), ("expired", known.now));
    assert_eq!((arrived[0].email.as_str(), arrived[0].address.as_str()), ("New@x.test", "new@x.test"));
    assert_eq!(whys, [Why::PendingArrivesExpired]);
}

#[test]
fn of_two_pending_ones_to_one_address_the_lesser_role_arrives() {
    for roles in [["admin", "viewer"], ["viewer", "admin"]] {
        let rows = roles.map(|role| invitation("new@x.test", role, "pending")).to_vec();
        let (arrived, whys) = invited(rows, &known());
        assert_eq!(arrived.iter().map(|one| one.role.as_str()).collect::<Vec<_>>(), ["viewer"], "{roles:?}");
        assert!(whys.contains(&Why::Duplicate), "{whys:?}");
    }
    // Ended ones are history: each stands.
    let rows = ["revoked", "revoked", "declined"].map(|status| invitation("new@x.test", "member", status)).to_vec();
    assert_eq!(invited(rows, &known()).0.len(), 3);
}

#[test]
fn an_accepted_one_says_who_has_the_address_now() {
    let mut known = known();
    known.owners.insert("bo@x.test".to_owned(), Some("bo".to_owned()));
    known.owners.insert("two@x.test".to_owned(), None);
    let rows = ["Bo@x.test", "two@x.test", "gone@x.test"].map(|email| invitation(email, "member", "accepted")).to_vec();
    let (arrived, whys) = invited(rows, &known);
    let ended = "2029-01-02T00:00:00Z".parse().unwrap();
    assert_eq!((arrived[0].accepted_by.as_deref(), arrived[0].ended_at), (Some("bo"), Some(ended)));
    assert_eq!((arrived.len(), whys), (1, vec![Why::AcceptedByNobody; 2]));
}

#[test]
fn what_is_no_mailbox_stands_already_or_has_a_word_of_its_own_is_left() {
    let mut known = known();
    let there = invitation("there@x.test", "member", "revoked");
    known.invited.insert(("made".to_owned(), "there@x.test".to_owned(), there.created_at));
    let rows = vec![
        invitation("x@y@z.test", "member", "pending"),
        invitation("a@x.test\r\nBcc: b@x.test", "member", "pending"),
        there,
        invitation("new@x.test", "member", "lost"),
        invitation("new@x.test", "emperor", "revoked"),
    ];
    let (arrived, whys) = invited(rows, &known);
    assert_eq!(arrived.iter().map(|one| one.role.as_str()).collect::<Vec<_>>(), ["viewer"]);
    let wanted = [Why::NotAnAddress, Why::NotAnAddress, Why::UnknownStatus, Why::UnknownRole, Why::StandsAlready];
    assert_eq!(whys, wanted);
}
