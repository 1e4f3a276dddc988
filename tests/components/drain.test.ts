import { expect } from "chai";

import { traefikDefaults } from "../../components/defaults";
import {
    controllerWorkerShutdownTimeoutSeconds,
    cutOf,
    defaultTransferSeconds,
    describeGraceSum,
    describeWitness,
    drainBudget,
    neededGraceSeconds,
    shortestWithdrawalSeconds,
    timeBehindControllerSeconds,
    traefikLifeCycle,
    worstRequest,
    type DrainedRequest,
} from "../../components/drain";
import { resolveService } from "../../components/service";

const input = {
    longestRequestSeconds: 40,
    endpointWithdrawalSeconds: 10,
    transferSeconds: 20,
    queueSeconds: 8,
    phpFpmStopSeconds: 5,
    slackSeconds: 5,
};
const budget = drainBudget(input);
const budgetOfDefaults = resolveService("web", {}).drainBudget;

const request = (changes: Partial<DrainedRequest> = {}): DrainedRequest => ({
    admittedAtSeconds: 0,
    uploadsSeconds: 0,
    waitsSeconds: 0,
    runsSeconds: 1,
    downloadsSeconds: 0,
    workAfterAnswerSeconds: 0,
    stopSignalDelaySeconds: 0,
    ...changes,
});

describe("drainBudget", () => {
    it("adds the grace period up from its parts", () => {
        expect(neededGraceSeconds(input)).to.equal(88);
        expect(budget.terminationGracePeriodSeconds).to.equal(88);
        expect(describeGraceSum(input)).to.equal(
            "10 s withdrawal + 20 s transfer + 8 s queue + 40 s longest request + 5 s php-fpm + 5 s slack = 88 s",
        );
    });

    it("names no part of no time", () => {
        expect(describeGraceSum({ ...input, transferSeconds: 0, queueSeconds: 0 })).to.equal(
            "10 s withdrawal + 40 s longest request + 5 s php-fpm + 5 s slack = 60 s",
        );
    });

    it("keeps a grace period that is given, and leaves what is over to php-fpm", () => {
        const given = drainBudget({ ...input, terminationGracePeriodSeconds: 100 });
        expect(given.terminationGracePeriodSeconds).to.equal(100);
        expect(given.processControlTimeoutSeconds).to.equal(17);
    });

    it("gives PHP its work, nginx the wait for it too, a drain the way as well, and the proxy a little more", () => {
        expect(budget.requestTerminateTimeoutSeconds).to.equal(40);
        expect(budget.fastcgiReadTimeoutSeconds).to.equal(48);
        expect(budget.workerShutdownTimeoutSeconds).to.equal(68);
        expect(budget.proxyReadTimeoutSeconds).to.equal(73);
    });

    it("has no time for the way behind a proxy that buffers, and a minute behind others", () => {
        expect(defaultTransferSeconds(true)).to.equal(0);
        expect(defaultTransferSeconds(false)).to.equal(60);
    });

    it("sleeps for as long as proxies may still send, and never below what ingress-nginx needs", () => {
        expect(budget.preStopSleepSeconds).to.equal(10);
        expect(shortestWithdrawalSeconds).to.be.above(3.3 + 1);
    });
});

describe("the controller's own drain", () => {
    it("fills the 300 s of the chart", () => {
        for (const graceSeconds of [0, 15, 240]) {
            expect(controllerWorkerShutdownTimeoutSeconds(graceSeconds) + graceSeconds + 10).to.equal(300);
        }
    });

    it("has room for a request of 270 s by default", () => {
        expect(timeBehindControllerSeconds(15)).to.equal(270);
    });
});

describe("Traefik's own drain", () => {
    it("takes what ingress-nginx' takes, by default", () => {
        expect(traefikLifeCycle(15, budgetOfDefaults.proxyReadTimeoutSeconds)).to.deep.equal({
            requestAcceptGraceTimeoutSeconds: 15,
            graceTimeOutSeconds: 275,
            readTimeoutSeconds: 220,
            terminationGracePeriodSeconds: 300,
        });
        expect(controllerWorkerShutdownTimeoutSeconds(15)).to.equal(275);
    });

    it("follows a longer promise, and a longer time of accepting", () => {
        expect(traefikLifeCycle(30, 1000)).to.include({
            graceTimeOutSeconds: 1220,
            terminationGracePeriodSeconds: 1260,
        });
    });

    it("has as its default what a service has", () => {
        expect(traefikDefaults.proxyReadTimeoutSeconds).to.equal(budgetOfDefaults.proxyReadTimeoutSeconds);
    });
});

