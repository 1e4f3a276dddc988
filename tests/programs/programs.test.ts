/** Rendered configuration in the hands of the real nginx and php-fpm. */
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { allowedDirectives } from "../../components/allowedDirectives";
import { nginxConf, type NginxConfInput } from "../../components/specs/nginxConf";
import { phpFpmConf, phpIni, type PhpFpmConfInput } from "../../components/specs/phpFpmConf";
import { ensureVegeta } from "../../tools/drill/load";
import { needs } from "../helpers/needs";
import { stackNames } from "../../tools/common/stackFiles";
import { serviceOfValues } from "../helpers/service";
import { recordingOf, recordingOfText } from "../helpers/stacks";
import { webObjects } from "../helpers/webObjects";
import { baseNginx, basePhpFpm, basePhpIni, forThisMachine, largeBytes, playPod } from "./playPod";
import type { Answer } from "./pod";
import { phpFpmPath, runWithoutRoot, withFolder, writeFiles } from "./run";

function expectAccepted(texts: { nginxConf: string; phpFpmConf: string; phpIni: string }): void {
    withFolder((folder) => {
        writeFiles(folder, {
            "nginx.conf": forThisMachine(texts.nginxConf, folder),
            "php-fpm.conf": texts.phpFpmConf,
            "php.ini": texts.phpIni,
        });
        const nginx = runWithoutRoot("nginx", ["-t", "-c", join(folder, "nginx.conf")], folder);
        expect(nginx.code, nginx.output).to.equal(0);
        expect(nginx.output)
            .to.include("test is successful")
            .and.not.match(/\[(warn|error|emerg)\]/);

        const phpFpm = runWithoutRoot(phpFpmPath(), ["-t", "--fpm-config", join(folder, "php-fpm.conf")], folder, {
            PHP_INI_SCAN_DIR: `:${folder}`,
        });
        expect(phpFpm.code, phpFpm.output).to.equal(0);
        expect(phpFpm.output)
            .to.include("test is successful")
            .and.not.match(/WARNING|ERROR/);
    });
}

describe("the real programs", () => {
    before(needs("nginx", "php-fpm"));

    for (const stack of stackNames()) {
        it(`accept the configuration of stack ${stack}`, async () => {
            expectAccepted(webObjects(await recordingOf(stack)));
        });
    }

    it("accept every optional part of the configuration", async () => {
        const text = `config:
  php-web-service:web:
    longestRequestSeconds: 3
    monitoring: {}
    nginx: { clientMaxBodySize: 1g, workerProcesses: 1, version: 1.22.1 }
    app: { source: image, documentRoot: /srv/app/public, frontController: front/app.php, healthPath: /${"up/".repeat(84)}up }
    phpFpm: { maxRequests: 0, memoryLimit: 1Gi, opcacheMemory: 16Mi, ini: { "date.timezone": Europe/Berlin, max_input_vars: 2000 } }`;
        expectAccepted(webObjects(await recordingOfText(text)));
    });

    it("accept each directive that a stack may add", async () => {
        const both = [
            `add_header Content-Security-Policy "default-src 'self'; img-src *" always`,
            String.raw`add_header X-Quoted 'a "b" \\ ${"${host}"}'`,
            "charset utf-8",
            "charset_types text/css application/json",
            "gzip_static on",
            "log_not_found off",
            "max_ranges 4",
            "open_file_cache max=1000 inactive=60s",
            "open_file_cache_errors on",
            "open_file_cache_min_uses 2",
            "open_file_cache_valid 30s",
            "sub_filter '</head>' '<meta name=\"a\"></head>'",
            "sub_filter_last_modified on",
            "sub_filter_once off",
            "sub_filter_types text/css",
        ];
        const server = [...both, String.raw`rewrite "^/news/([0-9]{4})\.html$" /archive/$1 permanent`];
        expect(new Set(server.map((text) => text.split(" ")[0]))).to.deep.equal(
            new Set(Object.keys(allowedDirectives)),
        );
        const web = { nginx: { directives: { http: both, server } } };
        expectAccepted(webObjects(await recordingOfText(JSON.stringify({ config: { "php-web-service:web": web } }))));
    });

    it("accept as many hosts as there may be, and as long ones", async () => {
        const hosts = (name: string) =>
            Array.from({ length: 100 }, (_, i) =>
                [name, String(i), ...Array.from({ length: 4 }, () => "x".repeat(63))].join(".").slice(0, 253),
            );
        const web = { host: "www.example.com", furtherHosts: hosts("a"), redirectedHosts: hosts("b") };
        expectAccepted(webObjects(await recordingOfText(JSON.stringify({ config: { "php-web-service:web": web } }))));
    });

    it("know the directives that an older version must not get", () => {
        const input: NginxConfInput = { ...baseNginx(), version: [1, 27, 4] };
        expect(nginxConf(input)).to.include("keepalive_min_timeout 5s;");
        expect(nginxConf({ ...input, version: [1, 27, 3] })).to.not.include("keepalive_min_timeout");
        expect(nginxConf({ ...input, version: undefined })).to.not.include("keepalive_min_timeout");
    });

    it("refuse what is broken, so that this check can fail", () => {
        const texts = {
            nginxConf: nginxConf(baseNginx()),
            phpFpmConf: phpFpmConf(basePhpFpm()),
            phpIni: phpIni(basePhpIni),
        };
        expect(() => {
            expectAccepted({ ...texts, nginxConf: texts.nginxConf.replace("sendfile on", "sendfil on") });
        }).to.throw("sendfil");
        expect(() => {
            expectAccepted({ ...texts, phpFpmConf: texts.phpFpmConf.replace("pm = static", "pm = statik") });
        }).to.throw("invalid process manager");
    });
});

