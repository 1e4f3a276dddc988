import { expect } from "chai";

import { describeProblems, nearest, parseSettings, type Problem, type RawSettings } from "../../settings/parse";
import { settingsSchema } from "../../settings/schema";
import { allKeys } from "../../settings/schemaTree";
import type { Settings } from "../../settings/types";

const parsed = (values: RawSettings["values"]): Settings => {
    const result = parseSettings({ values });
    if (!result.ok) throw new Error(describeProblems(result.problems, "prod", "project"));
    return result.settings;
};

const problemsOf = (values: RawSettings["values"], secretNames: readonly string[] = []): readonly Problem[] => {
    const result = parseSettings({ values, secretNames });
    return result.ok ? [] : result.problems;
};

const pathsOf = (...input: Parameters<typeof problemsOf>): readonly string[] =>
    problemsOf(...input).map(({ path }) => path);

/** { web: { host: value } } of "web.host" and value; a list has one entry. */
const nested = (path: string, value: unknown): Record<string, unknown> =>
    path
        .split(".")
        .reverse()
        .reduce<unknown>(
            (inner, key) => (key.endsWith("[]") ? { [key.slice(0, -2)]: [inner] } : { [key]: inner }),
            value,
        ) as Record<string, unknown>;

function frozen<T>(value: T): T {
    if (typeof value === "object" && value !== null) Object.values(value).forEach(frozen);
    return Object.freeze(value);
}

