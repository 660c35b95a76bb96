//! The only file that names a host call. Each returns an error where an SDK's would panic: Envoy answers
//! `BadArgument` for a header map that is gone, and any status where a capability is restricted.
#![expect(
    unsafe_code,
    reason = "the proxy-wasm ABI is pointers and lengths; every call is wrapped here, once"
)]

mod pairs;

use countersign::headers::Headers;

use pairs::{read, write};

/// The ABI's header maps (proxy-wasm ABI 0.2.1, `proxy_map_type_t`).
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub(crate) enum Map {
    RequestHeaders = 0,
    RequestTrailers = 1,
    ResponseHeaders = 2,
    CallResponseHeaders = 6,
}

/// The ABI's buffers (`proxy_buffer_type_t`).
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub(crate) enum Buffer {
    RequestBody = 0,
    ResponseBody = 1,
    CallResponseBody = 4,
    PluginConfiguration = 7,
}

/// Which way a stream is resumed (`proxy_stream_type_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Direction {
    Request = 0,
    Response = 1,
}

/// Log levels (`proxy_log_level_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub(crate) enum Level {
    Debug = 1,
    Info = 2,
    Warn = 3,
    Error = 4,
}

/// The host said no; the number is its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) u32);

/// The compare-and-swap of shared data failed: somebody else wrote.
pub(crate) const CAS_MISMATCH: Refused = Refused(8);

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_log(level: u32, text: *const u8, size: usize) -> u32;
    fn proxy_get_log_level(level: *mut u32) -> u32;
    fn proxy_get_current_time_nanoseconds(time: *mut u64) -> u32;
    fn proxy_get_buffer_bytes(
        kind: u32,
        start: usize,
        max: usize,
        data: *mut *mut u8,
        size: *mut usize,
    ) -> u32;
    fn proxy_set_buffer_bytes(kind: u32, start: usize, length: usize, data: *const u8, size: usize) -> u32;
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_remove_header_map_value(map: u32, name: *const u8, size: usize) -> u32;
    fn proxy_replace_header_map_value(
        map: u32,
        name: *const u8,
        size: usize,
        value: *const u8,
        length: usize,
    ) -> u32;
    fn proxy_add_header_map_value(
        map: u32,
        name: *const u8,
        size: usize,
        value: *const u8,
        length: usize,
    ) -> u32;
    fn proxy_get_property(path: *const u8, size: usize, data: *mut *mut u8, length: *mut usize) -> u32;
    fn proxy_set_property(path: *const u8, size: usize, value: *const u8, length: usize) -> u32;
    fn proxy_get_shared_data(
        key: *const u8,
        size: usize,
        data: *mut *mut u8,
        length: *mut usize,
        cas: *mut u32,
    ) -> u32;
    fn proxy_set_shared_data(key: *const u8, size: usize, value: *const u8, length: usize, cas: u32) -> u32;
    fn proxy_http_call(
        cluster: *const u8,
        cluster_size: usize,
        headers: *const u8,
        headers_size: usize,
        body: *const u8,
        body_size: usize,
        trailers: *const u8,
        trailers_size: usize,
        timeout: u32,
        token: *mut u32,
    ) -> u32;
    fn proxy_set_tick_period_milliseconds(period: u32) -> u32;
    fn proxy_set_effective_context(stream: u32) -> u32;
    fn proxy_continue_stream(direction: u32) -> u32;
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_size: usize,
        body: *const u8,
        body_size: usize,
        headers: *const u8,
        headers_size: usize,
        grpc_status: i32,
    ) -> u32;
    fn proxy_call_foreign_function(
        name: *const u8,
        size: usize,
        argument: *const u8,
        length: usize,
        data: *mut *mut u8,
        result: *mut usize,
    ) -> u32;
    fn proxy_define_metric(kind: u32, name: *const u8, size: usize, id: *mut u32) -> u32;
    fn proxy_increment_metric(id: u32, offset: i64) -> u32;
    fn proxy_record_metric(id: u32, value: u64) -> u32;
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn random_get(buffer: *mut u8, size: usize) -> u16;
}

fn checked(status: u32) -> Result<(), Refused> {
    if status == 0 { Ok(()) } else { Err(Refused(status)) }
}

