//! What a request's body may not say.
//!
//! Promise: for every leaf of a JSON body, [`BodyGuard::judge`] says whether it passes, is refused, or names a
//! row that must belong to the workspace first.
//!
//! **Invariant:** a guarded key is judged wherever it stands, however deep, and a value that is neither text nor
//! null is refused: what cannot be compared cannot be trusted.
//!
//! **Deliberately absent:** JSON. The shell walks the body and asks about each leaf with its nearest key; for the
//! elements of an array that is the array's key.

/// The foreign key that stands for every key: each text in the body must be a row of its relation.
pub const EVERY_KEY: &str = "*";

/// Keys of a body that the CRM would believe.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BodyGuard {
    /// Keys such as `tenantId`: the active workspace's id, or absent. At any depth.
    pub pinned: Vec<Box<str>>,
    /// Keys such as `id`: the path's last parameter, or absent. At the top only: deeper ones name children.
    pub forbidden_or_path: Vec<Box<str>>,
    /// (key, relation): the value, or each element of an array, is a row of the relation in the active
    /// workspace. Null and the empty text name nothing and pass. At any depth. [`EVERY_KEY`] is any key.
    pub foreign: Vec<(Box<str>, Box<str>)>,
}

/// A scalar in a body, or an empty array or object, with where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf<'b> {
    /// The nearest object key around it; empty when there is none.
    pub key: &'b str,
    /// How deep that key stands.
    pub depth: Depth,
    /// Its value.
    pub value: LeafValue<'b>,
}

/// Where a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// In the body's outermost object.
    Top,
    /// Anywhere deeper.
    Nested,
}

/// A leaf's value, as far as guards care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeafValue<'b> {
    /// A string.
    Text(&'b str),
    /// `null`, or an array or object with nothing in it.
    Nothing,
    /// A number or a boolean.
    Other,
}

/// What a leaf asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand<'g> {
    /// Nothing.
    Pass,
    /// The request is refused.
    Refuse,
    /// The leaf's text must be a row of this relation in the active workspace.
    Row(&'g str),
}

impl BodyGuard {
    /// Judges one leaf of a body. `path_id` is the path's last parameter, decoded.
    pub fn judge(&self, leaf: Leaf<'_>, workspace: &str, path_id: Option<&str>) -> Demand<'_> {
        if names(&self.pinned, leaf.key) {
            return equal_or_absent(leaf.value, Some(workspace));
        }
        if leaf.depth == Depth::Top && names(&self.forbidden_or_path, leaf.key) {
            return equal_or_absent(leaf.value, path_id);
        }
        match self.relation_of(leaf.key) {
            Some(relation) => row(relation, leaf),
            None => Demand::Pass,
        }
    }

    fn relation_of(&self, key: &str) -> Option<(&str, &str)> {
        let named = |wanted: &str| {
            self.foreign.iter().find(|(known, _)| &**known == wanted).map(|(known, relation)| (&**known, &**relation))
        };
        named(key).or_else(|| named(EVERY_KEY))
    }
}

fn names(keys: &[Box<str>], key: &str) -> bool {
    keys.iter().any(|known| &**known == key)
}

fn equal_or_absent<'g>(value: LeafValue<'_>, wanted: Option<&str>) -> Demand<'g> {
    match value {
        LeafValue::Text(text) if Some(text) == wanted => Demand::Pass,
        // A null would clear the column, which moves the row out of the workspace as surely as another id.
        LeafValue::Text(_) | LeafValue::Nothing | LeafValue::Other => Demand::Refuse,
    }
}

fn row<'g>((key, relation): (&'g str, &'g str), leaf: Leaf<'_>) -> Demand<'g> {
    match leaf.value {
        LeafValue::Text("") | LeafValue::Nothing => Demand::Pass,
        LeafValue::Text(_) => Demand::Row(relation),
        // Sort orders stand among the ids of a reordering.
        LeafValue::Other if key == EVERY_KEY => Demand::Pass,
        LeafValue::Other => Demand::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> BodyGuard {
        BodyGuard {
            pinned: vec!["tenantId".into()],
            forbidden_or_path: vec!["id".into()],
            foreign: vec![("customerId".into(), "customers".into())],
        }
    }

    fn judge<'g>(guard: &'g BodyGuard, key: &str, depth: Depth, value: LeafValue<'_>) -> Demand<'g> {
        guard.judge(Leaf { key, depth, value }, "W", Some("row-1"))
    }

    #[test]
    fn what_a_body_may_and_may_not_say() {
        use Depth::{Nested, Top};
        use LeafValue::{Nothing, Other, Text};
        let row = || Demand::Row("customers");
        let table = [
            ("the tenant may be the workspace", "tenantId", Top, Text("W"), Demand::Pass),
            ("the tenant may be no other", "tenantId", Top, Text("X"), Demand::Refuse),
            ("the tenant may not be null", "tenantId", Top, Nothing, Demand::Refuse),
            ("the tenant may not be a number", "tenantId", Top, Other, Demand::Refuse),
            ("nor any of it deeper", "tenantId", Nested, Text("X"), Demand::Refuse),
            ("the id may be the path's", "id", Top, Text("row-1"), Demand::Pass),
            ("the id may be no other", "id", Top, Text("row-2"), Demand::Refuse),
            ("a deeper id is a child's", "id", Nested, Text("row-2"), Demand::Pass),
            ("a foreign id is looked up", "customerId", Top, Text("c"), row()),
            ("a deeper foreign id too", "customerId", Nested, Text("c"), row()),
            ("null names nothing", "customerId", Top, Nothing, Demand::Pass),
            ("the empty text names nothing", "customerId", Top, Text(""), Demand::Pass),
            ("a number is no id", "customerId", Top, Other, Demand::Refuse),
            ("keys are case-sensitive, as in the CRM", "customerid", Top, Text("c"), Demand::Pass),
            ("other keys pass", "title", Top, Text("c"), Demand::Pass),
        ];
        for (name, key, depth, value, wanted) in table {
            assert_eq!(judge(&guard(), key, depth, value), wanted, "{name}");
        }
    }

    #[test]
    fn an_id_is_refused_where_the_path_has_none() {
        let leaf = Leaf { key: "id", depth: Depth::Top, value: LeafValue::Text("x") };
        assert_eq!(guard().judge(leaf, "W", None), Demand::Refuse);
    }

    #[test]
    fn with_every_key_each_text_is_looked_up_and_pins_still_hold() {
        let guard = BodyGuard { foreign: vec![(EVERY_KEY.into(), "sections".into())], ..guard() };
        let section = Demand::Row("sections");
        assert_eq!(judge(&guard, "anything", Depth::Top, LeafValue::Text("s")), section);
        assert_eq!(judge(&guard, "", Depth::Nested, LeafValue::Text("s")), section);
        assert_eq!(judge(&guard, "sortOrder", Depth::Nested, LeafValue::Other), Demand::Pass);
        assert_eq!(judge(&guard, "tenantId", Depth::Nested, LeafValue::Text("X")), Demand::Refuse);
    }
}
