/** Who is let in: a pure decision over addresses and moments. */
import { expect, test } from "vitest";
import { addressGroup, Gate, isLoopback } from "../../src/ingress/gate.ts";

const LIMITS = { connections: 3, connectionsPerAddress: 2, failedLogins: 3, banMs: 1_000 };

test("so many connections at once, so many from one address, and who leaves makes room once", () => {
  const gate = new Gate(LIMITS);
  const first = gate.enter("192.0.2.1", 0);
  gate.enter("192.0.2.1", 0);
  expect(gate.enter("192.0.2.1", 0)).toMatch(/^4\.7\.0 too many connections from your address/);
  expect(typeof gate.enter("192.0.2.2", 0)).toBe("function");
  expect(gate.enter("192.0.2.3", 0)).toMatch(/^4\.3\.2 too many connections/);
  if (typeof first === "string") throw new Error(first);
  first();
  first();
  expect(typeof gate.enter("192.0.2.1", 0)).toBe("function");
  expect(gate.enter("192.0.2.3", 0)).toMatch(/^4\.3\.2 too many connections/);
});

test("each failed login makes the next reply later, up to a limit", () => {
  const gate = new Gate({ ...LIMITS, failedLogins: 9 });
  const delays = Array.from({ length: 8 }, () => gate.failed("192.0.2.1", 0).delayMs);
  expect(delays).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000]);
});

test("the login that was one too many closes the gate to its address for a while, and to no other", () => {
  const gate = new Gate(LIMITS);
  expect([0, 400, 800].map((now) => gate.failed("192.0.2.1", now).isBanned)).toEqual([false, false, true]);
  expect(gate.enter("192.0.2.1", 1_799)).toMatch(/^4\.7\.0 too many failed logins/);
  expect(gate.isBanned("192.0.2.1", 1_799)).toBe(true);
  expect(typeof gate.enter("192.0.2.2", 1_799)).toBe("function");
  expect(typeof gate.enter("192.0.2.1", 1_800)).toBe("function");
  expect(gate.failed("192.0.2.1", 1_801)).toEqual({ delayMs: 100, isBanned: false });
});

test("failures that are far apart close nothing", () => {
  const gate = new Gate(LIMITS);
  for (let now = 0; now < 10_000; now += 501) expect(gate.failed("192.0.2.1", now).isBanned).toBe(false);
});

test("a gate that stops lets nobody in", () => {
  const gate = new Gate(LIMITS);
  gate.stop();
  expect(gate.enter("192.0.2.1", 0)).toMatch(/^4\.3\.2 this server is stopping/);
});

test.for([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:db8::9", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
] as const)("%s is counted as %s", ([address, group]) => {
  expect(addressGroup(address)).toBe(group);
});

test("loopback is this machine, however it is written", () => {
  expect(["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"].filter((address) => !isLoopback(address))).toEqual([]);
  expect(["192.0.2.127", "::2", "128.0.0.1"].filter(isLoopback)).toEqual([]);
});
