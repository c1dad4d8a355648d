//! JSON as a token may write it: an object whose keys are unique, at every depth.
//!
//! Two readers of `{"tenantId":"a","tenantId":"b"}` may disagree on which one counts; here nobody gets to disagree.
//!
//! **Invariant:** what [`object`] returns has no key that was written twice (RFC 7519, section 4, allows either
//! refusing or taking the last; Annex refuses).

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why a JSON text is not an object with unique keys.
#[derive(Debug, thiserror::Error)]
pub enum StrictError {
    #[error("not a JSON object with unique keys")]
    Malformed(#[source] serde_json::Error),
}

/// Reads one value, whole, with nothing behind it.
pub fn value(text: &[u8]) -> Result<Value, StrictError> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Unique.deserialize(&mut reader).map_err(StrictError::Malformed)?;
    reader.end().map_err(StrictError::Malformed)?;
    Ok(value)
}

/// Reads one object, whole, with nothing behind it.
pub fn object(text: &[u8]) -> Result<Map<String, Value>, StrictError> {
    match value(text)? {
        Value::Object(map) => Ok(map),
        _ => Err(StrictError::Malformed(serde::de::Error::custom("expected an object"))),
    }
}

/// A seed that builds a [`Value`] and refuses a repeated key.
struct Unique;

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON with unique keys")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Deserialize::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Unique)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(serde::de::Error::custom("a key stands twice"));
            }
            map.insert(key, entries.next_value_seed(Unique)?);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_refused_at_every_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"a":{"b":1,"b":2}}"#, r#"{"a":[{"b":1,"b":2}]}"#, r#"{"a":1,"\u0061":2}"#]
        {
            assert!(object(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn only_one_whole_object_is_read() {
        for text in ["", "[]", "1", "{} {}", "{\"a\":1}x", "null"] {
            assert!(object(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(object(br#"{"a":[1,{"b":null}],"c":"d"}"#).unwrap().len(), 2);
    }
}
