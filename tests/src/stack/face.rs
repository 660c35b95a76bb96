//! Whose face the camera sees, pressed on the simulator's capture page.

use std::net::SocketAddr;

use crate::client::{Ask, Client};

/// What happens at the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// *My face*: at an enrolment the one to enrol, later the enrolled one.
    Mine,
    /// *Someone else*.
    SomeoneElse,
    /// *Walk away*.
    Nobody,
    /// The vendor's check breaks. The page has no button for this and what follows; its form takes them all the same.
    Broken,
    /// A human is to look at it.
    Unclear,
    /// An enrolment is approved, and no reference to the face comes out of it.
    WithoutReference,
}

impl Face {
    /// Opens the page and presses the button. The orchestrator has been told when this returns.
    pub async fn at(self, simulator: SocketAddr, capture_url: &str) {
        let path = capture_url.strip_prefix(&format!("http://{simulator}"));
        let path = path.unwrap_or_else(|| panic!("not the simulator's page: {capture_url}"));
        let mut browser = Client::new(simulator, "localhost");
        let page = browser.send(Ask::get(path)).await.expect("the capture page").text();
        let (button, form) = match self {
            Self::Mine => ("id=\"my-face\"", "face=mine"),
            Self::SomeoneElse => ("id=\"someone-else\"", "face=someone_else"),
            Self::Nobody => ("id=\"abandon\"", "face=abandon"),
            Self::Broken => ("<form", "face=error"),
            Self::Unclear => ("<form", "face=review"),
            Self::WithoutReference => ("<form", "face=no_reference"),
        };
        assert!(page.contains(button), "a page with {button}: {page}");
        let press = Ask::post_bytes(path, form).header("content-type", "application/x-www-form-urlencoded");
        let answer = browser.send(press).await.expect("the page after it");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}
