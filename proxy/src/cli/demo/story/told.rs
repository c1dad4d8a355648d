//! The list of steps: what held and what did not.

/// Counts the steps while it prints them.
#[derive(Debug, Default)]
pub struct Told {
    held: usize,
    failed: Vec<String>,
    act: String,
}

impl Told {
    /// Begins an act.
    pub fn act(&mut self, title: &str) {
        say!("\n{title}");
        title.clone_into(&mut self.act);
    }

    /// One step: what must hold, and what was seen if it does not.
    pub fn step(&mut self, what: &str, seen: Result<(), String>) {
        match seen {
            Ok(()) => {
                say!("  ✓ {what}");
                self.held += 1;
            }
            Err(seen) => {
                say!("  ✗ {what}\n      seen: {seen}");
                self.failed.push(format!("{}: {what}", self.act));
            }
        }
    }

    /// A step that this machine cannot play.
    pub fn skipped(&self, what: &str, why: &str) {
        say!("  – {what} (not played: {why})");
    }

    /// The story cannot go on.
    pub fn broken(&mut self, why: &str) {
        say!("  ✗ the story cannot go on\n      {}", why.replace('\n', "\n      "));
        self.failed.push(format!("{}: it could not go on", self.act));
    }

    pub fn all_hold(&self) -> bool {
        self.failed.is_empty()
    }

    pub fn summary(&self) -> String {
        if self.all_hold() {
            return format!("All {} steps hold.", self.held);
        }
        format!("{} steps hold, {} do not:\n  {}", self.held, self.failed.len(), self.failed.join("\n  "))
    }
}
