import { expect } from "chai";
import fc from "fast-check";

import { cutOf, drainBudget, type DrainBudget, type DrainedRequest, type DrainInput } from "../../components/drain";
import { parseSettings, type ParseResult } from "../../settings/parse";
import { serviceOf } from "../helpers/service";
import { play, renderedSeconds, renderedSecondsOf } from "./timeline";

const seconds = (min: number, max: number) => fc.integer({ min, max });

/** A share of what is allowed; both ends often, as that is where budgets break. */
const share = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(0, 1) },
    { weight: 3, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
);
const shares = fc.record({
    admitted: share,
    transfer: share,
    upload: share,
    waits: share,
    runs: share,
    work: share,
    delay: share,
});

/** The keys of a stack file that the shutdown follows from, each of them given or left out. */
interface Raw {
    readonly longestRequestSeconds?: number | undefined;
    readonly endpointWithdrawalSeconds?: number | undefined;
    readonly transferSeconds?: number | undefined;
    readonly queueSeconds?: number | undefined;
    readonly phpFpmStopSeconds?: number | undefined;
    readonly slackSeconds?: number | undefined;
    /** The grace period above what the parts need; below where negative. */
    readonly spareSeconds?: number | undefined;
    /** Of another controller, requests may be in the pod for longer than the installed one lets them end. */
    readonly proxy: keyof typeof transferOf;
}

/** How long the installed controller lets a request end. */
const installedRoomSeconds = 270;

/** What is on its way for as long as Traefik's readTimeout, where the proxy streams it. */
const transferOf = {
    installed: 0,
    "own ingress-nginx": 0,
    traefik: 0,
    "own traefik": 60,
    gateway: 60,
    "own gateway": 0,
};

const controllerOf: Readonly<Record<Raw["proxy"], object>> = {
    installed: {},
    "own ingress-nginx": { install: false },
    traefik: { kind: "traefik", install: true },
    "own traefik": { kind: "traefik", install: "ingressClass" },
    gateway: { install: false },
    "own gateway": { kind: "traefik", install: true, gateway: true },
};

const raw = (spareSeconds: fc.Arbitrary<number>): fc.Arbitrary<Raw> =>
    fc
        .record(
            {
                longestRequestSeconds: fc.oneof(seconds(1, 270), seconds(271, 3600)),
                endpointWithdrawalSeconds: fc.oneof(seconds(5, 60), seconds(5, 600)),
                transferSeconds: fc.oneof(seconds(0, 60), seconds(0, 900)),
                queueSeconds: fc.oneof(seconds(0, 30), seconds(0, 600)),
                phpFpmStopSeconds: fc.oneof(seconds(1, 10), seconds(1, 300)),
                slackSeconds: seconds(1, 60),
                spareSeconds,
                proxy: fc.constantFrom(...(Object.keys(transferOf) as Raw["proxy"][])),
            },
            { requiredKeys: ["proxy"] },
        )
        .map((values) => {
            const { longestRequestSeconds, transferSeconds, queueSeconds } = inputOf(values);
            const isTooLong = longestRequestSeconds + transferSeconds + queueSeconds > installedRoomSeconds;
            return values.proxy === "installed" && isTooLong ? { ...values, proxy: "own ingress-nginx" } : values;
        });

/** The parts with their defaults, stated here once more. */
const inputOf = (values: Raw): Required<DrainInput> => {
    const parts = {
        longestRequestSeconds: values.longestRequestSeconds ?? 40,
        endpointWithdrawalSeconds: values.endpointWithdrawalSeconds ?? 10,
        transferSeconds: values.transferSeconds ?? transferOf[values.proxy],
        queueSeconds: values.queueSeconds ?? 10,
        phpFpmStopSeconds: values.phpFpmStopSeconds ?? 5,
        slackSeconds: values.slackSeconds ?? 5,
    };
    const sum = Object.values(parts).reduce((a, b) => a + b, 0);
    const grace = values.spareSeconds === undefined ? undefined : Math.max(1, sum + values.spareSeconds);
    return { ...parts, terminationGracePeriodSeconds: grace };
};

