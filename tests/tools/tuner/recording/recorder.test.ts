/** Recording, from a cluster's answers to the file and back. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { repositoryRoot } from "../../../../tools/common/paths";
import { durationMilliseconds } from "../../../../tools/tuner/recording/compact";
import { findHpa, type Get, Recorder } from "../../../../tools/tuner/recording/recorder";
import { parseRecording } from "../../../../tools/tuner/recording/recording";
import { spawned } from "../../../helpers/spawned";

const hpas = "/apis/autoscaling/v2/namespaces/web/horizontalpodautoscalers";
const scale = "/apis/apps/v1/namespaces/web/deployments/web/scale";
const pods = "/api/v1/namespaces/web/pods?labelSelector=app%3Dweb";
const podMetrics = "/apis/metrics.k8s.io/v1beta1/namespaces/web/pods?labelSelector=app%3Dweb";

const hpa = {
    metadata: { name: "web" },
    spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 1,
        maxReplicas: 3,
        metrics: [
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } },
        ],
    },
    status: {
        desiredReplicas: 1,
        lastScaleTime: "2026-11-24T13:00:00Z",
        conditions: [
            {
                type: "AbleToScale",
                status: "True",
                reason: "ReadyForNewScale",
                lastTransitionTime: "2026-11-24T13:00:01Z",
            },
        ],
        currentMetrics: null,
    },
};

const pod = {
    metadata: { name: "web-1" },
    spec: {
        containers: [{ name: "app", resources: { requests: { cpu: "100m", memory: "1Gi" } } }],
        initContainers: [
            { name: "side", restartPolicy: "Always", resources: { requests: { cpu: "60m" } } },
            { name: "first" },
        ],
    },
    status: {
        phase: "Running",
        startTime: "2026-11-24T13:00:00Z",
        conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-11-24T13:00:02Z" }],
    },
};

const sample = {
    metadata: { name: "web-1" },
    timestamp: "2026-11-24T13:00:20Z",
    window: "13.567448832s",
    containers: [
        { name: "side", usage: { memory: "1Mi", cpu: "2n" } },
        { name: "app", usage: { cpu: "1n" } },
    ],
};

/** Answers by path; tests change them. */
const answersAtFirst = (): Record<string, unknown> => ({
    "/version": { gitVersion: "v1.34.4" },
    [hpas]: { items: [hpa] },
    [`${hpas}/web`]: hpa,
    [scale]: { spec: { replicas: 1 }, status: { replicas: 1, selector: "app=web" } },
    [pods]: { items: [pod] },
    [podMetrics]: { items: [sample] },
});
const getFrom =
    (answers: Readonly<Record<string, unknown>>): Get =>
    <T>(path: string) => {
        const answer = answers[path];
        return answer === undefined ? Promise.reject(new Error(`GET ${path}: 503`)) : Promise.resolve(answer as T);
    };

const recordedPod = {
    phase: "Running",
    ready: "True",
    transitionSeconds: 1795525202,
    startSeconds: 1795525200,
    containers: [
        { name: "app", requests: { cpu: "100m" } },
        { name: "side", kind: "sidecar", requests: { cpu: "60m" } },
        { name: "first", kind: "init", requests: {} },
    ],
};

