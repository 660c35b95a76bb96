//! `about`: which core this is.

use countersign::json::Object;
use countersign::refusal::Refusal;

use crate::document::Members;

pub(super) fn perform(document: &Object) -> Result<Object, Refusal> {
    Members::of(document, &["op"])?;
    let mut about = Object::default();
    about.insert("version", env!("CARGO_PKG_VERSION").into());
    Ok(super::passed(about))
}
