//! The JSON schema of types of other crates that are read from text.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator, json_schema};

/// Defines a type that describes a type of another crate in the schema, as text of a given format.
macro_rules! text {
    ($name:ident, $format:literal) => {
        #[doc = concat!("Text of the format `", $format, "`.")]
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
                json_schema!({ "type": "string", "format": $format })
            }
        }
    };
}

text!(NetworkText, "ipv4-network");
text!(AddressText, "ipv4");
text!(ZoneText, "time-zone");