describe("a recorder of the HPA controller's world", () => {
    it("keeps what the controller reads at first, and then what changes", async () => {
        const answers = answersAtFirst();
        const get = getFrom(answers);
        const recorder = await Recorder.of(get, "web", await findHpa(get, "web", undefined));
        const first = await recorder.next(1000);
        expect(first).to.deep.equal({
            atMilliseconds: 1000,
            spec: { minReplicas: 1, maxReplicas: 3, metrics: hpa.spec.metrics, behavior: undefined },
            status: {
                desiredReplicas: 1,
                lastScaleSeconds: 1795525200,
                conditions: { AbleToScale: { is: "True/ReadyForNewScale", transitionSeconds: 1795525201 } },
                utilizations: [],
            },
            replicas: 1,
            statusReplicas: 1,
            pods: { "web-1": recordedPod },
            samples: {
                "web-1": {
                    timestampSeconds: 1795525220,
                    windowMilliseconds: 13568,
                    containers: { app: { cpu: "1n" }, side: { cpu: "2n" } },
                },
            },
            failResourceMetrics: false,
            externalMetrics: {},
        });
        answers[podMetrics] = { items: [{ ...sample, containers: sample.containers.toReversed() }] };
        expect(await recorder.next(2000)).to.equal(undefined);

        const deleted = { ...pod, metadata: { ...pod.metadata, deletionTimestamp: "2026-11-24T13:01:00Z" } };
        answers[pods] = { items: [deleted] };
        answers[podMetrics] = undefined;
        const second = await recorder.next(3000);
        expect(second).to.deep.equal({
            atMilliseconds: 3000,
            pods: { "web-1": { ...recordedPod, deleting: true } },
            samples: { "web-1": null },
            failResourceMetrics: true,
        });
        answers[pods] = { items: [] };
        const third = await recorder.next(4000);
        expect(third).to.deep.equal({ atMilliseconds: 4000, pods: { "web-1": null } });

        const header = { hpa: "web/web", recordedAt: "2026-11-24T13:00:00.000Z", kubernetes: "v1", intervalSeconds: 1 };
        const content = [header, first, second, third].map((line) => `${JSON.stringify(line)}\n`).join("");
        const { states } = parseRecording(content, "f");
        expect(states.map((state) => Object.keys(state.pods).length)).to.deep.equal([1, 1, 0]);
        expect(states.map((state) => state.failResourceMetrics)).to.deep.equal([false, true, true]);
        expect(states[2]).to.deep.include({ atMilliseconds: 4000, replicas: 1, samples: {} });
    });

    it("asks for external metrics by their labels, as the controller does", async () => {
        const busy = {
            type: "External",
            external: {
                metric: { name: "busy", selector: { matchLabels: { "keda.sh/name": "web", of: "web" } } },
                target: { type: "AverageValue", averageValue: "1200m" },
            },
        };
        const answers = answersAtFirst();
        answers[`${hpas}/web`] = { ...hpa, spec: { ...hpa.spec, metrics: [...hpa.spec.metrics, busy] } };
        const path =
            "/apis/external.metrics.k8s.io/v1beta1/namespaces/web/busy?labelSelector=keda.sh%2Fname%3Dweb%2Cof%3Dweb";
        answers[path] = { items: [{ metricName: "busy", value: "2300m" }] };
        const get = getFrom(answers);
        const recorder = await Recorder.of(get, "web", await findHpa(get, "web", undefined));
        expect((await recorder.next(1000))?.externalMetrics).to.deep.equal({ busy: ["2300m"] });
        answers[path] = undefined;
        expect(await recorder.next(2000)).to.deep.equal({ atMilliseconds: 2000, externalMetrics: { busy: null } });
    });

    it("asks which HPA where there are several, and says where there is none", async () => {
        const other = { ...hpa, metadata: { name: "other" } };
        const get = getFrom({ [hpas]: { items: [hpa, other] } });
        expect(await findHpa(get, "web", "other")).to.equal(other);
        expect(await refusal(findHpa(get, "web", undefined))).to.match(/^Which .* --hpa takes one of web, other\.$/);
        expect(await refusal(findHpa(get, "web", "x"))).to.match(/^Which /);
        expect(await refusal(findHpa(getFrom({ [hpas]: { items: [] } }), "web", undefined))).to.match(/^There is no /);
    });

    it("reads durations as Go prints them", () => {
        expect(["15s", "1m3.5s", "1h0m0s", "250ms", "13.567448832s"].map(durationMilliseconds)).to.deep.equal([
            15_000, 63_500, 3_600_000, 250, 13_568,
        ]);
    });

    it("says which line of a recording is wrong", () => {
        const message = (...lines: readonly string[]) => {
            try {
                parseRecording(lines.join("\n"), "f");
            } catch (error) {
                return (error as Error).message;
            }
            return "";
        };
        const header = '{"hpa":"w/w","recordedAt":"2026-11-24T13:00:00Z","kubernetes":"v1","intervalSeconds":1}';
        expect(message("")).to.match(/^f is empty/);
        expect(message(header)).to.match(/^f has nothing but a header/);
        expect(message(header, "{")).to.match(/^f:2 is no JSON/);
        expect(message(header, '{"atMilliseconds":1}')).to.match(/^f:2 has no whole state/);
        expect(message(header, '{"atMilliseconds":1,"samples":{"a":{"timestampSeconds":"1"}}}')).to.match(
            /^f:2: samples\.a\.timestampSeconds: /,
        );
    });
});

describe("npm run record", () => {
    let folder: string;
    let server: Server;
    before((done) => {
        folder = mkdtempSync(join(tmpdir(), "record-test-"));
        const answers = answersAtFirst();
        server = createServer(({ url = "" }, response) => {
            const answer = answers[url];
            response.statusCode = answer === undefined ? 404 : 200;
            response.end(JSON.stringify(answer ?? {}));
        }).listen(0, "127.0.0.1", done);
    });
    after(() => {
        server.close();
        rmSync(folder, { recursive: true });
    });
    const record = (...args: readonly string[]) =>
        spawned(
            "env",
            `PATH=${folder}:${process.env["PATH"] ?? ""}`,
            join(repositoryRoot, "node_modules/.bin/tsx"),
            join(repositoryRoot, "tools/tuner/recording/recordCli.ts"),
            ...args,
        );

    it("writes a recording through kubectl proxy", async () => {
        const { port } = server.address() as AddressInfo;
        const kubectl = join(folder, "kubectl");
        writeFileSync(kubectl, `#!/bin/sh\necho "Starting to serve on 127.0.0.1:${port}"\nexec sleep 60\n`);
        chmodSync(kubectl, 0o755);
        const path = join(folder, "recording.ndjson");
        const { code, stderr } = await record(
            "--namespace",
            "web",
            "--out",
            path,
            "--seconds",
            "0.5",
            "--note",
            "quiet",
        );
        expect({ code, stderr }).to.deep.equal({
            code: 0,
            stderr: `Recording web/web to ${path}. Ctrl-C ends it.\n`,
        });
        const { header, states } = parseRecording(readFileSync(path, "utf8"), path);
        expect(header).to.deep.include({ hpa: "web/web", note: "quiet", kubernetes: "v1.34.4" });
        expect(states).to.have.lengthOf(1);
        expect(states[0].pods).to.deep.equal({ "web-1": recordedPod });
    });

    it("ends with 2 where the command is wrong", async () => {
        const ended = await Promise.all([record(), record("--namespace", "web"), record("--hpas", "web")]);
        expect(ended.map(({ code }) => code)).to.deep.equal([2, 2, 2]);
        expect(ended[0].stderr).to.match(/^--namespace is missing[^]*Usage: npm run -s record/);
        expect(ended[1].stderr).to.match(/^--out is missing/);
        expect(ended[2].stderr).to.match(/'--hpas'/);
    });
});

async function refusal(promise: Promise<unknown>): Promise<string> {
    try {
        await promise;
    } catch (error) {
        return (error as Error).message;
    }
    return "";
}
