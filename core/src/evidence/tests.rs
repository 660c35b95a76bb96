use super::{
    Asked, Carried, Ceremony, Elevation, Handoff, Known, Match, Recovery, Requirement, RuleReference, Sealed,
    Token, cookie_name, deliver, digest16, expire, find, number_commitment, offered, open, seal, supersede,
};
use crate::es256::P256Key;
use crate::headers::Headers;
use crate::json::{Object, Value};
use crate::orchestrator::SessionId;
use crate::policy::Ceremony as Leg;
use crate::policy::{Flow, Keys, SealKey, Secret, Transaction};
use crate::refusal::Code;
use crate::time::UnixTime;

fn key(id: &str, byte: u8) -> SealKey {
    SealKey { id: id.to_owned(), key: Secret::new(vec![byte; 32]) }
}

fn rule() -> RuleReference {
    RuleReference { id: "risky".to_owned(), digest: [3; 16] }
}

fn transaction() -> Transaction {
    Transaction { hash: [1; 32], place: [2; 16] }
}

fn session(id: &str) -> SessionId {
    SessionId { id: id.to_owned(), carry: None }
}

fn cookie_of(challenge: u8) -> String {
    cookie_name(Carried::Ceremony(&[challenge; 32]))
}

fn ceremony(challenge: u8, issued: u64) -> Ceremony {
    Ceremony {
        relying_party: "bank".to_owned(),
        leg: Leg::Authentication,
        challenge: [challenge; 32],
        binding: Some([7; 32]),
        requirement: Requirement::Match(Match {
            rule: Some(rule()),
            flow: Flow::StepUp,
            session: session(&format!("ses_{challenge}")),
            user: [5; 16],
            transaction: None,
            handoff: None,
            seen: false,
        }),
        allowed: vec![digest16(b"one"), digest16(b"two")],
        known: Some(Known {
            credential: digest16(b"one"),
            owner: [5; 16],
            key: Some(P256Key { x: [9; 32], y: [8; 32] }),
            handle: Some([4; 16]),
        }),
        handle: None,
        issued: UnixTime(issued),
        expires: UnixTime(issued).plus(600),
    }
}

fn sealed(challenge: u8, issued: u64) -> Sealed {
    ceremony(challenge, issued).seal(&key("k1", 1)).unwrap()
}

fn request(cookies: &[(String, String)], header: Option<&str>) -> Headers {
    let mut headers = Headers::default();
    for (name, value) in cookies {
        headers.push(b"cookie", format!("{name}={value}").as_bytes());
    }
    if let Some(header) = header {
        headers.push(b"countersign-evidence", header.as_bytes());
    }
    headers
}

#[test]
fn every_requirement_survives_the_seal() {
    let base = ceremony(1, 1000);
    let residue = {
        let mut residue = Object::default();
        residue.insert("r", Value::Array(vec![]));
        Value::Object(residue)
    };
    let handed_off = Match {
        rule: None,
        flow: Flow::CrossPlatform,
        session: SessionId { id: "s".to_owned(), carry: Some("t0ken".to_owned()) },
        user: [6; 16],
        transaction: Some(transaction()),
        handoff: Some("hof_1".to_owned()),
        seen: true,
    };
    for requirement in [
        Requirement::Routine,
        base.requirement.clone(),
        Requirement::Match(handed_off),
        Requirement::Unopened { rule: rule(), flow: Flow::StepUp },
        Requirement::Undecided { residue: residue.clone(), user: Some("anna".to_owned()) },
        Requirement::Undecided { residue, user: None },
    ] {
        let ceremony = Ceremony { requirement, ..base.clone() };
        let sealed = ceremony.clone().seal(&key("k1", 1)).unwrap();
        let keys = [key("k1", 1)];
        let opened = open(&keys, &sealed.token).unwrap();
        assert_eq!(Ceremony::from_payload(&opened.payload), Some(ceremony));
    }
}

#[test]
fn any_key_opens_and_only_its_own() {
    let old = sealed(1, 1000).token;
    let keys = Keys::new(key("k2", 2), vec![key("k1", 1)], None);
    assert_eq!(open(&keys.seal, &old).unwrap().key.id, "k1");
    assert!(open(&[key("k2", 2)], &old).is_none(), "retired key");
    assert!(open(&[key("k1", 2)], &old).is_none(), "another key of the same id");
    let renamed = old.replacen("cs1.k1.", "cs1.k2.", 1);
    assert!(open(&[key("k1", 1), key("k2", 1)], &renamed).is_none(), "the id is sealed too");
}

