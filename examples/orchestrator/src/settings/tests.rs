use std::collections::HashMap;

use super::*;

const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn problems(flags: &[&str], environment: &[(&str, &str)]) -> String {
    let complete = [
        ("COUNTERSIGN_ORCHESTRATOR_TOKEN", "bearer"),
        ("COUNTERSIGN_REFERENCE_KEY", KEY),
        ("COUNTERSIGN_IDV_API_TOKEN", "api"),
        ("COUNTERSIGN_WEBHOOK_TOKEN", "webhook"),
    ];
    let environment: HashMap<&str, &str> = complete.into_iter().chain(environment.iter().copied()).collect();
    let workflows = ["--registration-workflow=r", "--step-up-workflow=s"].into_iter().filter(|workflow| {
        let (name, _) = workflow.split_once('=').unwrap();
        !flags.iter().any(|flag| flag.starts_with(name))
    });
    let line = ["countersign-orchestrator"].into_iter().chain(workflows).chain(flags.iter().copied());
    let line = CommandLine::try_parse_from(line).unwrap();
    let mut problems = Problems::default();
    line.settings.terms(&mut problems);
    line.settings.rp_ids(&mut problems);
    Secrets::read(|name| environment.get(name).map(|value| (*value).to_owned()), &mut problems);
    problems.into_result().map_or_else(|problems| problems.to_string(), |()| String::new())
}

#[test]
fn complete_settings_have_no_problems() {
    assert_eq!(problems(&[], &[]), "");
    assert_eq!(problems(&["--idv-base-url=http://127.0.0.1:1/v3.6"], &[]), "");
}

#[test]
fn only_a_simulator_that_is_named_is_asked_in_the_clear() {
    for (name, base, simulator, is_fine) in [
        ("on this machine", "http://127.0.0.1:1/v3.6", "", true),
        ("named", "http://simulator:1/v3.6", "simulator", true),
        ("not named", "http://simulator:1/v3.6", "", false),
        ("another one is named", "http://api.example/v3.6", "simulator", false),
        ("a part of its name", "http://simulator.example/v3.6", "simulator", false),
        ("another scheme", "ftp://simulator/v3.6", "simulator", false),
    ] {
        let flags = [format!("--idv-base-url={base}"), format!("--idv-simulator-host={simulator}")];
        let said = problems(&flags.each_ref().map(String::as_str), &[]);
        assert_eq!(said.is_empty(), is_fine, "{name}: {said}");
    }
}

#[test]
fn each_problem_names_its_variable() {
    for (name, value, wanted) in [
        ("COUNTERSIGN_ORCHESTRATOR_TOKEN", "", "is not set"),
        ("COUNTERSIGN_ORCHESTRATOR_TOKEN", "a b", "visible ASCII"),
        ("COUNTERSIGN_ORCHESTRATOR_TOKEN_PREVIOUS", "a b", "visible ASCII"),
        ("COUNTERSIGN_REFERENCE_KEY", "", "is not set"),
        ("COUNTERSIGN_REFERENCE_KEY", "AAAA", "exactly 32"),
        ("COUNTERSIGN_REFERENCE_KEY_PREVIOUS", "AAAA", "exactly 32"),
        ("COUNTERSIGN_IDV_API_TOKEN", "", "is not set"),
        ("COUNTERSIGN_WEBHOOK_TOKEN", "", "is not set"),
        ("COUNTERSIGN_VERDICT_KEY", "x", "P-256"),
    ] {
        let said = problems(&[], &[(name, value)]);
        assert!(said.contains(&format!("{name} ")) && said.contains(wanted), "{name}=`{value}`: {said}");
    }
    for (flag, name) in [
        ("--registration-workflow=", "BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID"),
        ("--step-up-workflow=", "BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID"),
        ("--idv-base-url=http://api.example/v3.6", "COUNTERSIGN_IDV_BASE_URL"),
        ("--idv-base-url=api", "COUNTERSIGN_IDV_BASE_URL"),
        ("--rp-ids=localhost:10000", "COUNTERSIGN_RP_IDS"),
        ("--rp-ids=a.example,", "COUNTERSIGN_RP_IDS"),
    ] {
        let said = problems(&[flag], &[]);
        assert!(said.contains(name), "{flag}: {said}");
    }
}

#[test]
fn all_problems_are_said_at_once_and_none_shows_a_secret() {
    let said = problems(
        &["--idv-base-url=ftp://x"],
        &[("COUNTERSIGN_REFERENCE_KEY", "not-a-key-but-secret"), ("COUNTERSIGN_VERDICT_KEY", "also-secret")],
    );
    assert_eq!(said.lines().count(), 4, "{said}");
    assert!(!said.contains("secret"), "{said}");
}

fn read(flags: &[&str]) -> Settings {
    CommandLine::try_parse_from(["o"].iter().chain(flags)).unwrap().settings
}

#[test]
fn recoveries_run_the_workflow_of_step_ups_unless_they_have_one() {
    let workflows = ["--registration-workflow=r", "--step-up-workflow=s"];
    for (name, more, wanted) in [
        ("not set", &[][..], "s"),
        ("empty", &["--recovery-workflow="][..], "s"),
        ("set", &["--recovery-workflow=v"][..], "v"),
    ] {
        let terms = read(&[&workflows[..], more].concat()).terms(&mut Problems::default());
        assert_eq!(
            (terms.recovery_workflow.as_str(), terms.step_up_workflow.as_str()),
            (wanted, "s"),
            "{name}"
        );
    }
}

#[test]
fn rp_ids_are_separated_by_commas() {
    for (name, flags, wanted) in [
        ("not set", &[][..], &[][..]),
        ("empty", &["--rp-ids="][..], &[][..]),
        ("one", &["--rp-ids=a.example"][..], &["a.example"][..]),
        ("two", &["--rp-ids=a.example, localhost"][..], &["a.example", "localhost"][..]),
    ] {
        let ids = read(flags).rp_ids(&mut Problems::default());
        assert!(ids.iter().map(RpId::as_str).eq(wanted.iter().copied()), "{name}: {ids:?}");
    }
}

#[test]
fn an_elevation_is_remembered_for_a_day_at_least() {
    for (flag, is_taken) in [("--elevation-seconds=86399", false), ("--elevation-seconds=86400", true)] {
        assert_eq!(CommandLine::try_parse_from(["o", flag]).is_ok(), is_taken, "{flag}");
    }
}

#[test]
fn a_region_has_its_address() {
    for (region, wanted) in [
        ("ca", "https://api.ca.onfido.com/v3.6"),
        ("eu", "https://api.eu.onfido.com/v3.6"),
        ("us", "https://api.us.onfido.com/v3.6"),
    ] {
        let line = CommandLine::try_parse_from(["o", "--idv-region", region]).unwrap();
        assert_eq!(line.settings.idv_base(), wanted);
    }
}