describe("a pod of the real programs", () => {
    before(needs("nginx", "php-fpm", "ip", "network namespaces"));

    it("serves the page, its health and pings, and hides what is hidden", async () => {
        const answers = await playPod("serve", basePhpFpm());
        expect(answers["/"]).to.deep.include({ status: 200 });
        expect(answers["/"]?.body).to.include("<h1>It answers.</h1>");
        for (const path of ["/healthz", "/-/ready"]) {
            expect(answers[path], path).to.deep.equal({ status: 200, body: "ok\n" });
        }
        expect(answers["/-/ping"]).to.deep.equal({ status: 200, body: "pong" });
        expect(answers["/-/alive"]).to.deep.equal({ status: 200, body: "alive\n" });
        expect(answers["/missing"]).to.deep.equal({ status: 404, body: "not found\n" });
        expect(answers["/plain.txt"]).to.deep.equal({ status: 200, body: "served by nginx itself\n" });
        for (const path of ["/.env", "/.git/index.php"]) expect(answers[path]?.status, path).to.equal(404);
    });

    it("proves by /echo what arrived and how long it was worked on", async () => {
        const answers = await playPod("serve", basePhpFpm());
        expect(echoed(answers["/echo"])).to.deep.include({ id: "", ...orders, waited_ms: 0, busy_ms: 0 });
        expect(echoed(answers["GET /echo"])).to.deep.include({ id: "get", bytes: 0, pod: hostname() });
        const worked = echoed(answers["/echo?id=a-1&wait_ms=120&busy_ms=30"]);
        expect(worked).to.deep.include({ id: "a-1", ...orders, pod: hostname() });
        expect(worked["waited_ms"]).to.be.within(120, 1000);
        expect(worked["busy_ms"]).to.be.within(30, 60);
        for (const [path, name] of [
            ["/echo?wait_ms=-1", "wait_ms"],
            ["/echo?busy_ms=1.5", "busy_ms"],
            ["/echo?allocate_mib=x", "allocate_mib"],
        ] as const) {
            expect(answers[path]).to.deep.equal({
                status: 400,
                body: `${name} is a whole number from 0 to 3600000\n`,
            });
        }
    });

    it("ends a request that takes more memory than it may alone, whatever it set, and lets the others end", async () => {
        const { a, b, c, tooMuch, raised, before, after } = await playPod("greedy", basePhpFpm());
        expect([tooMuch?.status, raised?.status]).to.deep.equal([500, 500]);
        expect(echoed(a)).to.deep.include({ id: "a", ...orders, allocated_mib: 0 });
        expect(echoed(b)).to.deep.include({ id: "b", ...orders, allocated_mib: 0 });
        expect(echoed(c)).to.deep.include({ id: "c", ...orders, allocated_mib: 24 });
        expect(before?.body.split(" "), "with that of readiness").to.have.length(5);
        expect(after, "no worker was lost").to.deep.equal(before);
    });

    it("refuses requests to the application above those that it has memory for, and nothing else", async () => {
        const answers = await playPod("crowded", basePhpFpm());
        const status = (path: string) => answers[path]?.status;
        expect(["/echo?id=late", "/raise.php"].map(status)).to.deep.equal([503, 503]);
        expect(["/-/ready", "/plain.txt", "/-/alive"].map(status)).to.deep.equal([200, 200, 200]);
        for (let i = 0; i < 64; i++) expect(echoed(answers[`${i}`])).to.include({ id: `${i}` });
    });

    it("answers readiness while every worker is busy and others wait for one", async () => {
        const { health, ...others } = await playPod("full", basePhpFpm());
        expect(health?.status).to.equal(200);
        expect(Number(health?.body), "ms").to.be.below(500);
        for (const [id, answer] of Object.entries(others)) expect(echoed(answer)).to.include({ id });
    });

    it("tells Prometheus at any load how many workers are busy, and how many requests wait for one", async () => {
        const { idle, busy, nginx, others } = await playPod("measured", basePhpFpm(), { metrics: true });
        const figures = (answer: Answer | undefined) =>
            Object.fromEntries(
                [...(answer?.body ?? "").matchAll(/^(phpfpm_\w+) (\d+)$/gm)].map(([, name = "", value]) => [
                    name,
                    Number(value),
                ]),
            ) as Readonly<Record<string, number>>;
        expect(figures(idle)).to.include({ phpfpm_active_processes: 0, phpfpm_listen_queue: 0 });
        expect(figures(busy)).to.include({
            phpfpm_active_processes: 4,
            phpfpm_total_processes: 4,
            phpfpm_listen_queue: 8,
        });
        expect(busy?.body.endsWith("# EOF\n"), busy?.body).to.equal(true);
        expect(nginx?.body).to.include("Active connections: ");
        expect(others?.status).to.equal(404);
    });

    describe("under the drill's load", () => {
        before(needs("go"));

        it("answers as that expects it", async function () {
            // vegeta is built at the first time.
            this.timeout(300_000);
            const answers = await playPod("load", basePhpFpm(), {}, await ensureVegeta());
            const ids = Object.keys(answers);
            expect(ids.filter((id) => id.startsWith("short-")).length).to.be.within(47, 53);
            expect(ids.filter((id) => id.startsWith("long-")).length).to.be.within(1, 2);
            for (const [id, answer] of Object.entries(answers)) {
                expect(answer, id).to.deep.equal({ status: 200, body: hostname() });
            }
        });
    });

    it("lets a long request end when nginx stops first and php-fpm after it", async () => {
        const { long, late } = await playPod("sidecar", basePhpFpm());
        expect(echoed(long)).to.deep.include({ id: "long", ...orders });
        expect(late?.status, "the listener is closed").to.equal("ECONNREFUSED");
    });

    describe("whose requests take time beside PHP's work", function () {
        this.timeout(60_000);
        const behindNginx = (drain: object) => limitsOf({ web: { longestRequestSeconds: 4, drain } });
        const behindStreaming = (ingressController: object) =>
            limitsOf({ web: { longestRequestSeconds: 5, drain: { queueSeconds: 1 } }, ingressController });
        type Answers = Awaited<ReturnType<typeof playPod>>;
        let [queued, inDrain, unqueued, streamed, cut]: readonly Answers[] = [];

        // All at once: they do little but wait.
        before(async () => {
            [queued, inDrain, unqueued, streamed, cut] = await Promise.all([
                playPod("queued", ...behindNginx({})),
                playPod("queued in a drain", ...behindNginx({})),
                playPod("queued", ...behindNginx({ queueSeconds: 0 })),
                playPod("uploading", ...behindStreaming({ kind: "traefik", install: "ingressClass" }), "off"),
                playPod("uploading", ...behindStreaming({}), "off"),
            ]);
        });

        const expectAll = (answers: Answers | undefined) => {
            for (const id of ["0", "1", "2", "3", "4"]) expect(echoed(answers?.[id])).to.include({ id, ...orders });
        };

        it("answers a request of 3 s that waits 3 s for a worker, under a promise of 4 s", () => {
            expectAll(queued);
        });

        it("does so though nginx ends while it waits", () => {
            expectAll(inDrain);
        });

        it("regression: loses it where the wait counts as work", () => {
            expect(echoed(unqueued?.["0"])).to.include({ id: "0" });
            expect(unqueued?.["4"]?.status).to.equal(504);
        });

        it("answers what is uploaded in 4 s and worked on for 4 s though nginx ends, where Traefik streams", () => {
            expect(echoed(streamed?.["upload"])).to.include({ id: "upload", ...orders });
        });

        it("regression: cuts it where no time is left for its way", () => {
            expect(cut?.["upload"]?.status).to.equal(502);
        });
    });

    describe("behind a proxy", function () {
        this.timeout(60_000);

        const short = { workerShutdownTimeoutSeconds: 1 };

        it("gives a slow client all of an answer though nginx ends meanwhile, where the proxy buffers it", async () => {
            const answers = await playPod("slow", basePhpFpm(), short, "on");
            expect(answers["/large.bin"]).to.deep.equal({ status: 200, body: `${largeBytes} bytes` });
            expect(answers["/large.php"]).to.deep.equal({ status: 200, body: `${largeBytes} bytes` });
        });

        it("regression: cuts both after worker_shutdown_timeout where the proxy does not", async () => {
            const answers = await playPod("slow", basePhpFpm(), short, "off");
            for (const path of ["/large.bin", "/large.php"]) {
                expect(Number.parseInt(answers[path]?.body ?? "", 10), path).to.be.within(1, largeBytes - 1);
            }
        });

        it("hands on at once what an application streams, and says so, through both", async () => {
            const { first, last, direct, buffering } = await playPod("stream", basePhpFpm(), {}, "on");
            expect([direct?.body, buffering?.body], "told to the proxy, and to nobody else").to.deep.equal([
                "no",
                "undefined",
            ]);
            expect(Number(first?.body), "ms to the first part").to.be.below(500);
            expect(Number(last?.body), "ms to the last part").to.be.above(900);
        });
    });

    it("waits the whole time though SIGQUIT, which cuts a sleep short, meets it", async () => {
        const { long } = await playPod("together", basePhpFpm());
        expect(echoed(long)["waited_ms"]).to.be.within(2000, 3000);
    });

    it("regression: loses it when both get SIGQUIT at once and process_control_timeout is its default of 0", async () => {
        const { long } = await playPod("together", { ...basePhpFpm(), processControlTimeoutSeconds: 0 });
        expect(long?.status).to.equal(502);
    });
});

/** What /echo has to say of the body that pod.ts sends. */
const orders = { bytes: 45_000, sha1: createHash("sha1").update("an order\n".repeat(5000)).digest("hex") };

function echoed(answer: Answer | undefined): Readonly<Record<string, unknown>> {
    expect(answer?.status, answer?.body).to.equal(200);
    return JSON.parse(answer?.body ?? "") as Record<string, unknown>;
}

/** nginx and php-fpm as a stack's settings have their times, for {@link playPod}. */
function limitsOf(values: Record<string, object>): readonly [PhpFpmConfInput, Partial<NginxConfInput>] {
    const { drainBudget } = serviceOfValues(values);
    const { workerShutdownTimeoutSeconds, fastcgiReadTimeoutSeconds } = drainBudget;
    return [
        { ...basePhpFpm(), ...drainBudget },
        { workerShutdownTimeoutSeconds, fastcgiReadTimeoutSeconds },
    ];
}
