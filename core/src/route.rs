//! Which request is it: the relying party a host belongs to, and the place a path and a method name there.
//!
//! A path is matched exactly, byte for byte. A path that is not guarded but would be after decoding, lower-casing
//! or tidying up is [`Found::Ambiguous`]: the relying party may be that forgiving, so it must not see it.

mod canonical;
mod host;
mod location;
mod paths;
mod query;
mod template;

pub use host::{HostPattern, HostTable};
pub use location::{Entrance, Location, Place};
pub use paths::{Found, PathTable};
pub use query::{Parameter, names_method, overrides_method, parameter, query_of, without_query};
pub use template::{Captured, Captures, PathTemplate, TemplateError};
