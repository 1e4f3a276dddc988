/** Prometheus and KEDA on the lab: pods for requests that wait, and what happens while the figure is away. */
import { expect } from "chai";

import { sleep } from "../../tools/common/commands";
import { Lab } from "../cluster/lab";
import { dashboardQueries, rulePath, ruleObject } from "../monitoring/documents";

const hpaName = "keda-hpa-web";

/** Of stack lab with monitoring: 16 workers in a pod, of which 60 % may be busy; two pods at least, six at most. */
const share = 0.6 * 16;
const [fewest, most] = [2, 6];

interface Hpa {
    readonly status: {
        readonly currentReplicas: number;
        readonly desiredReplicas: number;
        readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
        readonly currentMetrics?: readonly { readonly type: string }[];
    };
}

interface ToldRule {
    readonly health: "ok" | "err" | "unknown";
    /** Of alerts. */
    readonly state?: "inactive" | "pending" | "firing";
}

/** Requests, of which there are always so many, until it is ended. */
class Clients {
    readonly failed: (number | string)[] = [];
    private isOver = false;
    private readonly all: readonly Promise<void>[];

    constructor(lab: Lab, count: number, path: string) {
        this.all = Array.from({ length: count }, async (_, i) => {
            // Not all at once.
            await sleep((i / count) * 2);
            while (!this.isOver) {
                const { status } = await lab.ask(path, undefined, 60);
                if (status !== 200) this.failed.push(status);
            }
        });
    }

    async end(): Promise<void> {
        this.isOver = true;
        await Promise.all(this.all);
    }
}

describe("scaling on busy workers", function () {
    this.timeout(900_000);
    let lab: Lab;
    let asked: string | undefined;
    let clients: Clients | undefined;

    before(async () => {
        asked = process.env["WITH"];
        process.env["WITH"] = "monitoring";
        lab = await Lab.open();
    });
    after(() => {
        delete process.env["WITH"];
        if (asked !== undefined) process.env["WITH"] = asked;
    });
    afterEach(async () => {
        await clients?.end();
        clients = undefined;
    });

    const hpa = () => lab.json<Hpa>("get", "--namespace=web", `hpa/${hpaName}`);
    const replicas = async () => (await hpa()).status.desiredReplicas;
    const metrics = async () => ((await hpa()).status.currentMetrics ?? []).map(({ type }) => type);
    const prometheuses = (count: number) =>
        lab.kubectl(
            "patch",
            "--namespace=monitoring",
            "prometheus/prometheus",
            "--type=merge",
            `--patch={"spec":{"replicas":${count}}}`,
        );

    it("has both figures, CPU's and that of busy workers", async () => {
        await lab.until(120, metrics, (types) => types.includes("External") && types.includes("ContainerResource"));
        await lab.until(180, replicas, (count) => count === fewest);
    });

    /** What Prometheus answers, through the API server. */
    async function prometheus<T>(path: string): Promise<T> {
        const pod = "/api/v1/namespaces/monitoring/pods/prometheus-prometheus-0:9090/proxy";
        const { data } = JSON.parse(await lab.kubectl("get", "--raw", `${pod}/api/v1/${path}`)) as { readonly data: T };
        return data;
    }
    const series = async (query: string) =>
        (await prometheus<{ readonly result: readonly object[] }>(`query?query=${encodeURIComponent(query)}`)).result
            .length;

    it("has all figures that the dashboard asks for, but the controller's own", async () => {
        const isOfController = (expr: string) => expr.includes("nginx_ingress_controller_");
        // There are figures of pods that end while there are such: one of them has this request to end.
        const longRequest = lab.ask("/echo?wait_ms=30000", undefined, 60);
        await lab.kubectl("delete", "--namespace=web", "--wait=false", "pods", "--all");
        const isOfEnd = (expr: string) => Number(expr.includes("kube_pod_deletion_timestamp"));
        const queries = dashboardQueries
            .filter(({ expr }) => !isOfController(expr))
            .sort((a, b) => isOfEnd(b.expr) - isOfEnd(a.expr));
        for (const { panel, expr } of queries) {
            await lab.until(
                60,
                async () => ({ panel, expr, series: await series(expr) }),
                (told) => told.series > 0,
            );
        }
        expect((await longRequest).status).to.equal(200);
    });

    it("takes the alerts, has their figures, and none comes while nothing is wrong", async () => {
        await lab.kubectl("apply", "--namespace=monitoring", `--filename=${rulePath}`);
        const rules = async () => {
            const { groups } = await prometheus<{
                readonly groups: readonly { readonly rules: readonly ToldRule[] }[];
            }>("rules");
            return groups.flatMap((group) => group.rules);
        };
        const wanted = ruleObject.spec.groups.flatMap((group) => group.rules);
        // Each is looked at every 30 s.
        const told = await lab.until(
            180,
            rules,
            (all) => all.length === wanted.length && all.every(({ health }) => health === "ok"),
        );
        expect(told.filter(({ state }) => state !== undefined && state !== "inactive")).to.deep.equal([]);
        for (const metric of new Set(wanted.flatMap(({ expr }) => expr.match(/\bkube_\w+/g) ?? []))) {
            if (metric === "kube_pod_deletion_timestamp") continue;
            expect(await series(metric), metric).to.be.above(0);
        }
    });

    it("adds pods for requests that wait, of whose CPU there is nothing to see", async () => {
        const concurrent = 40;
        clients = new Clients(lab, concurrent, "/echo?wait_ms=3000");
        // The HPA takes a tenth more than the target for nothing to do.
        const wanted = Math.ceil(concurrent / (share * 1.1));
        await lab.until(120, replicas, (count) => count >= wanted);
        expect(await replicas()).to.be.within(wanted, most);
        expect(clients.failed).to.deep.equal([]);
    });

    it("takes none away while Prometheus is gone, though neither CPU nor workers are busy", async () => {
        clients = new Clients(lab, 40, "/echo?wait_ms=3000");
        await lab.until(120, replicas, (count) => count > 3);
        await prometheuses(0);
        const isActive = async () =>
            (await hpa()).status.conditions?.find(({ type }) => type === "ScalingActive")?.reason ?? "";
        await lab.kubectl(
            "wait",
            "--namespace=monitoring",
            "pod/prometheus-prometheus-0",
            "--for=delete",
            "--timeout=90s",
        );
        await clients.end();
        const count = await replicas();
        await lab.until(90, isActive, (reason) => reason === "FailedGetExternalMetric");
        // Twice the lab's stabilization, and several of the HPA's own periods.
        const seen = await lab.watch(replicas, () => sleep(70));
        expect(new Set(seen)).to.deep.equal(new Set([count]));
    });

    it("adds pods by CPU alone meanwhile", async () => {
        expect(await replicas()).to.be.below(most);
        clients = new Clients(lab, 8, "/echo?busy_ms=200");
        await lab.until(120, replicas, (count) => count === most);
    });

    it("takes away what is not needed once Prometheus is back", async () => {
        await prometheuses(1);
        await lab.until(300, replicas, (count) => count === fewest);
        expect(await metrics()).to.include("External");
    });
});
