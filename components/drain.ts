/**
 * The shutdown timeline of one pod: the one place where its seconds add up.
 *
 * At 0 s the API server marks the pod for deletion, and two things start that nothing orders: proxies learn that the
 * endpoint is gone, and the kubelet runs nginx's preStop hook.
 *
 *     0             withdrawal      + transfer + queue + longest request      + slack + php-fpm's part = grace period
 *     |---- preStop ----|----------------- nginx drains ------------------|---- slack, then php-fpm stops ----|
 *      requests may      no new request; every admitted one is uploaded,   nginx is gone; php-fpm gets SIGQUIT   SIGKILL
 *      still arrive      queued, worked on, downloaded, and ends here      and ends what follows an answer
 */

/** What a stack may set. All in seconds. */
export interface DrainInput {
    /** The longest request that the service promises to finish: PHP's work alone, from a worker's first byte to its last. */
    readonly longestRequestSeconds: number;
    /** How long after a pod's deletion proxies may still send to it. */
    readonly endpointWithdrawalSeconds: number;
    /** How long a request may take on its way through nginx, upload and download together. */
    readonly transferSeconds: number;
    /** How long a request may wait for a free worker of php-fpm. */
    readonly queueSeconds: number;
    /** The least that php-fpm gets between its SIGQUIT and its end. */
    readonly phpFpmStopSeconds: number;
    /** For what no setting names: the kubelet notices that nginx has ended, and then signals php-fpm. */
    readonly slackSeconds: number;
    /** Set by hand, where a platform dictates it; the sum of the parts where absent. */
    readonly terminationGracePeriodSeconds?: number | undefined;
}

/** What goes into the objects. All in seconds. */
export interface DrainBudget {
    /** For the annotations that state the parts, as the next one. */
    readonly transferSeconds: number;
    readonly queueSeconds: number;
    readonly preStopSleepSeconds: number;
    readonly workerShutdownTimeoutSeconds: number;
    readonly fastcgiReadTimeoutSeconds: number;
    readonly requestTerminateTimeoutSeconds: number;
    readonly processControlTimeoutSeconds: number;
    readonly terminationGracePeriodSeconds: number;
    readonly proxyReadTimeoutSeconds: number;
}

/**
 * The longest that ingress-nginx may still send to a pod after its endpoint is gone: 3.3 s of its rate limit
 * (`--sync-rate-limit` 0.3/s, burst 1) and 1 s until every worker's Lua timer has the new list, with watch latency on
 * top. A shorter withdrawal loses requests, however long the grace period is.
 */
export const shortestWithdrawalSeconds = 5;

/**
 * How long a request is under way where the proxy in front streams it: as long as Traefik's `readTimeout` lets an upload
 * take. What limits a Gateway's uploads is each implementation's own affair; this is its budget too.
 */
const streamedTransferSeconds = 60;

/**
 * The transfer part where a stack sets none: nothing behind a proxy that sends a request when it has all of it, and takes an
 * answer as fast as it comes.
 *
 * @param isBuffered whether the proxy in front does so
 */
export function defaultTransferSeconds(isBuffered: boolean): number {
    return isBuffered ? 0 : streamedTransferSeconds;
}

/**
 * How much longer the proxy in front waits than the pod may take, so that the pod's own answer always comes first.
 */
const proxyMarginSeconds = 5;

/**
 * terminationGracePeriodSeconds of ingress-nginx's pods, the chart's own. @pulumi/kubernetes-ingress-nginx 0.1.3 cannot
 * set another: its key is misspelt, and helmOptions.values.controller is overwritten.
 */
const controllerGraceSeconds = 300;

/** The controller's default `--post-shutdown-grace-period`. */
const controllerPostShutdownSeconds = 10;

/**
 * `worker-shutdown-timeout` of ingress-nginx: what its pods' grace period leaves after the time in which a pod that ends
 * goes on accepting. All of it, since nginx applies it at every reload too and would cut other services' long downloads.
 */
export function controllerWorkerShutdownTimeoutSeconds(shutdownGraceSeconds: number): number {
    return controllerGraceSeconds - controllerPostShutdownSeconds - shutdownGraceSeconds;
}

/**
 * The least `shutdownGraceSeconds` where a load balancer's node sends to its own pods alone (externalTrafficPolicy Local): the
 * clouds' leave a node after two or three failed checks, 10 s apart at most.
 */
export const leastLocalGraceSeconds = 30;

