import { expect } from "chai";
import fc from "fast-check";

import { parseMemoryBytes } from "../../components/units/quantity";
import { describeProblems, parseSettings, type ParseResult } from "../../settings/parse";
import { settingsSchema } from "../../settings/schema";
import { allKeys } from "../../settings/schemaTree";
import { worstBytes } from "../../components/workers";
import { serviceOf } from "../helpers/service";

/** Names that mean something to JavaScript, to YAML or to the schema. */
const nastyKey = fc.oneof(
    fc.constantFrom("__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "then", "length"),
    fc.constantFrom(
        "web",
        "secrets",
        "autoscaling",
        "drain",
        "phpFpm",
        "resources",
        "env",
        "web.host",
        "",
        " ",
        "0",
        "a\nb",
    ),
    fc.string({ unit: "binary", maxLength: 8 }),
);

const nastyValue = fc.oneof(
    fc.jsonValue({ maxDepth: 4, noUnicodeString: false }),
    fc.object({
        key: nastyKey,
        values: [fc.string({ unit: "binary" }), fc.double(), fc.boolean(), fc.constant(null)],
        maxDepth: 4,
        maxKeys: 6,
    }),
    // Objects that look like lists to who asks for their length.
    fc.constantFrom({ length: { toString: false } }, { length: 99 }),
    fc.constantFrom("1", "1m", "1Gi", "nginx:1", "25%", "/", "a", "true", 1, 2, 3, 60, true, false, null, [], {}, [
        null,
    ]),
);

const paths = allKeys(settingsSchema).map(({ path }) => path.split("."));

/** The value of a path in maps within maps; an entry in a list where the path says so. */
const nested = (path: readonly string[], value: unknown): unknown =>
    path.reduceRight<unknown>(
        (inner, key) =>
            key.endsWith("[]") ? Object.fromEntries([[key.slice(0, -2), [inner]]]) : Object.fromEntries([[key, inner]]),
        value,
    );

/** As the engine passes it on: JSON has no undefined, no NaN, no prototypes. */
const throughJson = (value: unknown): Record<string, unknown> =>
    JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

function expectAnswer(result: ParseResult): void {
    if (result.ok) {
        expect(serviceOf(result.settings).drainBudget.processControlTimeoutSeconds).to.be.at.least(1);
        return;
    }
    expect(result.problems.length).to.be.above(0);
    for (const { path, message } of result.problems) {
        expect(path).to.not.equal("");
        expect(message.length).to.be.within(10, 1000);
        // eslint-disable-next-line no-control-regex -- a line break would make one problem look like two
        expect(`${path}${message}`).to.not.match(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
        expect(message).to.not.match(/undefined|NaN|\[object|Infinity|function/);
    }
    const text = describeProblems(result.problems, "prod", "php-web-service");
    expect(text.split("\n").length).to.be.at.most(52);
}

describe("parseSettings, whatever a stack file holds", () => {
    it("answers any JSON under any key with settings or with problems, and never throws", () => {
        fc.assert(
            fc.property(
                fc.array(fc.tuple(nastyKey, nastyValue), { maxLength: 5 }),
                fc.array(nastyKey),
                (pairs, names) => {
                    const values = throughJson(Object.fromEntries(pairs));
                    expectAnswer(parseSettings({ values, secretNames: names }));
                },
            ),
            { numRuns: 600 },
        );
    });

    it("answers any JSON at any key of the schema", () => {
        const places = fc.constantFrom(...paths);
        fc.assert(
            fc.property(places, nastyValue, (path, value) => {
                expectAnswer(parseSettings({ values: throughJson(nested(path, value)) }));
            }),
            { numRuns: 1500 },
        );
    });

    it("answers maps of any depth and lists of any length", () => {
        for (const depth of [10, 1000, 20_000]) {
            let map: unknown = 1;
            let list: unknown = 1;
            for (let i = 0; i < depth; i++) {
                map = { web: map };
                list = [list];
            }
            for (const value of [map, list]) {
                for (const path of [["web"], ["web", "host"], ["web", "phpFpm", "env", "A"], ["web", "autoscaling"]]) {
                    const result = parseSettings({
                        values: nested(path, value) as Record<string, unknown>,
                    });
                    expect(result.ok, path.join(".")).to.equal(false);
                    expectAnswer(result);
                }
            }
        }
        const pullSecrets = { imagePullSecrets: Array.from({ length: 1000 }, () => null) };
        expectAnswer(parseSettings({ values: { web: pullSecrets } }));
    });

    it("gives the same settings whatever the order of keys", () => {
        const section = fc.subarray([
            ["host", "www.example.com"],
            ["path", "/shop"],
            ["awaitAddress", false],
            ["longestRequestSeconds", 30],
            ["phpFpm", { maxChildren: 4, env: { A: "1", B: "2" } }],
            ["autoscaling", { minReplicas: 2, maxReplicas: 9 }],
            ["rollout", { maxSurge: 1 }],
        ] as [string, unknown][]);
        fc.assert(
            fc.property(
                section.chain((pairs) =>
                    fc.tuple(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length })),
                ),
                ([pairs, shuffled]) => {
                    const parse = (entries: [string, unknown][]) =>
                        parseSettings({ values: { web: Object.fromEntries(entries) } });
                    expect(parse(pairs).ok).to.equal(true);
                    expect(parse(shuffled)).to.deep.equal(parse(pairs));
                },
            ),
            { numRuns: 100 },
        );
    });
});

describe("parseSettings, whatever php-fpm gets of memory", () => {
    const quantity = (least: number, most: number) =>
        fc.integer({ min: least, max: most }).map((count) => `${count}Mi`);
    const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const phpFpm = fc.record({
        maxChildren: sometimes(fc.integer({ min: 1, max: 100 })),
        memoryLimit: sometimes(quantity(2, 512)),
        opcacheMemory: sometimes(quantity(16, 512)),
        ini: fc.record({ "apc.shm_size": sometimes(fc.constantFrom("8M", "1G")) }),
        resources: fc.record({
            requests: fc.record({
                cpu: sometimes(fc.constantFrom("100m", "1", "4")),
                memory: sometimes(quantity(1, 4096)),
            }),
            limits: fc.record({ cpu: fc.constant(null), memory: sometimes(quantity(1, 16_384)) }),
        }),
    });

    it("has a limit that all workers at their worst fit into, and a request that is no larger", () => {
        let accepted = 0;
        fc.assert(
            fc.property(phpFpm, (given) => {
                const result = parseSettings({ values: throughJson({ web: { replicas: 3, phpFpm: given } }) });
                expectAnswer(result);
                const { requests, limits } = given.resources;
                if (limits.memory === undefined) expect(result.ok).to.equal(true);
                if (!result.ok) return;
                accepted += 1;
                const { maxChildren, resources, ...memory } = serviceOf(result.settings).phpFpm;
                const limit = parseMemoryBytes(resources.limits.memory) ?? 0;
                expect(limit).to.be.at.least(worstBytes(memory, maxChildren));
                expect(limit).to.be.at.least(parseMemoryBytes(resources.requests.memory) ?? 0);
                expect(maxChildren).to.be.at.least(1);
                if (requests.memory !== undefined) expect(resources.requests.memory).to.equal(requests.memory);
                if (limits.memory !== undefined) expect(resources.limits.memory).to.equal(limits.memory);
            }),
            { numRuns: 1000 },
        );
        expect(accepted).to.be.above(100);
    });
});
