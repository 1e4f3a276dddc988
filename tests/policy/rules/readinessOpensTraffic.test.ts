import { expect } from "chai";

import { unknownValue } from "../../../policy/manifest";
import { readinessOpensTraffic } from "../../../policy/rules/readinessOpensTraffic";
import { nginx, verdict, webStack, webStackWith, without } from "../stack";

const readiness = [...nginx, "readinessProbe"];
const broken = (probe: unknown) =>
    verdict(readinessOpensTraffic, webStackWith("Deployment", readiness, probe)).violations;

describe("readiness-opens-traffic", () => {
    it("passes a probe, and what serves nobody", () => {
        expect(verdict(readinessOpensTraffic, webStack()).violations).to.deep.equal([]);
        expect(broken({ exec: { command: ["curl", "-f", "http://127.0.0.1:8080/healthz"] } })).to.deep.equal([]);
        const alone = without(webStackWith("Deployment", readiness, undefined), "Ingress");
        expect(verdict(readinessOpensTraffic, alone).violations).to.deep.equal([]);
    });

    it("demands one of the container that gets the traffic", () => {
        const [message, ...others] = broken(undefined);
        expect(others).to.deep.equal([]);
        expect(message).to.include("container nginx gets the traffic and has no readinessProbe");
    });

    it("refuses one that is always true", () => {
        for (const command of [["true"], ["/bin/echo", "ready"], ["sh", "-c", "exit 0"], ["sh", "-c", "# later"]]) {
            expect(broken({ exec: { command } })[0], command.join(" ")).to.include("which succeeds whatever");
        }
    });

    it("is undecided over an unknown probe", () => {
        const found = verdict(readinessOpensTraffic, webStackWith("Deployment", readiness, unknownValue));
        expect([found.violations.length, found.undecided.length]).to.deep.equal([0, 1]);
    });
});