describe("cutOf", () => {
    it("spares the worst request that the settings allow", () => {
        expect(worstRequest(input)).to.deep.equal({
            admittedAtSeconds: 10,
            uploadsSeconds: 20,
            waitsSeconds: 8,
            runsSeconds: 40,
            downloadsSeconds: 0,
            workAfterAnswerSeconds: 5,
            stopSignalDelaySeconds: 5,
        });
        expect(cutOf(budget, worstRequest(input))).to.equal(undefined);
        expect(describeWitness(input)).to.equal(undefined);
    });

    it("finds the listener closed after the withdrawal", () => {
        expect(cutOf(budget, request({ admittedAtSeconds: 10 }))).to.equal(undefined);
        expect(cutOf(budget, request({ admittedAtSeconds: 10.001 }))).to.deep.equal({
            atSeconds: 10.001,
            by: "nginx's closed listener",
        });
    });

    it("finds no pod after the grace period", () => {
        const short = { ...budget, terminationGracePeriodSeconds: 5 };
        expect(cutOf(short, request({ admittedAtSeconds: 6 }))).to.deep.equal({ atSeconds: 6, by: "SIGKILL" });
    });

    it("cuts a late request at nginx's end", () => {
        expect(cutOf({ ...budget, workerShutdownTimeoutSeconds: 20 }, worstRequest(input))).to.deep.equal({
            atSeconds: 30,
            by: "worker_shutdown_timeout",
        });
    });

    it("cuts a request that runs for too long, by the limit that comes first", () => {
        const long = request({ runsSeconds: 41 });
        expect(cutOf(budget, long)).to.deep.equal({ atSeconds: 40, by: "request_terminate_timeout" });
        expect(cutOf({ ...budget, fastcgiReadTimeoutSeconds: 30 }, long)).to.deep.equal({
            atSeconds: 30,
            by: "fastcgi_read_timeout",
        });
    });

    it("counts neither upload nor wait as work, and the upload not as reading", () => {
        const full = { uploadsSeconds: 20, waitsSeconds: 8, runsSeconds: 40 };
        expect(cutOf(budget, request(full))).to.equal(undefined);
        expect(cutOf(budget, request({ ...full, waitsSeconds: 9 }))).to.deep.equal({
            atSeconds: 68,
            by: "fastcgi_read_timeout",
        });
        expect(cutOf(budget, request({ ...full, waitsSeconds: 7, runsSeconds: 41 }))).to.deep.equal({
            atSeconds: 67,
            by: "request_terminate_timeout",
        });
    });

    it("lets a download take what the upload left of its part, and cuts only in a drain what takes longer", () => {
        const late = request({ admittedAtSeconds: 10, waitsSeconds: 8, runsSeconds: 40, downloadsSeconds: 20 });
        expect(cutOf(budget, late)).to.equal(undefined);
        expect(cutOf(budget, { ...late, downloadsSeconds: 21 })).to.deep.equal({
            atSeconds: 78,
            by: "worker_shutdown_timeout",
        });
        expect(cutOf(budget, { ...late, admittedAtSeconds: 0, downloadsSeconds: 30 })).to.equal(undefined);
    });

    it("kills what the grace period has no time for", () => {
        const short = { ...budget, terminationGracePeriodSeconds: 30 };
        expect(cutOf(short, worstRequest(input))).to.deep.equal({ atSeconds: 30, by: "SIGKILL" });
        expect(cutOf(short, request({ runsSeconds: 30, workAfterAnswerSeconds: 0 }))?.by).to.equal("SIGKILL");
    });

    it("ends work after the answer with process_control_timeout", () => {
        expect(cutOf({ ...budget, processControlTimeoutSeconds: 0 }, worstRequest(input))).to.deep.equal({
            atSeconds: 83,
            by: "process_control_timeout",
        });
    });
});

describe("describeWitness", () => {
    it("tells of a request that is cut before its answer", () => {
        expect(describeWitness({ ...input, terminationGracePeriodSeconds: 30 })).to.equal(
            "a request admitted 10 s after the pod's deletion that uploads 20 s, waits 8 s, runs 40 s is cut at 30 s by SIGKILL",
        );
    });

    it("tells of a request that arrives when nginx is gone", () => {
        expect(describeWitness({ ...input, terminationGracePeriodSeconds: 9 })).to.equal(
            "a request that arrives 10 s after the pod's deletion, when proxies may still send, finds no nginx: " +
                "SIGKILL ended it at 9 s",
        );
    });

    it("tells of a worker that is ended after its answer", () => {
        expect(describeWitness({ ...input, terminationGracePeriodSeconds: 87 })).to.equal(
            "a request admitted 10 s after the pod's deletion that uploads 20 s, waits 8 s, runs 40 s is answered at " +
                "78 s, php-fpm's SIGQUIT follows by 83 s, and SIGKILL ends its worker at 87 s, before its 5 s are over",
        );
    });
});
