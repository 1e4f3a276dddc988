/** Arguments that contradict each other, or would lose requests. */
import { expect } from "chai";

import { PhpWebService, type PhpWebServiceArgs } from "../../components";
import { problemsOfService } from "../../components/problems";
import { resolveService } from "../../components/service";
import { recordingOfProgram } from "../helpers/stacks";

const problemsOf = (args: PhpWebServiceArgs) =>
    problemsOfService(resolveService("web", args)).map(({ path, message }) => `${path}: ${message}`);

describe("problemsOfService", () => {
    it("has nothing against the defaults, behind any proxy", () => {
        expect(problemsOf({})).to.deep.equal([]);
        expect(problemsOf({ ingressController: { kind: "traefik" } })).to.deep.equal([]);
        expect(problemsOf({ gateway: { name: "public", namespace: "gateways" } })).to.deep.equal([]);
    });

    it("refuses a Gateway without a name, and one of its own that nobody would serve", () => {
        expect(problemsOf({ gateway: {} }).map((text) => text.slice(0, text.indexOf(" Needed")))).to.deep.equal([
            "gateway.name: not found.",
            "gateway.namespace: not found.",
        ]);
        const ingressController = { kind: "traefik", install: true, gateway: true } as const;
        const gateway = { create: true };
        expect(problemsOf({ gateway, ingressController })).to.deep.equal([]);
        expect(problemsOf({ gateway, ingressController: { ...ingressController, gateway: false } })).to.deep.equal([
            "gateway: found create: true without ingressController.gateway, and Traefik would not look at it. Allowed: with " +
                "ingressController { kind: envoy-gateway, install: true }, or { kind: traefik, install: true, gateway: true }; or " +
                "name and namespace of a Gateway that is there, in its place.",
        ]);
    });

    it("lets the whole shutdown follow from the longest request, and no part of it stand against another", () => {
        const { drainBudget } = resolveService("web", { longestRequestSeconds: 120 });
        expect(drainBudget).to.include({
            requestTerminateTimeoutSeconds: 120,
            workerShutdownTimeoutSeconds: 130,
            terminationGracePeriodSeconds: 150,
        });
        // @ts-expect-error what is computed is no argument
        const args: PhpWebServiceArgs = { drain: { workerShutdownTimeoutSeconds: 40 } };
        expect(resolveService("web", args).drainBudget.workerShutdownTimeoutSeconds).to.equal(50);
    });

    it("refuses busy workers that nobody sees", () => {
        const scaling = { kind: "keda", busyWorkersTargetPercent: 60 } as const;
        expect(problemsOf({ scaling, monitoring: {} })).to.deep.equal([]);
        expect(problemsOf({ scaling }).map((text) => text.slice(0, text.indexOf(", as")))).to.deep.equal([
            "scaling.busyWorkersTargetPercent: found 60 without monitoring. Allowed: with it",
        ]);
    });

    it("refuses to keep files of releases that are in no image, that PHP writes, or that are named twice", () => {
        const app = { source: "image", documentRoot: "/srv/app", volumes: [{ claim: "uploads", path: "/srv/app/up" }] };
        const of = (more: object, keptAssets: object = {}) =>
            problemsOf({
                app: { ...app, ...more, keptAssets: { claim: "assets", paths: ["build"], ...keptAssets } },
            } as PhpWebServiceArgs).map((text) => /^[^,]*/.exec(text)?.[0]);
        expect(of({})).to.deep.equal([]);
        expect(of({ source: "phpFpmImage" }, { paths: ["build", "builder", "up.d", "a/up"] })).to.deep.equal([]);
        expect(of({ source: { "index.php": "" } })).to.deep.equal([
            "app.keptAssets: found with app.source that is a map of files",
        ]);
        expect(of({}, { claim: "uploads" })).to.deep.equal(['app.keptAssets.claim: found "uploads"']);
        expect(of({}, { paths: ["a", "up/img", "a"] })).to.deep.equal([
            'app.keptAssets.paths[1]: found "up/img"',
            'app.keptAssets.paths[2]: found "a" a second time. Remove it.',
        ]);
    });

    it("refuses a grace period that cuts a request, and names that request", () => {
        expect(problemsOf({ longestRequestSeconds: 120, drain: { terminationGracePeriodSeconds: 150 } })).to.be.empty;
        expect(problemsOf({ longestRequestSeconds: 120, drain: { terminationGracePeriodSeconds: 60 } })).to.deep.equal([
            "drain.terminationGracePeriodSeconds: found 60. Allowed: 150 or more: 10 s withdrawal + 10 s queue + " +
                "120 s longest request + 5 s php-fpm + 5 s slack = 150 s. With 60 s a request admitted 10 s after the " +
                "pod's deletion that waits 10 s, runs 120 s is cut at 60 s by SIGKILL. Leave it out to have it computed.",
        ]);
    });

    it("refuses parts that are no whole seconds, or too few", () => {
        const drain = { endpointWithdrawalSeconds: 4, queueSeconds: -1, slackSeconds: 0.5, phpFpmStopSeconds: NaN };
        expect(problemsOf({ longestRequestSeconds: 0, drain })).to.deep.equal([
            "longestRequestSeconds: found 0. Allowed: whole seconds, 1 or more.",
            "drain.endpointWithdrawalSeconds: found 4. Allowed: whole seconds, 5 or more.",
            "drain.queueSeconds: found -1. Allowed: whole seconds, 0 or more.",
            "drain.phpFpmStopSeconds: found NaN. Allowed: whole seconds, 1 or more.",
            "drain.slackSeconds: found 0.5. Allowed: whole seconds, 1 or more.",
        ]);
    });

    it("refuses memory that has no room for the workers, in either container", () => {
        const limited = { limits: { memory: "256Mi" } };
        expect(problemsOf({ phpFpm: { maxChildren: 2, resources: limited } })).to.deep.equal([
            "phpFpm.resources.limits.memory: found 256Mi. Allowed: 656Mi or more: 96Mi php-fpm itself + 128Mi " +
                "opcacheMemory + (2 maxChildren + 1 for readiness) x (128Mi memoryLimit + 16Mi beside it). With less, one " +
                "request that takes too much can end all workers, and every request in them. Leave it out to have it computed.",
        ]);
        expect(problemsOf({ phpFpm: { maxChildren: 400 }, nginx: { resources: limited } })).to.deep.equal([
            "nginx.resources.limits.memory: found 256Mi. Allowed: 386Mi or more: 16Mi nginx itself + 2 workerProcesses x " +
                "44Mi + 400 requests x 720Ki, one for each php-fpm worker. Leave it out for the default, or lower " +
                "nginx.workerProcesses.",
        ]);
    });

    it("refuses hosts that are two things at once, or that lead nowhere", () => {
        expect(problemsOf({ host: "a.example.com", redirectedHosts: ["a.example.com"] })).to.deep.equal([
            "redirectedHosts[0]: found a.example.com, which is host already. Remove one of them.",
        ]);
        expect(problemsOf({ redirectedHosts: ["a.example.com"] })).to.deep.equal([
            "redirectedHosts: found without host, and so every host is served. Set that too.",
        ]);
    });

    it("refuses connections to nowhere, which Kubernetes takes for everywhere", () => {
        expect(
            problemsOf({ egress: [{ namespace: "db" }, { ports: [3306] }, { cidr: "10.0.0.0/8", ports: [] }] }),
        ).to.deep.equal([
            "egress[1]: found neither cidr nor namespace. Allowed: one of them.",
            "egress[2].ports: found no port. Allowed: at least one, or leave it out for every port.",
        ]);
    });

    it("refuses an nginx that closes idle connections before the proxy in front does", () => {
        const ingressController = { config: { "upstream-keepalive-timeout": "120" } };
        expect(problemsOf({ ingressController })).to.deep.equal([]);
        expect(problemsOf({ ingressController, nginx: { keepaliveSeconds: 75 } })).to.deep.equal([
            "nginx.keepaliveSeconds: found 75. Allowed: 135 or more: the proxy in front keeps idle connections for 120 s, and " +
                "15 s beside. A connection that nginx closes first loses the request that is just being sent on it.",
        ]);
    });
});

describe("PhpWebService with arguments that contradict each other", () => {
    it("is refused with all that is wrong", async () => {
        const drain = { queueSeconds: -1, terminationGracePeriodSeconds: 30 };
        let error: unknown;
        const args = { drain, nginx: { keepaliveSeconds: 5 } };
        await recordingOfProgram(() => ({ service: new PhpWebService("shop", args) })).catch((reason: unknown) => {
            error = reason;
        });
        expect(error)
            .to.be.an("error")
            .with.property("message")
            .that.matches(
                /^PhpWebService shop:\n {2}- drain\.queueSeconds: found -1\. .*\n {2}- nginx\.keepaliveSeconds: found 5\. .*$/,
            );
    });
});
