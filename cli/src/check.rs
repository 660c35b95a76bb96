//! `check`: all that is wrong with a configuration, where, and what to write instead.

use countersign::config::ConfigError;
use countersign::json::{Object, Value};
use countersign::policy::{IdentityProvider, Policy};

use crate::Answer;
use crate::arguments::{Check, Format, Host};
use crate::document::{self, Document, Plugin, Unreadable};
use crate::failure::Failure;
use crate::finding::{Finding, Severity};
use crate::input;
use crate::secrets::Secrets;

pub(crate) fn run(arguments: &Check) -> Result<Answer, Failure> {
    let secrets = Secrets::new(&arguments.environment)?;
    let input = input::read(&arguments.file)?;
    let findings = findings(&input.bytes, arguments.host, &secrets);
    let text = match arguments.format {
        Format::Text => text(&input.name, &findings, &secrets),
        Format::Json => json(&input.name, &findings) + "\n",
    };
    Ok(Answer { text, found: findings.iter().any(|finding| finding.severity == Severity::Error) })
}

/// The file's policy, for a command that needs one; else what is wrong with it.
pub(crate) fn load(file: &str, secrets: &Secrets) -> Result<Result<Policy, Answer>, Failure> {
    let input = input::read(file)?;
    let env = |name: &str| secrets.value(name);
    let documents = document::read(&input.bytes).unwrap_or_default();
    let mut plugins = documents.iter().flat_map(|document| document::plugins(document, &input.bytes));
    if let Some(policy) = plugins.next().and_then(|plugin| Policy::load(&plugin.bytes, &env).ok()) {
        return Ok(Ok(policy));
    }
    let findings = findings(&input.bytes, Host::Gateway, secrets);
    Ok(Err(Answer { text: text(&input.name, &findings, secrets), found: true }))
}

/// What there is to say, from the top of the file to its end.
fn findings(bytes: &[u8], host: Host, secrets: &Secrets) -> Vec<Finding> {
    let documents = match document::read(bytes) {
        Ok(documents) => documents,
        Err(error) => return vec![of_syntax(error)],
    };
    let mut findings = Vec::new();
    let mut configurations = 0_usize;
    for document in &documents {
        for plugin in document::plugins(document, bytes) {
            configurations += 1;
            findings.extend(of_plugin(document, &plugin, host, secrets));
        }
    }
    if configurations == 0 {
        findings.push(nothing_to_check());
    }
    findings.sort_by_key(|finding| finding.place);
    findings
}

fn of_syntax(Unreadable { place, message, help }: Unreadable) -> Finding {
    Finding { severity: Severity::Error, path: None, place, message, help: Some(help) }
}

fn nothing_to_check() -> Finding {
    Finding {
        severity: Severity::Error,
        path: None,
        place: None,
        message: "there is no configuration of Countersign in this file".to_owned(),
        help: Some(
            "write the plugin's configuration itself, or a file that has it under `configuration`, `pluginConfig` or \
             `config`"
                .to_owned(),
        ),
    }
}

fn of_plugin(document: &Document, plugin: &Plugin, host: Host, secrets: &Secrets) -> Vec<Finding> {
    let env = |name: &str| secrets.value(name);
    let loaded = match host {
        Host::Gateway => Policy::load(&plugin.bytes, &env).map(|policy| policy.warnings),
        Host::IdentityProvider => IdentityProvider::load(&plugin.bytes, &env).map(|loaded| loaded.warnings),
    };
    let error = |ConfigError { path, message, help }: ConfigError| Finding {
        severity: Severity::Error,
        place: plugin.place(document, &path),
        path: Some(path),
        message,
        help: Some(help),
    };
    let warning = |message: String| Finding {
        severity: Severity::Warning,
        path: None,
        place: plugin.place(document, ""),
        message,
        help: None,
    };
    match loaded {
        Ok(warnings) => warnings.into_iter().map(warning).collect(),
        Err(errors) => errors.into_iter().map(error).collect(),
    }
}

fn text(file: &str, findings: &[Finding], secrets: &Secrets) -> String {
    let findings_of: Vec<String> = findings.iter().map(|finding| finding.text(file)).collect();
    let assumed = secrets.assumed().into_iter().map(|name| format!("{file}: taken as set: {name}\n"));
    let lines = findings_of.into_iter().chain(assumed).collect::<String>();
    let count = |severity, name: &str| {
        let number = findings.iter().filter(|finding| finding.severity == severity).count();
        (number > 0).then(|| format!("{number} {name}{}", if number == 1 { "" } else { "s" }))
    };
    let parts = [count(Severity::Error, "error"), count(Severity::Warning, "warning")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let summary = if parts.is_empty() { "nothing to complain about".to_owned() } else { parts.join(", ") };
    format!("{lines}{file}: {summary}\n")
}

fn json(file: &str, findings: &[Finding]) -> String {
    let mut object = Object::default();
    object.insert("file", file.into());
    object.insert("findings", Value::Array(findings.iter().map(Finding::json).collect()));
    String::from_utf8_lossy(&Value::Object(object).to_vec()).into_owned()
}
