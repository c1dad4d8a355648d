//! Same as before? Two answers of the same bytes, or two of the same shape.

use std::collections::BTreeMap;

use serde_json::Value;

use super::client::Answer;

/// What each server writes for itself on each connection.
const OF_THE_CONNECTION: [&str; 3] = ["date", "connection", "keep-alive"];

/// Status, headers and body are the same, less what belongs to the moment and the connection.
pub fn same(direct: &Answer, through: &Answer) -> Result<(), String> {
    if direct.status != through.status {
        return Err(format!("{}: {} directly, {} through Annex", direct.asked, direct.status, through.status));
    }
    let (before, after) = (headers(direct), headers(through));
    if before != after {
        let differ = before
            .iter()
            .chain(&after)
            .filter(|(name, values)| before.get(*name) != Some(values) || after.get(*name) != Some(values));
        let names: Vec<&str> = differ.map(|(name, _)| name.as_str()).collect();
        return Err(format!("{}: the headers differ in {}", direct.asked, names.join(", ")));
    }
    if direct.text != through.text {
        return Err(format!("{}: the bodies differ", direct.asked));
    }
    Ok(())
}

fn headers(answer: &Answer) -> BTreeMap<String, Vec<Vec<u8>>> {
    let mut all: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for (name, value) in &answer.headers {
        if !OF_THE_CONNECTION.contains(&name.as_str()) {
            all.entry(name.as_str().to_owned()).or_default().push(value.as_bytes().to_vec());
        }
    }
    all
}

/// Status, header names and the body's keys and types are the same.
pub fn same_shape(direct: &Answer, through: &Answer) -> Result<(), String> {
    let names = |answer: &Answer| headers(answer).into_keys().collect::<Vec<_>>();
    if direct.status != through.status {
        return Err(format!("{}: {} directly, through Annex {}", direct.asked, direct.status, through.brief()));
    }
    if names(direct) != names(through) {
        return Err(format!("{}: the headers differ: {:?} and {:?}", direct.asked, names(direct), names(through)));
    }
    let (before, after) = (shape(&direct.json()), shape(&through.json()));
    if before == after { Ok(()) } else { Err(format!("{}: {before} directly, {after} through Annex", direct.asked)) }
}

/// Keys and types: `{"id":"text","items":["…"]}` reads `{id:text,items:[text]}`.
fn shape(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "text".to_owned(),
        Value::Array(elements) => {
            let mut shapes: Vec<String> = elements.iter().map(shape).collect();
            shapes.sort_unstable();
            shapes.dedup();
            format!("[{}]", shapes.join("|"))
        }
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| format!("{key}:{}", shape(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::shape;

    #[test]
    fn values_do_not_matter_to_a_shape_and_keys_do() {
        assert_eq!(shape(&json!({"a": [1, 2], "b": "x"})), shape(&json!({"a": [3], "b": "y"})));
        assert_ne!(shape(&json!({"a": 1})), shape(&json!({"a": "1"})));
        assert_ne!(shape(&json!({"a": 1})), shape(&json!({"a": 1, "c": null})));
    }
}