/// Calls that hand back memory which our allocator made for the host.
fn owned(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Result<Vec<u8>, Refused> {
    let (mut data, mut size) = (core::ptr::null_mut::<u8>(), 0_usize);
    checked(call(&raw mut data, &raw mut size))?;
    if data.is_null() || size == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: the host got the memory from `proxy_on_memory_allocate`, a boxed slice of this size that was leaked,
    // filled it, and has given it up.
    Ok(unsafe { Box::from_raw(core::ptr::slice_from_raw_parts_mut(data, size)) }.into_vec())
}

/// Writes a log line.
pub(crate) fn log(level: Level, text: &str) {
    // SAFETY: the text outlives the call.
    let _unheard = unsafe { proxy_log(level.number(), text.as_ptr(), text.len()) };
}

/// Whether a line of this level would be written.
pub(crate) fn logs(level: Level) -> bool {
    let mut current = 0_u32;
    // SAFETY: a valid place for the level.
    unsafe { proxy_get_log_level(&raw mut current) == 0 && level.number() >= current }
}

/// Nanoseconds since 1970; 0 when the host does not say, which expires everything.
pub(crate) fn now() -> u64 {
    let mut time = 0_u64;
    // SAFETY: a valid place for the time.
    let status = unsafe { proxy_get_current_time_nanoseconds(&raw mut time) };
    if status == 0 { time } else { 0 }
}

/// Fills the array with random bytes; false when the host has none.
pub(crate) fn random(bytes: &mut [u8; 16]) -> bool {
    // SAFETY: the array is writable for its whole length.
    unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) == 0 }
}

/// A buffer's first `max` bytes; empty when there is none.
pub(crate) fn buffer(buffer: Buffer, max: usize) -> Vec<u8> {
    // SAFETY: `owned` passes valid places.
    owned(|data, size| unsafe { proxy_get_buffer_bytes(buffer.number(), 0, max, data, size) })
        .unwrap_or_default()
}

/// Replaces the whole of a buffer.
pub(crate) fn replace_buffer(buffer: Buffer, bytes: &[u8]) -> Result<(), Refused> {
    // Start 0 and a length beyond the end is "everything" on every host.
    const EVERYTHING: usize = 1 << 30;
    // SAFETY: the bytes outlive the call.
    checked(unsafe { proxy_set_buffer_bytes(buffer.number(), 0, EVERYTHING, bytes.as_ptr(), bytes.len()) })
}

/// All headers of a map, as bytes.
pub(crate) fn headers(map: Map) -> Result<Headers, Refused> {
    // SAFETY: `owned` passes valid places.
    let wire = owned(|data, size| unsafe { proxy_get_header_map_pairs(map.number(), data, size) })?;
    read(&wire).ok_or(Refused(u32::MAX))
}

/// Removes every value of a name.
pub(crate) fn remove_header(map: Map, name: &str) -> Result<(), Refused> {
    // SAFETY: the name outlives the call.
    checked(unsafe { proxy_remove_header_map_value(map.number(), name.as_ptr(), name.len()) })
}

/// Sets a name to one value.
pub(crate) fn set_header(map: Map, name: &str, value: &[u8]) -> Result<(), Refused> {
    // SAFETY: name and value outlive the call.
    checked(unsafe {
        proxy_replace_header_map_value(map.number(), name.as_ptr(), name.len(), value.as_ptr(), value.len())
    })
}

/// Adds a value beside what stands.
pub(crate) fn add_header(map: Map, name: &str, value: &[u8]) -> Result<(), Refused> {
    // SAFETY: name and value outlive the call.
    checked(unsafe {
        proxy_add_header_map_value(map.number(), name.as_ptr(), name.len(), value.as_ptr(), value.len())
    })
}

/// A property by its path.
pub(crate) fn property(path: &[&str]) -> Option<Vec<u8>> {
    let path = path.join("\0");
    // SAFETY: the path outlives the call; `owned` passes valid places.
    owned(|data, size| unsafe { proxy_get_property(path.as_ptr(), path.len(), data, size) }).ok()
}

/// Sets a property of one segment: Envoy keeps it in filter state under `wasm.` and its name.
pub(crate) fn set_property(name: &str, value: &str) -> Result<(), Refused> {
    // SAFETY: name and value outlive the call.
    checked(unsafe { proxy_set_property(name.as_ptr(), name.len(), value.as_ptr(), value.len()) })
}