describe("parseSettings", () => {
    describe("with no value given", () => {
        const { web, ingressController, metricsServer, cluster } = parsed({});

        it("scales from 3 to 24 pods at 60 percent", () => {
            expect(web.scaling).to.deep.equal({
                kind: "hpa",
                minReplicas: 3,
                maxReplicas: 24,
                targetCPUUtilizationPercentage: 60,
                scaleUp: { stabilizationWindowSeconds: 0, percent: 100, pods: 4, periodSeconds: 15 },
                scaleDown: { stabilizationWindowSeconds: 300, percent: 25, pods: null, periodSeconds: 60 },
                triggers: [],
            });
        });

        it("gives nginx 100m and 90Mi, and php-fpm one whole core as request and limit", () => {
            expect(web.nginx.resources.requests).to.deep.equal({ cpu: "100m", memory: "90Mi" });
            expect(web.nginx.resources.limits).to.deep.equal({ cpu: null, memory: "512Mi" });
            expect(web.phpFpm.resources.requests.cpu).to.equal("1000m");
            expect(web.phpFpm.resources.limits.cpu).to.equal("1000m");
        });

        it("installs two controllers, metrics-server without its check of kubelets, and sets no cluster", () => {
            expect(ingressController).to.include({ kind: "ingress-nginx", install: true, replicas: 2 });
            expect(metricsServer).to.include({ install: true, kubeletInsecureTls: true, replicas: 1 });
            expect(cluster).to.deep.equal({ allowSingleReplica: false });
        });

        it("serves the sample under every host on /, with readiness through php-fpm", () => {
            expect(web).to.include({ path: "/", stripPathPrefix: false, namespace: "web", ingressClassName: "nginx" });
            expect(web.host).to.equal(undefined);
            expect(web.app).to.include({ source: "sample", healthPath: "/healthz" });
            expect(web.rollout.maxSurge).to.equal("25%");
        });
    });

    describe("of the number of pods", () => {
        it("takes a fixed number of pods in place of the autoscaler", () => {
            expect(parsed({ web: { replicas: 5 } }).web.scaling).to.deep.include({ minReplicas: 5, maxReplicas: 5 });
        });

        it("wants two of the service and of the controller, or to be told that one is enough", () => {
            const ingressController = { replicas: 1 };
            for (const [path, web] of [
                ["web.replicas", { replicas: 1 }],
                ["web.autoscaling.minReplicas", { autoscaling: { minReplicas: 1 } }],
            ] as const) {
                expect(pathsOf({ web, ingressController })).to.deep.equal([path, "ingressController.replicas"]);
                expect(pathsOf({ web, ingressController, cluster: { allowSingleReplica: true } })).to.deep.equal([]);
            }
            expect(pathsOf({ web: { replicas: 2 } })).to.deep.equal([]);
        });

        it("lets both bounds be the same", () => {
            expect(pathsOf({ web: { autoscaling: { minReplicas: 6, maxReplicas: 6 } } })).to.deep.equal([]);
        });

        it("takes a progress deadline that is a second above the startup budget", () => {
            const deadlineOf = (progressDeadlineSeconds: number) => ({ web: { rollout: { progressDeadlineSeconds } } });
            expect(pathsOf(deadlineOf(65))).to.deep.equal(["web.rollout.progressDeadlineSeconds"]);
            expect(pathsOf(deadlineOf(66))).to.deep.equal([]);
        });

        it("takes the highest target that the CPU limit lets the pods exceed, and none above", () => {
            const paths = (target: number) =>
                pathsOf({ web: { autoscaling: { targetCPUUtilizationPercentage: target } } });
            expect(paths(90)).to.deep.equal([]);
            expect(paths(91)).to.deep.equal(["web.autoscaling.targetCPUUtilizationPercentage"]);
        });

        it("takes every target where php-fpm has no CPU limit", () => {
            const autoscaling = { targetCPUUtilizationPercentage: 100 };
            const phpFpm = { resources: { limits: { cpu: null } } };
            expect(pathsOf({ web: { autoscaling, phpFpm } })).to.deep.equal([]);
        });
    });

    describe("of what is wrong", () => {
        it("reports problems of single keys, of keys together and of unknown keys at once", () => {
            expect(
                pathsOf({
                    web: {
                        host: "WWW.example.com",
                        replica: 3,
                        autoscaling: { minReplicas: 30 },
                        drain: { terminationGracePeriodSeconds: 30 },
                    },
                    metricsServer: { replicas: 3 },
                    colour: "blue",
                }),
            ).to.have.members([
                "web.host",
                "web.replica",
                "web.autoscaling.minReplicas",
                "web.drain.terminationGracePeriodSeconds",
                "metricsServer.replicas",
                "colour",
            ]);
        });

        it("still judges the keys together where a section lacks a key that it cannot do without", () => {
            expect(pathsOf({ web: { tls: {}, autoscaling: { minReplicas: 30 } } })).to.deep.equal([
                "web.tls.secretName",
                "web.autoscaling.minReplicas",
            ]);
            expect(pathsOf({ web: { tls: { secretName: "A" }, autoscaling: { minReplicas: 30 } } })).to.deep.equal([
                "web.tls.secretName",
                "web.autoscaling.minReplicas",
            ]);
        });

        it("says nothing about keys together where one of them is broken by itself", () => {
            expect(pathsOf({ web: { autoscaling: { minReplicas: 30, maxReplicas: "40" } } })).to.deep.equal([
                "web.autoscaling.maxReplicas",
            ]);
            expect(
                pathsOf({ web: { longestRequestSeconds: "x", drain: { terminationGracePeriodSeconds: 30 } } }),
            ).to.deep.equal(["web.longestRequestSeconds"]);
        });

        it("judges no default in the place of a section that could not be read", () => {
            const values = { ingressController: { namespace: "web" } };
            const paths = (unreadableKeys: readonly string[]) => {
                const result = parseSettings({ values, unreadableKeys });
                return result.ok ? [] : result.problems.map(({ path }) => path);
            };
            expect(paths([])).to.deep.equal(["web.namespace"]);
            expect(paths(["web"])).to.deep.equal([]);
        });

        it("says the same thing once", () => {
            expect(pathsOf({ web: { host: "_".repeat(300), replicas: -1.5 } })).to.deep.equal([
                "web.host",
                "web.replicas",
            ]);
        });

        it("does not change what it was given", () => {
            const values = frozen({ web: { tls: {}, host: "A", replicas: 1, autoscaling: { minReplicas: 30 } } });
            expect(pathsOf(values)).to.not.be.empty;
        });

        it("leaves the key secrets to others, and judges the names in it", () => {
            expect(pathsOf({ secrets: 5 })).to.deep.equal([]);
            expect(pathsOf({}, ["DB_PASSWORD", "DB-USER", "__proto__"])).to.deep.equal([
                "secrets.DB-USER",
                "secrets.__proto__",
            ]);
        });

        it("does not repeat what may be a secret", () => {
            for (const env of ["DB=hunter2", ["DB=hunter2"], { DB: ["hunter2"] }, { DB: { a: "hunter2" } }]) {
                const [problem] = problemsOf({ web: { phpFpm: { env } } });
                expect(problem?.message).to.match(/^found a (text|list|map)\. /);
            }
            expect(problemsOf({ web: { phpFpm: { env: { PIN: 4711 } } } })[0]?.message).to.match(/^found a number\. /);
            expect(problemsOf({ web: "phpFpm.env.DB=hunter2" })[0]?.message).to.match(/^found a text\. /);
        });

        for (const name of [
            "DB_PASSWORD",
            "PGPASSWORD",
            "DB_PASS",
            "api_key",
            "GITHUB_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
        ]) {
            it(`takes ${name} in plain text for a secret`, () => {
                expect(pathsOf({ web: { phpFpm: { env: { [name]: "x" } } } })).to.deep.equal([
                    `web.phpFpm.env.${name}`,
                ]);
            });
        }

        for (const name of ["APP_ENV", "TOKENIZER", "KEY", "COMPASS", "MONKEY", "constructor", "toString"]) {
            it(`takes ${name} for no secret`, () => {
                expect(parsed({ web: { phpFpm: { env: { [name]: "x" } } } }).web.phpFpm.env).to.deep.equal({
                    [name]: "x",
                });
            });
        }

        it("finds a password in an address, and no password in one without", () => {
            const paths = (value: string) => pathsOf({ web: { phpFpm: { env: { DATABASE_URL: value } } } });
            expect(paths("mysql://shop:hunter2@db.internal/shop")).to.deep.equal(["web.phpFpm.env.DATABASE_URL"]);
            expect(paths("redis://:hunter2@cache.internal:6379")).to.deep.equal(["web.phpFpm.env.DATABASE_URL"]);
            expect(paths("mysql://shop@db.internal:3306/shop")).to.deep.equal([]);
            expect(paths("https://example.com:8443/a@b")).to.deep.equal([]);
        });
    });

    describe("of each key of the schema", () => {
        const keys = allKeys(settingsSchema);

        it("refuses a value of the wrong kind at that very key and says what is allowed there", () => {
            const silent = keys.filter(({ path }) => {
                // No key takes a list of lists.
                const problems = problemsOf(nested(path, [[]]));
                const at = path.replaceAll("[]", "[0]");
                return !problems.some(
                    (problem) =>
                        (problem.path === at || problem.path === `${at}[0]`) &&
                        /^found a list\. Allowed: .{5,}\.$/.test(problem.message),
                );
            });
            expect(keys.length).to.be.above(100);
            expect(silent.map(({ path }) => path)).to.deep.equal([]);
        });

        it("refuses a mistyped key and names the right one", () => {
            const unhelpful = keys.filter(({ path }) => {
                const mistyped = `${path}q`;
                return !problemsOf(nested(mistyped, 1)).some(
                    (problem) =>
                        problem.path === mistyped.replaceAll("[]", "[0]") &&
                        problem.message.startsWith("unknown key. Did you mean") &&
                        problem.message.endsWith(` ${path.replaceAll("[]", "[0]")}?`),
                );
            });
            expect(unhelpful.map(({ path }) => path)).to.deep.equal([]);
        });

        it("never answers with nothing more than that a text is allowed, where only some are", () => {
            const free = ["name", "digest"];
            const vague = keys.filter(({ path }) => {
                if (free.includes(path.split(".").at(-1)!)) return false;
                return problemsOf(nested(path, [[]])).some(({ message }) => message.includes("Allowed: a text."));
            });
            expect(vague.map(({ path }) => path)).to.deep.equal([]);
        });
    });
});

