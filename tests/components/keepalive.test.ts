import { expect } from "chai";

import { parseSettings } from "../../settings/parse";

/** keepalive_timeout that follows from a stack file. Seconds. */
function keepaliveSeconds(values: Readonly<Record<string, unknown>>): number {
    const result = parseSettings({ values, stack: "prod" });
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    return result.settings.web.nginx.keepaliveSeconds;
}

describe("how long nginx keeps an idle connection", () => {
    it("is 15 s longer than ingress-nginx does, by default or as configured", () => {
        expect(keepaliveSeconds({})).to.equal(75);
        const config = { "upstream-keepalive-timeout": "300" };
        expect(keepaliveSeconds({ ingressController: { config } })).to.equal(315);
    });

    it("is longer than Traefik does, and than Envoy where there is a Gateway", () => {
        expect(keepaliveSeconds({ ingressController: { kind: "traefik" } })).to.equal(105);
        const gateway = { name: "edge", namespace: "edge" };
        expect(
            keepaliveSeconds({ web: { gateway, host: "www.example.com" }, ingressController: { install: false } }),
        ).to.equal(3615);
    });

    it("is what a stack sets, for a proxy that keeps them longer", () => {
        expect(keepaliveSeconds({ web: { nginx: { keepaliveSeconds: 620 } } })).to.equal(620);
    });
});