#[test]
fn a_damaged_token_does_not_open() {
    let keys = [key("k1", 1)];
    let token = sealed(1, 1000).token;
    assert!(open(&keys, &token).is_some());
    for at in 0..token.len() {
        let mut damaged = token.clone().into_bytes();
        damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
        let damaged = String::from_utf8(damaged).unwrap();
        assert!(damaged == token || open(&keys, &damaged).is_none(), "byte {at}");
    }
    for (name, damaged) in [
        ("shortened", token.strip_suffix(|_: char| true).unwrap().to_owned()),
        ("padded", format!("{token}=")),
        ("a part more", format!("{token}.AAAA")),
        ("without version", token.replacen("cs1.", "", 1)),
        ("another version", token.replacen("cs1", "cs2", 1)),
        ("no tag", token.rsplit_once('.').unwrap().0.to_owned()),
    ] {
        assert!(open(&keys, &damaged).is_none(), "{name}");
    }
}

#[test]
fn another_type_is_no_ceremony() {
    let mut payload = Object::default();
    payload.insert("t", Value::String("handoff".to_owned()));
    let token = seal(&key("k1", 1), &Value::Object(payload)).unwrap();
    let keys = [key("k1", 1)];
    let headers = request(&[(cookie_of(1), token)], None);
    assert_eq!(offered(&keys, &headers, &[1; 32]).unwrap_err().code, Code::CeremonyUnknown);
}

#[test]
fn carriers_must_agree() {
    let keys = [key("k1", 1)];
    let (mine, later, other) = (sealed(1, 1000).token, sealed(1, 1001).token, sealed(2, 1000).token);
    let name = cookie_of(1);
    let cookie = |token: &str| vec![(name.clone(), token.to_owned())];
    let both = |first: &str, second: &str| [cookie(first), cookie(second)].concat();
    let list = |tokens: &[&str]| Some(tokens.join(", "));
    for (row, cookies, header, accepted) in [
        ("cookie alone", cookie(&mine), None, true),
        ("header alone", vec![], list(&[&mine]), true),
        ("both the same", cookie(&mine), list(&[&mine]), true),
        ("among other ceremonies", cookie(&mine), list(&[&other, &mine]), true),
        ("nothing", vec![], None, false),
        ("another ceremony only", vec![], list(&[&other]), false),
        ("another ceremony under this name", cookie(&other), None, false),
        ("cookie and header disagree", cookie(&mine), list(&[&later]), false),
        ("headers disagree", vec![], list(&[&mine, &later]), false),
        ("cookies disagree", both(&mine, &later), None, false),
        ("a damaged header beside a cookie", cookie(&mine), list(&["cs1.k1.x.y"]), false),
        ("junk beside a cookie", cookie(&mine), list(&["junk"]), false),
        ("more tokens than one client has", vec![], list(&[mine.as_str(); 40]), false),
    ] {
        let offered = offered(&keys, &request(&cookies, header.as_deref()), &[1; 32]);
        match offered {
            Ok((ceremony, _)) => {
                assert!(accepted, "{row}");
                assert_eq!(ceremony.challenge, [1; 32], "{row}");
            }
            Err(refusal) => {
                assert!(!accepted, "{row}: {refusal:?}");
                assert_eq!(refusal.code, Code::CeremonyUnknown, "{row}");
            }
        }
    }
}

#[test]
fn is_delivered_both_ways() {
    let sealed = sealed(1, 1000);
    let [(set_cookie, cookie), (header, token)] =
        deliver(Carried::Ceremony(&[1; 32]), &sealed.token, 600).try_into().unwrap();
    assert_eq!((set_cookie.as_str(), header.as_str()), ("set-cookie", "countersign-evidence"));
    assert_eq!(token, sealed.token);
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(pair, format!("{}={token}", cookie_of(1)));
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=600"] {
        assert!(attributes.split("; ").any(|found| found == attribute), "{attribute}");
    }
    assert!(pair.starts_with("__Host-cs-"));
}

#[test]
fn the_oldest_of_eight_goes() {
    let keys = [key("k1", 1)];
    let ages = [5, 3, 9, 1, 7, 4, 8, 6];
    let mut cookies: Vec<_> = (1..=8_u8)
        .zip(ages)
        .map(|(challenge, age)| (cookie_of(challenge), sealed(challenge, 1000 + age).token))
        .collect();
    let expired = |cookies: &[(String, String)], next: u8| -> Vec<String> {
        expire(&keys, &request(cookies, None), Carried::Ceremony(&[next; 32]))
            .into_iter()
            .map(|(_, cookie)| cookie)
            .collect()
    };
    let oldest = &cookies[3].0;
    let [gone] = expired(&cookies, 9).try_into().unwrap();
    assert!(gone.starts_with(&format!("{oldest}=; ")) && gone.contains("Max-Age=0"), "{gone}");
    assert!(expired(&cookies[..7], 9).is_empty(), "seven leave room");
    assert!(expired(&cookies, 1).is_empty(), "a ceremony takes its own place");
    cookies[0].1 = "unreadable".to_owned();
    let [gone] = expired(&cookies, 9).try_into().unwrap();
    assert!(gone.starts_with(&format!("{}=; ", cookies[0].0)), "what does not open goes first");
}

