//! The only file that names a callback: what Envoy calls (proxy-wasm ABI 0.2.1), and which context it is for.
//!
//! Not the SDK's dispatcher: it panics on what it does not expect, and exports callbacks that nobody needs, each
//! of which Envoy then makes for every stream (docs/decisions/0016).
#![expect(unsafe_code, reason = "a function that the host finds by its name is an unsafe attribute")]

use core::cell::RefCell;
use std::collections::BTreeMap;

use crate::audit;
use crate::host::{self, Direction};
use crate::root::Root;
use crate::stream::Stream;

/// What a callback tells Envoy to do with the stream (`proxy_action_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Action {
    Continue = 0,
    Pause = 1,
}

/// The contexts of a VM, by the ids that Envoy gave them.
struct Contexts {
    roots: BTreeMap<u32, Root>,
    streams: BTreeMap<u32, Box<Stream>>,
    /// Which stream a call is for, by the call's token: an answer names the root context only.
    calls: BTreeMap<u32, u32>,
}

impl Contexts {
    const NONE: Self = Self { roots: BTreeMap::new(), streams: BTreeMap::new(), calls: BTreeMap::new() };

    /// A stream that is not known goes nowhere.
    fn stream(&mut self, id: u32, act: impl FnOnce(&mut Stream) -> Action) -> Action {
        let Some(stream) = self.streams.get_mut(&id) else { return Action::Pause };
        let action = act(stream);
        self.calls.extend(stream.awaited().map(|token| (token, id)));
        action
    }

    fn answered(&mut self, root: u32, token: u32, headers: usize, body: usize) {
        let Some(id) = self.calls.remove(&token) else {
            let plugin = self.roots.get(&root).and_then(Root::plugin);
            return audit::answered(plugin.as_deref(), token, headers);
        };
        if host::act_for(id).is_ok() {
            self.stream(id, |stream| stream.answered(token, headers, body));
        }
    }

    fn deleted(&mut self, id: u32) {
        if let Some(stream) = self.streams.remove(&id) {
            for token in stream.awaited() {
                self.calls.remove(&token);
            }
            stream.ended();
        } else {
            self.roots.remove(&id);
        }
    }
}

thread_local! {
    static CONTEXTS: RefCell<Contexts> = const { RefCell::new(Contexts::NONE) };
}

/// A VM has one thread, and while a callback runs the host calls nothing but the allocator: the borrow succeeds.
fn contexts<T>(act: impl FnOnce(&mut Contexts) -> T) -> Option<T> {
    CONTEXTS.with(|contexts| contexts.try_borrow_mut().ok().map(|mut contexts| act(&mut contexts)))
}

fn stream(id: u32, act: impl FnOnce(&mut Stream) -> Action) -> Action {
    contexts(|contexts| contexts.stream(id, act)).unwrap_or(Action::Pause)
}

#[cfg(target_os = "wasi")]
unsafe extern "C" {
    fn __wasm_call_ctors();
}

/// Without it the linker would have every export start the C library anew.
#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    #[cfg(target_os = "wasi")]
    // SAFETY: the host calls this once, before anything else.
    unsafe {
        __wasm_call_ctors();
    }
}

/// Its name says which ABI this is.
#[unsafe(no_mangle)]
extern "C" fn proxy_abi_version_0_2_1() {}

/// Memory for what the host hands over; `host::owned` takes it back.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; size].into_boxed_slice()).cast()
}

/// A root context has no root.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_context_create(id: u32, root: u32) {
    let _created = contexts(|contexts| {
        if root == 0 {
            contexts.roots.insert(id, Root::default());
        } else {
            let plugin = contexts.roots.get(&root).and_then(Root::plugin);
            contexts.streams.insert(id, Box::new(Stream::new(plugin)));
        }
    });
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_configure(root: u32, size: usize) -> bool {
    contexts(|contexts| contexts.roots.get_mut(&root).is_some_and(|root| root.configure(size)))
        .unwrap_or(false)
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_headers(id: u32, _count: usize, end: u32) -> Action {
    stream(id, |stream| stream.request_headers(end != 0))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_body(id: u32, size: usize, end: u32) -> Action {
    stream(id, |stream| stream.arrived(Direction::Request, Some(size), end != 0))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_request_trailers(id: u32, _count: usize) -> Action {
    stream(id, Stream::request_trailers)
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_response_headers(id: u32, _count: usize, end: u32) -> Action {
    stream(id, |stream| stream.response_headers(end != 0))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_response_body(id: u32, size: usize, end: u32) -> Action {
    stream(id, |stream| stream.arrived(Direction::Response, Some(size), end != 0))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_response_trailers(id: u32, _count: usize) -> Action {
    stream(id, |stream| stream.arrived(Direction::Response, None, true))
}

#[unsafe(no_mangle)]
extern "C" fn proxy_on_http_call_response(
    root: u32,
    token: u32,
    headers: usize,
    body: usize,
    _trailers: usize,
) {
    let _answered = contexts(|contexts| contexts.answered(root, token, headers, body));
}

/// Only where the configuration has an audit stream.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_tick(root: u32) {
    let plugin = contexts(|contexts| contexts.roots.get(&root).and_then(Root::plugin)).flatten();
    audit::post(plugin.as_deref());
}

/// The end of every context. `proxy_on_done` and `proxy_on_log`, which come before it, would say nothing more.
#[unsafe(no_mangle)]
extern "C" fn proxy_on_delete(id: u32) {
    let _deleted = contexts(|contexts| contexts.deleted(id));
}
