/** How a pod ends, and how it begins. */
import { describeGraceSum, describeWitness, longestRequestBehindControllerSeconds, neededGraceSeconds } from "../drain";
import { none, problem, type Rule } from "./rule";

export const drainRules: readonly Rule[] = [
    {
        name: "grace-covers-drain",
        reads: ["web.longestRequestSeconds", "web.drain"],
        check: ({ settings: { web } }) => {
            const input = { ...web.drain, longestRequestSeconds: web.longestRequestSeconds };
            const grace = web.drain.terminationGracePeriodSeconds;
            const needed = neededGraceSeconds(input);
            if (grace === undefined || grace >= needed) return none;
            return problem(
                "web.drain.terminationGracePeriodSeconds",
                `found ${grace}. Allowed: ${needed} or more: ${describeGraceSum(input)}. With ${grace} s ` +
                    `${describeWitness(input) ?? "the slack is gone"}. Remove the key to have it computed.`,
            );
        },
    },
    {
        name: "longest-request-behind-controller",
        reads: ["web.longestRequestSeconds", "web.gateway", "ingressController.shutdownGraceSeconds"],
        check: ({ settings: { web, ingressController } }) => {
            if (!ingressController.install || ingressController.kind !== "ingress-nginx") return none;
            const { shutdownGraceSeconds } = ingressController;
            const room = longestRequestBehindControllerSeconds(shutdownGraceSeconds);
            if (web.gateway !== undefined || web.longestRequestSeconds <= room) return none;
            return problem(
                "web.longestRequestSeconds",
                `found ${web.longestRequestSeconds}. Allowed: at most ${room} behind the installed ingress-nginx: of the ` +
                    `300 s that its pods get to end, ${shutdownGraceSeconds} s are shutdownGraceSeconds, 10 s its own ` +
                    "and 5 s margin. For longer requests bring your own controller (ingressController.install: false).",
            );
        },
    },
    {
        name: "deadline-above-startup",
        reads: ["web.rollout"],
        check: ({ settings: { web } }) => {
            const { startupSeconds, minReadySeconds, progressDeadlineSeconds } = web.rollout;
            const budget = startupSeconds + minReadySeconds;
            if (budget < progressDeadlineSeconds) return none;
            return problem(
                "web.rollout.progressDeadlineSeconds",
                `found ${progressDeadlineSeconds}. Allowed: above the startup budget of ${budget} s ` +
                    `(${startupSeconds} s startupSeconds + ${minReadySeconds} s minReadySeconds), or a healthy ` +
                    "rollout is reported as failed.",
            );
        },
    },
];