#[test]
fn a_session_is_found_by_its_evidence() {
    let keys = [key("k1", 1)];
    let cookies = [(cookie_of(1), sealed(1, 1000).token)];
    let headers = request(&cookies, Some(&sealed(2, 1000).token));
    for (session, found) in [("ses_1", true), ("ses_2", true), ("ses_3", false)] {
        let of = |payload: &Value| {
            let ceremony = Ceremony::from_payload(payload)?;
            (ceremony.required()?.session.id == session).then_some(())
        };
        assert_eq!(find(&keys, &headers, of).unwrap().is_some(), found, "{session}");
    }
    let any = |payload: &Value| Ceremony::from_payload(payload);
    assert_eq!(find(&keys, &headers, any).unwrap_err().code, Code::CeremonyUnknown, "two that both would do");
}

#[test]
fn the_other_types_survive_the_seal() {
    let keys = [key("k1", 1)];
    let handoff = Handoff {
        relying_party: "bank".to_owned(),
        id: "hof_1".to_owned(),
        binding: [7; 32],
        user: [5; 16],
        rule: Some(rule()),
        transaction: Some(transaction()),
        issued: UnixTime(1000),
        expires: UnixTime(1300),
    };
    let token = Token {
        relying_party: "bank".to_owned(),
        id: "hof_1".to_owned(),
        token: "secret-of-the-orchestrator".to_owned(),
        number: [9; 16],
        display: Some("Pay 12 EUR".to_owned()),
        user: Some("ann@bank.example".to_owned()),
        from: None,
        rule: None,
        issued: UnixTime(1000),
        expires: UnixTime(1300),
    };
    let recovery = Recovery {
        relying_party: "bank".to_owned(),
        session: SessionId { id: "ses_1".to_owned(), carry: Some("x".to_owned()) },
        binding: None,
        user: [5; 16],
        rule: rule(),
        issued: UnixTime(1000),
        expires: UnixTime(1600),
    };
    let asked = Asked {
        relying_party: "bank".to_owned(),
        rule: rule(),
        transaction: Some(transaction()),
        display: Some("Pay 12 EUR".to_owned()),
        binding: Some([7; 32]),
        issued: UnixTime(1000),
        expires: UnixTime(1600),
    };
    let elevation = Elevation {
        id: "e-1".to_owned(),
        relying_party: "bank".to_owned(),
        user: [5; 16],
        rule: rule(),
        acr: "urn:a".to_owned(),
        session: "ses_1".to_owned(),
        transaction: None,
        binding: None,
        issued: UnixTime(1000),
        expires: UnixTime(1120),
    };
    for (token, is_asked) in [(asked.seal(&keys[0]), true), (elevation.seal(&keys[0]), false)] {
        let payload = open(&keys, &token.unwrap()).unwrap().payload;
        assert_eq!(Asked::from_payload(&payload), is_asked.then(|| asked.clone()));
        assert_eq!(Elevation::from_payload(&payload), (!is_asked).then(|| elevation.clone()));
        assert!(Handoff::from_payload(&payload).is_none() && Ceremony::from_payload(&payload).is_none());
    }
    let sealed = [&handoff.seal(&keys[0]), &token.seal(&keys[0]), &recovery.seal(&keys[0])]
        .map(|s| s.clone().unwrap());
    let [first, second, third] = sealed.each_ref().map(|token| open(&keys, token).unwrap().payload);
    assert_eq!(Handoff::from_payload(&first), Some(handoff));
    assert_eq!(Token::from_payload(&second), Some(token));
    assert_eq!(Recovery::from_payload(&third), Some(recovery));
    for (payload, others) in [(&first, 1), (&second, 1), (&third, 1)] {
        let read = [
            Handoff::from_payload(payload).is_some(),
            Token::from_payload(payload).is_some(),
            Recovery::from_payload(payload).is_some(),
            Ceremony::from_payload(payload).is_some(),
        ];
        assert_eq!(read.into_iter().filter(|read| *read).count(), others, "one type each");
    }
}

#[test]
fn a_number_is_committed_to_by_key_and_hand_off() {
    let of = |key: &SealKey, id, number| number_commitment(key, id, number).unwrap();
    let mine = of(&key("k1", 1), "hof_1", "07");
    assert_eq!(mine, of(&key("k1", 1), "hof_1", "07"));
    for (row, other) in [
        ("another number", of(&key("k1", 1), "hof_1", "70")),
        ("another spelling", of(&key("k1", 1), "hof_1", "7")),
        ("another hand-off", of(&key("k1", 1), "hof_2", "07")),
        ("another key", of(&key("k1", 2), "hof_1", "07")),
    ] {
        assert_ne!(mine, other, "{row}");
    }
}

#[test]
fn one_hand_off_at_a_time() {
    let older = cookie_name(Carried::Handoff("hof_1"));
    let cookies = [(older.clone(), "x".to_owned()), (cookie_of(1), "y".to_owned())];
    let [(_, gone)] = supersede(&request(&cookies, None), "hof_2").try_into().unwrap();
    assert!(gone.starts_with(&format!("{older}=; ")), "{gone}");
    assert!(supersede(&request(&cookies, None), "hof_1").is_empty());
}
