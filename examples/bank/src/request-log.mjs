import { appendFileSync } from 'node:fs';

/**
 * What reached the bank, for tests: one JSON line per request, written before the route that answers it runs,
 * so that whoever has the answer can already read the line. Also written for a request whose body could not
 * be read to its end: that one has reached the bank as well.
 *
 * A line holds `method`, `url` (as received), `path`, `headers` (`[name, value]` pairs, names in lower case,
 * repeats kept, `cookie` left out), `cookies` (names only) and, where there is one, `body` (parsed), `raw` (the
 * bytes of a JSON body, as UTF-8), `trailers` and `error`.
 *
 * @param {string} [path] - the file to append to; without it nothing is kept
 */
export function requestLog(path) {
  const logged = new WeakSet();

  const write = (req, extra) => {
    if (!path || logged.has(req)) return;
    logged.add(req);
    appendFileSync(path, `${JSON.stringify({ ...describe(req), ...extra })}\n`);
  };

  return {
    write,
    keepRawBody(req, _res, bytes) {
      if (path) req.rawBody = bytes.toString('utf8');
    },
    received(req, _res, next) {
      write(req, { body: req.body, raw: req.rawBody });
      next();
    },
    unreadable(error, req, _res, next) {
      write(req, { raw: req.rawBody, error: error.message });
      next(error);
    },
  };
}

function describe(req) {
  const headers = [];
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    headers.push([req.rawHeaders[i].toLowerCase(), req.rawHeaders[i + 1]]);
  }
  return {
    method: req.method,
    url: req.originalUrl,
    path: req.path,
    headers: headers.filter(([name]) => name !== 'cookie'),
    cookies: headers
      .filter(([name]) => name === 'cookie')
      .flatMap(([, value]) => value.split(';'))
      .map((cookie) => cookie.split('=', 1)[0].trim()),
    trailers: Object.keys(req.trailers).length > 0 ? req.trailers : undefined,
  };
}
