// What the parts of the stack have seen: the bank by its request log, the orchestrator by its own.
import assert from 'node:assert/strict';

/** What reaches the bank from now on, by path. */
export function watchBank(stack) {
  const before = stack.received().length;
  return (path) => stack.received().slice(before).filter((request) => request.path === path);
}

/** What the gateway asks the orchestrator from now on, in order; what is asked several times in a row, once. */
export function watchOrchestrator(stack) {
  const before = stack.orchestratorCalls().length;
  return () => {
    // The audit stream comes when a worker ticks, whatever is asked meanwhile.
    const calls = stack.orchestratorCalls().slice(before).filter((call) => call !== 'POST /v1/audit');
    return calls.filter((call, i) => call !== calls[i - 1]);
  };
}

/** The bank is told what was proven, and gets nothing that is between the client and the gateway. */
export function assertVouched({ headers, cookies }, flow) {
  const told = headers.filter(([name]) => name.startsWith('countersign'));
  assert.equal(told.length, 1);
  const [name, value] = told[0];
  assert.equal(name, 'countersign');
  assert.match(value, new RegExp(`^flow=${flow}, (rule="[^"]*", )?verdict=matched\\b`));
  assert.deepEqual(cookies, ['connect.sid']);
}
