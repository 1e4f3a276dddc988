import { expect } from "chai";

import { TraceError } from "../../../../tools/tuner/traffic/traffic";
import { findUsualTraffic, meanPerRequest, type Given } from "../../../../tools/tuner/traffic/usualTraffic";
import { needs } from "../../../helpers/needs";
import { startPrometheus, type RealPrometheus, type Series } from "./realPrometheus";

const startSeconds = Date.UTC(2026, 10, 20) / 1000;
const hours = 4;

const rising = (name: string, perSecond: number, scrapeSeconds?: number): Series => ({
    name,
    valueAt: (seconds) => seconds * perSecond,
    ...(scrapeSeconds === undefined ? {} : { scrapeSeconds }),
});

const steady = (name: string, value: number): Series => ({ name, valueAt: () => value });

const pod = (name: string, namespace = "web", rest = "") => `{namespace="${namespace}",pod="${name}"${rest}}`;

const series: readonly Series[] = [
    // A service with all that there is; one of its pods is read by two jobs.
    rising(`phpfpm_accepted_connections${pod("web-5d9-abcde")}`, 10),
    rising(`phpfpm_accepted_connections${pod("web-5d9-abcde", "web", ',job="again"')}`, 10),
    rising(`phpfpm_accepted_connections${pod("web-5d9-fghij")}`, 6),
    // Another service of the namespace, and of another one.
    rising(`phpfpm_accepted_connections${pod("web-mail-5d9-abcde")}`, 100),
    rising(`phpfpm_accepted_connections${pod("web-5d9-abcde", "other")}`, 100),
    steady(`phpfpm_active_processes${pod("web-5d9-abcde")}`, 2),
    steady(`phpfpm_active_processes${pod("web-5d9-fghij")}`, 1.2),
    rising(`container_cpu_usage_seconds_total${pod("web-5d9-abcde", "web", ',container="php-fpm"')}`, 0.5),
    rising(`container_cpu_usage_seconds_total${pod("web-5d9-fghij", "web", ',container="php-fpm"')}`, 0.3),
    rising(`container_cpu_usage_seconds_total${pod("web-5d9-fghij", "web", ',container="nginx"')}`, 7),
    rising('nginx_ingress_controller_requests{exported_namespace="web",ingress="web",namespace="ingress-nginx"}', 30),
    // Ones behind each controller; the first is read every two minutes, with and without honorLabels the second.
    rising('nginx_ingress_controller_requests{exported_namespace="slow",ingress="web",namespace="x"}', 4, 120),
    rising('nginx_ingress_controller_response_duration_seconds_sum{exported_namespace="slow",ingress="web"}', 1, 120),
    rising('nginx_ingress_controller_requests{namespace="plain",ingress="web",status="200"}', 4),
    rising('nginx_ingress_controller_requests{namespace="plain",ingress="web",status="500"}', 1),
    rising('nginx_ingress_controller_requests{namespace="plain",ingress="other"}', 50),
    rising('traefik_service_requests_total{service="tr-web-web-http@kubernetesingressnginx",protocol="http"}', 3),
    rising('traefik_service_requests_total{service="tr-web2-http@kubernetes",protocol="http"}', 50),
    rising('traefik_service_request_duration_seconds_sum{service="tr-web-web-http@kubernetesingressnginx"}', 0.6),
    rising(
        'traefik_service_requests_total{exported_service="httproute-gw-web-gw-gw-web-ep-web-0-svc-gw-web-0@kubernetesgateway"}',
        2,
    ),
    rising('envoy_cluster_upstream_rq_total{envoy_cluster_name="httproute/en/web/rule/0"}', 8),
    rising('envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="httproute/en/web/rule/0"}', 800),
    steady(`phpfpm_accepted_connections${pod("web-5d9-abcde", "idle")}`, 5),
];

