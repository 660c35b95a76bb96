// The gateway's answers, played in the browser: what a page may rely on, without the gateway.

const STATUS = {
  step_up_required: 401,
  verdict_pending: 409,
  biometric_mismatch: 403,
  recovery_mismatch: 403,
  orchestrator_unavailable: 503,
  ceremony_unknown: 403,
  ceremony_replayed: 409,
};

/** As the gateway puts it into a begin answer; `members` are those of the flow. */
export function stepUp(members = {}) {
  return {
    flow: 'step_up',
    rule: 'risky-sign-in',
    session: 'ses_1',
    client: { captureUrl: 'http://localhost:9/capture/1' },
    expiresAt: '2100-01-01T00:00:00Z',
    status: '/.countersign/sessions/ses_1',
    ...members,
  };
}

/** A problem document, for `route.fulfill`. */
export function refusal(code, headers = {}, members = {}) {
  const status = STATUS[code];
  return {
    status,
    headers,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      type: `urn:countersign:refusal:${code}`,
      code,
      title: code,
      status,
      detail: `About ${code}.`,
      ...members,
    }),
  };
}

/** How something stands; all but the last word come with `Retry-After`. */
export function standing(id, status, seconds) {
  const headers = seconds === undefined ? {} : { 'retry-after': String(seconds) };
  return { status: 200, headers, json: { id, status } };
}

/**
 * Answers every request to `pattern` in the gateway's place, in the order given; a function is asked for its answer.
 * What finds no answer left goes to the bank.
 *
 * @returns {Promise<{sent: object[], remove: Function}>} the requests (method, path, headers, body), as they come
 */
export async function play(page, pattern, answers) {
  const left = [...answers];
  const sent = [];
  await page.route(pattern, async (route) => {
    const request = route.request();
    sent.push({
      method: request.method(),
      path: new URL(request.url()).pathname,
      headers: request.headers(),
      body: request.postData(),
    });
    const answer = left.shift();
    if (typeof answer === 'function') return route.fulfill(await answer(route));
    await (answer ? route.fulfill(answer) : route.continue());
  });
  return { sent, remove: () => page.unroute(pattern) };
}

/** The bank's own answer with `stepUp` beside it. */
export function withStepUp(members) {
  return async (route) => {
    const response = await route.fetch();
    return { response, json: { ...(await response.json()), stepUp: stepUp(members) } };
  };
}
