//! `inventory`: routes that nobody named.

use std::fs;

use super::support::{SOUND, countersign};

const SPEC: &str = r"
openapi: 3.1.0
servers: [ { url: https://bank.example/ } ]
paths:
  /generate-authentication-options: { get: { operationId: beginSignIn } }
  /verify-authentication: { post: { operationId: finishSignIn } }
  /pay: { post: { tags: [payments] } }
  /pay/{id}: { get: {} }
  /password/reset: { post: { operationId: startReset, tags: [account] } }
  /home: { get: { responses: { '200': { headers: { Set-Cookie: {} } } } } }
  /sessions/{id}: { get: {}, delete: {} }
";

#[test]
fn routes_that_nothing_names() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("bank.json"), SOUND).unwrap();
    fs::write(directory.path().join("api.yaml"), SPEC).unwrap();
    let inventory = ["inventory", "bank.json", "--openapi", "api.yaml"];
    let said = countersign(directory.path(), &[&inventory[..], &["--relying-party", "bank"]].concat());
    assert_eq!(
        said.stdout,
        "POST /password/reset: nothing names it; path says `password`, operationId says `reset`\n\
         GET /home: nothing names it; it sets a cookie\n\
         api.yaml: 8 routes, 3 that may mint a session or a credential, 2 of these that nothing names\n    \
         write a rule with a `resource` for each, name it under `ceremonies`, or make sure that it gives nobody a way \
         round\n"
    );
    assert_eq!(said.code, 1);
    let said = countersign(directory.path(), &inventory);
    assert!(said.code == 2 && said.stderr.contains("name one of bank, shop"), "{}", said.stderr);
}

#[test]
fn when_all_are_named() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("bank.json"), SOUND).unwrap();
    let spec = r#"{ "openapi": "3.0.3", "servers": [{ "url": "/" }], "paths": { "/login/{name}": { "post": {} } } }"#;
    fs::write(directory.path().join("api.json"), spec).unwrap();
    let arguments = ["inventory", "bank.json", "--openapi", "api.json", "--relying-party", "shop"];
    let said = countersign(directory.path(), &arguments);
    let says =
        "api.json: 1 routes, 1 that may mint a session or a credential, 0 of these that nothing names\n";
    assert_eq!((said.stdout.as_str(), said.code), (says, 0));
    fs::write(directory.path().join("api.json"), "{}").unwrap();
    assert_eq!(countersign(directory.path(), &arguments).code, 3);
}
