//! [`Columns`]: which columns of a file hold the images and the labels, and what a row has there.

use std::collections::HashMap;

use parquet::record::Field;
use parquet::schema::types::Type;
use serde::Deserialize;

use super::labels::Label;
use crate::dataset::open::OpenOptions;

/// Names under which the columns are found where the config says none, the usual ones first.
const IMAGES: [&str; 4] = ["image", "img", "images", "picture"];
const LABELS: [&str; 6] = ["label", "labels", "fine_label", "class", "target", "y"];

/// The columns that are read, by name.
pub struct Columns {
    pub image: String,
    pub label: String,
}

impl Columns {
    /// Those that the config names, or the usual ones.
    ///
    /// # Errors
    /// If there is none; the message names those there are.
    pub fn find(schema: &Type, options: &OpenOptions) -> Result<Self, String> {
        let there: Vec<&str> = schema
            .get_fields()
            .iter()
            .map(|field| field.name())
            .collect();
        let find = |given: Option<&str>, usual: &[&str], key: &str| {
            let found = match given {
                Some(name) => Some(name).filter(|name| there.contains(name)),
                None => usual.iter().copied().find(|name| there.contains(name)),
            };
            found.map(str::to_owned).ok_or_else(|| {
                format!(
                    "has no column {}; its columns are {}: name one as `data.{key}`",
                    given.unwrap_or(usual[0]),
                    there.join(", ")
                )
            })
        };
        Ok(Self {
            image: find(options.images.as_deref(), &IMAGES, "images")?,
            label: find(options.labels.as_deref(), &LABELS, "labels")?,
        })
    }

    /// The schema with these columns alone, so that no other is decoded.
    ///
    /// # Errors
    /// If Parquet does not allow that.
    pub fn projection(&self, schema: &Type) -> Result<Type, String> {
        let wanted = |name: &str| name == self.image || name == self.label;
        let fields = schema
            .get_fields()
            .iter()
            .filter(|field| wanted(field.name()));
        Type::group_type_builder(schema.name())
            .with_fields(fields.cloned().collect())
            .build()
            .map_err(|error| error.to_string())
    }
}

/// The bytes of a picture, and its name where there is one.
///
/// # Errors
/// If there is none, or the column holds something else.
pub fn picture(field: &Field) -> Result<(&[u8], Option<String>), String> {
    let parts = match field {
        Field::Bytes(bytes) => return Ok((bytes.data(), None)),
        Field::Group(parts) => parts,
        Field::Null => return Err("there is no image".into()),
        _ => return Err("the column of images holds no encoded pictures (bytes)".into()),
    };
    let (mut picture, mut name) = (None, None);
    for (part, value) in parts.get_column_iter() {
        match (part.as_str(), value) {
            ("bytes", Field::Bytes(bytes)) => picture = Some(bytes.data()),
            ("path", Field::Str(path)) if !path.is_empty() => name = Some(path.clone()),
            _ => {}
        }
    }
    let missing = "the image has no bytes; pictures that lie in other files are not supported";
    Ok((picture.ok_or(missing)?, name))
}

/// A class number or name.
///
/// # Errors
/// If there is none, or the column holds something else.
pub fn label(field: &Field) -> Result<Label, String> {
    let number = match field {
        Field::Byte(value) => i64::from(*value),
        Field::Short(value) => i64::from(*value),
        Field::Int(value) => i64::from(*value),
        Field::Long(value) => *value,
        Field::UByte(value) => i64::from(*value),
        Field::UShort(value) => i64::from(*value),
        Field::UInt(value) => i64::from(*value),
        Field::Str(name) => return Ok(Label::Name(name.clone())),
        Field::Null => return Err("there is no label".into()),
        _ => return Err("the column of labels holds neither numbers nor names".into()),
    };
    u32::try_from(number)
        .map(Label::Number)
        .map_err(|_| format!("the label {number} is no class number"))
}

/// What the hub writes about the columns, as JSON in the metadata of a file.
#[derive(Deserialize)]
struct Metadata {
    info: Info,
}

#[derive(Deserialize)]
struct Info {
    features: HashMap<String, serde_json::Value>,
}

/// The names of the classes of a column in the order of their numbers, where the hub wrote them.
pub fn class_names(json: &str, column: &str) -> Option<Vec<String>> {
    let metadata: Metadata = serde_json::from_str(json).ok()?;
    let names = metadata.info.features.get(column)?.get("names")?;
    serde_json::from_value(names.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_numbers_or_names() {
        assert_eq!(label(&Field::Long(7)), Ok(Label::Number(7)));
        assert_eq!(label(&Field::UByte(255)), Ok(Label::Number(255)));
        assert_eq!(
            label(&Field::Str("owl".into())),
            Ok(Label::Name("owl".into()))
        );
        for field in [Field::Long(-1), Field::Null, Field::Double(1.0)] {
            assert!(label(&field).is_err(), "{field:?}");
        }
    }

    #[test]
    fn names_of_classes_are_those_of_the_column() {
        let json = r#"{"info": {"features": {"label": {"names": ["b", "a"], "_type": "ClassLabel"}, "image": {}}}}"#;
        let names = Some(vec!["b".to_owned(), "a".to_owned()]);
        assert_eq!(class_names(json, "label"), names);
        assert_eq!(class_names(json, "image"), None);
        assert_eq!(class_names("{", "label"), None);
    }
}