/**
 * How often the readiness probe of a controller has to fail there. One that ends fails it at once, and a node whose only pod is
 * not ready has nobody to send to, however long that pod goes on accepting; so it stays ready for as long.
 *
 * @param periodSeconds of the probe, whose first failure may come at once
 */
export function localReadinessFailures(shutdownGraceSeconds: number, periodSeconds: number): number {
    return Math.ceil(shutdownGraceSeconds / periodSeconds) + 1;
}

/** How long a pod may have a request that survives a rollout of the controller itself: its way, its wait and its work. */
export function timeBehindControllerSeconds(shutdownGraceSeconds: number): number {
    return controllerWorkerShutdownTimeoutSeconds(shutdownGraceSeconds) - proxyMarginSeconds;
}

/** How long Traefik may take to end itself when its last request has; then it panics. */
const traefikCloseSeconds = 10;

/** What Traefik's clients get for their own part of a request, upload and download together: what ingress-nginx leaves them. */
const traefikClientSeconds = 220;

/** How Traefik's pods end. All in seconds. */
export interface TraefikLifeCycle {
    /** They go on accepting, while load balancers notice. */
    readonly requestAcceptGraceTimeoutSeconds: number;
    /** Then what was accepted has this long. */
    readonly graceTimeOutSeconds: number;
    /** What is uploaded for longer is refused at any time, and not only by an end. */
    readonly readTimeoutSeconds: number;
    readonly terminationGracePeriodSeconds: number;
}

/**
 * @param shutdownGraceSeconds how long a pod that ends goes on accepting
 * @param proxyReadTimeoutSeconds the longest that it waits for a pod of a service behind it
 */
export function traefikLifeCycle(shutdownGraceSeconds: number, proxyReadTimeoutSeconds: number): TraefikLifeCycle {
    const requestSeconds = traefikClientSeconds + proxyReadTimeoutSeconds;
    return {
        requestAcceptGraceTimeoutSeconds: shutdownGraceSeconds,
        graceTimeOutSeconds: requestSeconds,
        readTimeoutSeconds: traefikClientSeconds,
        terminationGracePeriodSeconds: shutdownGraceSeconds + requestSeconds + traefikCloseSeconds,
    };
}

/** For a shutdown manager that looks once a second, at its connections and for the other's word; then Envoy is ended. */
const envoyCloseSeconds = 15;

/** How Envoy Gateway's proxies end. All in seconds. */
export interface EnvoyLifeCycle {
    /** They go on accepting, and have clients close their connections. */
    readonly minDrainSeconds: number;
    /** From the beginning on: what was accepted in the last of those seconds has its whole time. */
    readonly drainTimeoutSeconds: number;
    readonly terminationGracePeriodSeconds: number;
}

/**
 * Nothing is added for clients that are slow: a stream has its time from its first byte to its last one, at any time.
 *
 * @param shutdownGraceSeconds how long a pod that ends goes on accepting
 * @param proxyReadTimeoutSeconds the longest that a request takes, from the first byte that Envoy has of it
 */
export function envoyLifeCycle(shutdownGraceSeconds: number, proxyReadTimeoutSeconds: number): EnvoyLifeCycle {
    const drainTimeoutSeconds = shutdownGraceSeconds + proxyReadTimeoutSeconds;
    return {
        minDrainSeconds: shutdownGraceSeconds,
        drainTimeoutSeconds,
        terminationGracePeriodSeconds: drainTimeoutSeconds + envoyCloseSeconds,
    };
}

/** How long nginx may have one request: its way, its wait and its work. */
export function timeInPodSeconds(input: DrainInput): number {
    return input.transferSeconds + input.queueSeconds + input.longestRequestSeconds;
}

/** The sum of the parts: the shortest grace period that keeps the promise. */
export function neededGraceSeconds(input: DrainInput): number {
    return input.endpointWithdrawalSeconds + timeInPodSeconds(input) + input.phpFpmStopSeconds + input.slackSeconds;
}

/** The sum as a text for messages: "10 s withdrawal + 10 s queue + 40 s longest request + ... = 70 s". */
export function describeGraceSum(input: DrainInput): string {
    return (
        `${input.endpointWithdrawalSeconds} s withdrawal + ${describeTimeInPod(input)} + ` +
        `${input.phpFpmStopSeconds} s php-fpm + ${input.slackSeconds} s slack = ${neededGraceSeconds(input)} s`
    );
}

