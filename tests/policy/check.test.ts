import { expect } from "chai";
import fc from "fast-check";

import { checkManifests } from "../../policy/check";
import { unknownValue, type PolicyObject } from "../../policy/manifest";
import { rules } from "../../policy/rules";
import type { Manifest } from "../../tools/render/manifests";
import { brokenRules, change, nginx, podSpec, renamed, webStack, webStackWith, withValue, type Path } from "./stack";

/** The settings of the write-up that this project began with. */
const writeUp: readonly Manifest[] = [
    {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web" },
        spec: {
            strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
            template: {
                metadata: { labels: { app: "web" } },
                spec: {
                    terminationGracePeriodSeconds: 60,
                    containers: [
                        {
                            name: "nginx",
                            image: "nginx:latest",
                            ports: [{ name: "http", containerPort: 80 }],
                            readinessProbe: { tcpSocket: { port: 9000 } },
                            lifecycle: { preStop: { exec: { command: ["/bin/sleep", "30"] } } },
                            resources: { requests: { cpu: "100m" } },
                        },
                        {
                            name: "php-fpm",
                            image: "registry.example.com/app:latest",
                            livenessProbe: { httpGet: { path: "/ping", port: 80 } },
                            lifecycle: { preStop: { exec: { command: ["/bin/sleep", "30"] } } },
                            resources: { requests: { cpu: "1000m" } },
                        },
                    ],
                },
            },
        },
    },
    {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web" },
        spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: "http" }] },
    },
    {
        apiVersion: "extensions/v1beta1",
        kind: "Ingress",
        metadata: { name: "web" },
        spec: { rules: [{ http: { paths: [{ path: "/", backend: { serviceName: "web", servicePort: 80 } }] } }] },
    },
    {
        apiVersion: "autoscaling/v2beta1",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "web" },
        spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
            minReplicas: 3,
            maxReplicas: 24,
            metrics: [{ type: "Resource", resource: { name: "cpu", targetAverageUtilization: 60 } }],
        },
    },
];

/** Every place in a value, itself included. */
function placesIn(value: unknown, path: Path = []): readonly Path[] {
    if (typeof value !== "object" || value === null) return [path];
    const keys: Path = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value);
    return [path, ...keys.flatMap((key) => placesIn((value as Record<string | number, unknown>)[key], [...path, key]))];
}

/** Every place of the objects that a preview may not know: all but what an object is. */
function unknownablePlaces(objects: readonly PolicyObject[]): readonly Path[] {
    return placesIn(objects).filter(([, field]) => field === "metadata" || field === "spec");
}

const withValues = (objects: readonly PolicyObject[], places: readonly Path[], value: unknown) =>
    places.reduce((changed, place) => withValue(changed, place, value), objects);

/** The longest first, so that a change does not take away the place of the next. */
const somePlaces = (objects: readonly PolicyObject[]) =>
    fc
        .subarray([...unknownablePlaces(objects)], { minLength: 1, maxLength: 4 })
        .map((places) => places.toSorted((a, b) => b.length - a.length));

describe("All rules together", () => {
    it("find no fault with a stack that keeps the promise", () => {
        expect(checkManifests(webStack())).to.deep.equal([]);
    });

    it("report rule, object and level", () => {
        const [violation, ...others] = checkManifests(webStackWith("Deployment", [...nginx, "image"], "nginx"));
        expect(others).to.deep.equal([]);
        expect(violation).to.include({
            policy: "images-pinned",
            resource: "Deployment shop/web",
            enforcementLevel: "mandatory",
        });
    });

    it("take a configuration by rule", () => {
        const configs = { "grace-covers-drain": { endpointWithdrawalSeconds: 20 } };
        expect(checkManifests(webStack(), configs).map(({ policy }) => policy)).to.deep.equal(["grace-covers-drain"]);
    });

    it("find the faults of the write-up", () => {
        expect(brokenRules(writeUp)).to.deep.equal([
            "php-fpm-outlives-nginx",
            "probes-ask-own-container",
            "rollouts-keep-capacity",
            "disruption-budget-present",
            "images-pinned",
            "no-removed-api-versions",
        ]);
        const longRequests = { "grace-covers-drain": { longestRequestSeconds: 35 } };
        expect(checkManifests(writeUp, longRequests)[0]!.message).to.include("= 65 s");
    });

    it("have distinct names in kebab case, and describe themselves", () => {
        expect(new Set(rules.map(({ name }) => name)).size).to.equal(rules.length);
        for (const { name, description } of rules) {
            expect(name).to.match(/^[a-z]+(-[a-z]+)*$/);
            expect(description).to.match(/^[A-Z].*\.$/i);
        }
    });

    it("blame no one for any one unknown value", () => {
        for (const place of unknownablePlaces(webStack())) {
            expect(checkManifests(withValue(webStack(), place, unknownValue)), place.join(".")).to.deep.equal([]);
        }
    });

    it("blame no one for several unknown values", () => {
        fc.assert(
            fc.property(somePlaces(webStack()), (places) => {
                expect(checkManifests(withValues(webStack(), places, unknownValue))).to.deep.equal([]);
            }),
        );
    });

    it("find no new fault in a faulty stack for unknown values", () => {
        const known = new Set(checkManifests(writeUp).map(({ policy, resource }) => `${policy} ${resource}`));
        fc.assert(
            fc.property(somePlaces(writeUp), (places) => {
                for (const { policy, resource } of checkManifests(withValues(writeUp, places, unknownValue))) {
                    // An unknown name changes how an object is called, not what is wrong with it.
                    const sameRule = [...known].some((one) => one.startsWith(`${policy} `));
                    expect(known.has(`${policy} ${resource}`) || (resource.includes("(unnamed)") && sameRule)).to.equal(
                        true,
                    );
                }
            }),
        );
    });

    it("never let one workload's unknown values hide another's faults", () => {
        const faulty = change(
            change(
                change(renamed(webStack(), "blog"), "Deployment", [...podSpec, "terminationGracePeriodSeconds"], 45),
                "Deployment",
                ["spec", "strategy"],
                undefined,
            ),
            "Deployment",
            ["spec", "replicas"],
            3,
        ).filter(({ kind }) => kind !== "PodDisruptionBudget");
        const faults = checkManifests(faulty);
        expect(faults).to.have.length(4);
        // Another object's unknown selector or name may well be what the faulty workload needs: only its own
        // Deployment is unknown here.
        const deployment = webStack().filter(({ kind }) => kind === "Deployment");
        const others = webStack().filter(({ kind }) => kind !== "Deployment");
        fc.assert(
            fc.property(somePlaces(deployment), (places) => {
                const objects = [...withValues(deployment, places, unknownValue), ...others, ...faulty];
                expect(checkManifests(objects)).to.deep.equal(faults);
            }),
        );
    });

    it("never fail on what is no manifest", () => {
        const nonsense = fc.constantFrom<unknown>(
            undefined,
            null,
            0,
            "",
            "x",
            true,
            [],
            [null],
            {},
            { a: 1 },
            -1,
            Symbol("s"),
        );
        fc.assert(
            fc.property(somePlaces(webStack()), nonsense, (places, value) => {
                checkManifests(withValues(webStack(), places, value));
            }),
        );
    });
});