const parse = (values: Raw): ParseResult => {
    const { longestRequestSeconds, spareSeconds: _, proxy, ...parts } = values;
    const { terminationGracePeriodSeconds } = inputOf(values);
    // As a stack file has it: a key that is left out is not there.
    const given = (keys: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
    const gateways: Partial<Record<Raw["proxy"], object>> = {
        gateway: { name: "public", namespace: "gateways" },
        "own gateway": { create: true },
    };
    const gateway = gateways[proxy];
    return parseSettings({
        values: {
            web: given({ longestRequestSeconds, gateway, drain: given({ ...parts, terminationGracePeriodSeconds }) }),
            ingressController: controllerOf[proxy],
        },
    });
};

/** A share of a part, in steps in which sums of floating point numbers are exact. */
const partOf = (part: number, seconds: number): number => Math.floor(part * seconds * 64) / 64;

/** Any request that the settings promise to finish. */
const promised = (input: DrainInput, of: typeof shares extends fc.Arbitrary<infer T> ? T : never): DrainedRequest => ({
    admittedAtSeconds: partOf(of.admitted, input.endpointWithdrawalSeconds),
    uploadsSeconds: partOf(of.upload * of.transfer, input.transferSeconds),
    waitsSeconds: partOf(of.waits, input.queueSeconds),
    downloadsSeconds: partOf((1 - of.upload) * of.transfer, input.transferSeconds),
    runsSeconds: partOf(of.runs, input.longestRequestSeconds),
    workAfterAnswerSeconds: partOf(of.work, input.phpFpmStopSeconds),
    stopSignalDelaySeconds: partOf(of.delay, input.slackSeconds),
});

/** The request that a message names, and how it says that it is cut. */
function witnessOf(text: string, input: DrainInput): { request: DrainedRequest; atSeconds: number; by: string } {
    const numbers = [...text.matchAll(/\d+/g)].map(Number);
    const phase = (verb: string) => Number(new RegExp(`${verb} (\\d+) s`).exec(text)?.[1] ?? 0);
    const request = (admitted: number, runs: number, delay: number, work: number): DrainedRequest => ({
        admittedAtSeconds: admitted,
        uploadsSeconds: phase("uploads"),
        waitsSeconds: phase("waits"),
        runsSeconds: runs,
        downloadsSeconds: 0,
        workAfterAnswerSeconds: work,
        stopSignalDelaySeconds: delay,
    });
    const { longestRequestSeconds, phpFpmStopSeconds, slackSeconds } = input;
    const takes = /(?:uploads \d+ s, )?(?:waits \d+ s, )?runs \d+ s/.source;

    const late = /^that arrives \d+ s after the pod's deletion, .* finds no nginx: (.+) ended it at \d+ s$/.exec(text);
    if (late !== null) {
        const [arrives = 0, ended = 0] = numbers;
        expect(ended).to.be.below(arrives);
        const atSeconds = arrives;
        return {
            request: request(arrives, longestRequestSeconds, slackSeconds, phpFpmStopSeconds),
            atSeconds,
            by: late[1]!,
        };
    }

    const running = new RegExp(
        `^admitted \\d+ s after the pod's deletion that ${takes} is cut at \\d+ s by (.+)$`,
    ).exec(text);
    if (running !== null) {
        const [admitted = 0] = numbers;
        const atSeconds = numbers.at(-1) ?? 0;
        return {
            request: request(admitted, phase("runs"), slackSeconds, phpFpmStopSeconds),
            atSeconds,
            by: running[1]!,
        };
    }

    const answered = new RegExp(
        `^admitted \\d+ s after .* that ${takes} is answered at \\d+ s, php-fpm's SIGQUIT follows by \\d+ s, ` +
            "and (.+) ends its worker at \\d+ s, before its \\d+ s are over$",
    ).exec(text);
    expect(answered, text).to.not.equal(null);
    const [admitted = 0] = numbers;
    const [answer = 0, quit = 0, atSeconds = 0, work = 0] = numbers.slice(-4);
    expect(answer).to.equal(admitted + phase("uploads") + phase("waits") + phase("runs"));
    return { request: request(admitted, phase("runs"), quit - answer, work), atSeconds, by: answered![1]! };
}

describe("the shutdown of a pod, whatever the settings", () => {
    it("cuts no promised request with any accepted setting, in the model and in a replay of the objects", () => {
        let accepted = 0;
        fc.assert(
            fc.property(
                raw(seconds(-2, 600)),
                fc.array(shares, { minLength: 5, maxLength: 20 }),
                (values, requests) => {
                    const result = parse(values);
                    if (!result.ok) return;
                    accepted++;
                    const web = serviceOf(result.settings);
                    const pod = renderedSeconds(web);
                    for (const request of requests.map((of) => promised(inputOf(values), of))) {
                        expect(cutOf(web.drainBudget, request), "cut by the model").to.equal(undefined);
                        expect(play(pod, request), "cut in the replay").to.equal(undefined);
                    }
                },
            ),
            { numRuns: 600 },
        );
        expect(accepted, "settings that were accepted and so put to the test").to.be.above(500);
    });

    it("cuts the worst request with every grace period that is refused, as the message says", () => {
        let refused = 0;
        fc.assert(
            fc.property(raw(fc.oneof(seconds(-30, -1), seconds(-1500, -1))), (values) => {
                const result = parse(values);
                if (values.spareSeconds === undefined) return;
                refused++;
                expect(result.ok).to.equal(false);
                const problem = (result.ok ? [] : result.problems).find(
                    ({ path }) => path === "web.drain.terminationGracePeriodSeconds",
                );
                const input = inputOf(values);
                const { message } = problem ?? { message: "" };
                const given = / With (\d+) s a request (.+)\. Leave it out to have it computed\.$/.exec(message);
                expect(Number(given?.[1]), message).to.equal(input.terminationGracePeriodSeconds);
                const { request, atSeconds, by } = witnessOf(given![2]!, input);
                // It is one of those that the settings promise to finish.
                expect(request.admittedAtSeconds).to.be.at.most(input.endpointWithdrawalSeconds);
                expect(request.uploadsSeconds).to.be.at.most(input.transferSeconds);
                expect(request.waitsSeconds).to.be.at.most(input.queueSeconds);
                expect(request.runsSeconds).to.be.at.most(input.longestRequestSeconds);
                expect(request.workAfterAnswerSeconds).to.be.at.most(input.phpFpmStopSeconds);
                expect(request.stopSignalDelaySeconds).to.be.at.most(input.slackSeconds);
                const budget = drainBudget(input);
                expect(cutOf(budget, request), message).to.deep.equal({ atSeconds, by });
                expect(play(renderedSecondsOf(budget), request), message).to.equal(atSeconds);
            }),
            { numRuns: 400 },
        );
        expect(refused, "grace periods that were refused").to.be.above(250);
    });

    it("refuses no grace period that is long enough", () => {
        fc.assert(
            fc.property(raw(seconds(0, 600)), (values) => {
                const result = parse(values);
                expect(result.ok ? [] : result.problems).to.deep.equal([]);
            }),
            { numRuns: 200 },
        );
    });

    it("is told alike by the model and by the replay for any budget, good or bad", () => {
        const budget: fc.Arbitrary<DrainBudget> = fc.record({
            transferSeconds: seconds(0, 20),
            queueSeconds: seconds(0, 20),
            preStopSleepSeconds: seconds(0, 20),
            workerShutdownTimeoutSeconds: seconds(0, 30),
            fastcgiReadTimeoutSeconds: seconds(1, 30),
            requestTerminateTimeoutSeconds: seconds(1, 30),
            processControlTimeoutSeconds: seconds(0, 20),
            terminationGracePeriodSeconds: seconds(1, 80),
            proxyReadTimeoutSeconds: seconds(1, 60),
        });
        const request: fc.Arbitrary<DrainedRequest> = fc.record({
            admittedAtSeconds: seconds(0, 25),
            uploadsSeconds: seconds(0, 10),
            waitsSeconds: seconds(0, 10),
            runsSeconds: seconds(1, 30),
            downloadsSeconds: seconds(0, 10),
            workAfterAnswerSeconds: seconds(1, 20),
            stopSignalDelaySeconds: seconds(0, 10),
        });
        const verdicts = new Set<string>();
        fc.assert(
            fc.property(budget, request, (limits, each) => {
                const cut = cutOf(limits, each);
                verdicts.add(cut?.by ?? "spared");
                expect(play(renderedSecondsOf(limits), each)).to.equal(cut?.atSeconds);
            }),
            { numRuns: 1000 },
        );
        expect(verdicts.size, [...verdicts].join(", ")).to.equal(7);
    });

    it("keeps every limit in its order, with every accepted setting", () => {
        fc.assert(
            fc.property(raw(seconds(0, 600)), (values) => {
                const result = parse(values);
                if (!result.ok) throw new Error(result.problems[0]?.message);
                const { drainBudget: drain, longestRequestSeconds } = serviceOf(result.settings);
                const { transferSeconds, queueSeconds, ...limits } = drain;
                expect(drain.processControlTimeoutSeconds).to.be.at.least(1);
                expect(drain.requestTerminateTimeoutSeconds).to.be.at.least(longestRequestSeconds);
                expect(drain.fastcgiReadTimeoutSeconds).to.be.at.least(
                    queueSeconds + drain.requestTerminateTimeoutSeconds,
                );
                expect(drain.workerShutdownTimeoutSeconds).to.be.at.least(
                    transferSeconds + drain.fastcgiReadTimeoutSeconds,
                );
                expect(drain.proxyReadTimeoutSeconds).to.be.above(drain.workerShutdownTimeoutSeconds);
                for (const value of Object.values<number>(limits)) {
                    expect(Number.isInteger(value) && value > 0, String(value)).to.equal(true);
                }
                expect(drain.terminationGracePeriodSeconds).to.be.at.least(
                    drain.preStopSleepSeconds + drain.workerShutdownTimeoutSeconds + drain.processControlTimeoutSeconds,
                );
            }),
            { numRuns: 200 },
        );
    });

    it("gives no second less where more is asked for", () => {
        const parts = [
            "longestRequestSeconds",
            "endpointWithdrawalSeconds",
            "transferSeconds",
            "queueSeconds",
            "phpFpmStopSeconds",
            "slackSeconds",
        ] as const;
        fc.assert(
            fc.property(raw(fc.constant(0)), fc.constantFrom(...parts), seconds(1, 100), (values, part, more) => {
                const input = { ...inputOf(values), terminationGracePeriodSeconds: undefined };
                const before = drainBudget(input);
                const after = drainBudget({ ...input, [part]: input[part] + more });
                expect(after.terminationGracePeriodSeconds).to.equal(before.terminationGracePeriodSeconds + more);
                for (const key of Object.keys(before) as (keyof DrainBudget)[]) {
                    expect(after[key], key).to.be.at.least(before[key]);
                }
            }),
            { numRuns: 300 },
        );
    });

    it("spares with a longer grace period what it spared with a shorter one", () => {
        fc.assert(
            fc.property(raw(seconds(-60, 60)), shares, seconds(1, 300), (values, of, more) => {
                const input = inputOf(values);
                const request = promised(input, of);
                const before = drainBudget(input);
                const after = drainBudget({
                    ...input,
                    terminationGracePeriodSeconds: before.terminationGracePeriodSeconds + more,
                });
                if (cutOf(before, request) === undefined) expect(cutOf(after, request)).to.equal(undefined);
                if (play(renderedSecondsOf(before), request) === undefined) {
                    expect(play(renderedSecondsOf(after), request)).to.equal(undefined);
                }
            }),
            { numRuns: 200 },
        );
    });
});