/** The terms of {@link timeInPodSeconds}: "10 s queue + 40 s longest request". Parts of no time are left out. */
export function describeTimeInPod(input: DrainInput): string {
    const parts = [
        [input.transferSeconds, "transfer"],
        [input.queueSeconds, "queue"],
        [input.longestRequestSeconds, "longest request"],
    ] as const;
    return parts.flatMap(([seconds, name]) => (seconds === 0 ? [] : [`${seconds} s ${name}`])).join(" + ");
}

/** Every second that the objects need, from the few that a stack sets. */
export function drainBudget(input: DrainInput): DrainBudget {
    const terminationGracePeriodSeconds = input.terminationGracePeriodSeconds ?? neededGraceSeconds(input);
    const workerShutdownTimeoutSeconds = timeInPodSeconds(input);
    return {
        transferSeconds: input.transferSeconds,
        queueSeconds: input.queueSeconds,
        preStopSleepSeconds: input.endpointWithdrawalSeconds,
        workerShutdownTimeoutSeconds,
        // nginx sends to php-fpm at once, and the kernel keeps it: what the request waits there is reading time.
        fastcgiReadTimeoutSeconds: input.queueSeconds + input.longestRequestSeconds,
        requestTerminateTimeoutSeconds: input.longestRequestSeconds,
        // What is left: php-fpm's default of 0 would end its workers in the middle of their requests.
        processControlTimeoutSeconds:
            terminationGracePeriodSeconds -
            input.endpointWithdrawalSeconds -
            workerShutdownTimeoutSeconds -
            input.slackSeconds,
        terminationGracePeriodSeconds,
        proxyReadTimeoutSeconds: workerShutdownTimeoutSeconds + proxyMarginSeconds,
    };
}

/**
 * What a command of the application gets beside its longest work, in seconds: a worker hears of the end between two jobs, after
 * a sleep where there is none (Laravel's is 3 s, Symfony's 1 s), and ends itself; the kubelet sees it.
 */
const commandStopSeconds = 15;

/** terminationGracePeriodSeconds of a pod that runs a command: whatever ends it, what it has begun it finishes. */
export function commandGraceSeconds(longestSeconds: number): number {
    return longestSeconds + commandStopSeconds;
}

/** For an image that the node has to pull, and a claim that has to be attached. */
const commandStartSeconds = 300;

/** activeDeadlineSeconds of a pod whose command ends by itself; the kubelet counts from when it has the pod. */
export function commandDeadlineSeconds(longestSeconds: number): number {
    return commandStartSeconds + longestSeconds;
}

/** For an image that the node has to pull, a claim that has to be attached, and files to copy. */
export const assetsJobSeconds = 600;

/**
 * How long a release's files are kept once another one has come: its last pod may deliver a page until its own end.
 *
 * @param pageSeconds how long a page lives after it was delivered
 */
export function keptSeconds(pageSeconds: number, budget: DrainBudget): number {
    return pageSeconds + budget.terminationGracePeriodSeconds;
}

/** One request during a drain. All in seconds, counted from the pod's deletion where they are points in time. */
export interface DrainedRequest {
    readonly admittedAtSeconds: number;
    /** Until nginx has all of it. */
    readonly uploadsSeconds: number;
    /** Until a worker of php-fpm takes it. */
    readonly waitsSeconds: number;
    /** Until that worker has answered. */
    readonly runsSeconds: number;
    /** Until the proxy has taken all of the answer from nginx. */
    readonly downloadsSeconds: number;
    /** What its worker still does after the answer (`fastcgi_finish_request`) once php-fpm has its SIGQUIT. */
    readonly workAfterAnswerSeconds: number;
    /** From the end of nginx to php-fpm's SIGQUIT: the kubelet notices the one and then sends the other. */
    readonly stopSignalDelaySeconds: number;
}

/** How and when a drain cuts a request. */
export interface Cut {
    readonly atSeconds: number;
    readonly by:
        | "nginx's closed listener"
        | "worker_shutdown_timeout"
        | "fastcgi_read_timeout"
        | "request_terminate_timeout"
        | "process_control_timeout"
        | "SIGKILL";
}

/**
 * Plays one request against a budget as kubelet, nginx and php-fpm treat it, and tells how it is cut; undefined where
 * it gets its answer and its worker ends in peace. The worst neighbour is assumed: another request that keeps nginx
 * until its worker_shutdown_timeout.
 */
