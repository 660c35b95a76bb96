//! What the module exports: three functions and its memory.
//!
//! `alloc` gives room for a document, the host writes it there, `evaluate` answers where the answer lies. Both
//! buffers stay owned by Rust, and `evaluate` compares what it is told with the room that it gave: a host that
//! confuses its numbers gets a refusal, and no pointer is ever read.

use std::sync::Mutex;

use crate::{LONGEST, answer};

/// Changes with every change of these functions or of what a document means.
const VERSION: i32 = 1;

static DOCUMENT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Which version of these functions this is.
#[cfg_attr(
    target_arch = "wasm32",
    expect(unsafe_code, reason = "the name is the interface"),
    unsafe(no_mangle)
)]
pub extern "C" fn abi_version() -> i32 {
    VERSION
}

/// Room for a document of `len` bytes; 0 when that is too long. Room given before is taken back.
#[cfg_attr(
    target_arch = "wasm32",
    expect(unsafe_code, reason = "the name is the interface"),
    unsafe(no_mangle)
)]
pub extern "C" fn alloc(len: i32) -> i32 {
    let Some(length) = usize::try_from(len).ok().filter(|length| *length <= LONGEST) else { return 0 };
    let Ok(mut document) = DOCUMENT.lock() else { return 0 };
    *document = vec![0; length];
    address(&document).cast_signed()
}

/// Answers the document at `ptr`, which `alloc` gave, of `len` bytes: the address of the answer in the upper half,
/// its length in the lower; both unsigned.
#[cfg_attr(
    target_arch = "wasm32",
    expect(unsafe_code, reason = "the name is the interface"),
    unsafe(no_mangle)
)]
pub extern "C" fn evaluate(ptr: i32, len: i32) -> i64 {
    let (Ok(document), Ok(mut out)) = (DOCUMENT.lock(), ANSWER.lock()) else { return 0 };
    let is_theirs = address(&document) == ptr.cast_unsigned() && usize::try_from(len) == Ok(document.len());
    *out = answer(if is_theirs { &document } else { &[] });
    let length = u32::try_from(out.len()).unwrap_or(0);
    (u64::from(address(&out)) << 32 | u64::from(length)).cast_signed()
}

/// Exposed, for the host writes and reads there.
fn address(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.as_ptr().expose_provenance()).unwrap_or(0)
}