describe("what Prometheus usually has of a service", function () {
    this.timeout(60_000);
    let prometheus: RealPrometheus;

    before(needs("prometheus", "promtool"));

    before(async () => {
        prometheus = await startPrometheus(series, startSeconds, hours);
    });

    after(async () => {
        await prometheus.end();
    });

    const nothing: Given = { query: undefined, cpuSecondsPerRequest: undefined, requestSeconds: undefined };

    const find = (namespace: string, given: Partial<Given> = {}) =>
        findUsualTraffic(
            prometheus,
            { fromSeconds: startSeconds, toSeconds: startSeconds + hours * 3600, stepSeconds: 60 },
            { namespace, name: "web" },
            { ...nothing, ...given },
        );

    /** Not of the first values, whose time begins before the figures do. */
    const laterRates = ({ traffic }: Awaited<ReturnType<typeof find>>) =>
        new Set([...traffic.requestsPerSecond.subarray(80)].map((rate) => Math.round(rate * 1000) / 1000));

    it("is php-fpm's own count first, each pod once, with the CPU and the time of its requests", async () => {
        const found = await find("web");
        expect(found.title).to.equal("php-fpm's own count");
        expect([...laterRates(found)]).to.deep.equal([16]);
        expect(found.cpuSecondsPerRequest).to.be.closeTo(0.8 / 16, 1e-4);
        expect(found.traffic.requestSeconds).to.be.closeTo(3.2 / 16, 1e-3);
        expect(found.notes.map((note) => note.replace(/: sum.*/, ""))).to.deep.equal([
            "Requests per second are php-fpm's own count",
            "A request's CPU is php-fpm's over 4 h, divided by the requests of that time",
            "A request's time is what was in progress over 4 h, divided by the requests of that time",
        ]);
    });

    it("is an ingress controller's where php-fpm has none", async () => {
        const cases: readonly (readonly [string, string, number, number | undefined])[] = [
            ["slow", "ingress-nginx's count", 4, 0.25],
            ["plain", "ingress-nginx's count", 5, undefined],
            ["tr", "Traefik's count", 3, 0.2],
            ["gw", "Traefik's count", 2, undefined],
            ["en", "Envoy's count", 8, 0.1],
        ];
        for (const [namespace, title, rate, seconds] of cases) {
            const found = await find(namespace);
            expect([found.title, ...laterRates(found)], namespace).to.deep.equal([title, rate]);
            if (seconds === undefined) expect(found.traffic.requestSeconds).to.equal(undefined);
            else expect(found.traffic.requestSeconds).to.be.closeTo(seconds, 0.01);
            expect(found.cpuSecondsPerRequest).to.equal(undefined);
            expect(found.traffic.notes, namespace).to.deep.equal([]);
        }
    });

    it("is not looked for where it is given", async () => {
        const given = { query: "vector(32)", cpuSecondsPerRequest: 0.1, requestSeconds: 0.3 };
        const found = await find("web", given);
        expect([found.title, found.cpuSecondsPerRequest, found.traffic.requestSeconds, found.notes]).to.deep.equal([
            "vector(32)",
            undefined,
            undefined,
            [],
        ]);
        // CPU and time belong to the query's requests.
        const half = await find("web", { query: "vector(32)" });
        expect(half.cpuSecondsPerRequest).to.be.closeTo(0.8 / 32, 1e-4);
        expect(half.traffic.requestSeconds).to.be.closeTo(3.2 / 32, 1e-3);
    });

    it("is refused with each query that was tried, and with what would mend it", async () => {
        const refusal = async (namespace: string) => {
            const error: unknown = await find(namespace).catch((reason: unknown) => reason);
            expect(error).to.be.instanceOf(TraceError);
            return (error as TraceError).message.split("\n");
        };
        expect(await refusal("none")).to.deep.equal([
            "Prometheus knows of no request of this service between 2026-11-20 00:00:00 and 2026-11-20 04:00:00. Tried:",
            '  - php-fpm\'s own count, no such series: sum(max by (pod) (rate(phpfpm_accepted_connections{namespace="none",pod=~"web-[a-z0-9]+-[a-z0-9]+"}[60s])))',
            "    needs web.monitoring in the stack file, and a Prometheus that selects its monitor (docs/monitoring/README.md)",
            '  - ingress-nginx\'s count, no such series: sum(rate(nginx_ingress_controller_requests{exported_namespace="none",ingress="web"}[60s]) or rate(nginx_ingress_controller_requests{namespace="none",ingress="web"}[60s]))',
            "    needs controller.metrics.enabled of ingress-nginx",
            '  - Traefik\'s count, no such series: sum(rate(traefik_service_requests_total{exported_service=~"(httproute-none-web-gw-.+-svc-)?none-(web-)?web-.+@kubernetes.*",protocol!="websocket"}[60s]) or rate(traefik_service_requests_total{service=~"(httproute-none-web-gw-.+-svc-)?none-(web-)?web-.+@kubernetes.*",protocol!="websocket"}[60s]))',
            "    needs metrics.prometheus of Traefik, with addServicesLabels",
            '  - Envoy\'s count, no such series: sum(rate(envoy_cluster_upstream_rq_total{envoy_cluster_name=~"httproute/none/web/rule/.+"}[60s]))',
            "    needs a monitor of Envoy's own page, /stats/prometheus",
            "One of them is enough. Or --query has the requests per second of another series, --from and --to another time, and --trace takes an access log.",
        ]);
        expect((await refusal("idle"))[1]).to.include("php-fpm's own count, no request in it: sum(");
    });
});

describe("a mean per request", () => {
    const traffic = { startSeconds: 1000, requestsPerSecond: new Float64Array(new SharedArrayBuffer(8 * 80)).fill(4) };

    it("is of the requests of the same time, and of whole windows of it alone", () => {
        traffic.requestsPerSecond.fill(8, 40);
        // 1240 and 60 s more: the first 300 s of the trace, at 4 requests per second.
        expect(meanPerRequest([[1240, 2]], traffic, 60)).to.deep.equal({ mean: 0.5, seconds: 300 });
        expect(meanPerRequest([[1240, 2], [1840, 4]], traffic, 60)).to.deep.equal({ mean: 1800 / 3600, seconds: 600 }); // prettier-ignore
        expect(meanPerRequest([[1180, 2], [2200, 2]], traffic, 60)).to.equal(undefined); // prettier-ignore
    });

    it("is none where nothing was used or asked for", () => {
        expect(meanPerRequest([[1240, 0]], traffic, 60)).to.equal(undefined);
        expect(meanPerRequest([[1240, 2]], { ...traffic, requestsPerSecond: new Float64Array(new SharedArrayBuffer(8 * 80)) }, 60)).to.equal(undefined); // prettier-ignore
    });
});