export function cutOf(budget: DrainBudget, request: DrainedRequest): Cut | undefined {
    const nginxQuitAtSeconds = budget.preStopSleepSeconds;
    if (request.admittedAtSeconds > budget.terminationGracePeriodSeconds) {
        return { atSeconds: request.admittedAtSeconds, by: "SIGKILL" };
    }
    if (request.admittedAtSeconds > nginxQuitAtSeconds) {
        return { atSeconds: request.admittedAtSeconds, by: "nginx's closed listener" };
    }
    const nginxGoneAtSeconds = nginxQuitAtSeconds + budget.workerShutdownTimeoutSeconds;
    const uploadedAtSeconds = request.admittedAtSeconds + request.uploadsSeconds;
    const takenAtSeconds = uploadedAtSeconds + request.waitsSeconds;
    const workLimits: readonly Cut[] = [
        { atSeconds: uploadedAtSeconds + budget.fastcgiReadTimeoutSeconds, by: "fastcgi_read_timeout" },
        { atSeconds: takenAtSeconds + budget.requestTerminateTimeoutSeconds, by: "request_terminate_timeout" },
    ];
    const answerLimits: readonly Cut[] = [
        { atSeconds: budget.terminationGracePeriodSeconds, by: "SIGKILL" },
        { atSeconds: nginxGoneAtSeconds, by: "worker_shutdown_timeout" },
    ];
    const phpFpmQuitAtSeconds = nginxGoneAtSeconds + request.stopSignalDelaySeconds;
    const stopLimits: readonly Cut[] = [
        { atSeconds: budget.terminationGracePeriodSeconds, by: "SIGKILL" },
        { atSeconds: phpFpmQuitAtSeconds + budget.processControlTimeoutSeconds, by: "process_control_timeout" },
    ];
    const before = (limits: readonly Cut[], endsAtSeconds: number): readonly Cut[] =>
        limits.filter((limit) => limit.atSeconds < endsAtSeconds);
    const first = (limits: readonly Cut[]): Cut | undefined =>
        limits.reduce<Cut | undefined>((a, b) => (a === undefined || b.atSeconds < a.atSeconds ? b : a), undefined);
    return (
        first([
            ...before(answerLimits, answeredAtSeconds(request)),
            ...before(workLimits, takenAtSeconds + request.runsSeconds),
        ]) ?? first(before(stopLimits, phpFpmQuitAtSeconds + request.workAfterAnswerSeconds))
    );
}

/** When the proxy has the whole answer. */
function answeredAtSeconds(request: DrainedRequest): number {
    return (
        request.admittedAtSeconds +
        request.uploadsSeconds +
        request.waitsSeconds +
        request.runsSeconds +
        request.downloadsSeconds
    );
}

/** The worst request that a stack's own numbers allow: the one that a too small budget cuts first. */
export function worstRequest(input: DrainInput): DrainedRequest {
    return {
        admittedAtSeconds: input.endpointWithdrawalSeconds,
        uploadsSeconds: input.transferSeconds,
        waitsSeconds: input.queueSeconds,
        runsSeconds: input.longestRequestSeconds,
        downloadsSeconds: 0,
        workAfterAnswerSeconds: input.phpFpmStopSeconds,
        stopSignalDelaySeconds: input.slackSeconds,
    };
}

/** The worst request and its cut as a sentence, for the message that refuses a budget; undefined where nothing is cut. */
export function describeWitness(input: DrainInput): string | undefined {
    const request = worstRequest(input);
    const budget = drainBudget(input);
    const cut = cutOf(budget, request);
    if (cut === undefined) return undefined;
    if (request.admittedAtSeconds > budget.terminationGracePeriodSeconds) {
        return (
            `a request that arrives ${request.admittedAtSeconds} s after the pod's deletion, when proxies may still ` +
            `send, finds no nginx: ${cut.by} ended it at ${budget.terminationGracePeriodSeconds} s`
        );
    }
    const answered = answeredAtSeconds(request);
    const phases = [
        [request.uploadsSeconds, "uploads"],
        [request.waitsSeconds, "waits"],
        [request.runsSeconds, "runs"],
    ] as const;
    const takes = phases.flatMap(([seconds, verb]) => (seconds === 0 ? [] : [`${verb} ${seconds} s`])).join(", ");
    return (
        `a request admitted ${request.admittedAtSeconds} s after the pod's deletion that ${takes} ` +
        (cut.atSeconds < answered
            ? `is cut at ${cut.atSeconds} s by ${cut.by}`
            : `is answered at ${answered} s, php-fpm's SIGQUIT follows by ` +
              `${answered + request.stopSignalDelaySeconds} s, and ${cut.by} ends its worker at ` +
              `${cut.atSeconds} s, before its ${request.workAfterAnswerSeconds} s are over`)
    );
}