/// A value shared by the workers, and what to compare with when writing it.
pub(crate) fn shared(key: &str) -> Result<(Vec<u8>, u32), Refused> {
    let mut cas = 0_u32;
    // SAFETY: the key outlives the call; the places are valid.
    let value = owned(|data, size| unsafe {
        proxy_get_shared_data(key.as_ptr(), key.len(), data, size, &raw mut cas)
    })?;
    Ok((value, cas))
}

/// Writes a shared value; `cas` 0 writes whatever stands.
pub(crate) fn share(key: &str, value: &[u8], cas: u32) -> Result<(), Refused> {
    // SAFETY: key and value outlive the call.
    checked(unsafe { proxy_set_shared_data(key.as_ptr(), key.len(), value.as_ptr(), value.len(), cas) })
}

/// Has the root context of this callback ticked every so many milliseconds.
pub(crate) fn tick_every(milliseconds: u32) -> Result<(), Refused> {
    // SAFETY: no memory changes hands.
    checked(unsafe { proxy_set_tick_period_milliseconds(milliseconds) })
}

/// What follows in this callback is about this stream: the answer to a call comes to the root context.
pub(crate) fn act_for(stream: u32) -> Result<(), Refused> {
    // SAFETY: no memory changes hands.
    checked(unsafe { proxy_set_effective_context(stream) })
}

/// Lets a held stream go on.
pub(crate) fn resume(direction: Direction) -> Result<(), Refused> {
    // SAFETY: no memory changes hands.
    checked(unsafe { proxy_continue_stream(direction.number()) })
}

/// Answers in the upstream's stead. `details` goes to the access log.
pub(crate) fn reply(
    status: u16,
    details: &str,
    headers: &[(Vec<u8>, Vec<u8>)],
    body: &[u8],
) -> Result<(), Refused> {
    let headers = write(headers).ok_or(Refused(u32::MAX))?;
    // SAFETY: everything outlives the call.
    checked(unsafe {
        proxy_send_local_response(
            u32::from(status),
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            -1,
        )
    })
}

/// Calls one of Envoy's foreign functions.
pub(crate) fn foreign(name: &str, argument: &[u8]) -> Result<Vec<u8>, Refused> {
    // SAFETY: name and argument outlive the call; `owned` passes valid places.
    owned(|data, size| unsafe {
        proxy_call_foreign_function(name.as_ptr(), name.len(), argument.as_ptr(), argument.len(), data, size)
    })
}

pub(crate) const COUNTER: u32 = 0;
pub(crate) const HISTOGRAM: u32 = 2;

/// Defines a metric of this kind, or finds the one of this name.
pub(crate) fn metric(kind: u32, name: &str) -> Result<u32, Refused> {
    let mut id = 0_u32;
    // SAFETY: the name outlives the call; the place is valid.
    checked(unsafe { proxy_define_metric(kind, name.as_ptr(), name.len(), &raw mut id) })?;
    Ok(id)
}

/// Adds to a counter; more than nothing.
pub(crate) fn count(id: u32, more: i64) {
    // SAFETY: no memory changes hands.
    let _uncounted = unsafe { proxy_increment_metric(id, more) };
}

/// Adds a value to a histogram.
pub(crate) fn record(id: u32, value: u64) {
    // SAFETY: no memory changes hands.
    let _unrecorded = unsafe { proxy_record_metric(id, value) };
}

/// Sends a call; the token comes back with its answer.
pub(crate) fn dispatch(
    cluster: &str,
    headers: &[(String, String)],
    body: Option<&[u8]>,
    timeout_ms: u32,
) -> Result<u32, Refused> {
    let headers = write(headers).ok_or(Refused(u32::MAX))?;
    let body = body.unwrap_or_default();
    let no_trailers = 0_u32.to_le_bytes();
    let mut token = 0_u32;
    // SAFETY: everything outlives the call; the place is valid.
    checked(unsafe {
        proxy_http_call(
            cluster.as_ptr(),
            cluster.len(),
            headers.as_ptr(),
            headers.len(),
            body.as_ptr(),
            body.len(),
            no_trailers.as_ptr(),
            no_trailers.len(),
            // Zero would be no timeout at all.
            timeout_ms.max(1),
            &raw mut token,
        )
    })?;
    Ok(token)
}

/// The number of an ABI enumeration.
macro_rules! number {
    ($($name:ident),*) => {$(
        impl $name {
            #[expect(clippy::as_conversions, reason = "reads the discriminant of a `repr(u32)` enum")]
            fn number(self) -> u32 {
                self as u32
            }
        }
    )*};
}

number!(Map, Buffer, Direction, Level);
