//! The whole story of Annex, played over HTTP: one file per act, in order.
//!
//! Each step says what was expected and, if it did not hold, what was seen. An act that cannot go on ends the story: what
//! comes after it stands on it.

mod client;
mod compare;
mod pages;
mod soon;
mod told;

mod act01_register;
mod act02_business;
mod act03_enable;
mod act04_workspace;
mod act05_invited;
mod act05_members;
mod act06_others;
mod act07_switch;
mod act08_flips;
mod act09_off;
mod act10_uninstall;

use super::stage::Stage;
use crate::cli::ending::{Ending, chain};
use client::Client;
use told::Told;

/// A person of the CRM who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    /// The tenant of the CRM that they belong to: their home.
    pub tenant: String,
    pub email: String,
    pub password: String,
    pub access: String,
    pub refresh: String,
}

/// What the acts hand on to each other.
pub struct Story<'s> {
    pub stage: &'s Stage,
    /// The CRM itself.
    pub direct: Client,
    /// The CRM through Annex.
    pub annex: Client,
    pub told: Told,
    /// The agency that gets the feature, registered through Annex.
    pub owner: Option<Person>,
    /// An agency that never gets it, registered at the CRM.
    pub other: Option<Person>,
    /// The workspace that the owner creates.
    pub workspace: Option<String>,
    /// Ids of the owner's home: a customer and a task.
    pub at_home: Option<(String, String)>,
    /// Ids of the workspace: a customer and a task.
    pub in_workspace: Option<(String, String)>,
}

impl Story<'_> {
    pub fn owner(&self) -> anyhow::Result<Person> {
        self.owner.clone().ok_or_else(|| anyhow::anyhow!("nobody has registered"))
    }

    pub fn other(&self) -> anyhow::Result<Person> {
        self.other.clone().ok_or_else(|| anyhow::anyhow!("no other agency has registered"))
    }

    pub fn workspace(&self) -> anyhow::Result<String> {
        self.workspace.clone().ok_or_else(|| anyhow::anyhow!("there is no workspace"))
    }

    /// The owner, through Annex.
    pub fn as_owner(&self) -> anyhow::Result<Client> {
        Ok(self.annex.bearer(&self.owner()?.access))
    }
}

/// Plays every act and prints each step.
pub async fn play(stage: &Stage) -> anyhow::Result<Ending> {
    let mut story = Story {
        stage,
        direct: Client::new(&stage.crm.url)?,
        annex: Client::new(&stage.annex_url)?,
        told: Told::default(),
        owner: None,
        other: None,
        workspace: None,
        at_home: None,
        in_workspace: None,
    };
    if let Err(error) = acts(&mut story).await {
        story.told.broken(&chain(&error));
    }
    if let Err(error) = stage.still_runs() {
        story.told.broken(&chain(&error));
    }
    say!("\n{}", story.told.summary());
    Ok(if story.told.all_hold() { Ending::Fine } else { Ending::Wrong })
}

async fn acts(story: &mut Story<'_>) -> anyhow::Result<()> {
    story.told.act("With the flag off: people register and sign in as before");
    act01_register::play(story).await?;
    story.told.act("With the flag off: an agency's whole business, directly and through Annex");
    act02_business::play(story).await?;
    story.told.act("A SaaS admin turns the feature on for one tenant");
    act03_enable::play(story).await?;
    story.told.act("Its owner creates a workspace and works in it");
    act04_workspace::play(story).await?;
    story.told.act("A colleague of another agency joins; strangers stay out");
    act05_members::play(story).await?;
    story.told.act("Somebody without an account is invited by mail");
    act05_invited::play(story).await?;
    story.told.act("Nobody else notices");
    act06_others::play(story).await?;
    story.told.act("The owner switches");
    act07_switch::play(story).await?;
    story.told.act("Flips by SQL and by Redis are in force without a restart");
    act08_flips::play(story).await?;
    story.told.act("The flag off again: as at the start");
    act09_off::play(story).await?;
    story.told.act("Uninstalled: no trace");
    act10_uninstall::play(story).await
}
