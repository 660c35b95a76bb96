use super::{Change, change, single, with, without_ours};
use crate::headers::{Headers, Single};

fn request(cookies: &[&str]) -> Headers {
    let mut headers = Headers::default();
    for cookie in cookies {
        headers.push(b"Cookie", cookie.as_bytes());
    }
    headers
}

#[test]
fn finds_the_one_cookie() {
    for (name, cookies, expected) in [
        ("once", &["a=1; sid=2"][..], Single::One(&b"2"[..])),
        ("absent", &["a=1; asid=2"], Single::Absent),
        ("twice in one header", &["sid=1; sid=2"], Single::Repeated),
        ("twice with the same value", &["sid=1; sid=1"], Single::Repeated),
        ("in two headers", &["sid=1", "sid=2"], Single::Repeated),
        ("value with equals signs", &["sid=a=b=="], Single::One(b"a=b==")),
        ("spaces around the name", &["a=1;  sid =2"], Single::One(b"2")),
        ("case of names matters", &["SID=1"], Single::Absent),
    ] {
        assert_eq!(single(&request(cookies), "sid"), expected, "{name}");
    }
}

#[test]
fn takes_ours_out() {
    for (name, cookies, expected) in [
        ("none of ours", &["a=1; b=2"][..], None),
        ("between others", &["a=1; __Host-cs-x=y; b=2"], Some("a=1; b=2")),
        ("any case", &["__host-CS-x=y; b=2"], Some("b=2")),
        ("only ours", &["__Host-cs-x=y"], Some("")),
        ("in several headers", &["a=1", "__Host-cs-x=y; b=2"], Some("a=1; b=2")),
    ] {
        let rest = without_ours(&request(cookies));
        assert_eq!(rest.as_deref(), expected.map(str::as_bytes), "{name}");
    }
}

#[test]
fn replaces_the_session() {
    let headers = request(&["a=1; sid=old; __Host-cs-x=y"]);
    assert_eq!(with(&headers, Some(("sid", b"new"))), b"a=1; sid=new");
    assert_eq!(with(&headers, Some(("sid", b""))), b"a=1");
    assert_eq!(with(&headers, None), b"a=1; sid=old");
}

#[test]
fn reads_what_an_answer_changes() {
    for (name, cookies, expected) in [
        ("other cookie", &["a=1; Path=/"][..], Change::Kept),
        ("set", &["sid=2; Path=/; HttpOnly"], Change::Set(&b"2"[..])),
        ("the last wins", &["sid=2", "sid=3; Secure"], Change::Set(b"3")),
        ("deleted by max-age", &["sid=2; Max-Age=0"], Change::Deleted),
        ("deleted by a negative max-age", &["sid=2; max-age=-1"], Change::Deleted),
        ("deleted by the epoch", &["sid=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], Change::Deleted),
        (
            "deleted by the epoch with hyphens",
            &["sid=x; expires=Thu, 01-Jan-1970 00:00:01 GMT"],
            Change::Deleted,
        ),
        ("deleted by emptiness", &["sid="], Change::Deleted),
    ] {
        let mut answer = Headers::default();
        for cookie in cookies {
            answer.push(b"set-cookie", cookie.as_bytes());
        }
        assert_eq!(change(&answer, "sid"), expected, "{name}");
    }
}
