//! `profile`, `keys`, `evidence`, `completions` and `man`.

use std::fs;

use countersign::evidence::{Asked, RuleReference, Token};
use countersign::policy::{SealKey, Secret};
use countersign::profiles::{ORCHESTRATORS, RELYING_PARTIES};
use countersign::time::UnixTime;

use super::support::{SOUND, countersign, with_input};

#[test]
fn profiles_are_printed_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let list = countersign(directory.path(), &["profile"]);
    for (name, text) in ORCHESTRATORS.into_iter().chain(RELYING_PARTIES) {
        let said = countersign(directory.path(), &["profile", name]);
        assert_eq!((said.stdout.as_str(), said.code), (text, 0));
        assert!(list.stdout.contains(&format!("  {name}\n")), "{}", list.stdout);
    }
    let said = countersign(directory.path(), &["profile", "idv"]);
    assert_eq!((said.stdout.as_str(), said.code), ("", 2));
    assert!(said.stderr.contains("entrust-idv"), "{}", said.stderr);
}

/// What is printed is taken as it is: the line into the environment, the comment into the configuration.
#[test]
fn new_keys_load() {
    let directory = tempfile::tempdir().unwrap();
    for (command, member, id) in [("seal", "seal", "k7"), ("signing", "assertion", "a7")] {
        let make =
            || countersign(directory.path(), &["keys", command, "--id", id, "--variable", "NEW"]).stdout;
        let (one, other) = (make(), make());
        assert_ne!(one, other, "two keys are two");
        let line = one.lines().find(|line| line.starts_with("NEW=")).unwrap();
        assert!(one.starts_with(&format!("# keys: {{ {member}: [ {{ id: {id}, env: NEW }} ] }}\n")), "{one}");
        let configuration = if command == "seal" {
            SOUND.replace("COUNTERSIGN_SEAL_KEY", "NEW")
        } else {
            SOUND.replace(
                "\"keys\": {",
                &format!("\"keys\": {{ \"assertion\": [{{ \"id\": \"{id}\", \"env\": \"NEW\" }}],"),
            )
        };
        fs::write(directory.path().join("bank.json"), configuration).unwrap();
        let said = countersign(directory.path(), &["check", "bank.json", "--env", line]);
        assert_eq!(said.stdout, "bank.json: nothing to complain about\n", "{command}");
        assert_eq!(countersign(directory.path(), &["keys", command, "--id", "a.b"]).code, 2);
    }
}

#[test]
fn the_public_half_of_a_signing_key_is_a_verdict_key() {
    let directory = tempfile::tempdir().unwrap();
    let said = countersign(directory.path(), &["keys", "signing"]);
    let set = said.stdout.lines().find_map(|line| line.strip_prefix("# public: ")).unwrap();
    let set: serde_json::Value = serde_json::from_str(set).unwrap();
    let configuration = SOUND.replace(
        "\"cluster\": \"faces\"",
        &format!("\"cluster\": \"faces\", \"verdict_keys\": {}", set["keys"]),
    );
    fs::write(directory.path().join("bank.json"), configuration).unwrap();
    let said = countersign(directory.path(), &["check", "bank.json"]);
    assert_eq!(said.stdout, "bank.json: nothing to complain about\n");
}

fn seal_key() -> SealKey {
    // What `COUNTERSIGN_SEAL_KEY` of the tests holds.
    SealKey { id: "k1".to_owned(), key: Secret::new(b"0123456789abcdef0123456789abcdef".to_vec()) }
}

fn rule() -> RuleReference {
    RuleReference { id: "payment".to_owned(), digest: [0; 16] }
}

#[test]
fn evidence_is_shown_to_who_has_its_key() {
    let asked = Asked {
        relying_party: "bank".to_owned(),
        rule: rule(),
        transaction: None,
        display: Some("Pay 5".to_owned()),
        binding: None,
        issued: UnixTime(0),
        expires: UnixTime(600),
    };
    let token = asked.seal(&seal_key()).unwrap();
    // {"t":"request","rp":"bank","rule":["payment","AAAAAAAAAAAAAAAAAAAAAA"],"d":"Pay 5","iat":0,"exp":600}
    let head = "form                  cs1\nkey                   k1\npayload               101 bytes\n";
    let directory = tempfile::tempdir().unwrap();
    let said = countersign(directory.path(), &["evidence", &token]);
    let seal = "seal                  not looked at: name the variable that holds the key with --key\n";
    assert_eq!((said.stdout, said.code), (format!("{head}{seal}"), 0));

    let opened = format!(
        "{head}seal                  holds\nread by the filter    yes\ntype                  request\nrelying party         \
         bank\nrule                  payment\ndisplay               Pay 5\nmade                  1970-01-01T00:00:00Z\ngood \
         until            1970-01-01T00:10:00Z\n"
    );
    let with_key = ["evidence", "-", "--key", "SHORT", "--key", "COUNTERSIGN_SEAL_KEY"];
    let said = with_input(directory.path(), &with_key, format!("{token}\n").as_bytes());
    assert_eq!((said.stdout, said.code), (opened, 0));

    let said = countersign(directory.path(), &["evidence", &token, "--key", "SHORT"]);
    assert!(
        said.stdout.ends_with(
            "seal                  does not hold: another key, or not the token that was sealed\n"
        )
    );
    assert_eq!(said.code, 1);
    assert_eq!(countersign(directory.path(), &["evidence", &token, "--key", "NOT_SET"]).code, 2);
    assert_eq!(countersign(directory.path(), &["evidence", "cs1.k1.e30.AA"]).code, 1);
}

#[test]
fn evidence_that_is_somebodys_keeps_its_secrets() {
    let token = Token {
        relying_party: "bank".to_owned(),
        id: "ho_1".to_owned(),
        token: "bearer-of-the-phone".to_owned(),
        number: [1; 16],
        display: None,
        user: Some("alice@bank.example".to_owned()),
        from: None,
        rule: Some(rule()),
        issued: UnixTime(0),
        expires: UnixTime(300),
    };
    let token = token.seal(&seal_key()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let said = countersign(directory.path(), &["evidence", &token, "--key", "COUNTERSIGN_SEAL_KEY"]);
    assert!(said.stdout.contains("ho_1") && said.stdout.contains("payment"), "{}", said.stdout);
    assert!(!said.stdout.contains("bearer-of") && !said.stdout.contains("alice"), "{}", said.stdout);
}

#[test]
fn shells_and_readers() {
    let directory = tempfile::tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let said = countersign(directory.path(), &["completions", shell]);
        assert!(said.code == 0 && said.stdout.contains("countersign"), "{shell}");
    }
    let page = countersign(directory.path(), &["man"]).stdout;
    assert!(page.contains(".TH countersign 1") && page.contains("wrong usage"), "{page}");
    assert_eq!(countersign(directory.path(), &["man", "--directory", "."]).code, 0);
    let names: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().any(|name| name == "countersign-check.1"), "{names:?}");
    assert_eq!(countersign(directory.path(), &["man", "--directory", "nowhere"]).code, 3);
}
