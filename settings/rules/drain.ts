/** How a pod ends, and how it begins. */
import { describeTimeInPod, timeBehindControllerSeconds, timeInPodSeconds } from "../../components/drain";
import { problemsOfGrace } from "../../components/problems";
import { drainInputOf } from "../../components/service";
import { none, problem, type Rule } from "./rule";

export const drainRules: readonly Rule[] = [
    {
        name: "grace-covers-drain",
        reads: [
            "web.longestRequestSeconds",
            "web.drain",
            "web.gateway",
            "ingressController.kind",
            "ingressController.install",
        ],
        check: ({ settings }) => problemsOfGrace(drainInputOf(settings), "web."),
    },
    {
        name: "longest-request-behind-controller",
        reads: ["web.longestRequestSeconds", "web.drain", "web.gateway", "ingressController.shutdownGraceSeconds"],
        check: ({ settings }) => {
            const { web, ingressController } = settings;
            // Traefik's own end follows from the longest request.
            if (ingressController.install !== true || ingressController.kind !== "ingress-nginx") return none;
            const { shutdownGraceSeconds } = ingressController;
            const input = drainInputOf(settings);
            const room = timeBehindControllerSeconds(shutdownGraceSeconds);
            const seconds = timeInPodSeconds(input);
            const most = web.longestRequestSeconds - (seconds - room);
            if (web.gateway !== undefined || seconds <= room) return none;
            return problem(
                "web.longestRequestSeconds",
                `found ${web.longestRequestSeconds}. Allowed: ` +
                    (most < 1 ? "with shorter parts of web.drain only," : `at most ${most}`) +
                    ` behind the installed ingress-nginx: ${describeTimeInPod(input)} = ${seconds} s, and of the 300 s that ` +
                    `its pods get to end, ${shutdownGraceSeconds} s are shutdownGraceSeconds, 10 s its own and 5 s margin, ` +
                    `which leaves ${room} s. For longer requests take kind traefik, whose end follows from them, or your own controller (ingressController.install: false).`,
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
