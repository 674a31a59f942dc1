import { expect, it } from "vitest";
import { NoGateways } from "../src/policies/no-gateways.ts";
import { Settings } from "../src/settings.ts";
import { alice, gateway } from "./specs.ts";

function allowing(...users: string[]): NoGateways {
  return new NoGateways(new Settings({ defaults: { gateway_users: users } }));
}

it("gateways of others are rejected", () => {
  expect(() => allowing("admin", "bob").onGateway(gateway(), alice)).toThrow(
    "User alice may not create or change gateways: ask admin or bob",
  );
});

it("the message names nobody where nobody is allowed", () => {
  expect(() => allowing().onGateway(gateway(), alice)).toThrow(/gateways$/);
});

it("gateways of named users are left alone", () => {
  expect(allowing("alice").onGateway(gateway(), alice)).toEqual(gateway());
});
