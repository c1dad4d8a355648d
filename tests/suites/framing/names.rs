//! A workspace is named once and plainly: everything else is refused where a name counts, and only there.

use super::{Flag, Site, say};

/// Each is 400 with the flag on; with the flag off it is the CRM's to read, and reaches it as it was.
pub async fn assert_judged(site: &Site) {
    let home = &site.bo.tenant;
    let heads = [
        ("twice, and equal", format!("X-Workspace-Id: {home}\r\nX-Workspace-Id: {home}"), ""),
        ("twice, and different", format!("X-Workspace-Id: {home}\r\nx-workspace-id: other"), ""),
        ("a list", format!("X-Workspace-Id: {home},{home}"), ""),
        ("with an underscore", format!("X_Workspace_Id: {home}"), ""),
        ("with an underscore beside the plain one", format!("X-Workspace-Id: {home}\r\nX_Workspace-Id: {home}"), ""),
        ("empty", "X-Workspace-Id:".to_owned(), ""),
        ("with a path in it", "X-Workspace-Id: ../../etc".to_owned(), ""),
        ("in the query twice", "X-None: 1".to_owned(), "?workspaceId=a&workspaceId=a"),
        ("in the query as a list", "X-None: 1".to_owned(), "?workspaceId[]=a"),
        ("in the query, encoded", "X-None: 1".to_owned(), "?%77orkspaceId=a"),
        ("header and query that differ", format!("X-Workspace-Id: {home}"), "?workspaceId=other"),
    ];
    for (rule, lines, query) in &heads {
        let wire = format!(
            "GET /api/customers{query} HTTP/1.1\r\nHost: crm.example.test\r\nAuthorization: Bearer $access$\r\n{lines}\r\nConnection: close\r\n\r\n"
        );
        site.reached_the_crm();
        let said = say(site.annex.port, &site.fill(&wire)).await;
        let reached = site.reached_the_crm();
        match site.flag {
            Flag::On => {
                assert_eq!(said.status(), 400, "{rule}: {}", said.text());
                assert!(reached.is_empty(), "{rule}: {reached}");
            }
            Flag::Off => {
                assert_eq!(said.status(), 200, "{rule}: {}", said.text());
                assert!(reached.starts_with(&format!("GET /api/customers{query} ")), "{rule}: {reached}");
                let value = lines.split(':').nth(1).unwrap_or_default().split("\r\n").next().unwrap_or_default().trim();
                assert!(reached.contains(value), "{rule}: {reached}");
            }
        }
    }
}
