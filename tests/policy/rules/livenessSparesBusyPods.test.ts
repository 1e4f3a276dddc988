import { expect } from "chai";

import { unknownValue } from "../../../policy/manifest";
import { livenessSparesBusyPods } from "../../../policy/rules/livenessSparesBusyPods";
import { nginx, phpFpm, verdict, webStack, webStackWith, without, type Path } from "../stack";

const ofNginx: Path = [...nginx, "livenessProbe"];
const httpGet = { path: "/ping", port: 8080 };
const broken = (probe: object, place = ofNginx) =>
    verdict(livenessSparesBusyPods, webStackWith("Deployment", place, probe)).violations;

describe("liveness-spares-busy-pods", () => {
    it("passes Kubernetes' defaults, none at all, and what serves nobody", () => {
        expect(verdict(livenessSparesBusyPods, webStack()).violations).to.deep.equal([]);
        expect(
            verdict(livenessSparesBusyPods, webStackWith("Deployment", ofNginx, undefined)).violations,
        ).to.deep.equal([]);
        const hasty = { httpGet, failureThreshold: 1 };
        const alone = without(webStackWith("Deployment", ofNginx, hasty), "Ingress");
        expect(verdict(livenessSparesBusyPods, alone).violations).to.deep.equal([]);
    });

    it("refuses a restart after one failure, or within a moment, of nginx and of php-fpm", () => {
        expect(broken({ httpGet, failureThreshold: 1 })[0]).to.include("restarts it after 1 failure (within 10 s)");
        expect(broken({ httpGet, failureThreshold: 2, periodSeconds: 2 })[0]).to.include("2 failures (within 4 s)");
        expect(broken({ httpGet, failureThreshold: 5, periodSeconds: 1 })).to.deep.equal([]);
        const hasty = { tcpSocket: { port: 9000 }, failureThreshold: 1 };
        expect(broken(hasty, [...phpFpm, "livenessProbe"])[0]).to.include("livenessProbe of container php-fpm");
    });

    it("refuses a grace of its own that is shorter than the longest request", () => {
        expect(broken({ httpGet, terminationGracePeriodSeconds: 39 })[0]).to.include(
            "39, and the longest request takes 40 s (annotation php-web-service/longest-request-seconds)",
        );
        expect(broken({ httpGet, terminationGracePeriodSeconds: 40 })).to.deep.equal([]);
    });

    it("is undecided over an unknown threshold", () => {
        const found = verdict(
            livenessSparesBusyPods,
            webStackWith("Deployment", [...ofNginx, "failureThreshold"], unknownValue),
        );
        expect([found.violations.length, found.undecided.length]).to.deep.equal([0, 1]);
    });
});
