//! The request to explain, as it is said on the command line.

use countersign::headers::Headers;
use countersign::policy::Policy;

use crate::arguments::Explain;
use crate::failure::Failure;
use crate::input;

/// A request as the filter would see it.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) authority: String,
    pub(super) path: String,
    pub(super) headers: Headers,
    pub(super) body: Vec<u8>,
}

/// Reads `POST /path` or `POST https://host/path`, headers and the body.
pub(super) fn read(arguments: &Explain, policy: &Policy) -> Result<Request, Failure> {
    let wrong = || Failure::Usage("`--request`: write a method and a path, such as 'POST /login'".to_owned());
    let (method, target) = arguments.request.split_once(' ').ok_or_else(wrong)?;
    let absolute =
        target.split_once("://").map(|(_, rest)| rest.find('/').map_or((rest, "/"), |at| rest.split_at(at)));
    let (authority, path) = absolute.map_or((None, target), |(authority, path)| (Some(authority), path));
    if method.is_empty() || !path.starts_with('/') || path.contains(' ') {
        return Err(wrong());
    }
    let mut fields = Vec::new();
    for header in &arguments.headers {
        let Some((name, value)) = header.split_once(':') else {
            return Err(Failure::Usage(format!("`--header {header}`: write 'name: value'")));
        };
        fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    let host = fields.iter().find(|(name, _)| name == "host").map(|(_, value)| value.clone());
    let authority = match authority.map(str::to_owned).or(host) {
        Some(authority) => authority,
        None => only_host(policy)?,
    };
    let body = match &arguments.body {
        Some(file) => input::read(file)?.bytes,
        None => Vec::new(),
    };
    if !body.is_empty() && fields.iter().all(|(name, _)| name != "content-type") {
        fields.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    let mut headers = Headers::default();
    for (name, value) in
        [(":method", method), (":authority", &authority), (":path", path), (":scheme", "https")]
    {
        headers.push(name.as_bytes(), value.as_bytes());
    }
    for (name, value) in fields.iter().filter(|(name, _)| name != "host") {
        headers.push(name.as_bytes(), value.as_bytes());
    }
    Ok(Request { method: method.to_owned(), authority, path: path.to_owned(), headers, body })
}

/// The host that nobody has to name, because there is no other relying party.
fn only_host(policy: &Policy) -> Result<String, Failure> {
    match policy.relying_parties.as_slice() {
        [party] => Ok(party.hosts.first().map(ToString::to_string).unwrap_or_default()),
        _ => Err(Failure::Usage(
            "`--request`: name the host too, such as 'POST https://bank.example/login'".to_owned(),
        )),
    }
}
