//! Whose face the camera sees, pressed on the simulator's capture page.

use std::net::SocketAddr;

use crate::client::{Ask, Client};

/// A button of the capture page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// *My face*: at an enrolment the one to enrol, later the enrolled one.
    Mine,
    /// *Someone else*.
    SomeoneElse,
}

impl Face {
    /// Opens the page and presses the button. The orchestrator has been told when this returns.
    pub(super) async fn at(self, simulator: SocketAddr, capture_url: &str) {
        let path = capture_url.strip_prefix(&format!("http://{simulator}"));
        let path = path.unwrap_or_else(|| panic!("not the simulator's page: {capture_url}"));
        let mut browser = Client::new(simulator, "localhost");
        let page = browser.send(Ask::get(path)).await.expect("the capture page").text();
        let (button, form) = match self {
            Self::Mine => ("id=\"my-face\"", "face=mine"),
            Self::SomeoneElse => ("id=\"someone-else\"", "face=someone_else"),
        };
        assert!(page.contains(button), "a page with {button}: {page}");
        let press = Ask::post_bytes(path, form).header("content-type", "application/x-www-form-urlencoded");
        let answer = browser.send(press).await.expect("the page after it");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}