describe("describeProblems", () => {
    const problems = (count: number): readonly Problem[] =>
        Array.from({ length: count }, (_, i) => ({ path: `web.key${i}`, message: "unknown key." }));

    it("counts in the singular and in the plural", () => {
        expect(describeProblems(problems(1), "prod", "shop")).to.equal(
            "Pulumi.prod.yaml has 1 problem:\n  - shop:web.key0: unknown key.",
        );
        expect(describeProblems(problems(2), "dev", "shop")).to.match(/^Pulumi\.dev\.yaml has 2 problems:\n/);
    });

    it("shows 50 problems and counts the others", () => {
        expect(describeProblems(problems(50), "prod", "shop").split("\n")).to.have.length(51);
        const lines = describeProblems(problems(1000), "prod", "shop").split("\n");
        expect(lines).to.have.length(52);
        expect(lines[0]).to.equal("Pulumi.prod.yaml has 1000 problems:");
        expect(lines.at(-1)).to.equal("  - and 950 more");
    });
});

describe("nearest", () => {
    const known = ["minReplicas", "maxReplicas", "host"];

    it("finds a key with one letter in three wrong, whatever the case", () => {
        expect(nearest("minReplica", known)).to.equal("minReplicas");
        expect(nearest("MINREPLICAS", known)).to.equal("minReplicas");
        expect(nearest("hst", known)).to.equal("host");
    });

    it("finds the nearer of two", () => {
        expect(nearest("maxReplica", known)).to.equal("maxReplicas");
    });

    it("finds nothing where everything is far, or where there is nothing", () => {
        expect(nearest("colour", known)).to.equal(undefined);
        expect(nearest("", known)).to.equal(undefined);
        expect(nearest("host", [])).to.equal(undefined);
    });
});
